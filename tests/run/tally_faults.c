/* Every call that may fail does, once, in every job that reads or writes tally files: it says so, what was
 * there before stays whole, and nothing is left behind. */
#include "base/base.h"

#include "fault_calls.h"
#include "folder_support.h"

#include <bouncemill/explain.h>

static struct scratch scratch;
static char second[SCRATCH_BYTES + 16], state[SCRATCH_BYTES + 16], saved[SCRATCH_BYTES + 16];
static char partial[SCRATCH_BYTES + 32];
static struct bytes partial_bytes;
static char shares[2][SCRATCH_BYTES + 16];

static void rows_write(const char *path, unsigned from)
{
    struct bytes text = {0};
    char row[160];
    for (unsigned k = 0; k < 150; k++) {
        int length = snprintf(row, sizeof row, "%s%u,%s,a%u@d%u.example,c%u,550,zqx %c\n",
                              k ? "" : "time,event,address,campaign,smtp_code,diagnostic\n",
                              1700000000 + from + k * 9000, k % 5 ? "bounce" : "complaint", k % 40, k % 3,
                              k % 4, (char)('a' + k % 9));
        bytes_add(&text, row, (size_t)length);
    }
    bytes_add(&text, "17,short\n", 9);
    file_write(path, text.at, text.size);
    bytes_free(&text);
}

static struct bm_run_options options_make(const char *output)
{
    struct bm_run_options options;
    bm_run_options_init(&options);
    options.output = output;
    options.policies = "sfmc,marketo";
    options.threads = 2;
    options.history = 1;
    return options;
}

static enum bm_code scan_job(struct bm_error *error)
{
    const char *archives[] = {scratch.archive};
    struct bm_run_options options = options_make(NULL);
    options.archives = archives;
    options.archive_count = 1;
    options.save_tally = saved;
    return bm_scan(&options, NULL, error);
}

static enum bm_code rounds_scan(const char *to, size_t archive_count, struct bm_error *error)
{
    const char *archives[] = {scratch.archive, second};
    struct bm_run_options options = options_make(NULL);
    options.archives = archives;
    options.archive_count = archive_count;
    options.save_tally = to;
    options.checkpoint_seconds = 1e-9;
    return bm_scan(&options, NULL, error);
}

/* A checkpoint after the first archive. What is kept of a scan that fails is taken away: it may be there. */
static enum bm_code rounds_job(struct bm_error *error)
{
    enum bm_code code = rounds_scan(saved, 2, error);
    EXPECT(unlink(partial) != 0 || code != BM_OK, "a finished scan leaves no partials");
    return code;
}

/* As if such a scan had been interrupted. */
static enum bm_code resumed_job(struct bm_error *error)
{
    file_write(partial, partial_bytes.at, partial_bytes.size);
    return rounds_job(error);
}

/* A night: yesterday's state, an archive, and today's state. */
static enum bm_code night_job(struct bm_error *error)
{
    const char *archives[] = {scratch.archive, second}, *tallies[] = {state};
    struct bm_run_options options = options_make(scratch.output);
    options.archives = archives;
    options.archive_count = 2;
    options.tallies = tallies;
    options.tally_count = 1;
    options.save_tally = saved;
    options.expire = "1d";
    return bm_run(&options, NULL, error);
}

static enum bm_code share_make(unsigned share, const char *output, struct bm_error *error)
{
    const char *tallies[] = {state};
    char partition[16];
    struct bm_run_options options = options_make(output);
    (void)snprintf(partition, sizeof partition, "%u/2", share);
    options.tallies = tallies;
    options.tally_count = 1;
    options.partition = partition;
    return bm_merge(&options, NULL, error);
}

static enum bm_code share_job(struct bm_error *error)
{
    return share_make(2, scratch.output, error);
}

static enum bm_code combine_job(struct bm_error *error)
{
    const char *folders[] = {shares[0], shares[1]};
    struct bm_run_options options = options_make(scratch.output);
    options.tallies = folders;
    options.tally_count = 2;
    options.combine = 1;
    return bm_merge(&options, NULL, error);
}

