#include "run/inputs.h"
#include "base/base.h"

#include "base/array.h"
#include "base/cpu.h"
#include "base/pool.h"
#include "base/stop.h"
#include "csv/field.h"
#include "csv/scan.h"

#include <stdatomic.h>

#define RUN_BYTES_COMPRESSED ((size_t)4 << 20) /* a run of frames holds at least this much */
#define RUN_BYTES_PLAIN      ((size_t)16 << 20)
#define RUN_REST_BYTES       ((size_t)1 << 20) /* less than this joins the run before */
#define HEADER_BYTES_MAX     ((size_t)64 << 10)

bool input_leave_out(struct inputs *inputs, size_t which, const struct bm_error *why)
{
    inputs->items[which].left_out = true;
    inputs->failures[which] = strdup(why->message);
    inputs->items[which].report.failure = inputs->failures[which];
    return inputs->failures[which] != NULL;
}

enum bm_code inputs_list(struct path_list *paths, const struct bm_run_options *options,
                         struct bm_error *error)
{
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < options->archive_count && code == BM_OK; k++)
        code = path_list_add(paths, options->archives[k], error);
    if (code == BM_OK && options->files_from)
        code = path_list_add_file(paths, options->files_from, options->stop, error);
    if (code == BM_OK && !paths->count) {
        (void)fail(error, BM_USAGE, "no archives to read");
        code = fail_hint(error, "name files or folders, or a list with --files-from");
    }
    return code;
}

static enum bm_code all_open(struct inputs *inputs, const struct bm_run_options *options,
                             struct bm_error *error)
{
    for (size_t k = 0; k < inputs->count; k++) {
        if (stop_asked(options->stop))
            return fail_stopped(error);
        struct input *input = &inputs->items[k];
        input->report.path = inputs->paths.paths[k];
        input->report.same_as = -1;
        enum bm_code code = archive_open(&input->archive, inputs->paths.paths[k], options->stop, error);
        if (code == BM_INPUT && options->keep_going) {
            if (!input_leave_out(inputs, k, error))
                return fail_memory(error, "the list of archives");
            continue;
        }
        if (code != BM_OK)
            return code;
        input->open = true;
        input->report.bytes = input->archive.size;
        input->report.format = input->archive.format;
        inputs->bytes_total += input->archive.size;
    }
    return BM_OK;
}

uint64_t input_hash(struct input *input, const volatile int *stop)
{
    if (!input->hashed)
        input->report.xxh3 = archive_hash(&input->archive, stop);
    input->hashed = true;
    return input->report.xxh3;
}

/* Sizes and hashes of archives, to bring equal ones together. */
struct twin {
    size_t size;
    uint64_t hash;
    size_t which;
};

static int twin_order(const void *a, const void *b)
{
    const struct twin *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->which > y->which) - (x->which < y->which);
}

struct twin_work {
    struct inputs *inputs;
    struct twin *twins;
    size_t count;
    atomic_size_t next;
    const volatile int *stop;
};

static bool size_shared(const struct twin_work *work, size_t k)
{
    size_t size = work->twins[k].size;
    return (k > 0 && work->twins[k - 1].size == size) ||
           (k + 1 < work->count && work->twins[k + 1].size == size);
}

/* Hashes only archives whose size another has too: the others cannot be twins, and are hashed when they are
 * read. */
static void twins_hash(void *argument, unsigned worker)
{
    (void)worker;
    struct twin_work *work = argument;
    for (size_t k; (k = atomic_fetch_add(&work->next, 1)) < work->count;)
        if (size_shared(work, k))
            work->twins[k].hash = input_hash(&work->inputs->items[work->twins[k].which], work->stop);
}

static void twins_mark(struct inputs *inputs, const struct twin *twins, size_t count)
{
    for (size_t k = 1, first = 0; k < count; k++) {
        const struct archive *a = &inputs->items[twins[first].which].archive;
        struct input *input = &inputs->items[twins[k].which];
        bool same = twins[k].size == twins[first].size && twins[k].hash == twins[first].hash &&
                    (twins[k].size == 0 || memcmp(a->bytes, input->archive.bytes, twins[k].size) == 0);
        if (!same) {
            first = k;
            continue;
        }
        input->report.same_as = (int64_t)twins[first].which;
        inputs->bytes_total -= twins[k].size;
    }
}

