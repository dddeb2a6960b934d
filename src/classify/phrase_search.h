/* What the kernels of phrases_find share: the search of one skeleton. phrase_find.c says how it works. */
#ifndef CLASSIFY_PHRASE_SEARCH_H
#define CLASSIFY_PHRASE_SEARCH_H

#include "base/base.h"

#include "base/hash_factor.h"
#include "classify/phrases.h"

#define SEARCH_BLOCK_BYTES 64
#define SEARCH_INLINE      __attribute__((always_inline)) static inline

_Static_assert((PHRASES_STARTS & (PHRASES_STARTS - 1)) == 0, "a mask picks the entry");

/* Reads PHRASES_START_BYTES. */
static inline size_t start_hash(const struct phrase_starts *starts, const char *at)
{
    uint64_t bytes;
    _Static_assert(sizeof bytes == PHRASES_START_BYTES, "one load");
    memcpy(&bytes, at, sizeof bytes);
    return (bytes << starts->shift) * HASH_FACTOR >> 40 & (PHRASES_STARTS - 1);
}

static inline bool when_holds(const struct phrase_when *when, struct codes_found codes, unsigned provider)
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
static inline bool joins(struct span text, size_t at)
{
    bool joint = text.at[at] == '.' || text.at[at] == '@';
    return joint && at > 0 && at + 1 < text.length && phrases_word(text.at[at - 1]) &&
           phrases_word(text.at[at + 1]);
}

static inline bool is_whole(const struct phrase *phrase, struct span text, size_t start, size_t end)
{
    if (phrase->starts_word && start > 0 && (phrases_word(text.at[start - 1]) || joins(text, start - 1)))
        return false;
    return !(phrase->ends_word && end < text.length && (phrases_word(text.at[end]) || joins(text, end)));
}

/* One question: the text, what a phrase is asked for apart from it, and the best one so far. */
struct search {
    const struct phrase_table *table;
    struct span text; /* folded */
    struct codes_found codes;
    unsigned provider;
    struct phrase_match best;
};

static inline bool is_better(const struct search *search, uint32_t rank)
{
    return !search->best.phrase || rank < search->best.phrase->rank;
}

/* Betters the match by the phrases of a node, which stand at [start, end). */
static inline void ends_take(struct search *search, const struct trie_node *node, size_t start, size_t end)
{
    const struct phrase_table *table = search->table;
    for (uint32_t i = 0; i < node->ends; i++) {
        const struct phrase *phrase = &table->list[table->trie.strings[node->from + i]];
        if (is_better(search, phrase->rank) && when_holds(&phrase->when, search->codes, search->provider) &&
            is_whole(phrase, search->text, start, end))
            search->best = (struct phrase_match){phrase, start, end - start};
    }
}

/* Betters the match by the phrases that begin at `start`. */
static inline void place_try(struct search *search, size_t start)
{
    const struct trie *trie = &search->table->trie;
    struct span text = search->text;
    const struct trie_node *node = &trie->nodes[trie->roots[(unsigned char)text.at[start]]];
    size_t at = start + 1;
    if (node == trie->nodes)
        return;
    while (node && is_better(search, node->rank) && trie_run_stands(node, text.at + at, text.length - at)) {
        at += node->run_length;
        if (node->ends)
            ends_take(search, node, start, at);
        node = at < text.length ? trie_child(trie, node, text.at[at++]) : NULL;
    }
}

/* Those of the places `among` them at which phrases of one of two kinds may begin. */
SEARCH_INLINE uint64_t places_among(const struct phrase_starts *one, const struct phrase_starts *other,
                                    const char *at, uint64_t among)
{
    uint64_t places = 0;
    for (; among; among &= among - 1) {
        unsigned i = (unsigned)__builtin_ctzll(among);
        unsigned may = one->may[start_hash(one, at + i)] | other->may[start_hash(other, at + i)];
        places |= (uint64_t)may << i;
    }
    return places;
}

/* What a processor's kind of vectors does. */
struct search_kernel {
    /* Folds 64 bytes; a bit for each that is part of a word. */
    uint64_t (*fold)(const char *at, char *out);
    /* The places among `count` of a block at which a phrase may begin that begins anywhere. */
    uint64_t (*anywhere)(const struct phrase_table *table, const char *at, unsigned count);
};

/* A skeleton's bytes folded, and zeros behind them; a bit for each that is part of a word. */
struct search_text {
    uint64_t words[SKELETON_TEXT_BYTES_MAX / SEARCH_BLOCK_BYTES + 1];
    char folded[SKELETON_TEXT_BYTES_MAX + SEARCH_BLOCK_BYTES + TRIE_SLACK_BYTES];
};

SEARCH_INLINE void text_fold(struct search_text *text, struct span skeleton, struct search_kernel kernel)
{
    size_t at = 0, number = 0;
    for (; skeleton.length - at >= SEARCH_BLOCK_BYTES; at += SEARCH_BLOCK_BYTES)
        text->words[number++] = kernel.fold(skeleton.at + at, text->folded + at);
    char tail[SEARCH_BLOCK_BYTES] = {0};
    if (skeleton.length > at)
        memcpy(tail, skeleton.at + at, skeleton.length - at);
    text->words[number] = kernel.fold(tail, text->folded + at);
    memset(text->folded + at + SEARCH_BLOCK_BYTES, 0, TRIE_SLACK_BYTES);
}

SEARCH_INLINE struct phrase_match search_all(const struct phrase_table *table, struct span skeleton,
                                             struct codes_found codes, unsigned provider,
                                             struct search_kernel kernel)
{
    ASSERT(skeleton.length <= SKELETON_TEXT_BYTES_MAX);
    struct search search = {table, skeleton, codes, provider, {0}};
    struct search_text text;
    text_fold(&text, skeleton, kernel);
    search.text.at = text.folded;
    uint64_t word_before = 0;
    for (size_t base = 0; base < skeleton.length; base += SEARCH_BLOCK_BYTES) {
        uint64_t word = text.words[base / SEARCH_BLOCK_BYTES], starts = word & ~(word << 1 | word_before);
        word_before = word >> (SEARCH_BLOCK_BYTES - 1);
        size_t left = skeleton.length - base;
        unsigned count = left < SEARCH_BLOCK_BYTES ? (unsigned)left : SEARCH_BLOCK_BYTES;
        uint64_t places = places_among(&table->long_at_word, &table->at_word, text.folded + base, starts) |
                          kernel.anywhere(table, text.folded + base, count);
        for (; places; places &= places - 1)
            place_try(&search, base + (unsigned)__builtin_ctzll(places));
    }
    return search.best;
}

#if defined(__x86_64__)
#define SEARCH_X86 1
phrases_find_function phrases_find_avx2;
#else
#define SEARCH_X86 0
#endif

#endif
