/* Reading a run of an archive, row by row.
 *
 * A run starts at a frame boundary, so its text may start anywhere inside a row, even inside a quoted field.
 * Which rows are whose is settled by the text alone: the first row start of a run is what csv_row_start finds
 * in its first ROW_START_BYTES. Rows that start before it belong to the run before, whose reader goes on into
 * the next run's text up to there; it computes the same row start from the same bytes, so readers never talk
 * to each other.
 *
 * Where every state that the text may begin in leads to the same row start, that is proof. Where not (text
 * without any quote looks the same inside a quoted field), csv_row_start guesses, and the reader of the run
 * before checks: it knows its true state, and when it does not stand at a row start where the next run
 * begins, the guess was wrong. Then the archive is `inseparable`: the scan starts again with that archive as
 * one unit. So is an archive whose header changes half-way. Both cost time once in a blue moon, and never a
 * row.
 *
 * The buffer holds what is left of an unfinished row, then the next step. The index is made anew from the
 * unfinished row's start: that row is short against a step. A row longer than ROW_BYTES_MAX is skipped over,
 * keeping only the scanner's state. */
#include "run/unit.h"
#include "base/base.h"

#include "csv/field.h"

#define BUFFER_LEAD_BYTES 64 /* the byte before an empty first field is looked at */
#define BUFFER_BYTES      (ROW_BYTES_MAX + UNIT_STEP_BYTES)

static_assert(UNIT_STEP_BYTES >= ROW_START_BYTES, "the buffer takes either");
static_assert(CSV_PAD_BYTES >= ADDRESS_PAD_BYTES, "addresses are read where they stand");

/* An empty field; readable behind, as all fields are. */
static const char nothing[CSV_PAD_BYTES];

/* Which fields to take, and for which columns. */
struct column_plan {
    unsigned count;
    struct planned_column {
        uint16_t at;
        uint8_t column;
        bool blanks; /* kept around the field */
    } items[COLUMN_COUNT];
};

/* A unit on its way. */
struct unit {
    struct unit_reader *reader;
    const struct input *input;
    struct unit_result *result;
    struct columns columns;
    struct column_plan early, late;
    struct row row; /* the fields of absent columns are empty for good */
    char *scratch;  /* where the next field is unquoted to */
    size_t run;
    size_t length;                     /* of the text in the buffer */
    size_t done;                       /* of it handled: where the next row starts */
    uint64_t base;                     /* offset in the run's text of the buffer's first byte */
    uint64_t lines;                    /* LF bytes of the run's text up to the buffer's end */
    bool header_expected;              /* the first row is the header */
    bool skipping;                     /* inside a row that is too long */
    enum csv_state state;              /* at the buffer's end, while skipping */
    uint64_t skip_offset, skip_line;   /* of that row */
    uint64_t quote_offset, quote_line; /* of its last field's first byte, which may be an open quote */
    struct span skip_text;             /* its first bytes, in skip_sample */
    char skip_sample[REJECT_SAMPLE_BYTES];
};

enum bm_code unit_reader_init(struct unit_reader *reader, enum simd simd, struct bm_error *error)
{
    reader->index = csv_index_kernel(simd);
    reader->lines = csv_lines_kernel(simd);
    reader->row_start_bytes = ROW_START_BYTES;
    reader->text_memory = calloc(BUFFER_LEAD_BYTES + BUFFER_BYTES + 1 + CSV_PAD_BYTES, 1);
    if (reader->text_memory)
        reader->buffer = reader->text_memory + BUFFER_LEAD_BYTES;
    reader->end_memory = malloc((1 + BUFFER_BYTES + 1 + CSV_PAD_BYTES) * sizeof *reader->end_memory);
    if (reader->end_memory) /* at[-1] is where the first row's first field starts, less one */
        reader->found.at = reader->end_memory + 1;
    reader->found.rows = malloc((BUFFER_BYTES + 1 + CSV_PAD_BYTES) * sizeof *reader->found.rows);
    reader->scratch = calloc(BUFFER_BYTES + 1 + CSV_PAD_BYTES, 1);
    reader->observer.group = malloc(OBSERVE_GROUP * sizeof *reader->observer.group);
    if (!reader->buffer || !reader->found.at || !reader->found.rows || !reader->scratch ||
        !reader->observer.group)
        return fail_memory(error, "a worker's buffers");
    return text_stream_new(&reader->stream, error);
}

