#include "classify/trie.h"
#include "base/base.h"

#include "tests/test.h"

enum { STRINGS_MAX = 12, TEXT_MAX = 60 };

/* How often a string is met on the way down that a text leads; where it ends is *end. */
static unsigned times_met(const struct trie *trie, struct span text, uint32_t string, size_t *end)
{
    unsigned times = 0;
    const struct trie_node *node = trie->nodes;
    for (size_t at = 0; node;) {
        if (!trie_run_stands(node, text.at + at, text.length - at))
            break;
        at += node->run_length;
        for (uint32_t i = 0; i < node->ends; i++)
            if (trie->strings[node->from + i] == string) {
                times++;
                *end = at;
            }
        if (at == text.length)
            break;
        const struct trie_node *child = trie_child(trie, node, text.at[at]);
        if (node == trie->nodes) {
            uint32_t root = trie->roots[(unsigned char)text.at[at]];
            EXPECT(child == (root ? &trie->nodes[root] : NULL), "the roots are the root's children");
        }
        node = child;
        at++;
    }
    return times;
}

static struct span random_string(char *out, uint64_t *seed)
{
    size_t length = 1 + test_random(seed) % 6;
    for (size_t i = 0; i < length; i++)
        out[i] = "ab\xe9"[test_random(seed) % 3];
    return (struct span){out, length};
}

static void check_round(uint64_t *seed)
{
    char bytes[STRINGS_MAX][8], text[TEXT_MAX + TRIE_SLACK_BYTES] = {0};
    struct span strings[STRINGS_MAX];
    size_t count = 1 + test_random(seed) % STRINGS_MAX;
    for (size_t i = 0; i < count; i++)
        strings[i] = random_string(bytes[i], seed);
    for (size_t i = 0; i < TEXT_MAX; i++)
        text[i] = "ab\xe9."[test_random(seed) % 4];
    struct trie trie;
    struct bm_error error = {0};
    EXPECT(trie_build(&trie, strings, count, &error) == BM_OK, "%s", error.message);
    EXPECT(trie.count <= 2 * count + 1, "%u nodes of %zu strings", trie.count, count);
    for (size_t at = 0; at < TEXT_MAX; at++)
        for (uint32_t i = 0; i < count; i++) {
            struct span rest = {text + at, TEXT_MAX - at};
            bool begins =
                strings[i].length <= rest.length && memcmp(strings[i].at, rest.at, strings[i].length) == 0;
            size_t end = 0;
            EXPECT(times_met(&trie, rest, i, &end) == begins && (!begins || end == strings[i].length),
                   "\"%.*s\" at %zu of \"%.*s\"", (int)strings[i].length, strings[i].at, at, TEXT_MAX, text);
        }
    for (uint32_t i = 0; i < trie.count; i++)
        EXPECT(!trie.nodes[i].children || trie.nodes[i].child > i, "children come behind their parents");
    trie_free(&trie);
}

static void test_against_search(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int round = 0; round < 3000; round++)
        check_round(&seed);
}

/* Many long strings that have nearly all in common: two nodes each, and no time to speak of. */
static void test_long_strings(void **state)
{
    (void)state;
    enum { COUNT = 80000, LENGTH = 1000 };
    static char letters[COUNT + LENGTH + TRIE_SLACK_BYTES];
    memset(letters, 'a', sizeof letters);
    letters[COUNT + LENGTH - 1] = 'b';
    struct span *strings = malloc(COUNT * sizeof *strings);
    EXPECT(strings != NULL, "memory");
    for (int i = 0; i < COUNT; i++)
        strings[i] = (struct span){letters + i, LENGTH};
    for (int i = 0; i < LENGTH; i++) /* each begins the next */
        strings[i].length = (size_t)i + 1;
    struct trie trie;
    struct bm_error error = {0};
    EXPECT(trie_build(&trie, strings, COUNT, &error) == BM_OK, "%s", error.message);
    EXPECT(trie.count <= 2 * COUNT + 1, "%u nodes", trie.count);
    size_t end = 0;
    EXPECT(times_met(&trie, (struct span){letters, LENGTH}, LENGTH - 1, &end) == 1 && end == LENGTH,
           "the longest is found");
    trie_free(&trie);
    free(strings);
}

static void test_empty(void **state)
{
    (void)state;
    struct trie trie;
    struct bm_error error = {0};
    EXPECT(trie_build(&trie, NULL, 0, &error) == BM_OK, "no strings: %s", error.message);
    EXPECT(trie.count == 1 && !trie_child(&trie, trie.nodes, 'x'), "nothing is found");
    trie_free(&trie);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_search),
                                       cmocka_unit_test(test_long_strings), cmocka_unit_test(test_empty)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
