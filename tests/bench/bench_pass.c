/* Where the passes stop: what is behind the cut is not done, what is before it is. */
#include "bench/bench_pass.h"
#include "base/base.h"

#include "test.h"

#include <unistd.h>

#define EVENTS 20000

static const struct bm_bench_options *options_small(void)
{
    static struct bm_bench_options options;
    bm_bench_options_init(&options);
    options.archives.events = EVENTS;
    options.archives.addresses = 3000;
    options.archives.files = 2;
    options.rounds = 1;
    options.threads = 2;
    return &options;
}

/* What a scan with its rows cut leaves. */
struct left {
    uint64_t rows, bounces, classified, addresses, text_bytes;
};

static uint64_t addresses_of(struct shards *shards)
{
    uint64_t addresses = 0;
    struct shard_view_memory memory = {0};
    for (unsigned k = 0; k < SHARD_COUNT; k++) {
        struct shard_view view;
        CHECK(shard_group(shards, k, &memory, &view));
        addresses += view.address_count;
    }
    shard_view_memory_free(&memory);
    return addresses;
}

static struct left scan_cut(const struct bench_job *job, enum row_cut cut)
{
    struct inputs inputs = {0};
    struct scan_result result;
    struct bm_error error;
    struct scan_options options = {.classifier = job->plan.classifier,
                                   .kinds = job->plan.kinds,
                                   .cut = cut,
                                   .threads = 1,
                                   .simd = job->plan.simd};
    enum bm_code code = inputs_open(&inputs, &job->options, 1, &error);
    EXPECT(code == BM_OK, "the archives open: %s", code == BM_OK ? "" : error.message);
    code = scan(&inputs, &options, &result, &error);
    EXPECT(code == BM_OK, "and are read: %s", code == BM_OK ? "" : error.message);
    struct report report = {0};
    CHECK(counts_report(result.counts, job->plan.classifier, &report));
    struct left left = {.addresses = addresses_of(result.shards)};
    for (size_t k = 0; k < inputs.count; k++) {
        left.rows += inputs.items[k].report.rows;
        left.text_bytes += inputs.items[k].report.text_bytes;
    }
    for (size_t k = 0; k < report.day_count; k++) {
        left.bounces += report.days[k].cell.kinds[BM_BOUNCE];
        left.classified += report.days[k].cell.classes[BM_SOFT];
    }
    counts_report_free(&report);
    scan_result_free(&result);
    inputs_close(&inputs);
    return left;
}

static void test_cuts(void **state)
{
    struct bench_job *job = *state;
    struct left whole = scan_cut(job, CUT_NOWHERE);
    EXPECT(whole.rows == EVENTS && whole.addresses > 1000, "a whole scan tallies its addresses");
    EXPECT(whole.bounces > EVENTS / 20 && whole.classified, "and counts its bounces by class");

    struct left counted = scan_cut(job, CUT_COUNTS);
    EXPECT(counted.rows == EVENTS && counted.addresses == 0, "behind the counts nothing is tallied");
    EXPECT(counted.bounces == whole.bounces && counted.classified == whole.classified,
           "and the counts are those of a whole scan");

    struct left classified = scan_cut(job, CUT_CLASSIFY), hashed = scan_cut(job, CUT_HASHES);
    EXPECT(classified.rows == EVENTS && classified.bounces == 0 && classified.addresses == 0,
           "without counts there are rows and nothing else");
    EXPECT(hashed.rows == EVENTS && hashed.bounces == 0 && hashed.addresses == 0, "nor without classes");

    struct left indexed = scan_cut(job, CUT_INDEX);
    EXPECT(indexed.rows == 0 && indexed.text_bytes == whole.text_bytes,
           "behind the index there are no rows, of the same text");
}

static void test_passes(void **state)
{
    struct bench_job *job = *state;
    struct bench_time time;
    struct bm_error error;
    for (unsigned stop = 0; stop < STOPS; stop++) {
        enum bm_code code = bench_pass_scan(job, (enum bench_stop)stop, &time, &error);
        EXPECT(code == BM_OK && time.cpu_s > 0 && time.wall_s > 0, "a pass that stops at %u is timed", stop);
    }
    EXPECT(job->rows == EVENTS && job->archive_bytes > 0 && job->text_bytes > 2 * job->archive_bytes,
           "and the archives' sizes are known");
    for (unsigned threads = 1; threads <= 2; threads++)
        EXPECT(bench_pass_limit(job, threads, &time, &error) == BM_OK && time.cpu_s > 0,
               "%u threads decompress them", threads);
    struct bench_run_time run;
    enum bm_code code = bench_pass_run(job, 2, &run, &error);
    EXPECT(code == BM_OK && run.merge_cpu_s > 0 && run.write_cpu_s > 0, "a run's stages are told apart");
    EXPECT(run.merge_cpu_s + run.write_cpu_s < run.whole.cpu_s, "and are less than the whole");
}

static void test_stop(void **state)
{
    struct bench_job *job = *state;
    static const volatile int stop = 1;
    struct bench_time time;
    struct bm_error error;
    job->options.stop = &stop;
    EXPECT(bench_pass_limit(job, 2, &time, &error) == BM_INTERRUPTED, "an interrupted pass says so");
    EXPECT(bench_pass_scan(job, STOP_INDEX, &time, &error) == BM_INTERRUPTED, "a scan, too");
    job->options.stop = NULL;
}

static void test_folder(void **unused)
{
    (void)unused;
    struct bm_bench_options options = *options_small();
    struct bench_archives archives;
    struct bm_error error;
    options.folder = "/nowhere/at/all";
    EXPECT(bench_archives_make(&archives, &options, "zst", &error) == BM_OUTPUT,
           "a folder that is not there is an error");
    bench_archives_free(&archives);
    options.folder = NULL;
    options.archives.events = 10;
    EXPECT(bench_archives_make(&archives, &options, "none", &error) == BM_OK, "archives are made");
    char folder[PATH_MAX];
    memcpy(folder, archives.folder, sizeof folder);
    EXPECT(access(archives.archives, R_OK) == 0, "in a folder");
    bench_archives_free(&archives);
    EXPECT(access(folder, F_OK) != 0, "that is gone afterwards");
}

static struct bench_archives made;

static int job_make(void **state)
{
    static struct bench_job job;
    struct bm_error error;
    const struct bm_bench_options *options = options_small();
    *state = &job;
    return bench_archives_make(&made, options, "zst", &error) == BM_OK &&
                   bench_job_make(&job, options, &made, &error) == BM_OK
               ? 0
               : -1;
}

static int job_end(void **state)
{
    bench_job_free(*state);
    bench_archives_free(&made);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_folder),
    };
    return cmocka_run_group_tests(tests, job_make, job_end);
}
