/* A run's text in parts, for one reader or several.
 *
 * Decompression goes on from where it stopped, so it is one reader's at a time; everything else about rows
 * can be done by many. A reader that wants rows takes the lock, decompresses the next step into a buffer of
 * its own, finds where its rows end, leaves the unfinished row at the end for the next taker, and lets go of
 * the lock before it makes events of the rows. So a text that only one thread can decompress (a single frame,
 * gzip) keeps all threads busy, each row is worked on where it was decompressed, and nothing is guessed: who
 * takes a part knows the true state of the scanner at its start.
 *
 * A run starts at a frame boundary, so its text may start anywhere inside a row, even inside a quoted field.
 * Which rows are whose is settled by the text alone: the first row start of a run is what csv_row_start finds
 * in its first ROW_START_BYTES. Rows that start before it belong to the run before, whose reader goes on into
 * the next run's text up to there; it computes the same row start from the same bytes, so the readers of two
 * runs never talk to each other.
 *
 * Where every state that the text may begin in leads to the same row start, that is proof. Where not (text
 * without any quote looks the same inside a quoted field), csv_row_start guesses, and the reader of the run
 * before checks: it knows its true state, and when it does not stand at a row start where the next run
 * begins, the guess was wrong. Then the archive is `inseparable`: the scan starts again with that archive as
 * one unit for one reader. So is an archive whose header changes half-way, when others have read on. Both
 * cost time once in a blue moon, and never a row.
 *
 * The index is made anew from the unfinished row's start: that row is short against a step. A row longer than
 * ROW_BYTES_MAX is skipped over, keeping only the scanner's state. */
#include "run/run_text.h"
#include "base/base.h"

#include "base/text.h"
#include "csv/field.h"

#include <pthread.h>

#define PART_LEAD_BYTES 64 /* the byte before an empty first field is looked at */
#define PART_ENDS       (PART_BYTES + 1 + CSV_PAD_BYTES)

static_assert(PART_STEP_SHARED_BYTES >= ROW_START_BYTES, "the buffer takes either");
static_assert(CSV_PAD_BYTES >= ADDRESS_PAD_BYTES, "addresses are read where they stand");

enum stage { STAGE_START, STAGE_INSIDE, STAGE_ENDED };

struct run_text {
    const struct input *input;
    size_t run;
    struct text_stream *stream;
    struct run_text_sizes sizes;
    pthread_mutex_t lock; /* of what follows */
    enum stage stage;
    struct columns columns;
    bool shared, inseparable;
    bool hashing, hashed; /* the archive, while it is read; done */
    uint64_t hash;
    bool header;                       /* the next row is the archive's header */
    uint64_t own_bytes, own_lines;     /* of the run's own text, when it has ended */
    struct text rest;                  /* the unfinished row that the next part begins with */
    uint64_t base;                     /* where it begins in the run's text */
    uint64_t lines;                    /* LF bytes of all text read */
    enum csv_state state;              /* where that ended */
    bool skipping;                     /* inside a row that is too long */
    uint64_t skip_offset, skip_line;   /* of that row */
    uint64_t quote_offset, quote_line; /* of its last field's first byte, which may be an open quote */
    struct span skip_text;             /* its first bytes, in skip_sample */
    char skip_sample[REJECT_SAMPLE_BYTES];
};

enum bm_code text_part_init(struct text_part *part, enum simd simd, struct bm_error *error)
{
    *part = (struct text_part){.index = csv_index_kernel(simd), .lines_of = csv_lines_kernel(simd)};
    part->memory = calloc(PART_LEAD_BYTES + PART_ENDS, 1);
    part->end_memory = malloc((1 + PART_ENDS) * sizeof *part->end_memory);
    part->found.rows = malloc(PART_ENDS * sizeof *part->found.rows);
    if (!part->memory || !part->end_memory || !part->found.rows)
        return fail_memory(error, "a worker's buffers");
    part->text = part->memory + PART_LEAD_BYTES;
    part->found.at = part->end_memory + 1;
    return BM_OK;
}

void text_part_free(struct text_part *part)
{
    free(part->memory);
    free(part->end_memory);
    free(part->found.rows);
}

