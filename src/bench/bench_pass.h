/* Passes over archives: each is timed, and some stop half-way. */
#ifndef BENCH_BENCH_PASS_H
#define BENCH_BENCH_PASS_H

#include "bench/bench_archives.h"
#include "run/run_plan.h"
#include "run/scan.h"

/* Seconds of the clock, and of all threads. */
struct bench_time {
    double wall_s, cpu_s;
};

/* What passes go over. */
struct bench_job {
    struct bm_run_options options;
    struct run_plan plan;
    const char *archives;
    uint64_t rows, text_bytes, archive_bytes; /* known when a pass of a scan has gone through them */
};

/* Zero-initialised job; to be freed whether or not it fails. `archives` is borrowed. */
enum bm_code bench_job_make(struct bench_job *job, const struct bm_bench_options *options,
                            const struct bench_archives *archives, struct bm_error *error);
void bench_job_free(struct bench_job *job);

/* What the passes went over. */
struct bm_bench_archives bench_job_archives(const struct bench_job *job,
                                            const struct bm_bench_options *options);
unsigned bench_rounds(const struct bm_bench_options *options);

/* The limit: only decompresses, into a buffer of a worker's size that stays in the cache. Threads take runs
 * of frames where there are several, as a scan's do. */
enum bm_code bench_pass_limit(const struct bench_job *job, unsigned threads, struct bench_time *time,
                              struct bm_error *error);

/* Where a pass of a scan stops. */
enum bench_stop { STOP_INDEX, STOP_FIELDS, STOP_HASHES, STOP_CLASSIFY, STOP_COUNTS, STOP_NEVER, STOPS };

/* The scan of one thread, as a run does it. */
enum bm_code bench_pass_scan(struct bench_job *job, enum bench_stop stop, struct bench_time *time,
                             struct bm_error *error);

/* CPU seconds of a whole run by stage. */
struct bench_run_time {
    struct bench_time whole;
    double merge_cpu_s, write_cpu_s;
};

/* Policy sfmc, all outputs. */
enum bm_code bench_pass_run(const struct bench_job *job, unsigned threads, struct bench_run_time *time,
                            struct bm_error *error);

#endif