static enum bm_code twins_find(struct inputs *inputs, unsigned threads, const volatile int *stop,
                               struct bm_error *error)
{
    struct twin_work work = {
        .inputs = inputs, .stop = stop, .twins = calloc(inputs->count, sizeof *work.twins)};
    if (!work.twins)
        return fail_memory(error, "the list of archives");
    for (size_t k = 0; k < inputs->count; k++)
        if (inputs->items[k].open)
            work.twins[work.count++] = (struct twin){inputs->items[k].archive.size, 0, k};
    qsort(work.twins, work.count, sizeof *work.twins, twin_order);
    enum bm_code code = pool_run(threads, twins_hash, &work, error);
    if (code == BM_OK && !stop_asked(stop)) {
        qsort(work.twins, work.count, sizeof *work.twins, twin_order);
        twins_mark(inputs, work.twins, work.count);
    }
    free(work.twins);
    return code;
}

enum bm_code inputs_open(struct inputs *inputs, const struct bm_run_options *options, unsigned threads,
                         struct bm_error *error)
{
    *inputs = (struct inputs){0};
    enum bm_code code = inputs_list(&inputs->paths, options, error);
    if (code != BM_OK)
        return code;
    inputs->items = calloc(inputs->paths.count, sizeof *inputs->items);
    inputs->failures = calloc(inputs->paths.count, sizeof *inputs->failures);
    if (!inputs->items || !inputs->failures)
        return fail_memory(error, "the list of archives");
    inputs->count = inputs->paths.count;
    code = all_open(inputs, options, error);
    if (code == BM_OK)
        code = twins_find(inputs, threads, options->stop, error);
    return code == BM_OK && stop_asked(options->stop) ? fail_stopped(error) : code;
}

/* Drops the samples from the k-th on. */
static void samples_cut(struct input *input, size_t keep)
{
    while (input->sample_count > keep)
        free((char *)(uintptr_t)input->samples[--input->sample_count].text.at);
}

