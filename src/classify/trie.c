/* Sorted, the strings of a node stand side by side, and what the first and the last of them share all between
 * them share. So the tree is built in one pass over ranges of the sorted list, breadth first: at most two
 * nodes a string, however long the strings are.
 *
 * The completed automaton that stood here before (Aho-Corasick, a row of 120 entries for each of 18,000
 * states) was 8.6 MB for the built-in phrases: building it took most of a classifier's time, and a text that
 * no memo knew walked through memory that was in no cache. The tree is 0.1 MB; what it cannot do, going on
 * from one place's beginning to another's without a step back, is not needed where few places of a text begin
 * as a phrase does (phrase_find.c). */
#include "classify/trie.h"
#include "base/base.h"

/* A string on its way into the tree. */
struct entry {
    struct span text;
    uint32_t number;
};

/* The strings of a node in the sorted list, and how many bytes of them lead to it. */
struct range {
    uint32_t from;
    uint32_t to;
    uint32_t depth;
};

struct build {
    struct entry *entries;
    struct range *ranges; /* by node */
    struct trie *trie;
};

static int entries_compare(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    int order = span_compare(left->text, right->text);
    return order ? order : (left->number > right->number) - (left->number < right->number);
}

static uint32_t shared_bytes(struct span a, struct span b, uint32_t from)
{
    while (from < a.length && from < b.length && a.at[from] == b.at[from])
        from++;
    return from;
}

static void child_add(struct build *build, struct trie_node *parent, struct range range)
{
    struct trie *trie = build->trie;
    if (!parent->children++)
        parent->child = trie->count;
    unsigned char label = (unsigned char)build->entries[range.from].text.at[range.depth];
    if (parent == trie->nodes)
        trie->roots[label] = trie->count;
    trie->labels[trie->count] = label;
    range.depth++;
    build->ranges[trie->count++] = range;
}

/* Sets a node from its range and adds its children. */
static void node_make(struct build *build, uint32_t number)
{
    struct range range = build->ranges[number];
    struct trie_node *node = &build->trie->nodes[number];
    struct span text = build->entries[range.from].text;
    uint32_t depth = range.depth;
    if (number) /* the root's children are found by their byte alone */
        depth = shared_bytes(text, build->entries[range.to - 1].text, depth);
    *node = (struct trie_node){
        .run = text.at + range.depth, .run_length = depth - range.depth, .from = range.from};
    memcpy(&node->head, node->run,
           node->run_length < sizeof node->head ? node->run_length : sizeof node->head);
    uint32_t at = range.from;
    for (; at < range.to && build->entries[at].text.length == depth; at++)
        node->ends++;
    while (at < range.to) {
        uint32_t from = at;
        char label = build->entries[from].text.at[depth];
        while (at < range.to && build->entries[at].text.at[depth] == label)
            at++;
        child_add(build, node, (struct range){from, at, depth});
    }
}

static void nodes_make(struct build *build, uint32_t count)
{
    struct trie *trie = build->trie;
    trie->nodes[0] = (struct trie_node){.run = ""};
    trie->count = 1;
    if (!count)
        return;
    build->ranges[0] = (struct range){0, count, 0};
    for (uint32_t number = 0; number < trie->count; number++)
        node_make(build, number);
}

enum bm_code trie_build(struct trie *trie, const struct span *strings, size_t count, struct bm_error *error)
{
    *trie = (struct trie){0};
    if (count > TRIE_STRINGS_MAX)
        return fail(error, BM_USAGE, "%zu phrases are too many", count);
    size_t nodes = 2 * count + 1; /* a node has strings of its own, or two children and more */
    struct build build = {.trie = trie};
    build.entries = malloc((count + 1) * sizeof *build.entries);
    build.ranges = malloc(nodes * sizeof *build.ranges);
    trie->nodes = malloc(nodes * sizeof *trie->nodes);
    trie->labels = calloc(nodes + TRIE_SLACK_BYTES, 1);
    trie->strings = malloc((count + 1) * sizeof *trie->strings);
    bool allocated = build.entries && build.ranges && trie->nodes && trie->labels && trie->strings;
    if (allocated) {
        for (size_t i = 0; i < count; i++)
            build.entries[i] = (struct entry){strings[i], (uint32_t)i};
        qsort(build.entries, count, sizeof *build.entries, entries_compare);
        nodes_make(&build, (uint32_t)count);
        for (size_t i = 0; i < count; i++)
            trie->strings[i] = build.entries[i].number;
    }
    free(build.entries);
    free(build.ranges);
    if (allocated)
        return BM_OK;
    trie_free(trie);
    return fail_memory(error, "the phrases");
}

void trie_free(struct trie *trie)
{
    free(trie->nodes);
    free(trie->labels);
    free(trie->strings);
    *trie = (struct trie){0};
}
