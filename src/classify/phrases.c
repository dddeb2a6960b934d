#include "classify/phrases.h"
#include "base/base.h"

#include "base/array.h"

#define PHRASE_BYTES_MAX  1000
#define TEXTS_CHUNK_BYTES ((size_t)64 << 10)
#define STRENGTHS         3
#define ID                "<id>" /* in a table's phrase: any masked word */
#define EXPANDED_BYTES    ((size_t)2 * PHRASE_BYTES_MAX)

enum { COLUMN_PHRASE, COLUMN_REASON, COLUMN_STRENGTH, COLUMN_WHEN, COLUMN_PRECEDENCE, COLUMNS };
static const char *const column_names[] = {"phrase", "reason", "strength", "when", "precedence"};
_Static_assert(COUNT_OF(column_names) == COLUMNS, "a name for every column");

static const struct span strength_names[STRENGTHS] = {{"sender", 6}, {"specific", 8}, {"vague", 5}};

static bool phrase_push(struct phrase_table *table, struct phrase phrase)
{
    struct phrase *list = array_room(table->list, &table->capacity, table->count + 1, sizeof *list);
    if (!list)
        return false;
    table->list = list;
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
        char byte = (char)phrases_fold((unsigned char)text.at[i]);
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
    phrase->starts_word = !open_start && text.length && phrases_word(text.at[0]);
    phrase->ends_word = !open_end && text.length && phrases_word(text.at[text.length - 1]);
    return text;
}

static bool id_starts(struct span text, size_t at)
{
    return text.length - at >= sizeof ID - 1 && memcmp(text.at + at, ID, sizeof ID - 1) == 0;
}

static enum bm_code precedence_parse(const struct table_row *row, size_t column, bool *first)
{
    struct span text = row->fields[column];
    *first = text.length > 0;
    if (*first && !span_is(text, SPAN("first")))
        return table_bad(row, column, "\"%.*s\" is not \"first\"", text.length > 100 ? 100 : (int)text.length,
                         text.at);
    return BM_OK;
}

/* Adds a phrase as it stands, "*" at its ends apart. */
static enum bm_code phrase_add(struct phrase_table *table, const struct table_row *row, size_t column,
                               struct span text, struct phrase phrase)
{
    struct span inner = stars_take(text, &phrase);
    if (!inner.length || inner.length > PHRASE_BYTES_MAX)
        return table_bad(row, column, "a phrase has 1 to %d bytes", PHRASE_BYTES_MAX);
    if (!text_fold(table, inner, &phrase.text))
        return fail_memory(row->error, "the phrases");
    if (!phrase.text.length)
        return table_bad(row, column, "a phrase needs more than blanks");
    bool added =
        skeleton_words_add(&table->words, phrase.text, inner.at != text.at, text.at[text.length - 1] == '*');
    return added && phrase_push(table, phrase) ? BM_OK : fail_memory(row->error, "the phrases");
}

/* Puts what stands for a masked word in the place of every "<id>". `out` has room for EXPANDED_BYTES. */
static struct span ids_replace(struct span text, const char *instead, char *out)
{
    struct span expanded = {out, 0};
    for (size_t i = 0; i < text.length;) {
        if (id_starts(text, i)) {
            size_t length = strlen(instead);
            memcpy(out + expanded.length, instead, length);
            expanded.length += length;
            i += sizeof ID - 1;
        } else {
            out[expanded.length++] = text.at[i++];
        }
    }
    return expanded;
}

/* Servers write the address or name of which they speak in brackets, in quotes, or bare. */
static enum bm_code id_phrases_add(struct phrase_table *table, const struct table_row *row, size_t column,
                                   struct phrase phrase)
{
    static const char *const forms[] = {"\x01", "<\x01>", "(\x01)", "\"\x01\""};
    _Static_assert(SKELETON_MARK == 1, "the forms hold the mark");
    char expanded[EXPANDED_BYTES];
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < COUNT_OF(forms) && code == BM_OK; k++)
        code = phrase_add(table, row, column, ids_replace(row->fields[column], forms[k], expanded), phrase);
    return code;
}

enum bm_code phrases_add(struct phrase_table *table, const struct table_row *row,
                         struct phrase_columns columns, struct phrase_when when, uint32_t rule)
{
    struct span text = row->fields[columns.phrase];
    struct phrase phrase = {.when = when, .rule = rule};
    enum bm_code code = precedence_parse(row, columns.precedence, &phrase.first);
    if (code != BM_OK)
        return code;
    phrase.first |= table->reads_first;
    bool has_id = false;
    for (size_t i = 0; i < text.length && !has_id; i++)
        has_id = id_starts(text, i);
    if (!has_id || text.length > PHRASE_BYTES_MAX)
        return phrase_add(table, row, columns.phrase, text, phrase);
    return id_phrases_add(table, row, columns.phrase, phrase);
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
    return code == BM_OK ? phrases_add(table, row, (struct phrase_columns){COLUMN_PHRASE, COLUMN_PRECEDENCE},
                                       when, number)
                         : code;
}

