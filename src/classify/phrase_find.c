/* Which phrase of the table decides. A phrase begins at few places of a text: nearly all phrases begin where
 * a word does, and of those places most begin like none. So a skeleton is folded once, sixteen bytes at a
 * time, into lower case with a bit for each byte of a word; each place is asked by a filter over its first
 * bytes, eight at most; and what passes goes down the tree of phrases, a compare for each run of bytes. The
 * places do not wait for one another, as the steps of an automaton did.
 *
 * A place ends where the tree has nothing below of a better rank than what is found. Phrases are bounded in
 * length and in how many begin alike, so a place's cost is, too. */
#include "base/base.h"
#include "classify/phrase_search.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static struct phrase_starts *starts_of(struct phrase_table *table, const struct phrase *phrase)
{
    if (!phrase->starts_word)
        return &table->anywhere;
    return phrase->text.length < PHRASES_START_BYTES ? &table->at_word : &table->long_at_word;
}

/* Phrases that may begin anywhere, sorted, in as many groups as a byte has bits: what begins alike shares
 * one. */
static void nibbles_find(struct phrase_table *table)
{
    const struct trie *trie = &table->trie;
    struct phrase_nibbles *nibbles = &table->nibbles;
    size_t count = 0, seen = 0;
    for (size_t i = 0; i < table->count; i++)
        count += !table->list[trie->strings[i]].starts_word;
    for (size_t i = 0; i < table->count; i++) {
        const struct phrase *phrase = &table->list[trie->strings[i]];
        if (phrase->starts_word)
            continue;
        uint8_t group = (uint8_t)(1u << seen++ * 8 / count);
        for (size_t k = 0; k < PHRASES_NIBBLE_BYTES; k++) {
            unsigned char byte = k < phrase->text.length ? (unsigned char)phrase->text.at[k] : 0;
            for (unsigned nibble = 0; nibble < 16; nibble++) { /* any, behind a short one */
                bool is_short = k >= phrase->text.length;
                nibbles->low[k][nibble] |= is_short || nibble == (byte & 15u) ? group : 0;
                nibbles->high[k][nibble] |= is_short || nibble == byte >> 4 ? group : 0;
            }
        }
    }
}

void phrases_starts_find(struct phrase_table *table)
{
    for (size_t i = 0; i < table->count; i++) { /* the shortest of each kind */
        const struct phrase *phrase = &table->list[i];
        unsigned length =
            phrase->text.length < PHRASES_START_BYTES ? (unsigned)phrase->text.length : PHRASES_START_BYTES;
        struct phrase_starts *starts = starts_of(table, phrase);
        unsigned shift = 8 * (PHRASES_START_BYTES - length);
        starts->shift = shift > starts->shift ? shift : starts->shift;
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct phrase *phrase = &table->list[i];
        struct phrase_starts *starts = starts_of(table, phrase);
        char first[PHRASES_START_BYTES] = {0};
        memcpy(first, phrase->text.at,
               phrase->text.length < sizeof first ? phrase->text.length : sizeof first);
        starts->may[start_hash(starts, first)] = 1;
    }
    nibbles_find(table);
}

#ifdef __SSE2__
static inline __m128i in_range(__m128i bytes, char first, char count)
{
    __m128i distance = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(distance, _mm_set1_epi8((char)(count - 1))), distance);
}

/* Folds 64 bytes; a bit for each that is part of a word. */
SEARCH_INLINE uint64_t block_fold(const char *at, char *out)
{
    uint64_t words = 0;
    for (unsigned i = 0; i < SEARCH_BLOCK_BYTES; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i_u *)(const void *)(at + i));
        __m128i upper = in_range(bytes, 'A', 26), blank = in_range(bytes, '\t', 5);
        bytes = _mm_or_si128(bytes, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
        bytes = _mm_or_si128(_mm_andnot_si128(blank, bytes), _mm_and_si128(blank, _mm_set1_epi8(' ')));
        _mm_storeu_si128((__m128i_u *)(void *)(out + i), bytes);
        __m128i word = _mm_or_si128(in_range(bytes, 'a', 26), in_range(bytes, '0', 10));
        word = _mm_or_si128(word, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(SKELETON_MARK)));
        word = _mm_or_si128(word, bytes); /* its upper bit */
        words |= (uint64_t)(unsigned)_mm_movemask_epi8(word) << i;
    }
    return words;
}
#else
SEARCH_INLINE uint64_t block_fold(const char *at, char *out)
{
    uint64_t words = 0;
    for (unsigned i = 0; i < SEARCH_BLOCK_BYTES; i++) {
        out[i] = phrases_fold(at[i]);
        words |= (uint64_t)phrases_word(out[i]) << i;
    }
    return words;
}
#endif

SEARCH_INLINE uint64_t places_anywhere(const struct phrase_table *table, const char *at, unsigned count)
{
    uint64_t places = 0;
    for (unsigned i = 0; i < count; i++)
        places |= (uint64_t)table->anywhere.may[start_hash(&table->anywhere, at + i)] << i;
    return places;
}

struct phrase_match phrases_find_plain(const struct phrase_table *table, struct span skeleton,
                                       struct codes_found codes, unsigned provider)
{
    return search_all(table, skeleton, codes, provider, (struct search_kernel){block_fold, places_anywhere});
}

phrases_find_function *phrases_find_kernel(enum simd level)
{
    ASSERT(level < SIMD_COUNT);
#if SEARCH_X86
    if (level >= SIMD_AVX2)
        return phrases_find_avx2;
#else
    (void)level;
#endif
    return phrases_find_plain;
}
