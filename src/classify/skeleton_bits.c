#include "classify/skeleton_bits.h"
#include "base/base.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

KINDS_INLINE struct kinds kinds_scalar(const char *at)
{
    struct kinds kinds = {0};
    for (unsigned i = 0; i < SKELETON_WORD_BITS; i++) {
        unsigned char byte = (unsigned char)at[i], lower = byte | 0x20;
        kinds.digit |= (uint64_t)(byte >= '0' && byte <= '9') << i;
        kinds.letter |= (uint64_t)(lower >= 'a' && lower <= 'z') << i;
        kinds.blank |= (uint64_t)(byte == ' ' || (byte >= '\t' && byte <= '\r')) << i;
        kinds.strong |= (uint64_t)(byte == '.' || byte == '@') << i;
        kinds.weak |= (uint64_t)(byte == '_' || byte == '+') << i;
        kinds.hyphen |= (uint64_t)(byte == '-') << i;
    }
    return kinds;
}

KINDS_INLINE struct kinds last_scalar(struct span text, size_t at)
{
    return kinds_copied(text, at, kinds_scalar);
}

void skeleton_bits_find_scalar(struct span text, struct skeleton_bits *bits)
{
    kinds_each(text, bits, kinds_scalar, last_scalar);
}

#ifdef __SSE2__
static inline uint64_t bits_of(__m128i bytes, unsigned shift)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(bytes) << shift;
}

static inline __m128i equals(__m128i bytes, char byte)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte));
}

/* Bytes from `first` on, `count` of them. */
static inline __m128i in_range(__m128i bytes, char first, char count)
{
    __m128i distance = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(distance, _mm_set1_epi8((char)(count - 1))), distance);
}

KINDS_INLINE struct kinds kinds_sse2(const char *at)
{
    struct kinds kinds = {0};
    for (unsigned i = 0; i < SKELETON_WORD_BITS; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i_u *)(const void *)(at + i));
        kinds.digit |= bits_of(in_range(bytes, '0', 10), i);
        kinds.letter |= bits_of(in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26), i);
        kinds.blank |= bits_of(_mm_or_si128(equals(bytes, ' '), in_range(bytes, '\t', 5)), i);
        kinds.strong |= bits_of(_mm_or_si128(equals(bytes, '.'), equals(bytes, '@')), i);
        kinds.weak |= bits_of(_mm_or_si128(equals(bytes, '_'), equals(bytes, '+')), i);
        kinds.hyphen |= bits_of(equals(bytes, '-'), i);
    }
    return kinds;
}

KINDS_INLINE struct kinds last_sse2(struct span text, size_t at)
{
    return at ? kinds_shifted(text, at, kinds_sse2) : kinds_copied(text, at, kinds_sse2);
}

void skeleton_bits_find(struct span text, struct skeleton_bits *bits)
{
    kinds_each(text, bits, kinds_sse2, last_sse2);
}
#else
void skeleton_bits_find(struct span text, struct skeleton_bits *bits)
{
    skeleton_bits_find_scalar(text, bits);
}
#endif

skeleton_bits_function *skeleton_bits_kernel(enum simd level)
{
    ASSERT(level < SIMD_COUNT);
#if SKELETON_X86
    if (level == SIMD_AVX512)
        return skeleton_bits_find_avx512;
    if (level == SIMD_AVX2)
        return skeleton_bits_find_avx2;
#else
    (void)level;
#endif
    return skeleton_bits_find;
}