enum bm_code run_text_new(struct run_text **text, const struct input *input, size_t run,
                          struct text_stream *stream, struct run_text_sizes sizes, struct bm_error *error)
{
    const struct input_run *own = &input->runs[run];
    bool hashing = !input->hashed && input->run_count == 1;
    enum bm_code code = text_stream_start(stream, &input->archive, own->begin, own->end, error);
    if (code == BM_OK && hashing)
        code = text_stream_hash_start(stream, error);
    if (code != BM_OK)
        return code;
    struct run_text *made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory(error, "a run of an archive");
    made->input = input;
    made->run = run;
    made->stream = stream;
    made->sizes.step_bytes = sizes.step_bytes;
    made->sizes.row_start_bytes = sizes.row_start_bytes ? sizes.row_start_bytes : ROW_START_BYTES;
    made->columns = input->columns;
    made->header = run == 0;
    made->hashing = hashing;
    CHECK(pthread_mutex_init(&made->lock, NULL) == 0);
    *text = made;
    return BM_OK;
}

void run_text_free(struct run_text *text)
{
    if (!text)
        return;
    CHECK(pthread_mutex_destroy(&text->lock) == 0);
    text_free(&text->rest);
    free(text);
}

static void text_lock(struct run_text *text)
{
    CHECK(pthread_mutex_lock(&text->lock) == 0);
}

static void text_unlock(struct run_text *text)
{
    CHECK(pthread_mutex_unlock(&text->lock) == 0);
}

/* Bytes of text that the next part adds. Under the lock. */
static size_t step_bytes(const struct run_text *text)
{
    if (text->sizes.step_bytes)
        return text->sizes.step_bytes;
    return text->shared ? PART_STEP_SHARED_BYTES : PART_STEP_BYTES;
}

/* Adds up to `room` bytes of text to the part. */
static enum bm_code part_fill(struct run_text *text, struct text_part *part, size_t room, size_t *got,
                              struct bm_error *error)
{
    ASSERT(part->length + room <= PART_BYTES);
    char *fresh = part->text + part->length;
    enum bm_code code = text_stream_read(text->stream, fresh, room, got, error);
    if (code != BM_OK)
        return code;
    text->lines += part->lines_of(fresh, *got);
    part->length += *got;
    part->lines = text->lines;
    return BM_OK;
}

/* Begins a part with what the one before left. */
static void part_begin(struct run_text *text, struct text_part *part)
{
    if (text->rest.length)
        memcpy(part->text, text->rest.at, text->rest.length);
    part->begin = 0;
    part->length = text->rest.length;
    part->base = text->base;
    part->lines = text->lines;
    part->header = text->header;
    part->found.count = part->found.row_count = 0;
    text->rest.length = 0;
}

/* Leaves what stands behind byte `at` of the part to the next one. */
static enum bm_code part_leave(struct run_text *text, const struct text_part *part, size_t at,
                               struct bm_error *error)
{
    text->base = part->base + at;
    text_put(&text->rest, (struct span){part->text + at, part->length - at});
    return text->rest.failed ? fail_memory(error, "an unfinished row") : BM_OK;
}

/* Notes where the field starts whose first byte, or blanks before it, is byte `at` of the part. */
static void quote_note(struct run_text *text, const struct text_part *part, size_t at)
{
    while (at < part->length && (part->text[at] == ' ' || part->text[at] == '\t'))
        at++;
    text->quote_offset = part->base + at;
    text->quote_line = text_part_line(part, at);
}

static bool skipped_reject(const struct run_text *text, struct unit_result *result)
{
    return unit_result_reject(result, text->run, REJECT_ROW_LENGTH, text->skip_offset, text->skip_line,
                              text->skip_text);
}

/* Goes on inside a row that is too long: finds its end in the fresh text. */
static bool skip_on(struct run_text *text, struct text_part *part, struct unit_result *result)
{
    struct csv_ends *found = &part->found;
    const enum csv_state before = text->state;
    part->index(part->text, part->length, text->columns.delimiter, &text->state, found);
    part->begin = part->length;
    if (found->row_count) {
        text->skipping = false;
        part->begin = found->at[found->rows[0]] + 1;
        return skipped_reject(text, result);
    }
    if (found->count || before == CSV_ROW_START || before == CSV_FIELD_START)
        quote_note(text, part, found->count ? found->at[found->count - 1] + 1 : 0);
    return true;
}

