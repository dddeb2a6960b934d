#include "classify/phrases.h"
#include "base/base.h"

#define PHRASE_BYTES_MAX  1000
#define TEXTS_CHUNK_BYTES ((size_t)64 << 10)
#define STRENGTHS         3

enum { COLUMN_PHRASE, COLUMN_REASON, COLUMN_STRENGTH, COLUMN_WHEN, COLUMNS };
static const char *const column_names[] = {"phrase", "reason", "strength", "when"};
_Static_assert(COUNT_OF(column_names) == COLUMNS, "a name for every column");

static const struct span strength_names[STRENGTHS] = {{"sender", 6}, {"specific", 8}, {"vague", 5}};

/* Letters and digits, what belongs to a letter in UTF-8, and what stands for a masked word. */
static bool is_word(char byte)
{
    return byte == SKELETON_MARK || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte & 0x80);
}

static bool phrase_push(struct phrase_table *table, struct phrase phrase)
{
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 512;
        struct phrase *list = realloc(table->list, capacity * sizeof *list);
        if (!list)
            return false;
        table->list = list;
        table->capacity = capacity;
    }
    table->list[table->count++] = phrase;
    return true;
}

/* Folds the text of a row into the table's memory: a run of blanks becomes one. */
static bool text_fold(struct phrase_table *table, struct span text, struct span *folded)
{
    char *out = arena_take(&table->texts, text.length + 1, 1);
    if (!out)
        return false;
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char byte = (char)automaton_fold((unsigned char)text.at[i]);
        if (byte != ' ' || (length && out[length - 1] != ' '))
            out[length++] = byte;
    }
    *folded = (struct span){out, length};
    return true;
}

static bool when_parse(struct span text, struct phrase_when *when)
{
    unsigned ignored = 1;
    *when = (struct phrase_when){0};
    if (text.length == 0)
        return true;
    if (text.length == 1) {
        when->class_ = (unsigned)(text.at[0] - '0');
        return when->class_ == 4 || when->class_ == 5;
    }
    if (text.length == 3)
        return (when->reply = code_parse_reply(text)) != 0;
    return (when->enhanced = code_parse_enhanced(text, &ignored)) != 0;
}

static enum bm_code strength_parse(const struct table_row *row, enum strength *strength)
{
    struct span text = row->fields[COLUMN_STRENGTH];
    *strength = STRENGTH_SPECIFIC;
    for (int i = 0; i < STRENGTHS; i++)
        if (span_is(text, strength_names[i])) {
            *strength = (enum strength)i;
            return BM_OK;
        }
    if (text.length == 0)
        return BM_OK;
    return table_bad(row, COLUMN_STRENGTH, "\"%.*s\" is none of sender, specific, vague",
                     text.length > 100 ? 100 : (int)text.length, text.at);
}

/* Takes the '*' off an end of the phrase: there, a word may go on. */
static struct span stars_take(struct span text, struct phrase *phrase)
{
    bool open_start = text.length > 1 && text.at[0] == '*';
    if (open_start) {
        text.at++;
        text.length--;
    }
    bool open_end = text.length > 1 && text.at[text.length - 1] == '*';
    if (open_end)
        text.length--;
    phrase->starts_word = !open_start && text.length && is_word(text.at[0]);
    phrase->ends_word = !open_end && text.length && is_word(text.at[text.length - 1]);
    return text;
}

enum bm_code phrases_add(struct phrase_table *table, const struct table_row *row, size_t column,
                         struct phrase_when when, uint32_t rule)
{
    struct phrase phrase = {.when = when, .rule = rule};
    struct span inner = stars_take(row->fields[column], &phrase);
    if (!inner.length || inner.length > PHRASE_BYTES_MAX)
        return table_bad(row, column, "a phrase has 1 to %d bytes", PHRASE_BYTES_MAX);
    if (!text_fold(table, inner, &phrase.text))
        return fail_memory(row->error, "the phrases");
    if (!phrase.text.length)
        return table_bad(row, column, "a phrase needs more than blanks");
    bool open_end = row->fields[column].at[row->fields[column].length - 1] == '*';
    bool added = skeleton_words_add(&table->words, phrase.text, inner.at != row->fields[column].at, open_end);
    return added && phrase_push(table, phrase) ? BM_OK : fail_memory(row->error, "the phrases");
}

