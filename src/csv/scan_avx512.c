/* The kernel for processors with AVX-512 BW, VBMI2 and carry-less multiplication. scan_kernels.h says how it
 * works. */
#include "base/base.h"

#include "csv/scan_kernels.h"

#if SCAN_X86
#include <immintrin.h>

#define TARGET                                                                                               \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,pclmul,bmi,bmi2,popcnt")))
#define TARGET_INLINE TARGET __attribute__((always_inline)) static inline

#define OFFSETS_A_STORE 16

/* Bit i: the parity of the quotes up to and with i. */
TARGET_INLINE uint64_t prefix_xor(uint64_t bits)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8((char)0xff), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

/* The numbers 0 to 63 as bytes. */
TARGET_INLINE __m512i byte_numbers(void)
{
    return _mm512_set_epi64(0x3f3e3d3c3b3a3938, 0x3736353433323130, 0x2f2e2d2c2b2a2928, 0x2726252423222120,
                            0x1f1e1d1c1b1a1918, 0x1716151413121110, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
}

TARGET_INLINE void store_offsets(__m128i numbers, __m512i base, uint32_t *ends)
{
    _mm512_storeu_si512(ends, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(numbers)));
}

/* Sixteen offsets are written whatever the count; only a block with more of them branches. Extraction bit by
 * bit, as the AVX2 kernel does it, runs the kernel at 0.45 times the speed. */
TARGET_INLINE size_t write_offsets(uint64_t bits, __m512i numbers, size_t at, uint32_t *ends)
{
    size_t count = (size_t)_mm_popcnt_u64(bits);
    __m512i packed = _mm512_maskz_compress_epi8(bits, numbers);
    __m512i base = _mm512_set1_epi32((int)at);
    store_offsets(_mm512_castsi512_si128(packed), base, ends);
    if (UNLIKELY(count > OFFSETS_A_STORE)) {
        store_offsets(_mm512_extracti32x4_epi32(packed, 1), base, ends + OFFSETS_A_STORE);
        store_offsets(_mm512_extracti32x4_epi32(packed, 2), base, ends + (size_t)2 * OFFSETS_A_STORE);
        store_offsets(_mm512_extracti32x4_epi32(packed, 3), base, ends + (size_t)3 * OFFSETS_A_STORE);
    }
    return count;
}

TARGET void csv_index_avx512(const char *text, size_t length, char delimiter, enum csv_state *state,
                             struct csv_ends *found)
{
    struct scan scan = {text, found, length, delimiter, 0, *state};
    struct scan_carry carry = scan_carry(*state);
    const __m512i delimiters = _mm512_set1_epi8(delimiter);
    const __m512i numbers = byte_numbers();
    size_t at = 0;
    found->count = found->row_count = 0;
    for (; length - at >= SCAN_BLOCK_BYTES; at += SCAN_BLOCK_BYTES) {
        __m512i block = _mm512_loadu_si512(text + at);
        uint64_t quotes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"'));
        uint64_t rows = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\n')) |
                        _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\r'));
        uint64_t ends = rows | _mm512_cmpeq_epi8_mask(block, delimiters);
        if (scan_block_is_plain(quotes, &carry)) {
            carry.boundary = ends >> 63;
        } else if (!scan_block_quoted(quotes, prefix_xor(quotes), &ends, &carry)) {
            scan_exactly(&scan, at, SCAN_BLOCK_BYTES, carry);
            carry = scan_carry(scan.known);
            continue;
        }
        scan_rows_add(rows & ends, ends, found);
        found->count += write_offsets(ends, numbers, at, found->at + found->count);
    }
    scan_exactly(&scan, at, length - at, carry);
    *state = scan.known;
}

#endif
