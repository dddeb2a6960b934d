/* A stretch of bytes that somebody else owns. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct span {
    const char *at;
    size_t length;
};

#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})

/* memcmp(a, b, length) == 0 without a call: names and addresses are short. */
static inline bool bytes_equal(const char *a, const char *b, size_t length)
{
    uint64_t x, y;
    if (length >= sizeof x) {
        for (size_t at = 0; at + sizeof x < length; at += sizeof x) {
            memcpy(&x, a + at, sizeof x);
            memcpy(&y, b + at, sizeof y);
            if (x != y)
                return false;
        }
        memcpy(&x, a + length - sizeof x, sizeof x);
        memcpy(&y, b + length - sizeof y, sizeof y);
        return x == y;
    }
    for (size_t at = 0; at < length; at++)
        if (a[at] != b[at])
            return false;
    return true;
}

#define SHORT_BYTES 32
#define SHORT_BLOCK 16

#if defined(__SSE2__)
/* A bit for each of SHORT_BLOCK bytes that is not the same at both places. */
static inline unsigned block_differs(const char *a, const char *b)
{
    __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)a),
                                   _mm_loadu_si128((const __m128i *)(const void *)b));
    return (unsigned)_mm_movemask_epi8(equal) ^ 0xffff;
}
#endif

/* The same for up to SHORT_BLOCK bytes with SHORT_BLOCK readable at either place: without a branch on the
 * length, which for names cannot be foretold. */
static inline bool bytes_equal_block(const char *a, const char *b, size_t length)
{
#if defined(__SSE2__)
    return (block_differs(a, b) & ((1u << length) - 1)) == 0;
#else
    return bytes_equal(a, b, length);
#endif
}

/* The same for SHORT_BYTES. */
static inline bool bytes_equal_short(const char *a, const char *b, size_t length)
{
#if defined(__SSE2__)
    uint64_t differs = block_differs(a, b) | (uint64_t)block_differs(a + SHORT_BLOCK, b + SHORT_BLOCK)
                                                 << SHORT_BLOCK;
    return (differs & ((UINT64_C(1) << length) - 1)) == 0;
#else
    return bytes_equal(a, b, length);
#endif
}

static inline bool span_is(struct span a, struct span b)
{
    return a.length == b.length && bytes_equal(a.at, b.at, a.length);
}

/* Byte order, as the outputs are sorted: a shorter string comes before its own extensions. */
static inline int span_compare(struct span a, struct span b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.at, b.at, shorter) : 0;
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

/* Eight bytes from `at` on as a big-endian integer, with 0 bytes behind the end: words that differ are
 * ordered as span_compare orders the spans they are from; equal ones say nothing. */
static inline uint64_t span_word(struct span span, size_t at)
{
    uint64_t word = 0;
    if (at + sizeof word <= span.length)
        memcpy(&word, span.at + at, sizeof word);
    else if (at < span.length)
        memcpy(&word, span.at + at, span.length - at);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return word;
#else
    return __builtin_bswap64(word);
#endif
}

#endif