static enum bm_code phrase_row(void *context, const struct table_row *row)
{
    struct phrase_table *table = context;
    struct span reason = row->fields[COLUMN_REASON], when_text = row->fields[COLUMN_WHEN];
    struct rule rule = {.table = "phrases", .reason = reason_find(reason)};
    if (rule.reason == REASON_COUNT)
        return table_bad(row, COLUMN_REASON, "there is no reason \"%.*s\"",
                         reason.length > 100 ? 100 : (int)reason.length, reason.at);
    enum bm_code code = strength_parse(row, &rule.strength);
    if (code != BM_OK)
        return code;
    struct phrase_when when;
    if (!when_parse(when_text, &when))
        return table_bad(row, COLUMN_WHEN, "\"%.*s\" is none of 4, 5, a reply code, an enhanced code",
                         when_text.length > 100 ? 100 : (int)when_text.length, when_text.at);
    uint32_t number;
    code = rules_add(table->rules, "phrase", row->fields[COLUMN_PHRASE], rule, &number, row->error);
    return code == BM_OK ? phrases_add(table, row, COLUMN_PHRASE, when, number) : code;
}

enum bm_code phrases_read(struct phrase_table *table, const struct table_text *text, struct bm_error *error)
{
    table->texts.chunk_bytes = TEXTS_CHUNK_BYTES;
    return table_read(text, column_names, COLUMNS, COLUMN_REASON + 1, phrase_row, table, error);
}

/* The groups in which phrases are ranked: the user's, those of one provider, then by strength; vague ones
 * after all others. */
static unsigned rank_group(const struct phrase_table *table, size_t i, size_t own)
{
    enum strength strength = table->rules->list[table->list[i].rule].strength;
    unsigned built_in = i >= own;
    if (strength == STRENGTH_VAGUE)
        return 6 + built_in;
    return 3 * built_in + (table->list[i].when.provider ? 0 : 1 + (strength == STRENGTH_SPECIFIC));
}

#define RANK_GROUPS 8

static void ranks_set(struct phrase_table *table, size_t own)
{
    uint32_t rank = 0;
    for (unsigned group = 0; group < RANK_GROUPS; group++)
        for (size_t i = 0; i < table->count; i++)
            if (rank_group(table, i, own) == group)
                table->list[i].rank = rank++;
}

/* Phrases of the same text under the same conditions: only the first in rank can ever decide. */
static bool is_same(const struct phrase *a, const struct phrase *b)
{
    return a->when.class_ == b->when.class_ && a->when.reply == b->when.reply &&
           a->when.enhanced == b->when.enhanced && a->when.provider == b->when.provider &&
           a->starts_word == b->starts_word && a->ends_word == b->ends_word;
}

/* False when there are too many. */
static bool accept_thin(const struct phrase_table *table, struct automaton_accept *accept)
{
    uint32_t *strings = table->automaton.strings + accept->from, kept = 0;
    for (uint32_t i = 0; i < accept->count; i++) {
        const struct phrase *phrase = &table->list[strings[i]];
        uint32_t same = 0;
        while (same < kept && !is_same(&table->list[strings[same]], phrase))
            same++;
        if (same < kept) {
            if (phrase->rank < table->list[strings[same]].rank)
                strings[same] = strings[i];
        } else if (kept < PHRASES_NESTED_MAX) {
            strings[kept++] = strings[i];
        } else {
            return false;
        }
    }
    accept->count = kept;
    return true;
}

/* The lowest rank of an accept and the shorter ones. */
static uint32_t accept_rank(const struct phrase_table *table, const struct automaton_accept *accept)
{
    uint32_t rank = accept->shorter == AUTOMATON_NONE ? UINT32_MAX : table->ranks[accept->shorter];
    for (uint32_t i = 0; i < accept->count; i++) {
        uint32_t own = table->list[table->automaton.strings[accept->from + i]].rank;
        rank = own < rank ? own : rank;
    }
    return rank;
}

/* Sets the ranks of the accepts and bounds what a place in a text can cost. Accepts are in order of depth, so
 * the shorter ones are done before those that name them. */
