/* Every call that may fail does, once: the run says so, the old output stays whole, and nothing is left
 * behind.
 *
 * The calls are those that the library makes itself; the linker hands them to the functions below. */
#include "base/base.h"

#include "fault_calls.h"
#include "folder_support.h"

static struct scratch scratch;
static char plain_archive[SCRATCH_BYTES + 16];
static struct bytes wanted;    /* the output, without the manifest */
static struct bytes old_whole; /* that of the run before, with it */

static void archives_make(unsigned from)
{
    static const char *const texts[] = {"no such user", "zqx is not known", "mailbox full", "\"two\nlines\""};
    struct bytes text = {0}, archive = {0};
    char row[256];
    for (unsigned k = 0; k < 120; k++) {
        int length = snprintf(row, sizeof row, "%s%u,%s,a%u@d%u.example,c%u,550,%s\n",
                              k ? "" : "time,event,address,campaign,smtp_code,diagnostic\n",
                              1700000000 + from + k * 90000, k % 5 ? "bounce" : "complaint", k % 17, k % 3,
                              k % 4, texts[k % COUNT_OF(texts)]);
        bytes_add(&text, row, (size_t)length);
    }
    bytes_add(&text, "17,short\n", 9);
    zstd_add(&archive, text.at, text.size / 2, true);
    zstd_add(&archive, text.at + text.size / 2, text.size - text.size / 2, true);
    file_write(scratch.archive, archive.at, archive.size);
    file_write(plain_archive, text.at, text.size / 3);
    bytes_free(&text);
    bytes_free(&archive);
}

static enum bm_code run(struct bm_error *error)
{
    struct bm_run_options options;
    bm_run_options_init(&options);
    const char *archives[] = {scratch.archive, plain_archive};
    options.output = scratch.output;
    options.archives = archives;
    options.archive_count = COUNT_OF(archives);
    options.policies = "sfmc,marketo"; /* several: they are compared, too */
    options.threads = 2;
    options.history = 1;
    options.exports = "sha256,ses";
    options.export_policy = "sfmc";
    static const char *const as_of[] = {"2023-12-01/1w/2024-06-01", "2024-06-01T00:00:00Z"};
    options.as_of = as_of;
    options.as_of_count = COUNT_OF(as_of);
    return bm_run(&options, NULL, error);
}

/* The output of a run on other archives, which the runs under test would replace. */
static void old_make(void)
{
    struct bm_error error;
    archives_make(7);
    EXPECT(run(&error) == BM_OK, "a run without faults succeeds: %s", error.message);
    bytes_free(&old_whole);
    old_whole = folder_bytes(scratch.output, true);
    archives_make(0);
}

static int setup(void **state)
{
    (void)state;
    struct bm_error error;
    memory_keep();
    scratch_make(&scratch);
    (void)snprintf(plain_archive, sizeof plain_archive, "%s/plain", scratch.path);
    archives_make(0);
    CHECK(run(&error) == BM_OK);
    wanted = folder_bytes(scratch.output, false);
    old_make();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bytes_free(&wanted);
    bytes_free(&old_whole);
    folder_remove(scratch.path);
    return 0;
}

/* A folder whose manifest cannot be read is not known to be ours, and is refused as somebody else's. */
static bool code_fits(const struct bm_error *error)
{
    return error->code == BM_RESOURCE || error->code == BM_OUTPUT;
}

static void expect_whole(long call, enum bm_code code, const struct bm_error *error)
{
    char names[8192];
    folder_list(scratch.path, names, sizeof names);
    struct bytes now = folder_bytes(scratch.output, code != BM_OK);
    if (code == BM_OK) {
        EXPECT(bytes_same(&now, &wanted), "call %ld: what succeeds has written the right output", call);
        old_make(); /* this also removes what could not be removed */
    } else {
        EXPECT(code == error->code && code_fits(error),
               "call %ld: a code for want of resources or output, got %d: %s", call, (int)code,
               error->message);
        EXPECT(bytes_same(&now, &old_whole), "call %ld: the old output is whole after: %s", call,
               error->message);
    }
    bytes_free(&now);
    if (code == BM_OK)
        folder_list(scratch.path, names, sizeof names);
    EXPECT(strcmp(names, "archive\nout\nplain\n") == 0, "call %ld: nothing is left behind: %s", call, names);
}

/* Makes call 1, 2, ... fail, until a run has fewer of them. */
static void fail_all(bool memory, bool after)
{
    atomic_store(&only_memory, memory);
    atomic_store(&then_all, after);
    long call = 1, failures = 0;
    for (long before = -1; before != 0 && call < CALLS_MAX; call++) {
        struct bm_error error = {0};
        atomic_store(&failed, 0);
        atomic_store(&countdown, call);
        atomic_store(&armed, true);
        enum bm_code code = run(&error);
        atomic_store(&armed, false);
        before = atomic_load(&failed);
        failures += code != BM_OK;
        EXPECT(before > 0 || code == BM_OK, "call %ld: a run without faults succeeds: %s", call,
               error.message);
        expect_whole(call, code, &error);
    }
    EXPECT(failures > 100 && call < CALLS_MAX, "many calls were made to fail: %ld of %ld", failures, call);
    print_message("%ld calls, %ld runs failed\n", call, failures);
}

static void test_each_call(void **state)
{
    (void)state;
    fail_all(false, false);
}

static void test_memory_out_for_good(void **state)
{
    (void)state;
    fail_all(true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call),
        cmocka_unit_test(test_memory_out_for_good),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
