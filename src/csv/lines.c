/* Counting line ends: every byte of text passes here once more, so that rejected rows can be named by line.
 */
#include "base/base.h"

#include "csv/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define VECTOR_BYTES 32
#define VECTORS_MAX  255 /* that add up: a byte of the sum holds no more */

__attribute__((target("avx2"))) static uint64_t lines_avx2(const char *text, size_t length)
{
    const __m256i lf = _mm256_set1_epi8('\n');
    __m256i lines = _mm256_setzero_si256();
    size_t at = 0;
    while (length - at >= VECTOR_BYTES) {
        size_t vectors = (length - at) / VECTOR_BYTES;
        size_t end = at + (vectors < VECTORS_MAX ? vectors : VECTORS_MAX) * VECTOR_BYTES;
        __m256i sum = _mm256_setzero_si256();
        for (; at < end; at += VECTOR_BYTES)
            sum = _mm256_sub_epi8(
                sum, _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(const void *)(text + at)), lf));
        lines = _mm256_add_epi64(lines, _mm256_sad_epu8(sum, _mm256_setzero_si256()));
    }
    uint64_t parts[4];
    _mm256_storeu_si256((__m256i *)(void *)parts, lines);
    return parts[0] + parts[1] + parts[2] + parts[3] + csv_lines_scalar(text + at, length - at);
}
#endif

uint64_t csv_lines_scalar(const char *text, size_t length)
{
    uint64_t lines = 0;
    for (size_t at = 0; at < length; at++)
        lines += text[at] == '\n';
    return lines;
}

csv_lines_function *csv_lines_kernel(enum simd level)
{
#if defined(__x86_64__)
    if (level >= SIMD_AVX2)
        return lines_avx2;
#endif
    (void)level;
    return csv_lines_scalar;
}