/* By place: rows of a run that stand in the next one's text come before those that the next one read. */
static int sample_order(const void *a, const void *b)
{
    const struct input_sample *x = a, *y = b;
    if (x->run != y->run)
        return x->run < y->run ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static void samples_sort(struct input *input)
{
    if (input->sample_count)
        qsort(input->samples, input->sample_count, sizeof *input->samples, sample_order);
    if (input->sample_count > REJECT_SAMPLES_MAX)
        samples_cut(input, REJECT_SAMPLES_MAX);
}

bool input_samples_add(struct input *input, struct input_sample *samples, size_t count)
{
    if (!count)
        return true;
    if (input->sample_count + count > input->sample_capacity)
        samples_sort(input);
    struct input_sample *grown =
        array_room(input->samples, &input->sample_capacity, input->sample_count + count, sizeof *grown);
    if (!grown)
        return false;
    input->samples = grown;
    memcpy(input->samples + input->sample_count, samples, count * sizeof *samples);
    input->sample_count += count;
    return true;
}

void input_samples_place(struct input *input)
{
    samples_sort(input);
    uint64_t offset = 0, line = 0;
    for (size_t k = 0, run = 0; k < input->sample_count; k++) {
        for (; run < input->samples[k].run; run++) {
            offset += input->runs[run].text_bytes;
            line += input->runs[run].lines;
        }
        input->samples[k].offset += offset;
        input->samples[k].line += line;
    }
}

void inputs_close(struct inputs *inputs)
{
    for (size_t k = 0; k < inputs->count; k++) {
        struct input *input = &inputs->items[k];
        samples_cut(input, 0);
        free(input->samples);
        free(input->runs);
        if (input->open)
            archive_close(&input->archive);
        free(inputs->failures[k]);
    }
    free(inputs->items);
    free(inputs->failures);
    path_list_free(&inputs->paths);
    *inputs = (struct inputs){0};
}

void input_reset(struct input *input)
{
    samples_cut(input, 0);
    input->report.text_bytes = input->report.rows = input->report.tallied = input->report.ignored = 0;
    input->report.rejected = input->report.extra_fields = input->report.outside = 0;
    memset(input->rejects, 0, sizeof input->rejects);
    free(input->runs);
    input->runs = NULL;
    input->run_count = 0;
}

static bool run_add(struct input *input, size_t begin, size_t end)
{
    struct input_run *grown = realloc(input->runs, (input->run_count + 1) * sizeof *grown);
    if (!grown)
        return false;
    input->runs = grown;
    input->runs[input->run_count++] = (struct input_run){.begin = begin, .end = end};
    return true;
}

static enum bm_code runs_cut(struct input *input, size_t run_bytes, const volatile int *stop,
                             struct bm_error *error)
{
    const struct archive *archive = &input->archive;
    const size_t plain = run_bytes ? run_bytes : RUN_BYTES_PLAIN;
    const size_t compressed = run_bytes ? run_bytes : RUN_BYTES_COMPRESSED;
    const size_t rest = run_bytes ? 0 : RUN_REST_BYTES;
    for (size_t begin = 0, end; begin < archive->size; begin = end) {
        if (stop_asked(stop))
            return fail_stopped(error);
        end = archive->size;
        if (!input->sequential && archive->format == ARCHIVE_PLAIN && end - begin > plain &&
            end - begin - plain > plain / 2)
            end = begin + plain;
        if (!input->sequential && archive->format == ARCHIVE_ZSTD && end - begin > compressed) {
            enum bm_code code = archive_run_end(archive, begin, compressed, &end, error);
            if (code != BM_OK)
                return code;
        }
        if (archive->size - end < rest)
            end = archive->size; /* a rest without text of its own (a seek table) is no run */
        if (!run_add(input, begin, end))
            return fail_memory(error, "the list of runs");
    }
    return BM_OK;
}

/* Reads the names of the first row in text[0 .. length). */
static bool header_read(struct input *input, const struct dialect *dialect, const char *text, size_t length,
                        struct csv_ends *found, char *scratch)
{
    enum csv_state state = CSV_ROW_START;
    csv_index_kernel(SIMD_SCALAR)(text, length, ',', &state, found);
    const uint32_t *ends = found->at;
    struct span names[CSV_COLUMNS_MAX];
    size_t used = 0, begin = 0, scratch_used = 0;
    for (size_t k = 0; k < found->count; k++) {
        struct span raw = {text + begin, ends[k] - begin};
        struct span name = csv_field(raw, scratch + scratch_used);
        scratch_used += raw.length;
        begin = ends[k] + 1;
        bool row_end = text[ends[k]] != ',';
        if (row_end && used == 0 && !name.length)
            continue; /* an empty line before the header */
        if (used < CSV_COLUMNS_MAX)
            names[used++] = name;
        input->columns.delimiter = ',';
        if (row_end)
            return dialect_recognise(dialect, names, used, &input->columns);
    }
    return false;
}

static enum bm_code header_find(struct input *input, const struct dialect *dialect,
                                struct text_stream *stream, struct bm_error *error)
{
    const struct archive *archive = &input->archive;
    enum bm_code code = text_stream_start(stream, archive, 0, archive->size, error);
    if (code != BM_OK)
        return code;
    char *text = malloc(HEADER_BYTES_MAX + 1 + CSV_PAD_BYTES);
    char *scratch = malloc(HEADER_BYTES_MAX + 1);
    const size_t ends_max = HEADER_BYTES_MAX + 1 + CSV_PAD_BYTES;
    struct csv_ends found = {.at = malloc(ends_max * sizeof *found.at),
                             .rows = malloc(ends_max * sizeof *found.rows)};
    size_t length = 0;
    bool known = false;
    if (!text || !scratch || !found.at || !found.rows)
        code = fail_memory(error, "a header");
    else
        code = text_stream_read(stream, text, HEADER_BYTES_MAX, &length, error);
    if (code == BM_OK) {
        size_t bom = csv_bom_length(text, length);
        memset(text + length, 0, CSV_PAD_BYTES + 1);
        if (length < HEADER_BYTES_MAX)
            text[length++] = '\n'; /* a header that the archive ends with */
        known = header_read(input, dialect, text + bom, length - bom, &found, scratch);
    }
    free(text);
    free(scratch);
    free(found.at);
    free(found.rows);
    if (code != BM_OK || known)
        return code;
    (void)fail(error, BM_INPUT, "%s: no header that %s%s knows, at byte 0 of its text", archive->path,
               dialect ? "dialect " : "any dialect", dialect ? dialect->name : "");
    return fail_hint(
        error,
        "the first row must name the columns, such as time,event,address; see `bouncemill list dialects`");
}

enum bm_code input_plan(struct input *input, const struct dialect *dialect, size_t run_bytes,
                        const volatile int *stop, struct text_stream *stream, struct bm_error *error)
{
    enum bm_code code = header_find(input, dialect, stream, error);
    if (code != BM_OK)
        return code;
    input->report.dialect = input->columns.dialect->name;
    code = runs_cut(input, run_bytes, stop, error);
    if (code == BM_OK && input->run_count != 1) /* one run is hashed while it is read */
        (void)input_hash(input, stop);
    return code;
}
