#include "classify/codes.h"
#include "base/base.h"

#include "base/array.h"

#define CODES_MAX     ((size_t)4 << 20)
#define CODE_PART_MAX 999

enum { COLUMN_KIND, COLUMN_CODE, COLUMN_REASON, COLUMN_STRENGTH, COLUMNS };
static const char *const column_names[] = {"kind", "code", "reason", "strength"};
_Static_assert(COUNT_OF(column_names) == COLUMNS, "a name for every column");

bool code_list_push(struct code_list *list, struct code_entry entry)
{
    struct code_entry *entries = array_room(list->entries, &list->capacity, list->count + 1, sizeof *entries);
    if (!entries)
        return false;
    list->entries = entries;
    list->entries[list->count++] = entry;
    return true;
}

/* What a code cell says: one class, or 4 and 5; a reply code, or subject and a range of details. */
struct code_cell {
    bool is_reply;
    bool both_classes;
    unsigned class_;
    unsigned subject;
    unsigned first; /* detail, or reply code */
    unsigned last;
};

/* Digits off the front of text. */
static bool number_take(struct span *text, unsigned *number)
{
    size_t i = 0;
    *number = 0;
    for (; i < text->length && text->at[i] >= '0' && text->at[i] <= '9'; i++)
        if ((*number = *number * 10 + (unsigned)(text->at[i] - '0')) > CODE_PART_MAX)
            return false;
    text->at += i;
    text->length -= i;
    return i > 0;
}

static bool char_take(struct span *text, char byte)
{
    if (!text->length || text->at[0] != byte)
        return false;
    text->at++;
    text->length--;
    return true;
}

/* N or N-M. */
static bool range_take(struct span *text, struct code_cell *cell)
{
    if (!number_take(text, &cell->first))
        return false;
    cell->last = cell->first;
    if (char_take(text, '-') && !number_take(text, &cell->last))
        return false;
    return text->length == 0 && cell->first <= cell->last;
}

static bool reply_cell(struct span text, struct code_cell *cell)
{
    cell->is_reply = true;
    return range_take(&text, cell) && cell->first >= REPLY_CODE_MIN && cell->last <= REPLY_CODE_MAX;
}

static bool enhanced_cell(struct span text, struct code_cell *cell)
{
    cell->both_classes = char_take(&text, 'X') || char_take(&text, 'x');
    cell->class_ = 4;
    if (!cell->both_classes && !number_take(&text, &cell->class_))
        return false;
    bool class_known = cell->class_ == 2 || cell->class_ == 4 || cell->class_ == 5;
    return class_known && char_take(&text, '.') && number_take(&text, &cell->subject) &&
           char_take(&text, '.') && range_take(&text, cell);
}

static size_t range_text(const struct code_cell *cell, unsigned class_, char *out, size_t room)
{
    int length = cell->is_reply ? snprintf(out, room, "%u", cell->first)
                                : snprintf(out, room, "%u.%u.%u", class_, cell->subject, cell->first);
    ASSERT(length > 0 && (size_t)length < room);
    if (cell->last != cell->first)
        length += snprintf(out + length, room - (size_t)length, "-%u", cell->last);
    return (size_t)length;
}

static enum bm_code range_add(struct code_list *list, const struct code_cell *cell, unsigned class_,
                              struct rule rule, struct bm_error *error)
{
    char name[32];
    size_t length = range_text(cell, class_, name, sizeof name);
    uint32_t number;
    enum bm_code code = rules_add(list->rules, cell->is_reply ? "reply" : "enhanced",
                                  (struct span){name, length}, rule, &number, error);
    if (code != BM_OK)
        return code;
    if (list->count + (cell->last - cell->first) >= CODES_MAX)
        return fail(error, BM_USAGE, "the codes tables hold more than %zu codes", CODES_MAX);
    for (unsigned n = cell->first; n <= cell->last; n++) {
        code_key key = cell->is_reply ? CODE_KEY_REPLY(n) : ENHANCED(class_, cell->subject, n);
        if (!code_list_push(list, (struct code_entry){key, number}))
            return fail_memory(error, "the codes table");
    }
    return BM_OK;
}

