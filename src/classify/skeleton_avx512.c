/* The kernel for processors with AVX-512 BW: compares make masks, and a masked load reads the text's end
 * without a copy of it. */
#include "base/base.h"
#include "classify/skeleton_bits.h"

#if SKELETON_X86
#include <immintrin.h>

#define TARGET        __attribute__((target("avx512f,avx512bw,bmi,bmi2")))
#define TARGET_INLINE TARGET __attribute__((always_inline)) static inline

TARGET_INLINE uint64_t equals(__m512i bytes, char byte)
{
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte));
}

/* Bytes from `first` on, `count` of them. */
TARGET_INLINE uint64_t in_range(__m512i bytes, char first, char count)
{
    return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8(first)), _mm512_set1_epi8(count));
}

TARGET_INLINE struct kinds kinds_of(__m512i bytes)
{
    return (struct kinds){
        .digit = in_range(bytes, '0', 10),
        .letter = in_range(_mm512_or_si512(bytes, _mm512_set1_epi8(0x20)), 'a', 26),
        .blank = equals(bytes, ' ') | in_range(bytes, '\t', 5),
        .strong = equals(bytes, '.') | equals(bytes, '@'),
        .weak = equals(bytes, '_') | equals(bytes, '+'),
        .hyphen = equals(bytes, '-'),
    };
}

TARGET_INLINE struct kinds kinds_avx512(const char *at)
{
    return kinds_of(_mm512_loadu_si512(at));
}

TARGET_INLINE struct kinds last_avx512(struct span text, size_t at)
{
    size_t length = text.length - at; /* 64 at most, 0 for an empty text */
    uint64_t there = length ? ~UINT64_C(0) >> (SKELETON_WORD_BITS - length) : 0;
    return kinds_of(_mm512_maskz_loadu_epi8(there, text.at + at));
}

TARGET void skeleton_bits_find_avx512(struct span text, struct skeleton_bits *bits)
{
    kinds_each(text, bits, kinds_avx512, last_avx512);
}
#endif
