#include "base/base.h"
#include "base/cpu.h"
#include "base/pool.h"
#include "base/stop.h"
#include "generate/rows.h"
#include "generate/sink.h"

#include <bouncemill/generate.h>
#include <errno.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define DAYS_MAX        3650u
#define FILES_MAX       10000u /* four digits in the names */
#define ADDRESSES_MAX   UINT64_C(4000000000)
#define EVENTS_MAX      (UINT64_C(1) << 34) /* times the seconds of DAYS_MAX they fit 64 bits */
#define FRAME_BYTES_MIN 64u

_Static_assert(ROW_BYTES_MAX <= SINK_ROOM_BYTES, "a row fits the sink's room");

static const char *const dialect_names[ROW_DIALECT_COUNT] = {"native", "powermta"};
static const char *const compression_names[COMPRESSION_COUNT] = {"none", "zst", "gz"};

/* One call of bm_generate; the threads take files from `next` until none is left or one failed. */
struct job {
    const struct bm_generate_options *options;
    enum compression compression;
    struct world world;
    atomic_uint next;
    atomic_flag failed; /* set by the thread that may fill error */
    atomic_bool halt;   /* of all threads, after an error */
    struct bm_error error;
    enum bm_code code;
};

void bm_generate_options_init(struct bm_generate_options *options)
{
    *options = (struct bm_generate_options){.dialect = dialect_names[ROW_NATIVE],
                                            .compression = compression_names[COMPRESSION_ZST],
                                            .events = 1000000,
                                            .addresses = 200000,
                                            .seed = 1,
                                            .bounce_share = 0.12,
                                            .days = 30,
                                            .files = 4};
}

/* The index of a name, or -1. */
static int name_find(const char *const *names, int count, const char *name)
{
    for (int k = 0; name && k < count; k++)
        if (strcmp(names[k], name) == 0)
            return k;
    return -1;
}

static enum bm_code options_check(const struct bm_generate_options *options, struct bm_error *error)
{
    if (!options->output || !*options->output)
        return fail(error, BM_USAGE, "no output folder given");
    if (options->events > EVENTS_MAX)
        return fail(error, BM_USAGE, "%llu events are too many: at most 2^34",
                    (unsigned long long)options->events);
    if (!options->addresses || options->addresses > ADDRESSES_MAX)
        return fail(error, BM_USAGE, "addresses must be from 1 to %llu", (unsigned long long)ADDRESSES_MAX);
    if (!options->files || options->files > FILES_MAX)
        return fail(error, BM_USAGE, "files must be from 1 to %u", FILES_MAX);
    if (!options->days || options->days > DAYS_MAX)
        return fail(error, BM_USAGE, "days must be from 1 to %u", DAYS_MAX);
    if (!(options->bounce_share >= 0 && options->bounce_share <= 1))
        return fail(error, BM_USAGE, "the bounce share must be from 0 to 1");
    if (options->frame_bytes && options->frame_bytes < FRAME_BYTES_MIN)
        return fail(error, BM_USAGE, "a frame must hold at least %u bytes (0: one frame a file)",
                    FRAME_BYTES_MIN);
    return BM_OK;
}

static enum bm_code folder_make(const char *path, struct bm_error *error)
{
    struct stat status;
    if (mkdir(path, 0777) == 0)
        return BM_OK;
    if (errno != EEXIST)
        return fail_errno(error, BM_OUTPUT, "cannot make folder %s", path);
    if (stat(path, &status) != 0)
        return fail_errno(error, BM_OUTPUT, "cannot look at %s", path);
    if (!S_ISDIR(status.st_mode))
        return fail(error, BM_OUTPUT, "%s is not a folder", path);
    return BM_OK;
}

static enum bm_code rows_write(struct stream *stream, struct sink *sink, const struct job *job,
                               struct bm_error *error)
{
    struct text header = {sink_room(sink)};
    header_write(stream->world, &header);
    enum bm_code code = sink_commit(sink, header.at, error);
    while (code == BM_OK && stream->row < stream->rows) {
        struct text row = {sink_room(sink)};
        stream_row(stream, &row);
        code = sink_commit(sink, row.at, error);
        if (UNLIKELY(sink->writer.first_errno))
            break; /* a full disk is reported by sink_close */
        if (UNLIKELY(stop_asked(job->options->stop) ||
                     atomic_load_explicit(&job->halt, memory_order_relaxed)))
            return fail_stopped(error); /* with halt, another file's error is told */
    }
    return code;
}

static enum bm_code file_write(struct job *job, unsigned file, struct bm_error *error)
{
    const struct bm_generate_options *options = job->options;
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/events-%04u.csv%s", options->output, file,
                          compression_ending(job->compression));
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(error, BM_OUTPUT, "path is too long: %s", options->output);
    uint64_t rows = options->events / options->files + (file < options->events % options->files);
    struct stream stream;
    stream_init(&stream, &job->world, file, options->files, rows);
    struct sink sink;
    enum bm_code code = sink_open(&sink, path, job->compression, options->frame_bytes, error);
    if (code != BM_OK)
        return code;
    sink.writer.stop = options->stop;
    code = rows_write(&stream, &sink, job, error);
    if (code == BM_OK)
        return sink_close(&sink, error);
    sink_drop(&sink);
    return code;
}

static void files_write(void *argument, unsigned worker)
{
    struct job *job = argument;
    (void)worker;
    unsigned file;
    while (!atomic_load(&job->halt) && (file = atomic_fetch_add(&job->next, 1)) < job->options->files) {
        struct bm_error error;
        enum bm_code code = file_write(job, file, &error);
        if (code == BM_OK)
            continue;
        atomic_store(&job->halt, true);
        if (!atomic_flag_test_and_set(&job->failed)) {
            job->error = error;
            job->code = code;
        }
    }
}

static enum bm_code job_run(struct job *job, struct bm_error *error)
{
    unsigned threads = job->options->threads ? job->options->threads : cpu_threads();
    if (threads > job->options->files)
        threads = job->options->files;
    enum bm_code code = pool_run(threads, files_write, job, error);
    if (code == BM_OK && job->code != BM_OK) {
        *error = job->error;
        code = job->code;
    }
    return code;
}

enum bm_code bm_generate(const struct bm_generate_options *options, struct bm_error *error)
{
    int dialect = name_find(dialect_names, ROW_DIALECT_COUNT, options->dialect);
    int compression = name_find(compression_names, COMPRESSION_COUNT, options->compression);
    if (dialect < 0) {
        fail(error, BM_USAGE, "no such dialect: %s", options->dialect ? options->dialect : "(none)");
        return fail_hint(error, "use native or powermta");
    }
    if (compression < 0) {
        fail(error, BM_USAGE, "no such compression: %s",
             options->compression ? options->compression : "(none)");
        return fail_hint(error, "use zst, gz or none");
    }
    enum bm_code code = options_check(options, error);
    if (code == BM_OK)
        code = folder_make(options->output, error);
    if (code != BM_OK)
        return code;
    struct job *job = calloc(1, sizeof *job); /* 70 KiB: not for the stack */
    if (!job)
        return fail_memory(error, "the generator");
    job->options = options;
    job->compression = (enum compression)compression;
    if (world_init(&job->world, (enum row_dialect)dialect, options->seed, (uint32_t)options->addresses,
                   options->days, options->bounce_share))
        code = job_run(job, error);
    else
        code = fail_memory(error, "the generator's dates");
    world_free(&job->world);
    free(job);
    return code;
}
