#include "base/base.h"

#include "bench/bench_pass.h"

/* Passes in the order of their length; then the whole run's last stages, and the rest. */
enum { STAGE_DECOMPRESS, STAGE_INDEX, STAGE_MERGE = STAGE_INDEX + STOPS, STAGE_WRITE, STAGE_REST, STAGES };
static_assert(STAGES == BM_BENCH_STAGES, "every stage has its figure");

static const struct bm_bench_stage stage_names[STAGES] = {
    {"decompress", "archives to text: the limit", 0},
    {"index", "rows and fields found, lines counted, the archives' bytes hashed", 0},
    {"fields", "fields taken, time and address parsed", 0},
    {"hashes", "hashes of address, domain, campaign and details; prefetches", 0},
    {"classify", "bounces classified by codes and text", 0},
    {"count", "what the reports count", 0},
    {"tally", "events put to their addresses", 0},
    {"merge", "events grouped and sorted, policies replayed, addresses sorted", 0},
    {"write", "the output folder", 0},
    {"rest", "tables built, archives opened and told apart, memory let go of", 0},
};

/* Seconds of one round, or the best of several. */
struct round {
    struct bench_time limits[2]; /* by one thread, and by all */
    double stops_s[STOPS];
    struct bench_run_time runs[2];
};

static enum bm_code whole_measure(const struct bench_job *job, const struct bench_archives *archives,
                                  unsigned threads, struct bench_time *limit, struct bench_run_time *run,
                                  struct bm_error *error)
{
    enum bm_code code = bench_pass_limit(job, threads, limit, error);
    bench_archives_clear(archives);
    return code == BM_OK ? bench_pass_run(job, threads, run, error) : code;
}

static enum bm_code round_measure(struct bench_job *job, const struct bench_archives *archives,
                                  struct round *round, struct bm_error *error)
{
    enum bm_code code = BM_OK;
    for (unsigned stop = 0; code == BM_OK && stop < STOPS; stop++) {
        struct bench_time time;
        code = bench_pass_scan(job, (enum bench_stop)stop, &time, error);
        round->stops_s[stop] = time.cpu_s;
    }
    if (code == BM_OK)
        code = whole_measure(job, archives, 1, &round->limits[0], &round->runs[0], error);
    unsigned threads = job->plan.threads;
    if (code == BM_OK && threads > 1)
        code = whole_measure(job, archives, threads, &round->limits[1], &round->runs[1], error);
    return code;
}

static void keep_less(double *best, double seconds)
{
    if (seconds < *best)
        *best = seconds;
}

static void keep_less_time(struct bench_time *best, struct bench_time time)
{
    keep_less(&best->wall_s, time.wall_s);
    keep_less(&best->cpu_s, time.cpu_s);
}

static void keep_best(struct round *best, const struct round *round)
{
    for (unsigned stop = 0; stop < STOPS; stop++)
        keep_less(&best->stops_s[stop], round->stops_s[stop]);
    for (unsigned k = 0; k < COUNT_OF(best->runs); k++) {
        keep_less_time(&best->limits[k], round->limits[k]);
        keep_less_time(&best->runs[k].whole, round->runs[k].whole);
        keep_less(&best->runs[k].merge_cpu_s, round->runs[k].merge_cpu_s);
        keep_less(&best->runs[k].write_cpu_s, round->runs[k].write_cpu_s);
    }
}

static void stages_set(struct bm_bench_stage *stages, const struct round *best)
{
    memcpy(stages, stage_names, sizeof stage_names);
    stages[STAGE_DECOMPRESS].cpu_s = best->limits[0].cpu_s;
    double before = best->limits[0].cpu_s;
    for (unsigned stop = 0; stop < STOPS; stop++) {
        stages[STAGE_INDEX + stop].cpu_s = best->stops_s[stop] - before;
        before = best->stops_s[stop];
    }
    stages[STAGE_MERGE].cpu_s = best->runs[0].merge_cpu_s;
    stages[STAGE_WRITE].cpu_s = best->runs[0].write_cpu_s;
    stages[STAGE_REST].cpu_s =
        best->runs[0].whole.cpu_s - before - best->runs[0].merge_cpu_s - best->runs[0].write_cpu_s;
}

static void figures_set(struct bm_bench_run *figures, const struct round *best, unsigned threads)
{
    stages_set(figures->stages, best);
    figures->whole_count = threads > 1 ? 2 : 1;
    for (unsigned k = 0; k < figures->whole_count; k++)
        figures->wholes[k] = (struct bm_bench_whole){.threads = k ? threads : 1,
                                                     .wall_s = best->runs[k].whole.wall_s,
                                                     .cpu_s = best->runs[k].whole.cpu_s,
                                                     .limit_wall_s = best->limits[k].wall_s,
                                                     .limit_cpu_s = best->limits[k].cpu_s};
}

enum bm_code bm_bench_run(const struct bm_bench_options *options, struct bm_bench_run *figures,
                          struct bm_error *error)
{
    struct bench_job job = {0};
    struct bench_archives archives;
    struct round best = {0}, round = {0};
    *figures = (struct bm_bench_run){.rounds = bench_rounds(options)};
    enum bm_code code = bench_archives_make(&archives, options, "zst", error);
    if (code == BM_OK)
        code = bench_job_make(&job, options, &archives, error);
    for (unsigned k = 0; code == BM_OK && k < figures->rounds; k++) {
        code = round_measure(&job, &archives, &round, error);
        if (k == 0)
            best = round;
        keep_best(&best, &round);
    }
    figures_set(figures, &best, job.plan.threads);
    figures->archives = bench_job_archives(&job, options);
    bench_job_free(&job);
    bench_archives_free(&archives);
    return code;
}

void bm_bench_options_init(struct bm_bench_options *options)
{
    *options = (struct bm_bench_options){0};
    bm_generate_options_init(&options->archives);
}
