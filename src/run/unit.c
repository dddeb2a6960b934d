/* Rows to events: what a reader does with the parts of a run's text (run_text.c).
 *
 * Instructions are not what a row waits for. Tried and left: the early fields in an unrolled loop with one
 * check for all (65 instructions fewer of some 1,600 outside decompression), addresses checked by AVX-512
 * (80 fewer). Over plain text, where they weigh most, a run takes 0.99 times as long with either and with
 * both. */
#include "run/unit.h"
#include "base/base.h"

#include "csv/field.h"

#define UNIT_SCRATCH_BYTES (PART_BYTES + 1 + CSV_PAD_BYTES) /* all of a part */

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

/* Where a row's fields end. */
struct row_place {
    const uint32_t *ends;
    size_t count;
};

/* A reader on its way through a run. */
struct unit {
    struct unit_reader *reader;
    struct run_text *text;
    struct unit_result *result;
    size_t run;
    struct columns columns;
    struct column_plan early, late;
    struct row row;                         /* the fields of absent columns are empty for good */
    struct row_place places[OBSERVE_GROUP]; /* of the rows of the observer's group */
    char *scratch;                          /* where the next field is unquoted to */
    bool header_expected;                   /* the next row is the archive's header */
};

enum bm_code unit_reader_init(struct unit_reader *reader, enum simd simd, struct bm_error *error)
{
    enum bm_code code = text_part_init(&reader->part, simd, error);
    reader->scratch = calloc(UNIT_SCRATCH_BYTES, 1);
    reader->observer.group = malloc(OBSERVE_GROUP * sizeof *reader->observer.group);
    if (code == BM_OK && (!reader->scratch || !reader->observer.group))
        code = fail_memory(error, "a worker's buffers");
    return code == BM_OK ? text_stream_new(&reader->stream, error) : code;
}

void unit_reader_free(struct unit_reader *reader)
{
    text_stream_free(reader->stream);
    text_part_free(&reader->part);
    free(reader->scratch);
    free(reader->observer.group);
}

/* Rejects the row from `begin` to `end` of the part. */
static bool row_reject(struct unit *unit, enum reject reason, size_t begin, size_t end)
{
    const struct text_part *part = &unit->reader->part;
    uint64_t line = unit_result_samples(unit->result) ? text_part_line(part, begin) : 0;
    return unit_result_reject(unit->result, unit->run, reason, part->base + begin, line,
                              (struct span){part->text + begin, end - begin});
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
        plan->items[plan->count++] =
            (struct planned_column){(uint16_t)columns->at[c], (uint8_t)c, c == COLUMN_DIAGNOSTIC};
    }
}