void unit_reader_free(struct unit_reader *reader)
{
    text_stream_free(reader->stream);
    free(reader->text_memory);
    free(reader->end_memory);
    free(reader->found.rows);
    free(reader->scratch);
    free(reader->observer.group);
}

void unit_result_free(struct unit_result *result)
{
    for (size_t k = 0; k < result->sample_count; k++)
        free((char *)(uintptr_t)result->samples[k].text.at);
    free(result->samples);
    *result = (struct unit_result){0};
}

static bool sample_add(struct unit *unit, enum reject reason, uint64_t offset, uint64_t line,
                       struct span text)
{
    struct unit_result *result = unit->result;
    result->rows++;
    result->rejected++;
    result->rejects[reason]++;
    if (result->sample_count >= REJECT_SAMPLES_MAX)
        return true;
    if (result->sample_count == result->sample_capacity) {
        size_t capacity = result->sample_capacity ? 2 * result->sample_capacity : 16;
        struct input_sample *grown = realloc(result->samples, capacity * sizeof *grown);
        if (!grown)
            return false;
        result->samples = grown;
        result->sample_capacity = capacity;
    }
    size_t length = text.length < REJECT_SAMPLE_BYTES ? text.length : REJECT_SAMPLE_BYTES;
    char *copy = malloc(length + 1);
    if (!copy)
        return false;
    if (length)
        memcpy(copy, text.at, length);
    result->samples[result->sample_count++] =
        (struct input_sample){unit->run, offset, line, reason, {copy, length}};
    /* cppcheck-suppress memleak; the sample owns the copy */
    return true;
}

/* Rejects the row buffer[begin .. end). */
static bool row_reject(struct unit *unit, enum reject reason, size_t begin, size_t end)
{
    const char *buffer = unit->reader->buffer;
    bool sampled = unit->result->sample_count < REJECT_SAMPLES_MAX;
    uint64_t line = sampled ? unit->lines - unit->reader->lines(buffer + begin, unit->length - begin) : 0;
    return sample_add(unit, reason, unit->base + begin, line, (struct span){buffer + begin, end - begin});
}

/* Most fields are neither quoted nor have blanks around them; csv_field knows the rest. */
static inline struct span field_of(const char *text, size_t begin, size_t end, bool blanks, char **scratch)
{
    struct span raw = {text + begin, end - begin};
    if (LIKELY(raw.length && (unsigned char)raw.at[0] > '"' && (unsigned char)raw.at[raw.length - 1] > '"'))
        return raw;
    if (!raw.length)
        return raw;
    struct span field = blanks ? csv_field_blanks(raw, *scratch) : csv_field(raw, *scratch);
    *scratch += raw.length;
    return field;
}

static void columns_set(struct unit *unit, const struct columns *columns)
{
    unit->columns = *columns;
    unit->early.count = unit->late.count = 0;
    for (unsigned c = 0; c < COLUMN_COUNT; c++) {
        unit->row.fields[c] = (struct span){nothing, 0};
        if (columns->at[c] < 0)
            continue;
        struct column_plan *plan = COLUMN_IS_EARLY(c) ? &unit->early : &unit->late;
        CHECK(plan->count < COLUMN_COUNT);
        plan->items[plan->count].at = (uint16_t)columns->at[c];
        plan->items[plan->count].column = (uint8_t)c;
        plan->items[plan->count++].blanks = c == COLUMN_DIAGNOSTIC;
    }
}

