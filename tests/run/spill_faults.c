/* Runs with next to no memory: what comes out is the same as with enough, and every call that may fail does,
 * once, and it is said. */
#include "base/base.h"

#include "fault_calls.h"
#include "folder_support.h"

#include "output/output.h"
#include "output/snapshots.h"
#include "run/merge.h"
#include "run/run_plan.h"
#include "run/scan.h"

FAULT(ssize_t, pwrite64, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at), -1, false,
      ENOSPC)
FAULT(ssize_t, pread64, (int fd, void *to, size_t size, off_t at), (fd, to, size, at), -1, false, EIO)

#define ROWS    2500u
#define PEOPLE  90u
#define OUTPUTS (1u << OUTPUT_SUPPRESSION | 1u << OUTPUT_STATUS | 1u << OUTPUT_HISTORY)

static struct scratch scratch;
static struct bytes wanted;

static void archive_make(void)
{
    struct bytes text = {0};
    char row[200];
    uint64_t seed = 11;
    for (unsigned k = 0; k < ROWS; k++) {
        unsigned person = (unsigned)(test_random(&seed) % PEOPLE);
        int length = snprintf(row, sizeof row, "%s%u,%s,person-%u@d%u.example,c%u,%u,%s\n",
                              k ? "" : "time,event,address,campaign,smtp_code,diagnostic\n",
                              1700000000 + k * 9000, k % 7 ? "bounce" : "unsubscribe", person, person % 9,
                              k % 4, k % 3 ? 452 : 550, k % 3 ? "mailbox full" : "no such user");
        bytes_add(&text, row, (size_t)length);
    }
    file_write(scratch.archive, text.at, text.size);
    bytes_free(&text);
}

/* Bytes that tallies and outcomes may have; SIZE_MAX: there is no limit. */
struct limits {
    size_t scan_bytes, merge_bytes;
    unsigned threads;
};

struct job {
    struct run_plan plan;
    struct inputs inputs;
    struct scan_result scanned;
    struct merge_result merged;
    struct spill_file tallies;
    struct outcome_spill outcomes;
    struct folder folder;
    struct policy_report reports[4];
    bool folder_open;
    uint64_t spilled;
};

static enum bm_code job_scan(struct job *job, const struct limits *limits, struct bm_error *error)
{
    struct scan_options options = {.classifier = job->plan.classifier,
                                   .kinds = job->plan.kinds,
                                   .threads = limits->threads,
                                   .simd = job->plan.simd,
                                   .memory_bytes = limits->scan_bytes,
                                   .spill = limits->scan_bytes == SIZE_MAX ? NULL : &job->tallies};
    enum bm_code code = inputs_open(&job->inputs, job->plan.options, limits->threads, error);
    return code == BM_OK ? scan(&job->inputs, &options, &job->scanned, error) : code;
}

static enum bm_code job_merge(struct job *job, const struct limits *limits, struct bm_error *error)
{
    struct merge_options options = {.policies = job->plan.in_order,
                                    .policy_count = job->plan.policies.count,
                                    .classifier = job->plan.classifier,
                                    .as_of_ms = job->plan.as_of_ms,
                                    .dates_ms = job->plan.dates.ms,
                                    .date_count = job->plan.dates.count,
                                    .history = true,
                                    .patterns = true,
                                    .threads = limits->threads,
                                    .replay = true,
                                    .partition_end = PARTITION_COUNT,
                                    .memory_bytes = limits->merge_bytes,
                                    .spill = limits->merge_bytes == SIZE_MAX ? NULL : &job->outcomes};
    return merge(job->scanned.shards, &options, &job->merged, error);
}

static enum bm_code job_write(struct job *job, const struct limits *limits, struct bm_error *error)
{
    struct outcome_list list = {.refs = job->merged.refs,
                                .spill = job->merged.refs ? NULL : &job->outcomes,
                                .count = job->merged.count,
                                .policies = job->plan.names,
                                .policy_count = job->plan.policies.count};
    uint64_t rows = 0;
    struct report report = {.patterns = job->merged.patterns.items,
                            .pattern_count = job->merged.patterns.count};
    enum bm_code code = output_outcomes(&job->folder, &list, OUTPUTS, limits->threads, job->reports, error);
    if (code == BM_OK)
        code = output_snapshots(&job->folder, &list, job->plan.dates.ms, job->plan.dates.count,
                                limits->threads, &rows, error);
    if (code == BM_OK)
        code = output_patterns(&job->folder, &report, error);
    if (code != BM_OK && job->outcomes.error.code != BM_OK)
        *error = job->outcomes.error;
    return code == BM_OK ? BM_OK : error->code;
}

static void job_end(struct job *job)
{
    if (job->folder_open)
        folder_abandon(&job->folder);
    merge_result_free(&job->merged);
    scan_result_free(&job->scanned);
    inputs_close(&job->inputs);
    run_plan_free(&job->plan);
    spill_file_free(&job->tallies);
    outcome_spill_free(&job->outcomes);
}

