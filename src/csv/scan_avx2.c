/* The kernel for processors with AVX2, carry-less multiplication and BMI. scan_kernels.h says how it works.
 */
#include "base/base.h"

#include "csv/scan_kernels.h"

#if SCAN_X86
#include <immintrin.h>

#define TARGET        __attribute__((target("avx2,pclmul,bmi,bmi2,popcnt")))
#define TARGET_INLINE TARGET __attribute__((always_inline)) static inline

struct block {
    __m256i low, high;
};

TARGET_INLINE struct block load_block(const char *text)
{
    return (struct block){_mm256_loadu_si256((const __m256i *)(const void *)text),
                          _mm256_loadu_si256((const __m256i *)(const void *)(text + 32))};
}

TARGET_INLINE uint64_t mask_of(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

TARGET_INLINE uint64_t equal_mask(struct block block, __m256i byte)
{
    return mask_of(_mm256_cmpeq_epi8(block.low, byte), _mm256_cmpeq_epi8(block.high, byte));
}

TARGET_INLINE __m256i is_row_end(__m256i bytes)
{
    return _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\n')),
                           _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\r')));
}

/* Bit i: the parity of the quotes up to and with i. */
TARGET_INLINE uint64_t prefix_xor(uint64_t bits)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8((char)0xff), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

/* Eight offsets are written whatever the count: a loop with an exact count mispredicts its end at every
 * block. The room behind `ends` takes what is too much. */
TARGET_INLINE size_t write_offsets(uint64_t bits, size_t base, uint32_t *ends)
{
    size_t count = (size_t)_mm_popcnt_u64(bits);
    for (size_t written = 0;; written += 8) {
        for (size_t i = 0; i < 8; i++) {
            ends[written + i] = (uint32_t)(base + _tzcnt_u64(bits));
            bits = _blsr_u64(bits);
        }
        if (LIKELY(bits == 0))
            return count;
    }
}

TARGET void csv_index_avx2(const char *text, size_t length, char delimiter, enum csv_state *state,
                           struct csv_ends *found)
{
    struct scan scan = {text, found, length, delimiter, 0, *state};
    struct scan_carry carry = scan_carry(*state);
    const __m256i delimiters = _mm256_set1_epi8(delimiter);
    const __m256i quote = _mm256_set1_epi8('"');
    size_t at = 0;
    found->count = found->row_count = 0;
    for (; length - at >= SCAN_BLOCK_BYTES; at += SCAN_BLOCK_BYTES) {
        struct block block = load_block(text + at);
        uint64_t quotes = equal_mask(block, quote);
        uint64_t rows = mask_of(is_row_end(block.low), is_row_end(block.high));
        uint64_t ends = rows | equal_mask(block, delimiters);
        if (scan_block_is_plain(quotes, &carry)) {
            carry.boundary = ends >> 63;
        } else if (!scan_block_quoted(quotes, prefix_xor(quotes), &ends, &carry)) {
            scan_exactly(&scan, at, SCAN_BLOCK_BYTES, carry);
            carry = scan_carry(scan.known);
            continue;
        }
        scan_rows_add(rows & ends, ends, found);
        found->count += write_offsets(ends, at, found->at + found->count);
    }
    scan_exactly(&scan, at, length - at, carry);
    *state = scan.known;
}

#endif