static enum bm_code accepts_bound(struct phrase_table *table, struct bm_error *error)
{
    struct automaton *automaton = &table->automaton;
    uint32_t count = automaton->states - automaton->first_accepting / automaton->classes;
    uint32_t *nested = calloc((size_t)count + 1, sizeof *nested);
    table->ranks = malloc(((size_t)count + 1) * sizeof *table->ranks);
    enum bm_code code = nested && table->ranks ? BM_OK : fail_memory(error, "the phrases");
    for (uint32_t number = 0; number < count && code == BM_OK; number++) {
        struct automaton_accept *accept = &automaton->accepts[number];
        ASSERT(accept->shorter == AUTOMATON_NONE || accept->shorter < number);
        bool few = accept_thin(table, accept);
        table->ranks[number] = accept_rank(table, accept);
        nested[number] = accept->count + (accept->shorter == AUTOMATON_NONE ? 0 : nested[accept->shorter]);
        if (!few || nested[number] > PHRASES_NESTED_MAX) {
            struct span text = table->list[automaton->strings[accept->from]].text;
            code = fail(error, BM_USAGE, "more than %d phrases end like \"%.*s\"", PHRASES_NESTED_MAX,
                        text.length > 100 ? 100 : (int)text.length, text.at);
        }
    }
    free(nested);
    return code;
}

enum bm_code phrases_build(struct phrase_table *table, size_t own, struct bm_error *error)
{
    table->words.bits_find = skeleton_bits_kernel(cpu_simd());
    ranks_set(table, own);
    struct span *texts = malloc((table->count + 1) * sizeof *texts);
    if (!texts)
        return fail_memory(error, "the phrases");
    for (size_t i = 0; i < table->count; i++)
        texts[i] = table->list[i].text;
    enum bm_code code = automaton_build(&table->automaton, texts, table->count, error);
    free(texts);
    return code == BM_OK ? accepts_bound(table, error) : code;
}

void phrases_free(struct phrase_table *table)
{
    automaton_free(&table->automaton);
    arena_free(&table->texts);
    skeleton_words_free(&table->words);
    free(table->list);
    free(table->ranks);
    table->list = NULL;
    table->ranks = NULL;
    table->count = table->capacity = 0;
}

static bool when_holds(const struct phrase_when *when, struct codes_found codes, unsigned provider)
{
    if (when->provider && when->provider != provider)
        return false;
    if (when->enhanced)
        return when->enhanced == codes.enhanced;
    if (when->reply)
        return when->reply == codes.reply;
    if (when->class_)
        return when->class_ == (codes.reply ? codes.reply / 100 : ENHANCED_CLASS(codes.enhanced));
    return true;
}

/* Whether the byte at `at` joins the words around it to one name: "spam.example.org", "full@example.org". */
static bool joins(struct span text, size_t at)
{
    bool joint = text.at[at] == '.' || text.at[at] == '@';
    return joint && at > 0 && at + 1 < text.length && is_word(text.at[at - 1]) && is_word(text.at[at + 1]);
}

static bool is_whole(const struct phrase *phrase, struct span text, size_t start, size_t end)
{
    if (phrase->starts_word && start > 0 && (is_word(text.at[start - 1]) || joins(text, start - 1)))
        return false;
    return !(phrase->ends_word && end < text.length && (is_word(text.at[end]) || joins(text, end)));
}

/* What a phrase is asked for, apart from its text. */
struct phrase_asked {
    struct codes_found codes;
    unsigned provider;
};

/* Betters the match by the phrases that end before `end`. */
static void accept_take(const struct phrase_table *table, uint32_t number, struct span text, size_t end,
                        const struct phrase_asked *asked, struct phrase_match *best)
{
    const struct automaton *automaton = &table->automaton;
    while (number != AUTOMATON_NONE && (!best->phrase || table->ranks[number] < best->phrase->rank)) {
        const struct automaton_accept *accept = &automaton->accepts[number];
        for (uint32_t i = 0; i < accept->count; i++) {
            const struct phrase *phrase = &table->list[automaton->strings[accept->from + i]];
            if ((best->phrase && best->phrase->rank <= phrase->rank) ||
                !when_holds(&phrase->when, asked->codes, asked->provider))
                continue;
            size_t start = end - phrase->text.length; /* a skeleton's blanks are single, as a phrase's */
            if (is_whole(phrase, text, start, end))
                *best = (struct phrase_match){phrase, start, end - start};
        }
        number = accept->shorter;
    }
}

struct phrase_match phrases_find(const struct phrase_table *table, struct span skeleton,
                                 struct codes_found codes, unsigned provider)
{
    const struct automaton *automaton = &table->automaton;
    const struct phrase_asked asked = {codes, provider};
    struct phrase_match best = {0};
    uint32_t state = 0;
    for (size_t i = 0; i < skeleton.length; i++) {
        state = automaton_step(automaton, state, skeleton.at[i]);
        if (UNLIKELY(state >= automaton->first_accepting)) {
            uint32_t number = (state - automaton->first_accepting) / automaton->classes;
            accept_take(table, number, skeleton, i + 1, &asked, &best);
        }
    }
    return best;
}