static enum bm_code explain_job(struct bm_error *error)
{
    const char *files[] = {state};
    struct bm_run_options options = options_make(NULL);
    options.archives = files;
    options.archive_count = 1;
    int fd = __real_open64("/dev/null", O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    enum bm_code code = bm_explain(&options, "a1@d1.example", fd, 0, error);
    CHECK(close(fd) == 0);
    return code;
}

/* The output of another job, which those under test would replace. */
static void old_make(void)
{
    struct bm_error error;
    CHECK(share_make(1, scratch.output, &error) == BM_OK);
    file_write(saved, "old", 3);
}

static int setup(void **unused)
{
    (void)unused;
    struct bm_error error;
    const char *archives[] = {second};
    memory_keep();
    scratch_make(&scratch);
    (void)snprintf(second, sizeof second, "%s/second", scratch.path);
    (void)snprintf(state, sizeof state, "%s/state", scratch.path);
    (void)snprintf(saved, sizeof saved, "%s/saved", scratch.path);
    (void)snprintf(shares[0], sizeof shares[0], "%s/share-1", scratch.path);
    (void)snprintf(shares[1], sizeof shares[1], "%s/share-2", scratch.path);
    rows_write(scratch.archive, 0);
    rows_write(second, 77);
    struct bm_run_options options = options_make(NULL);
    options.archives = archives;
    options.archive_count = 1;
    options.save_tally = state;
    CHECK(bm_scan(&options, NULL, &error) == BM_OK);
    CHECK(share_make(1, shares[0], &error) == BM_OK && share_make(2, shares[1], &error) == BM_OK);
    old_make();
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    folder_remove(scratch.path);
    return 0;
}

static struct bytes saved_bytes(void)
{
    struct bytes bytes = {0};
    file_append(scratch.path, "saved", &bytes);
    return bytes;
}

/* Makes call 1, 2, ... fail, until the job has fewer of them. */
static void fail_all(enum bm_code (*job)(struct bm_error *error), bool folder, bool memory, bool after)
{
    struct bm_error error = {0};
    EXPECT(job(&error) == BM_OK, "the job succeeds: %s", error.message);
    struct bytes wanted = folder_bytes(scratch.output, false), tally = saved_bytes();
    old_make();
    struct bytes old = folder_bytes(scratch.output, true), old_tally = saved_bytes();
    long call = 1, failures = 0;
    atomic_store(&only_memory, memory);
    atomic_store(&then_all, after);
    for (long before = -1; before != 0 && call < CALLS_MAX; call++) {
        atomic_store(&failed, 0);
        atomic_store(&countdown, call);
        atomic_store(&armed, true);
        enum bm_code code = job(&error);
        atomic_store(&armed, false);
        before = atomic_load(&failed);
        failures += code != BM_OK;
        EXPECT(before > 0 || code == BM_OK, "call %ld: without faults it succeeds: %s", call, error.message);
        EXPECT(code == BM_OK || code == BM_RESOURCE || code == BM_OUTPUT, "call %ld: %d %s", call, (int)code,
               error.message);
        char names[8192];
        folder_list(scratch.path, names, sizeof names);
        EXPECT(code == BM_OK || strcmp(names, "archive\nout\nsaved\nsecond\nshare-1\nshare-2\nstate\n") == 0,
               "call %ld: nothing is left behind: %s", call, names);
        struct bytes now = folder_bytes(scratch.output, code != BM_OK), now_tally = saved_bytes();
        EXPECT(bytes_same(&now, code == BM_OK ? &wanted : &old), "call %ld: the output is the %s one", call,
               code == BM_OK ? "new" : "old");
        /* The tally file is put in place before the folder. */
        EXPECT(bytes_same(&now_tally, &tally) || (code != BM_OK && bytes_same(&now_tally, &old_tally)),
               "call %ld: the tally file is the old one or the new one", call);
        EXPECT(folder || code == BM_OK || error.code == code, "call %ld: the code is the error's", call);
        if (code == BM_OK || !bytes_same(&now_tally, &old_tally)) {
            old_make();
            bytes_free(&old);
            old = folder_bytes(scratch.output, true);
        }
        bytes_free(&now);
        bytes_free(&now_tally);
    }
    EXPECT(failures > 40 && call < CALLS_MAX, "many calls were made to fail: %ld of %ld", failures, call);
    bytes_free(&wanted);
    bytes_free(&tally);
    bytes_free(&old);
    bytes_free(&old_tally);
}

static void test_scan(void **unused)
{
    (void)unused;
    fail_all(scan_job, false, false, false);
}

static void test_rounds(void **unused)
{
    (void)unused;
    struct bm_error error;
    (void)snprintf(partial, sizeof partial, "%s.partial-1", saved);
    fail_all(rounds_job, false, false, false);
    fail_all(rounds_job, false, true, true);
    CHECK(rounds_scan(partial, 1, &error) == BM_OK);
    file_append(scratch.path, "saved.partial-1", &partial_bytes);
    fail_all(resumed_job, false, false, false);
    bytes_free(&partial_bytes);
}

static void test_night(void **unused)
{
    (void)unused;
    fail_all(night_job, true, false, false);
    fail_all(night_job, true, true, true);
}

static void test_share(void **unused)
{
    (void)unused;
    fail_all(share_job, true, false, false);
}

static void test_combine(void **unused)
{
    (void)unused;
    fail_all(combine_job, true, false, false);
}

static void test_explain(void **unused)
{
    (void)unused;
    fail_all(explain_job, false, false, false);
    fail_all(explain_job, false, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),  cmocka_unit_test(test_rounds),  cmocka_unit_test(test_night),
        cmocka_unit_test(test_share), cmocka_unit_test(test_combine), cmocka_unit_test(test_explain),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