/* The row at byte `at` of the part is too long for the buffer: starts to skip it. */
static void skip_start(struct run_text *text, const struct text_part *part, size_t at)
{
    const struct csv_ends *found = &part->found;
    text->skipping = true;
    text->skip_offset = part->base + at;
    text->skip_line = text_part_line(part, at);
    quote_note(text, part, found->count ? found->at[found->count - 1] + 1 : at);
    memcpy(text->skip_sample, part->text + at, REJECT_SAMPLE_BYTES);
    text->skip_text = (struct span){text->skip_sample, REJECT_SAMPLE_BYTES};
}

/* Whether the part has any row. */
static bool part_has_rows(const struct text_part *part)
{
    const struct csv_ends *found = &part->found;
    size_t begin = part->begin, first = 0;
    for (size_t k = 0; k < found->row_count; k++) {
        size_t last = found->rows[k];
        if (!text_part_blank(part, begin, found->at[last], last - first + 1))
            return true;
        begin = found->at[last] + 1;
        first = last + 1;
    }
    return false;
}

/* Finds the part's rows, and leaves what is behind them. */
static enum bm_code part_index(struct run_text *text, struct text_part *part, struct unit_result *result,
                               struct bm_error *error)
{
    struct csv_ends *found = &part->found;
    if (text->skipping && !skip_on(text, part, result))
        return fail_memory(error, "samples of rejected rows");
    if (text->skipping) {
        found->count = found->row_count = 0;
        return part_leave(text, part, part->length, error);
    }
    size_t begin = part->begin;
    text->state = CSV_ROW_START;
    part->index(part->text + begin, part->length - begin, text->columns.delimiter, &text->state, found);
    if (begin)
        for (size_t k = 0; k < found->count; k++)
            found->at[k] += (uint32_t)begin;
    found->at[-1] = (uint32_t)begin - 1; /* 0 less one comes round again when one is added */
    text->header = text->header && !part_has_rows(part);
    size_t end = found->row_count ? found->at[found->rows[found->row_count - 1]] + 1 : begin;
    if (part->length - end > ROW_BYTES_MAX) {
        skip_start(text, part, end);
        end = part->length;
    }
    return part_leave(text, part, end, error);
}

/* The run's first text: leaves out what belongs to the run before, or the byte order mark. */
static enum bm_code first_part(struct run_text *text, struct text_part *part, struct unit_result *result,
                               struct bm_error *error)
{
    size_t got;
    enum bm_code code =
        part_fill(text, part, text->run > 0 ? text->sizes.row_start_bytes : step_bytes(text), &got, error);
    if (code != BM_OK)
        return code;
    text->stage = STAGE_INSIDE;
    if (text->run > 0) {
        bool certain = csv_row_start(part->text, got, text->columns.delimiter, &part->begin);
        if (!certain && part->begin == got) /* no row start in sight: the text before would run on into the
                                               next run */
            text->inseparable = true;
    } else {
        part->begin = csv_bom_length(part->text, got);
    }
    return part_index(text, part, result, error);
}

/* Reads on into the next run up to its first row start, where this run must stand at a row start too. */
static enum bm_code next_run_part(struct run_text *text, struct text_part *part, struct unit_result *result,
                                  struct bm_error *error)
{
    size_t got, row_start;
    text_stream_extend(text->stream, text->input->runs[text->run + 1].end);
    enum bm_code code = part_fill(text, part, text->sizes.row_start_bytes, &got, error);
    text_stream_release(text->stream); /* the rest of that run is read elsewhere */
    if (code != BM_OK)
        return code;
    const char *fresh = part->text + part->length - got;
    (void)csv_row_start(fresh, got, text->columns.delimiter, &row_start);
    part->lines -= part->lines_of(fresh + row_start, got - row_start);
    part->length -= got - row_start;
    code = part_index(text, part, result, error);
    if (code == BM_OK && (text->state != CSV_ROW_START || text->skipping || row_start == 0))
        text->inseparable = true;
    return code;
}