enum bm_code phrases_read(struct phrase_table *table, const struct table_text *text, struct bm_error *error)
{
    table->texts.chunk_bytes = TEXTS_CHUNK_BYTES;
    return table_read(text, column_names, COLUMNS, COLUMN_REASON + 1, phrase_row, table, error);
}

/* The groups in which phrases are ranked: the first, as a user's are, those of one provider, then by
 * strength; vague ones after all others. */
static unsigned rank_group(const struct phrase_table *table, size_t i)
{
    enum strength strength = table->rules->list[table->list[i].rule].strength;
    unsigned not_first = !table->list[i].first;
    if (strength == STRENGTH_VAGUE)
        return 6 + not_first;
    return 3 * not_first + (table->list[i].when.provider ? 0 : 1 + (strength == STRENGTH_SPECIFIC));
}

#define RANK_GROUPS 8

static void ranks_set(struct phrase_table *table)
{
    uint32_t rank = 0;
    for (unsigned group = 0; group < RANK_GROUPS; group++)
        for (size_t i = 0; i < table->count; i++)
            if (rank_group(table, i) == group)
                table->list[i].rank = rank++;
}

/* Phrases of the same text under the same conditions: only the first in rank can ever decide. */
static bool is_same(const struct phrase *a, const struct phrase *b)
{
    return a->when.class_ == b->when.class_ && a->when.reply == b->when.reply &&
           a->when.enhanced == b->when.enhanced && a->when.provider == b->when.provider &&
           a->starts_word == b->starts_word && a->ends_word == b->ends_word;
}

/* Drops phrases that never decide. False when too many are left. */
static bool ends_thin(const struct phrase_table *table, struct trie_node *node)
{
    uint32_t *strings = table->trie.strings + node->from, kept = 0;
    for (uint32_t i = 0; i < node->ends; i++) {
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
    node->ends = kept;
    return true;
}

/* Bounds what a place in a text can cost: the phrases that end on the way to a node. */
static enum bm_code nodes_bound(struct phrase_table *table, struct bm_error *error)
{
    struct trie *trie = &table->trie;
    uint32_t *nested = calloc(trie->count, sizeof *nested);
    if (!nested)
        return fail_memory(error, "the phrases");
    enum bm_code code = BM_OK;
    for (uint32_t number = 0; number < trie->count && code == BM_OK; number++) {
        struct trie_node *node = &trie->nodes[number];
        struct span text = node->ends ? table->list[trie->strings[node->from]].text : SPAN("");
        bool few = ends_thin(table, node);
        nested[number] += node->ends;
        if (!few || nested[number] > PHRASES_NESTED_MAX)
            code = fail(error, BM_USAGE, "more than %d phrases begin like \"%.*s\"", PHRASES_NESTED_MAX,
                        text.length > 100 ? 100 : (int)text.length, text.at);
        for (uint32_t i = 0; i < node->children; i++)
            nested[node->child + i] = nested[number];
    }
    free(nested);
    return code;
}

/* Sets of each node the lowest rank of what ends there or below. */
static void nodes_rank(struct phrase_table *table)
{
    struct trie *trie = &table->trie;
    for (uint32_t number = trie->count; number-- > 0;) {
        struct trie_node *node = &trie->nodes[number];
        node->rank = UINT32_MAX;
        for (uint32_t i = 0; i < node->ends; i++) {
            uint32_t own = table->list[trie->strings[node->from + i]].rank;
            node->rank = own < node->rank ? own : node->rank;
        }
        for (uint32_t i = 0; i < node->children; i++) {
            uint32_t below = trie->nodes[node->child + i].rank;
            node->rank = below < node->rank ? below : node->rank;
        }
    }
}

enum bm_code phrases_build(struct phrase_table *table, struct bm_error *error)
{
    table->find = phrases_find_kernel(cpu_simd());
    table->words.bits_find = skeleton_bits_kernel(cpu_simd());
    ranks_set(table);
    struct span *texts = malloc((table->count + 1) * sizeof *texts);
    if (!texts)
        return fail_memory(error, "the phrases");
    for (size_t i = 0; i < table->count; i++)
        texts[i] = table->list[i].text;
    enum bm_code code = trie_build(&table->trie, texts, table->count, error);
    free(texts);
    if (code == BM_OK)
        code = nodes_bound(table, error);
    if (code != BM_OK)
        return code;
    nodes_rank(table);
    phrases_starts_find(table);
    return BM_OK;
}

void phrases_free(struct phrase_table *table)
{
    trie_free(&table->trie);
    arena_free(&table->texts);
    skeleton_words_free(&table->words);
    free(table->list);
    table->list = NULL;
    table->count = table->capacity = 0;
}