/* Runs, and sets *output to the bytes of the files. */
static enum bm_code run(const struct limits *limits, struct bytes *output, uint64_t *spilled,
                        struct bm_error *error)
{
    static struct job job;
    static const char *const as_of[] = {"2023-12-01/4w/2025-06-01"};
    const char *archives[] = {scratch.archive};
    struct bm_run_options options;
    bm_run_options_init(&options);
    options.archives = archives;
    options.archive_count = 1;
    options.policies = "sfmc,mailman3";
    options.as_of = as_of;
    options.as_of_count = 1;
    job = (struct job){0};
    spill_file_init(&job.tallies, scratch.path);
    outcome_spill_init(&job.outcomes, scratch.path, 2);
    enum bm_code code = run_plan_make(&job.plan, &options, error);
    if (code == BM_OK)
        code = folder_open(&job.folder, scratch.output, error);
    job.folder_open = code == BM_OK;
    if (code == BM_OK)
        code = job_scan(&job, limits, error);
    if (code == BM_OK)
        code = job_merge(&job, limits, error);
    if (code == BM_OK)
        code = job_write(&job, limits, error);
    if (code == BM_OK) {
        bool faults = atomic_exchange(&armed, false); /* not in the test itself */
        *output = folder_bytes(job.folder.temporary, true);
        atomic_store(&armed, faults);
        *spilled = shards_spilled_bytes(job.scanned.shards, spilled) + job.outcomes.bytes;
    }
    job_end(&job);
    return code;
}

static int setup(void **state)
{
    (void)state;
    struct bm_error error;
    uint64_t spilled = 0;
    memory_keep();
    scratch_make(&scratch);
    archive_make();
    struct limits none = {SIZE_MAX, SIZE_MAX, 2};
    CHECK(run(&none, &wanted, &spilled, &error) == BM_OK);
    CHECK(wanted.size > 50000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bytes_free(&wanted);
    folder_remove(scratch.path);
    return 0;
}

static void test_limits(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 3000, 30000, 300000, 1 << 20, SIZE_MAX};
    for (size_t a = 0; a < COUNT_OF(sizes); a++)
        for (size_t b = 0; b < COUNT_OF(sizes); b++)
            for (unsigned threads = 1; threads < 4; threads++) {
                struct limits limits = {sizes[a], sizes[b], threads};
                struct bytes got = {0};
                struct bm_error error;
                uint64_t spilled = 0;
                EXPECT(run(&limits, &got, &spilled, &error) == BM_OK, "%zu and %zu bytes: %s", sizes[a],
                       sizes[b], error.message);
                EXPECT(bytes_same(&got, &wanted), "%zu and %zu bytes, %u threads: the same output", sizes[a],
                       sizes[b], threads);
                EXPECT((sizes[a] && sizes[b]) || spilled, "with no memory, something is spilled");
                bytes_free(&got);
            }
}

static void fail_all(const struct limits *limits, bool memory, bool after)
{
    char names[8192];
    long call = 1, failures = 0;
    atomic_store(&only_memory, memory);
    atomic_store(&then_all, after);
    for (long before = -1; before != 0 && call < CALLS_MAX; call++) {
        struct bm_error error = {0};
        struct bytes got = {0};
        uint64_t spilled = 0;
        atomic_store(&failed, 0);
        atomic_store(&countdown, call);
        atomic_store(&armed, true);
        enum bm_code code = run(limits, &got, &spilled, &error);
        atomic_store(&armed, false);
        before = atomic_load(&failed);
        failures += code != BM_OK;
        EXPECT(before > 0 || code == BM_OK, "call %ld: a run without faults succeeds: %s", call,
               error.message);
        EXPECT(code == BM_OK ? bytes_same(&got, &wanted)
                             : error.code == code && (code == BM_RESOURCE || code == BM_OUTPUT),
               "call %ld: the right output, or a code for want of resources or output: %d, %s", call,
               (int)code, error.message);
        bytes_free(&got);
        folder_list(scratch.path, names, sizeof names);
        if (strcmp(names, "archive\n") != 0) { /* what could not be removed goes with the next run */
            CHECK(run(limits, &got, &spilled, &error) == BM_OK);
            bytes_free(&got);
            folder_list(scratch.path, names, sizeof names);
        }
        EXPECT(strcmp(names, "archive\n") == 0, "call %ld: nothing is left behind: %s", call, names);
    }
    EXPECT(failures > 100 && call < CALLS_MAX, "many calls were made to fail: %ld of %ld", failures, call);
    print_message("%ld calls, %ld runs failed\n", call, failures);
}

static void test_each_call(void **state)
{
    (void)state;
    fail_all(&(struct limits){300000, 300000, 2}, false, false);
}

static void test_memory_out_for_good(void **state)
{
    (void)state;
    fail_all(&(struct limits){300000, 300000, 2}, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_each_call),
        cmocka_unit_test(test_memory_out_for_good),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
