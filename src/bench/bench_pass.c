/* How a run is taken apart.
 *
 * Clocks around the stages of a row would cost more than the stages do, and clocks around batches would mean
 * another pipeline than the one that runs. So it is the real scan that runs, over the same archives, again
 * and again: each time its rows are dropped one stage later (enum row_cut), and the time that a pass takes
 * longer than the one before is that stage's. No clock ticks inside of a pass, and a normal run pays one
 * branch for a part of text, a group of events, and a bounce.
 *
 * What that means: a stage's figure holds what it does to the stages before it (cache lines that it pushes
 * out, loads that it no longer overlaps with), as that is time that the run would not take without it; and
 * what is fetched ahead for the counts counts as hashes, being fetched where these are made. Rows are dropped
 * behind their fields by asking for events of no time, which the scan can do anyway.
 *
 * Merge and write are told from the scan by the progress that a run reports, with the clock of all threads.
 */
#include "bench/bench_pass.h"
#include "base/base.h"

#include "base/clock.h"
#include "base/pool.h"
#include "base/stop.h"

#include <pthread.h>

#define ROUNDS 5

static double cpu_seconds(void)
{
    return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static struct bench_time time_now(void)
{
    return (struct bench_time){seconds_now(), cpu_seconds()};
}

static struct bench_time time_since(struct bench_time start)
{
    struct bench_time now = time_now();
    return (struct bench_time){now.wall_s - start.wall_s, now.cpu_s - start.cpu_s};
}

enum bm_code bench_job_make(struct bench_job *job, const struct bm_bench_options *options,
                            const struct bench_archives *archives, struct bm_error *error)
{
    bm_run_options_init(&job->options);
    job->archives = archives->archives;
    job->options.archives = &job->archives;
    job->options.archive_count = 1;
    job->options.output = archives->output;
    job->options.tables = options->tables;
    job->options.threads = options->threads;
    job->options.stop = options->stop;
    return run_plan_make(&job->plan, &job->options, error);
}

void bench_job_free(struct bench_job *job)
{
    run_plan_free(&job->plan);
}

struct bm_bench_archives bench_job_archives(const struct bench_job *job,
                                            const struct bm_bench_options *options)
{
    return (struct bm_bench_archives){.rows = job->rows,
                                      .addresses = options->archives.addresses,
                                      .text_bytes = job->text_bytes,
                                      .bytes = job->archive_bytes};
}

unsigned bench_rounds(const struct bm_bench_options *options)
{
    return options->rounds ? options->rounds : ROUNDS;
}

/* Archives being decompressed by several threads. */
struct limit_pass {
    struct inputs inputs;
    const volatile int *stop;
    pthread_mutex_t lock;
    size_t input, run; /* to be taken next */
    struct bm_error error;
};

static bool limit_take(struct limit_pass *pass, const struct input **input, struct input_run *run)
{
    CHECK(pthread_mutex_lock(&pass->lock) == 0);
    while (pass->input < pass->inputs.count && pass->run == pass->inputs.items[pass->input].run_count) {
        pass->input++;
        pass->run = 0;
    }
    bool more = pass->input < pass->inputs.count && pass->error.code == BM_OK && !stop_asked(pass->stop);
    if (more) {
        *input = &pass->inputs.items[pass->input];
        *run = (*input)->runs[pass->run++];
    }
    CHECK(pthread_mutex_unlock(&pass->lock) == 0);
    return more;
}

static enum bm_code run_decompress(const struct input *input, const struct input_run *run,
                                   struct text_stream *stream, char *buffer, struct bm_error *error)
{
    size_t got = 1;
    enum bm_code code = text_stream_start(stream, &input->archive, run->begin, run->end, error);
    while (code == BM_OK && got)
        code = text_stream_read(stream, buffer, PART_STEP_BYTES, &got, error);
    return code;
}

static void limit_work(void *argument, unsigned worker)
{
    (void)worker;
    struct limit_pass *pass = argument;
    struct bm_error error;
    struct text_stream *stream;
    const struct input *input;
    struct input_run run;
    char *buffer = malloc(PART_STEP_BYTES);
    enum bm_code code = text_stream_new(&stream, &error);
    if (code == BM_OK && !buffer)
        code = fail_memory(&error, "a worker's buffers");
    while (code == BM_OK && limit_take(pass, &input, &run))
        code = run_decompress(input, &run, stream, buffer, &error);
    if (code != BM_OK) {
        CHECK(pthread_mutex_lock(&pass->lock) == 0);
        pass->error = error;
        CHECK(pthread_mutex_unlock(&pass->lock) == 0);
    }
    text_stream_free(stream);
    free(buffer);
}

/* Cuts the archives into the runs that a scan takes. */
static enum bm_code limit_plan(const struct bench_job *job, struct inputs *inputs, unsigned threads,
                               struct bm_error *error)
{
    struct text_stream *stream;
    enum bm_code code = text_stream_new(&stream, error);
    for (size_t k = 0; code == BM_OK && k < inputs->count; k++)
        code = input_plan(&inputs->items[k], job->plan.dialect, input_run_bytes(threads), job->options.stop,
                          stream, error);
    text_stream_free(stream);
    return code;
}

enum bm_code bench_pass_limit(const struct bench_job *job, unsigned threads, struct bench_time *time,
                              struct bm_error *error)
{
    struct limit_pass pass = {.stop = job->options.stop};
    CHECK(pthread_mutex_init(&pass.lock, NULL) == 0);
    enum bm_code code = inputs_open(&pass.inputs, &job->options, threads, error);
    if (code == BM_OK)
        code = limit_plan(job, &pass.inputs, threads, error);
    struct bench_time start = time_now();
    if (code == BM_OK)
        code = pool_run(threads, limit_work, &pass, error);
    *time = time_since(start);
    if (code == BM_OK && pass.error.code != BM_OK) {
        *error = pass.error;
        code = error->code;
    }
    if (code == BM_OK && stop_asked(pass.stop))
        code = fail_stopped(error);
    inputs_close(&pass.inputs);
    CHECK(pthread_mutex_destroy(&pass.lock) == 0);
    return code;
}

static struct scan_options scan_options_for(const struct bench_job *job, enum bench_stop stop)
{
    static const enum row_cut cuts[STOPS] = {
        [STOP_INDEX] = CUT_INDEX,       [STOP_FIELDS] = CUT_NOWHERE, [STOP_HASHES] = CUT_HASHES,
        [STOP_CLASSIFY] = CUT_CLASSIFY, [STOP_COUNTS] = CUT_COUNTS,  [STOP_NEVER] = CUT_NOWHERE,
    };
    return (struct scan_options){
        .classifier = job->plan.classifier,
        .dialect = job->plan.dialect,
        .kinds = job->plan.kinds,
        .cut = cuts[stop],
        .limited = stop == STOP_FIELDS, /* to no time at all */
        .from_ms = INT64_MAX,
        .to_ms = INT64_MAX,
        .threads = 1,
        .simd = job->plan.simd,
        .stop = job->options.stop,
    };
}

static void sizes_note(struct bench_job *job, const struct inputs *inputs)
{
    job->rows = job->text_bytes = 0;
    job->archive_bytes = inputs->bytes_total;
    for (size_t k = 0; k < inputs->count; k++) {
        job->rows += inputs->items[k].report.rows;
        job->text_bytes += inputs->items[k].report.text_bytes;
    }
}

enum bm_code bench_pass_scan(struct bench_job *job, enum bench_stop stop, struct bench_time *time,
                             struct bm_error *error)
{
    struct inputs inputs = {0};
    struct scan_result result = {0};
    struct scan_options options = scan_options_for(job, stop);
    enum bm_code code = inputs_open(&inputs, &job->options, 1, error);
    struct bench_time start = time_now();
    if (code == BM_OK)
        code = scan(&inputs, &options, &result, error);
    *time = time_since(start);
    if (code == BM_OK && stop == STOP_NEVER)
        sizes_note(job, &inputs);
    scan_result_free(&result);
    inputs_close(&inputs);
    return code;
}

/* When the stages of a run began. */
struct run_marks {
    double merge_cpu_s, write_cpu_s;
};

static void stage_mark(void *argument, const struct bm_progress *progress)
{
    struct run_marks *marks = argument;
    if (strcmp(progress->stage, "merge") == 0)
        marks->merge_cpu_s = cpu_seconds();
    if (strcmp(progress->stage, "write") == 0)
        marks->write_cpu_s = cpu_seconds();
}

enum bm_code bench_pass_run(const struct bench_job *job, unsigned threads, struct bench_run_time *time,
                            struct bm_error *error)
{
    struct run_marks marks = {0};
    struct bm_run_options options = job->options;
    options.threads = threads;
    options.progress = stage_mark;
    options.progress_argument = &marks;
    struct bench_time start = time_now();
    enum bm_code code = bm_run(&options, NULL, error);
    double end_cpu_s = cpu_seconds();
    *time = (struct bench_run_time){.whole = time_since(start)};
    if (code != BM_OK)
        return code;
    CHECK(marks.merge_cpu_s > 0 && marks.write_cpu_s > 0);
    time->merge_cpu_s = marks.write_cpu_s - marks.merge_cpu_s;
    time->write_cpu_s = end_cpu_s - marks.write_cpu_s;
    return BM_OK;
}
