/* Which phrase is found, and where: every kernel against one comparison after another. */
#include "classify/phrases.h"
#include "base/base.h"

#include "tests/classify/support.h"

#define TEXT_BYTES 400

static struct rules rules;

static void table_make(struct phrase_table *table, struct span bytes)
{
    struct bm_error error = {0};
    struct table_text text = {.name = "phrases", .bytes = bytes};
    *table = (struct phrase_table){.rules = &rules};
    EXPECT(phrases_read(table, &text, &error) == BM_OK && phrases_build(table, &error) == BM_OK, "%s",
           error.message);
}

static bool name_joins(struct span text, size_t at)
{
    return at > 0 && at + 1 < text.length && (text.at[at] == '.' || text.at[at] == '@') &&
           phrases_word(text.at[at - 1]) && phrases_word(text.at[at + 1]);
}

static bool stands_at(const struct phrase *phrase, struct span text, size_t at)
{
    size_t end = at + phrase->text.length;
    if (end > text.length)
        return false;
    for (size_t i = 0; i < phrase->text.length; i++)
        if (phrases_fold(text.at[at + i]) != phrase->text.at[i])
            return false;
    bool inside = at > 0 && (phrases_word(text.at[at - 1]) || name_joins(text, at - 1));
    bool goes_on = end < text.length && (phrases_word(text.at[end]) || name_joins(text, end));
    return !(phrase->starts_word && inside) && !(phrase->ends_word && goes_on);
}

/* The plain way, without conditions on codes. */
static struct phrase_match plain_find(const struct phrase_table *table, struct span text)
{
    struct phrase_match best = {0};
    for (size_t i = 0; i < table->count; i++) {
        const struct phrase *phrase = &table->list[i];
        if (phrase->when.reply || phrase->when.enhanced || phrase->when.class_ ||
            (best.phrase && best.phrase->rank <= phrase->rank))
            continue;
        for (size_t at = 0; at < text.length; at++)
            if (stands_at(phrase, text, at)) {
                best = (struct phrase_match){phrase, at, phrase->text.length};
                break;
            }
    }
    return best;
}

/* Phrases, beginnings and ends of phrases, with something between them. */
static size_t text_random(const struct phrase_table *table, char *text, uint64_t *seed)
{
    static const char between[] = "    ..,:@-\t\nx\x01\xc3";
    size_t length = 0;
    while (length < TEXT_BYTES / 2 && test_random(seed) % 8) {
        struct span piece = table->list[test_random(seed) % table->count].text;
        size_t cut = test_random(seed) % 3 ? 0 : test_random(seed) % piece.length;
        bool from_start = test_random(seed) % 2;
        for (size_t i = from_start ? 0 : cut; i < (from_start ? piece.length - cut : piece.length); i++) {
            char byte = piece.at[i];
            text[length++] =
                byte >= 'a' && byte <= 'z' && test_random(seed) % 8 == 0 ? (char)(byte - 0x20) : byte;
        }
        char join = between[test_random(seed) % (sizeof between - 1)];
        if (join != ' ' || text[length - 1] != ' ')
            text[length++] = join;
    }
    return length;
}

static void check_texts(const struct phrase_table *table, int rounds)
{
    uint64_t seed = 29;
    for (int round = 0; round < rounds; round++) {
        char text[TEXT_BYTES];
        size_t length = text_random(table, text, &seed);
        char *exact = malloc(length + 1); /* of just that size: a read past it is noticed */
        EXPECT(exact != NULL, "memory");
        if (length)
            memcpy(exact + 1, text, length);
        struct span span = {exact + 1, length};
        struct phrase_match plain = plain_find(table, span);
        for (enum simd level = SIMD_SCALAR; level <= cpu_simd(); level++) {
            struct phrase_match found = {0};
            if (length)
                found = phrases_find_kernel(level)(table, span, (struct codes_found){0}, 0);
            EXPECT(found.phrase == plain.phrase && found.at == plain.at && found.length == plain.length,
                   "%s finds phrase %td at %zu of \"%.*s\", got %td at %zu", simd_name(level),
                   plain.phrase ? plain.phrase - table->list : -1, plain.at, (int)length, text,
                   found.phrase ? found.phrase - table->list : -1, found.at);
        }
        free(exact);
    }
}

static void test_builtin(void **state)
{
    (void)state;
    struct phrase_table table;
    table_make(&table, table_builtin_phrases);
    check_texts(&table, 4000);
    phrases_free(&table);
}

/* Phrases of one byte and more, that begin anywhere and do not. */
static void test_short(void **state)
{
    (void)state;
    struct phrase_table table;
    table_make(&table,
               SPAN("phrase,reason,strength\n*a*,virus,vague\nab,dns,\n*ba,dns,vague\nb b*,virus,\n"
                    "abbaabbaab,dns,sender\n*bb a bb*,virus,sender\n<,dns,vague\na b c d e f,dns,\n"));
    check_texts(&table, 20000);
    phrases_free(&table);
    table_make(&table, SPAN("phrase,reason\nonly one of them,dns\n"));
    check_texts(&table, 2000);
    phrases_free(&table);
}

static void test_empty(void **state)
{
    (void)state;
    struct phrase_table table;
    table_make(&table, SPAN("phrase,reason\n"));
    EXPECT(!phrases_find(&table, SPAN("user unknown"), (struct codes_found){0}, 0).phrase,
           "nothing is found");
    phrases_free(&table);
}

int main(void)
{
    struct bm_error error;
    CHECK(rules_new(&rules, &error) == BM_OK);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_builtin), cmocka_unit_test(test_short),
                                       cmocka_unit_test(test_empty)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rules_free(&rules);
    return failed;
}
