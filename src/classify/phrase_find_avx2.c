/* The search for processors with AVX2: which places may begin a phrase that begins anywhere is asked of 32 at
 * a time, by the halves of their first four bytes (as Hyperscan's Teddy does); the few that pass are asked
 * for more bytes by the hash, as all of them are without it. */
#include "base/base.h"
#include "classify/phrase_search.h"

#if SEARCH_X86
#include <immintrin.h>

#define TARGET        __attribute__((target("avx2,bmi,bmi2")))
#define TARGET_INLINE TARGET __attribute__((always_inline)) static inline

/* Bytes from `first` on, `count` of them. */
TARGET_INLINE __m256i in_range(__m256i bytes, char first, char count)
{
    __m256i distance = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(distance, _mm256_set1_epi8((char)(count - 1))), distance);
}

/* Folds 32 bytes; a bit for each that is part of a word. */
TARGET_INLINE uint64_t half_fold(const char *at, char *out)
{
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i upper = in_range(bytes, 'A', 26), blank = in_range(bytes, '\t', 5);
    bytes = _mm256_or_si256(bytes, _mm256_and_si256(upper, _mm256_set1_epi8(0x20)));
    bytes = _mm256_blendv_epi8(bytes, _mm256_set1_epi8(' '), blank);
    _mm256_storeu_si256((__m256i *)(void *)out, bytes);
    __m256i word = _mm256_or_si256(in_range(bytes, 'a', 26), in_range(bytes, '0', 10));
    word = _mm256_or_si256(word, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(SKELETON_MARK)));
    word = _mm256_or_si256(word, bytes); /* its upper bit */
    return (uint32_t)_mm256_movemask_epi8(word);
}

TARGET_INLINE uint64_t block_fold(const char *at, char *out)
{
    return half_fold(at, out) | half_fold(at + 32, out + 32) << 32;
}

/* A bit for each of 32 places at which the halves of four bytes are those of some group. */
TARGET_INLINE uint64_t half_places(const struct phrase_nibbles *nibbles, const char *at)
{
    const __m256i half = _mm256_set1_epi8(15);
    __m256i groups = _mm256_set1_epi8((char)0xff);
    for (unsigned k = 0; k < PHRASES_NIBBLE_BYTES; k++) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(at + k));
        __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)nibbles->low[k]));
        __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)nibbles->high[k]));
        low = _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, half));
        high = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half));
        groups = _mm256_and_si256(groups, _mm256_and_si256(low, high));
    }
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(groups, _mm256_setzero_si256()));
}

TARGET_INLINE uint64_t places_anywhere(const struct phrase_table *table, const char *at, unsigned count)
{
    uint64_t places = (uint32_t)half_places(&table->nibbles, at);
    if (count > 32)
        places |= half_places(&table->nibbles, at + 32) << 32;
    places &= ~UINT64_C(0) >> (SEARCH_BLOCK_BYTES - count);
    return places_among(&table->anywhere, &table->anywhere, at, places);
}

TARGET struct phrase_match phrases_find_avx2(const struct phrase_table *table, struct span skeleton,
                                             struct codes_found codes, unsigned provider)
{
    return search_all(table, skeleton, codes, provider, (struct search_kernel){block_fold, places_anywhere});
}
#endif
