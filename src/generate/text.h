/* Formatting without printf, into room that the caller has made sure of. */
#ifndef GENERATE_TEXT_H
#define GENERATE_TEXT_H

#include "base/span.h"

#include <stdint.h>

/* Where the next byte goes. */
struct text {
    char *at;
};

static inline void text_bytes(struct text *text, const char *from, size_t length)
{
    memcpy(text->at, from, length);
    text->at += length;
}

static inline void text_span(struct text *text, struct span from)
{
    text_bytes(text, from.at, from.length);
}

static inline void text_char(struct text *text, char byte)
{
    *text->at++ = byte;
}

static inline void text_two_digits(struct text *text, uint32_t value)
{
    text_char(text, (char)('0' + value / 10));
    text_char(text, (char)('0' + value % 10));
}

static inline void text_number(struct text *text, uint32_t value)
{
    char digits[10];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    text_bytes(text, digits + at, sizeof digits - at);
}

/* The low `digits` hexadecimal digits of a value. */
static inline void text_hex(struct text *text, uint64_t value, unsigned digits)
{
    for (unsigned k = digits; k-- > 0;)
        text_char(text, "0123456789abcdef"[value >> (4 * k) & 15]);
}

#endif
