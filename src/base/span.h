/* A stretch of bytes that somebody else owns. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

#endif