static bool columns_same(const struct columns *a, const struct columns *b)
{
    return a->dialect == b->dialect && a->count == b->count && memcmp(a->at, b->at, sizeof a->at) == 0;
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
    const char *text = unit->reader->part.text;
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

static void group_late(struct unit *unit, const uint8_t *list, unsigned count)
{
    struct observer *observer = &unit->reader->observer;
    const struct dialect *dialect = unit->columns.dialect;
    for (unsigned k = 0; k < count; k++) {
        struct row_place place = unit->places[list[k]];
        fields_take(unit, &unit->late, place.ends, place.count);
        if (dialect->reply)
            dialect->reply(&unit->row);
        bool tallied = observe_late(observer, &unit->row, list[k]);
        unit->result->tallied += tallied;
        unit->result->ignored -= tallied;
    }
}

/* Counts and tallies the rows that wait. False when memory is out. */
static bool group_end(struct unit *unit)
{
    struct observer *observer = &unit->reader->observer;
    observe_expect(observer);
    group_late(unit, observer->bounces, observer->bounce_count);
    group_late(unit, observer->others, observer->other_count);
    return observe_flush(observer);
}

/* Whether a row that makes no event is the header again, and what follows from it: *again, or a change of
 * columns. False when memory is out. */
static bool header_check(struct unit *unit, const uint32_t *ends, size_t count, size_t begin, bool *again)
{
    struct span names[CSV_COLUMNS_MAX];
    char *scratch = unit->scratch;
    size_t used = 0;
    const char *text = unit->reader->part.text;
    begin += csv_bom_length(text + begin, ends[0] - begin); /* archives put together have it again */
    for (size_t k = 0; k < count && used < CSV_COLUMNS_MAX; k++) {
        names[used++] = field_of(text, begin, ends[k], false, &scratch);
        begin = ends[k] + 1;
    }
    struct columns columns = {.delimiter = unit->columns.delimiter};
    *again = dialect_recognise(unit->columns.dialect, names, used, &columns);
    if (!*again)
        return true;
    if (columns_same(&columns, &unit->columns))
        return true;
    if (!group_end(unit))
        return false;
    columns_set(unit, &columns);
    run_text_change(unit->text, &columns);
    return true;
}

/* Whether the row is one; what it is made of waits in the observer's group. */
static bool row_observe(struct unit *unit, const uint32_t *ends, size_t count, enum reject *reject)
{
    struct observer *observer = &unit->reader->observer;
    fields_take(unit, &unit->early, ends, count);
    enum row_outcome outcome = unit->columns.dialect->row(&unit->row);
    enum observed observed = OBSERVED_OUTSIDE;
    *reject = REJECT_KIND;
    if (UNLIKELY(outcome == ROW_BAD_KIND))
        return false;
    if (LIKELY(outcome == ROW_EVENT)) {
        unit->places[observer->waiting] = (struct row_place){ends, count};
        observed = observe_early(observer, &unit->columns, &unit->row, reject);
        unit->result->outside += observed == OBSERVED_OUTSIDE;
    }
    return observed != OBSERVED_REJECTED;
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
    if (UNLIKELY(count <= (size_t)columns->required_last || !row_observe(unit, ends, count, &reject))) {
        bool again = false;
        unit->scratch = own_scratch; /* its fields are not needed any more: twice they might not fit */
        if ((reject == REJECT_FIELDS || reject == REJECT_KIND) &&
            !header_check(unit, ends, count, begin, &again))
            return false;
        return again || row_reject(unit, reject, begin, end);
    }
    unit->result->rows++;
    unit->result->ignored++; /* until it is tallied */
    unit->result->extra_fields += count > (size_t)columns->count;
    return unit->reader->observer.waiting < OBSERVE_GROUP || group_end(unit);
}

/* Makes events of the part's rows. False when memory is out. */
static bool rows_read(struct unit *unit)
{
    const struct text_part *part = &unit->reader->part;
    const struct csv_ends *found = &part->found;
    size_t begin = part->begin, first = 0;
    for (size_t k = 0; k < found->row_count; k++) {
        size_t last = found->rows[k], fields = last - first + 1;
        size_t end = found->at[last];
        if (!text_part_blank(part, begin, end, fields) && !row_read(unit, begin, found->at + first, fields))
            return false;
        begin = end + 1;
        first = last + 1;
    }
    return group_end(unit); /* the text will move */
}

static enum bm_code parts_read(struct unit *unit, struct bm_error *error)
{
    struct unit_reader *reader = unit->reader;
    for (;;) {
        struct columns columns;
        bool more;
        enum bm_code code = run_text_take(unit->text, &reader->part, &columns, unit->result, &more, error);
        if (code != BM_OK || !more)
            return code;
        if (!columns_same(&columns, &unit->columns))
            columns_set(unit, &columns);
        unit->header_expected = reader->part.header;
        if (reader->observer.cut != CUT_INDEX && !rows_read(unit))
            return fail_memory(error, "the tallies");
        if (stop_asked(reader->stop))
            return fail_stopped(error);
    }
}

enum bm_code unit_read(struct unit_reader *reader, size_t run, struct run_text *text,
                       struct unit_result *result, struct bm_error *error)
{
    *result = (struct unit_result){0};
    struct unit unit = {.reader = reader, .run = run, .text = text, .result = result};
    enum bm_code code = parts_read(&unit, error);
    if (code != BM_OK) {
        run_text_stop(text);
        unit_result_free(result);
    }
    return code;
}
