/* Many strings by how they begin: a radix tree. */
#ifndef CLASSIFY_TRIE_H
#define CLASSIFY_TRIE_H

#include "base/fail.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A byte leads to a node; `run` follows it in all strings below, then strings end or branch. */
struct trie_node {
    uint64_t head;   /* the first bytes of the run, as many as there are */
    const char *run; /* inside one of the strings */
    uint32_t run_length;
    uint32_t child; /* the first of `children`, which stand side by side, labels ascending */
    uint32_t from;  /* the strings that end behind the run: strings[from] and `ends` of them */
    uint32_t ends;
    uint32_t rank; /* the user's; 0 */
    uint32_t children;
};

struct trie {
    struct trie_node *nodes; /* nodes[0] is the root, whose run is empty; children come behind parents */
    uint8_t *labels;         /* of each node, the byte that leads to it; TRIE_SLACK_BYTES behind the last */
    uint32_t *strings;       /* their numbers, sorted by their bytes */
    uint32_t count;          /* of nodes */
    uint32_t roots[256];     /* the node that a first byte leads to, 0: none */
};

#define TRIE_STRINGS_MAX ((size_t)1 << 30)
#define TRIE_SLACK_BYTES 16 /* that may be read, and mean nothing, behind labels and texts */

/* Builds over `count` strings, none empty, which must outlive it. Equal strings are kept apart by their
 * numbers. Errors: BM_RESOURCE; BM_USAGE (more than TRIE_STRINGS_MAX). */
enum bm_code trie_build(struct trie *trie, const struct span *strings, size_t count, struct bm_error *error);
void trie_free(struct trie *trie);

/* The node that a byte leads to, NULL: none. */
static inline const struct trie_node *trie_child(const struct trie *trie, const struct trie_node *node,
                                                 char byte)
{
    const uint8_t *labels = trie->labels + node->child;
#ifdef __SSE2__
    __m128i wanted = _mm_set1_epi8(byte);
    for (uint32_t i = 0; i < node->children; i += 16) {
        __m128i some = _mm_loadu_si128((const __m128i_u *)(const void *)(labels + i));
        unsigned equal = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(some, wanted));
        unsigned at = i + (equal ? (unsigned)__builtin_ctz(equal) : 16);
        if (equal)
            return at < node->children ? &trie->nodes[node->child + at] : NULL;
    }
#else
    for (uint32_t i = 0; i < node->children; i++)
        if (labels[i] == (unsigned char)byte)
            return &trie->nodes[node->child + i];
#endif
    return NULL;
}

/* Whether a node's run stands at the start of a text of `left` bytes, behind which TRIE_SLACK_BYTES may be
 * read. */
static inline bool trie_run_stands(const struct trie_node *node, const char *text, size_t left)
{
    uint64_t head;
    if (!node->run_length)
        return true;
    if (node->run_length > left)
        return false;
    memcpy(&head, text, sizeof head);
    if (node->run_length <= sizeof head)
        return (head ^ node->head) << (64 - 8 * node->run_length) == 0;
    return head == node->head && bytes_equal(node->run, text, node->run_length);
}

#endif