static enum bm_code strength_parse(const struct table_row *row, enum strength *strength)
{
    struct span text = row->fields[COLUMN_STRENGTH];
    *strength = span_is(text, SPAN("vague")) ? STRENGTH_VAGUE : STRENGTH_SPECIFIC;
    if (*strength == STRENGTH_SPECIFIC && text.length && !span_is(text, SPAN("specific")))
        return table_bad(row, COLUMN_STRENGTH, "\"%.*s\" is none of specific, vague", (int)text.length,
                         text.at);
    return BM_OK;
}

static enum bm_code code_row(void *context, const struct table_row *row)
{
    struct code_list *list = context;
    struct span kind = row->fields[COLUMN_KIND], text = row->fields[COLUMN_CODE];
    struct span reason = row->fields[COLUMN_REASON];
    bool is_reply = span_is(kind, SPAN("reply"));
    if (!is_reply && !span_is(kind, SPAN("enhanced")))
        return table_bad(row, COLUMN_KIND, "\"%.*s\" is none of reply, enhanced", (int)kind.length, kind.at);
    struct code_cell cell = {0};
    if (!(is_reply ? reply_cell(text, &cell) : enhanced_cell(text, &cell)))
        return table_bad(row, COLUMN_CODE, "\"%.*s\" is no %s code or range", (int)text.length, text.at,
                         is_reply ? "reply (200 to 699)" : "enhanced (5.1.1, X.1.1, 5.7.606-649)");
    struct rule rule = {.table = "codes", .reason = reason_find(reason)};
    if (rule.reason == REASON_COUNT)
        return table_bad(row, COLUMN_REASON, "there is no reason \"%.*s\"", (int)reason.length, reason.at);
    enum bm_code code = strength_parse(row, &rule.strength);
    if (code == BM_OK)
        code = range_add(list, &cell, cell.class_, rule, row->error);
    if (code == BM_OK && cell.both_classes)
        code = range_add(list, &cell, 5, rule, row->error);
    return code;
}

enum bm_code codes_read(struct code_list *list, const struct table_text *text, struct bm_error *error)
{
    return table_read(text, column_names, COLUMNS, COLUMN_REASON + 1, code_row, list, error);
}

void code_list_free(struct code_list *list)
{
    free(list->entries);
    list->entries = NULL;
    list->count = list->capacity = 0;
}

static enum bm_code slots_fill(struct code_table *table, const struct code_list *list, struct bm_error *error)
{
    table->slots = calloc(table->hash.slots, sizeof *table->slots);
    if (!table->slots)
        return fail_memory(error, "the codes table");
    for (size_t i = 0; i < list->count; i++) {
        struct code_entry *slot = &table->slots[perfect_hash_slot(&table->hash, list->entries[i].key)];
        if (!slot->key) /* else an earlier row has the code */
            *slot = list->entries[i];
    }
    return BM_OK;
}

static void common_fill(struct code_table *table)
{
    for (unsigned class_ = 0; class_ < 2; class_++)
        for (unsigned subject = 0; subject < COMMON_SUBJECTS; subject++)
            for (unsigned detail = 0; detail < COMMON_DETAILS; detail++)
                table->enhanced[class_][subject][detail] =
                    codes_find_rare(table, ENHANCED(class_ + 4, subject, detail));
    for (unsigned reply = REPLY_CODE_MIN; reply <= REPLY_CODE_MAX; reply++)
        table->reply[reply - REPLY_CODE_MIN] = codes_find(table, CODE_KEY_REPLY(reply));
}

enum bm_code codes_build(struct code_table *table, const struct code_list *list, struct bm_error *error)
{
    *table = (struct code_table){0};
    uint64_t *keys = malloc((list->count + 1) * sizeof *keys);
    if (!keys)
        return fail_memory(error, "the codes table");
    for (size_t i = 0; i < list->count; i++)
        keys[i] = list->entries[i].key;
    enum bm_code code = perfect_hash_build(&table->hash, keys, list->count, error);
    free(keys);
    if (code == BM_OK)
        code = slots_fill(table, list, error);
    if (code == BM_OK)
        common_fill(table);
    return code;
}

void codes_free(struct code_table *table)
{
    perfect_hash_free(&table->hash);
    free(table->slots);
    table->slots = NULL;
}

uint32_t codes_find_rare(const struct code_table *table, enhanced_code code)
{
    if (!ENHANCED_SUBJECT(code))
        return 0;
    uint32_t rule = codes_find(table, code);
    return rule ? rule : codes_find(table, ENHANCED(ENHANCED_CLASS(code), ENHANCED_SUBJECT(code), 0));
}