/* The quote that was never closed, in the unfinished row that is the part's text. */
static size_t quote_find(const struct text_part *part, char delimiter)
{
    enum csv_state state = CSV_ROW_START;
    size_t begin = 0;
    for (size_t k = 0; k < part->length; k++) {
        enum csv_state next = csv_step(state, part->text[k], delimiter);
        if (next == CSV_QUOTED && (state == CSV_ROW_START || state == CSV_FIELD_START))
            begin = k;
        state = next;
    }
    return begin;
}

/* The archive's text has ended inside a row: ends it, or rejects what a quote swallowed. */
static enum bm_code last_part(struct run_text *text, struct text_part *part, struct unit_result *result,
                              struct bm_error *error)
{
    bool enough = true;
    if (text->state == CSV_ROW_START && !text->skipping)
        return BM_OK;
    if (text->state == CSV_QUOTED && text->skipping) {
        enough = unit_result_reject(result, text->run, REJECT_UNCLOSED_QUOTE, text->quote_offset,
                                    text->quote_line, text->skip_text);
    } else if (text->skipping) {
        enough = skipped_reject(text, result);
    } else if (text->state == CSV_QUOTED) {
        size_t quote = quote_find(part, text->columns.delimiter);
        enough = unit_result_reject(result, text->run, REJECT_UNCLOSED_QUOTE, part->base + quote,
                                    text_part_line(part, quote), (struct span){part->text, part->length});
    } else {
        part->text[part->length++] = '\n';
        part->lines++;
        return part_index(text, part, result, error);
    }
    return enough ? BM_OK : fail_memory(error, "samples of rejected rows");
}

static enum bm_code part_take(struct run_text *text, struct text_part *part, struct unit_result *result,
                              struct bm_error *error)
{
    part_begin(text, part);
    if (text->stage == STAGE_START)
        return first_part(text, part, result, error);
    size_t got;
    enum bm_code code = part_fill(text, part, step_bytes(text), &got, error);
    if (code != BM_OK)
        return code;
    if (got)
        return part_index(text, part, result, error);
    text->stage = STAGE_ENDED;
    text->own_bytes = part->base + part->length;
    text->own_lines = text->lines;
    if (text->hashing)
        text->hash = text_stream_hash(text->stream);
    text->hashed = text->hashing;
    bool last = text->run + 1 == text->input->run_count;
    return last ? last_part(text, part, result, error) : next_run_part(text, part, result, error);
}

/* Under the lock. */
static bool goes_on(const struct run_text *text)
{
    return text->stage != STAGE_ENDED && !text->inseparable;
}

enum bm_code run_text_take(struct run_text *text, struct text_part *part, struct columns *columns,
                           struct unit_result *result, bool *more, struct bm_error *error)
{
    enum bm_code code = BM_OK;
    text_lock(text);
    *more = goes_on(text);
    if (*more) {
        *columns = text->columns;
        code = part_take(text, part, result, error);
    }
    if (code != BM_OK)
        text->stage = STAGE_ENDED;
    text_unlock(text);
    return code;
}

bool run_text_goes_on(struct run_text *text)
{
    text_lock(text);
    bool more = goes_on(text);
    text_unlock(text);
    return more;
}

void run_text_share(struct run_text *text)
{
    text_lock(text);
    text->shared = true;
    text_unlock(text);
}

void run_text_change(struct run_text *text, const struct columns *columns)
{
    text_lock(text);
    if (text->shared || text->input->run_count > 1)
        text->inseparable = true;
    text->columns = *columns;
    text_unlock(text);
}

void run_text_stop(struct run_text *text)
{
    text_lock(text);
    text->stage = STAGE_ENDED;
    text_unlock(text);
}

uint64_t run_text_bytes(const struct run_text *text)
{
    return text->own_bytes;
}

uint64_t run_text_lines(const struct run_text *text)
{
    return text->own_lines;
}

bool run_text_hash(const struct run_text *text, uint64_t *hash)
{
    *hash = text->hash;
    return text->hashed;
}

bool run_text_inseparable(struct run_text *text)
{
    text_lock(text);
    bool inseparable = text->inseparable;
    text_unlock(text);
    return inseparable;
}