static size_t bom_length(const char *text, size_t length)
{
    return length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* Whether a row that makes no event is the header again, and what follows from it: *again, or a change of
 * columns. */
static void header_check(struct unit *unit, const uint32_t *ends, size_t count, size_t begin, bool *again)
{
    struct span names[CSV_COLUMNS_MAX];
    char *scratch = unit->scratch;
    size_t used = 0;
    begin +=
        bom_length(unit->reader->buffer + begin, ends[0] - begin); /* archives put together have it again */
    for (size_t k = 0; k < count && used < CSV_COLUMNS_MAX; k++) {
        names[used++] = field_of(unit->reader->buffer, begin, ends[k], false, &scratch);
        begin = ends[k] + 1;
    }
    struct columns columns = {.delimiter = unit->columns.delimiter};
    *again = dialect_recognise(unit->columns.dialect, names, used, &columns);
    if (!*again)
        return;
    bool same =
        columns.count == unit->columns.count && memcmp(columns.at, unit->columns.at, sizeof columns.at) == 0;
    if (!same && unit->input->run_count > 1)
        unit->result->inseparable = true;
    if (!same)
        columns_set(unit, &columns);
}

/* Whether a field may be quoted or have blanks around it: few are and have. (Of an empty one the bytes are
 * the ends around it, or of the row before.) */
static inline bool field_is_odd(const char *start, size_t length)
{
    return ((unsigned char)start[0] <= '"' || (unsigned char)start[(ptrdiff_t)length - 1] <= '"') && length;
}

/* Takes the fields of the columns of one plan out of a row of `count` fields; a field starts behind the end
 * before it, ends[-1] for the first. */
static inline void fields_take(struct unit *unit, const struct column_plan *plan, const uint32_t *ends,
                               size_t count)
{
    const char *text = unit->reader->buffer;
    for (unsigned k = 0; k < plan->count; k++) {
        const struct planned_column *planned = &plan->items[k];
        struct span *field = &unit->row.fields[planned->column];
        if (UNLIKELY(planned->at >= count)) {
            *field = (struct span){nothing, 0};
            continue;
        }
        uint32_t begin = ends[(ptrdiff_t)planned->at - 1] + 1, end = ends[planned->at];
        *field = (struct span){text + begin, end - begin};
        if (UNLIKELY(field_is_odd(field->at, field->length)))
            *field = field_of(text, begin, end, planned->blanks, &unit->scratch);
    }
}

static enum observed row_observe(struct unit *unit, const uint32_t *ends, size_t count, enum reject *reject)
{
    const struct dialect *dialect = unit->columns.dialect;
    struct observer *observer = &unit->reader->observer;
    fields_take(unit, &unit->early, ends, count);
    enum row_outcome outcome = dialect->row(&unit->row);
    if (outcome == ROW_IGNORED)
        return OBSERVED_IGNORED;
    if (outcome == ROW_BAD_KIND) {
        *reject = REJECT_KIND;
        return OBSERVED_REJECTED;
    }
    if (observe_wants(observer, unit->row.kind)) {
        fields_take(unit, &unit->late, ends, count);
        if (dialect->reply)
            dialect->reply(&unit->row);
    }
    return observe_event(observer, &unit->columns, &unit->row, reject);
}

/* Handles a row of `count` fields that starts at `begin`. False when memory is out. */
static bool row_read(struct unit *unit, size_t begin, const uint32_t *ends, size_t count)
{
    if (unit->header_expected) {
        unit->header_expected = false;
        return true;
    }
    const struct columns *columns = &unit->columns;
    size_t end = ends[count - 1];
    if (UNLIKELY(end - begin > ROW_BYTES_MAX))
        return row_reject(unit, REJECT_ROW_LENGTH, begin, end);
    if (!unit->reader->observer.waiting) /* fields of events that wait may stand in the scratch */
        unit->scratch = unit->reader->scratch;
    char *own_scratch = unit->scratch;
    enum reject reject = REJECT_FIELDS;
    enum observed observed = OBSERVED_REJECTED;
    if (LIKELY(count > (size_t)columns->required_last))
        observed = row_observe(unit, ends, count, &reject);
    if (UNLIKELY(observed == OBSERVED_REJECTED)) {
        bool again = false;
        unit->scratch = own_scratch; /* its fields are not needed any more: twice they might not fit */
        if (reject == REJECT_FIELDS || reject == REJECT_KIND)
            header_check(unit, ends, count, begin, &again);
        return again || row_reject(unit, reject, begin, end);
    }
    unit->result->rows++;
    unit->result->tallied += observed == OBSERVED_TALLIED;
    unit->result->ignored += observed == OBSERVED_IGNORED || observed == OBSERVED_OUTSIDE;
    unit->result->outside += observed == OBSERVED_OUTSIDE;
    unit->result->extra_fields += count > (size_t)columns->count;
    return observed != OBSERVED_MEMORY;
}

static bool row_blank(const char *text, size_t length)
{
    for (size_t k = 0; k < length; k++)
        if (text[k] != ' ' && text[k] != '\t')
            return false;
    return true;
}

/* Handles every whole row that the index shows, from unit->done on. */
static bool rows_read(struct unit *unit, const struct csv_ends *found)
{
    const char *text = unit->reader->buffer;
    size_t begin = unit->done, first = 0;
    for (size_t k = 0; k < found->row_count; k++) {
        size_t last = found->rows[k], fields = last - first + 1;
        size_t length = found->at[last] - begin;
        if (fields > 1 || length > ROW_BYTES_MAX || !row_blank(text + begin, length))
            if (!row_read(unit, begin, found->at + first, fields))
                return false;
        begin = found->at[last] + 1;
        first = last + 1;
        unit->done = begin;
    }
    return observe_flush(&unit->reader->observer); /* the text will move */
}

/* Notes where the field starts whose first byte, or blanks before it, is buffer[at]. */
static void quote_note(struct unit *unit, size_t at)
{
    const char *text = unit->reader->buffer;
    while (at < unit->length && (text[at] == ' ' || text[at] == '\t'))
        at++;
    unit->quote_offset = unit->base + at;
    unit->quote_line = unit->lines - unit->reader->lines(text + at, unit->length - at);
}

/* Goes on inside a row that is too long: finds its end in the fresh text. */
static bool skip_on(struct unit *unit)
{
    const char *text = unit->reader->buffer;
    struct csv_ends *found = &unit->reader->found;
    const enum csv_state before = unit->state;
    unit->reader->index(text, unit->length, unit->columns.delimiter, &unit->state, found);
    unit->done = unit->length;
    if (found->row_count) {
        unit->skipping = false;
        unit->done = found->at[found->rows[0]] + 1;
        return sample_add(unit, REJECT_ROW_LENGTH, unit->skip_offset, unit->skip_line, unit->skip_text);
    }
    if (found->count || before == CSV_ROW_START || before == CSV_FIELD_START)
        quote_note(unit, found->count ? found->at[found->count - 1] + 1 : 0);
    return true;
}

/* The row at unit->done is too long for the buffer: starts to skip it. */
static void skip_start(struct unit *unit, const struct csv_ends *found, enum csv_state state)
{
    const char *row = unit->reader->buffer + unit->done;
    unit->skipping = true;
    unit->state = state;
    unit->skip_offset = unit->base + unit->done;
    unit->skip_line = unit->lines - unit->reader->lines(row, unit->length - unit->done);
    quote_note(unit, found->count ? found->at[found->count - 1] + 1 : unit->done);
    memcpy(unit->skip_sample, row, REJECT_SAMPLE_BYTES);
    unit->skip_text = (struct span){unit->skip_sample, REJECT_SAMPLE_BYTES};
    unit->done = unit->length;
}

/* Handles the rows in the buffer; `state` becomes the scanner's at its end. */
static bool buffer_read(struct unit *unit, enum csv_state *state)
{
    if (unit->skipping) {
        if (!skip_on(unit))
            return false;
        *state = unit->state;
        if (unit->skipping)
            return true;
    }
    *state = CSV_ROW_START;
    size_t from = unit->done;
    struct csv_ends *found = &unit->reader->found;
    unit->reader->index(unit->reader->buffer + from, unit->length - from, unit->columns.delimiter, state,
                        found);
    if (from)
        for (size_t k = 0; k < found->count; k++)
            found->at[k] += (uint32_t)from;
    found->at[-1] = (uint32_t)from - 1; /* 0 less one comes round again when one is added */
    if (!rows_read(unit, found))
        return false;
    if (unit->length - unit->done > ROW_BYTES_MAX)
        skip_start(unit, found, *state);
    return true;
}

/* Moves what is left to the buffer's start and reads up to `room` bytes of text behind it. */
static enum bm_code buffer_fill(struct unit *unit, size_t room, size_t *got, struct bm_error *error)
{
    char *buffer = unit->reader->buffer;
    size_t left = unit->length - unit->done;
    if (left)
        memmove(buffer, buffer + unit->done, left);
    unit->base += unit->done;
    unit->done = 0;
    unit->length = left;
    ASSERT(left + room <= BUFFER_BYTES);
    enum bm_code code = text_stream_read(unit->reader->stream, buffer + left, room, got, error);
    if (code != BM_OK)
        return code;
    unit->lines += unit->reader->lines(buffer + left, *got);
    unit->length += *got;
    return BM_OK;
}

/* The quote that was never closed, in the row at unit->done. */
static size_t quote_find(const struct unit *unit)
{
    const char *text = unit->reader->buffer;
    enum csv_state state = CSV_ROW_START;
    size_t begin = unit->done;
    for (size_t k = unit->done; k < unit->length; k++) {
        enum csv_state next = csv_step(state, text[k], unit->columns.delimiter);
        if (next == CSV_QUOTED && (state == CSV_ROW_START || state == CSV_FIELD_START))
            begin = k;
        state = next;
    }
    return begin;
}

/* The archive's text has ended inside a row: ends it, or rejects what a quote swallowed. */
static bool archive_end(struct unit *unit, enum csv_state state)
{
    if (state == CSV_ROW_START && !unit->skipping)
        return true;
    if (state == CSV_QUOTED && unit->skipping)
        return sample_add(unit, REJECT_UNCLOSED_QUOTE, unit->quote_offset, unit->quote_line, unit->skip_text);
    if (unit->skipping)
        return sample_add(unit, REJECT_ROW_LENGTH, unit->skip_offset, unit->skip_line, unit->skip_text);
    if (state == CSV_QUOTED) {
        const char *text = unit->reader->buffer;
        size_t quote = quote_find(unit);
        uint64_t line = unit->lines - unit->reader->lines(text + quote, unit->length - quote);
        struct span row = {text + unit->done, unit->length - unit->done};
        return sample_add(unit, REJECT_UNCLOSED_QUOTE, unit->base + quote, line, row);
    }
    unit->reader->buffer[unit->length++] = '\n';
    unit->lines++;
    return buffer_read(unit, &state);
}

/* Reads on into the next run up to its first row start, where this unit must stand at a row start too. */
static enum bm_code next_run_read(struct unit *unit, const struct input_run *next, struct bm_error *error)
{
    enum csv_state state;
    size_t got, row_start;
    if (unit->skipping) /* makes room: a row too long to keep is not kept */
        unit->done = unit->length;
    text_stream_extend(unit->reader->stream, next->end);
    enum bm_code code = buffer_fill(unit, unit->reader->row_start_bytes, &got, error);
    if (code != BM_OK)
        return code;
    const char *fresh = unit->reader->buffer + unit->length - got;
    (void)csv_row_start(fresh, got, unit->columns.delimiter, &row_start);
    unit->lines -= unit->reader->lines(fresh + row_start, got - row_start);
    unit->length -= got - row_start;
    if (!buffer_read(unit, &state))
        return fail_memory(error, "the tallies");
    if (state != CSV_ROW_START || unit->skipping || row_start == 0)
        unit->result->inseparable = true;
    return BM_OK;
}

/* Leaves out what belongs to the run before, or the byte order mark. */
static enum bm_code first_step(struct unit *unit, size_t run, struct bm_error *error)
{
    size_t got;
    enum bm_code code =
        buffer_fill(unit, run > 0 ? unit->reader->row_start_bytes : ROW_START_BYTES, &got, error);
    if (code != BM_OK)
        return code;
    const char *text = unit->reader->buffer;
    if (run > 0) {
        size_t row_start;
        bool certain = csv_row_start(text, got, unit->columns.delimiter, &row_start);
        if (!certain &&
            row_start == got) /* no row start in sight: the text before would run on into the next run */
            unit->result->inseparable = true;
        unit->done = row_start;
    } else {
        unit->header_expected = true;
        unit->done = bom_length(text, got);
    }
    return BM_OK;
}

/* Reads the run's own text to its end. */
static enum bm_code run_read(struct unit *unit, size_t run, enum csv_state *state, struct bm_error *error)
{
    enum bm_code code = first_step(unit, run, error);
    for (size_t got = 1; code == BM_OK && got && !unit->result->inseparable;) {
        if (!buffer_read(unit, state))
            return fail_memory(error, "the tallies");
        if (stop_asked(unit->reader->stop))
            return fail_stopped(error);
        code = buffer_fill(unit, UNIT_STEP_BYTES, &got, error);
    }
    unit->result->text_bytes = unit->base + unit->length;
    unit->result->lines = unit->lines;
    return code;
}

enum bm_code unit_read(struct unit_reader *reader, const struct input *input, size_t run,
                       struct unit_result *result, struct bm_error *error)
{
    *result = (struct unit_result){0};
    struct unit unit = {.reader = reader, .input = input, .result = result, .run = run};
    columns_set(&unit, &input->columns);
    const struct input_run *own = &input->runs[run];
    enum bm_code code = text_stream_start(reader->stream, &input->archive, own->begin, own->end, error);
    enum csv_state state = CSV_ROW_START;
    if (code == BM_OK)
        code = run_read(&unit, run, &state, error);
    if (code == BM_OK && !result->inseparable) {
        if (run + 1 < input->run_count)
            code = next_run_read(&unit, own + 1, error);
        else if (!archive_end(&unit, state))
            code = fail_memory(error, "the tallies");
    }
    if (code != BM_OK)
        unit_result_free(result);
    return code;
}
