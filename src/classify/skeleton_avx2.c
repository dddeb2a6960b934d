/* The kernel for processors with AVX2. */
#include "base/base.h"
#include "classify/skeleton_bits.h"

#if SKELETON_X86
#include <immintrin.h>

#define TARGET        __attribute__((target("avx2,bmi,bmi2")))
#define TARGET_INLINE TARGET __attribute__((always_inline)) static inline

TARGET_INLINE uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

TARGET_INLINE __m256i equals(__m256i bytes, char byte)
{
    return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte));
}

TARGET_INLINE __m256i either(__m256i bytes, char one, char other)
{
    return _mm256_or_si256(equals(bytes, one), equals(bytes, other));
}

/* Bytes from `first` on, `count` of them. */
TARGET_INLINE __m256i in_range(__m256i bytes, char first, char count)
{
    __m256i distance = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(distance, _mm256_set1_epi8((char)(count - 1))), distance);
}

TARGET_INLINE __m256i letters(__m256i bytes)
{
    return in_range(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), 'a', 26);
}

TARGET_INLINE __m256i blanks(__m256i bytes)
{
    return _mm256_or_si256(equals(bytes, ' '), in_range(bytes, '\t', 5));
}

TARGET_INLINE struct kinds kinds_avx2(const char *at)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
    return (struct kinds){
        .digit = mask_of(in_range(low, '0', 10), in_range(high, '0', 10)),
        .letter = mask_of(letters(low), letters(high)),
        .blank = mask_of(blanks(low), blanks(high)),
        .strong = mask_of(either(low, '.', '@'), either(high, '.', '@')),
        .weak = mask_of(either(low, '_', '+'), either(high, '_', '+')),
        .hyphen = mask_of(equals(low, '-'), equals(high, '-')),
    };
}

TARGET_INLINE struct kinds last_avx2(struct span text, size_t at)
{
    return at ? kinds_shifted(text, at, kinds_avx2) : kinds_copied(text, at, kinds_avx2);
}

TARGET void skeleton_bits_find_avx2(struct span text, struct skeleton_bits *bits)
{
    kinds_each(text, bits, kinds_avx2, last_avx2);
}
#endif
