/* The integers of tally files: little endian, and varints (LEB128: seven bits a byte, lowest first, the top
 * bit set on all but the last). */
#ifndef TALLY_TALLY_BYTES_H
#define TALLY_TALLY_BYTES_H

#include "base/little_endian.h"
#include "base/text.h"

#define VARINT_BYTES_MAX 10

/* Writes where there is room for VARINT_BYTES_MAX. Returns the byte behind. */
static inline char *varint_store(char *to, uint64_t value)
{
    while (value >= 0x80) {
        *to++ = (char)(value | 0x80);
        value >>= 7;
    }
    *to++ = (char)value;
    return to;
}

static inline void put_le(struct text *text, uint64_t value, unsigned bytes)
{
    if (text_reserve(text, sizeof value)) {
        le_store(text->at + text->length, value, bytes);
        text->length += bytes;
    }
}

static inline void put_varint(struct text *text, uint64_t value)
{
    if (text_reserve(text, VARINT_BYTES_MAX))
        text->length = (size_t)(varint_store(text->at + text->length, value) - text->at);
}

static inline void put_span(struct text *text, struct span bytes)
{
    put_varint(text, bytes.length);
    text_put(text, bytes);
}

/* Reading from bytes that nobody vouches for: past the end, and for what cannot be, `bad` is set, and
 * everything read from then on is 0 or empty. */
struct take {
    const char *at;
    const char *end;
    bool bad;
};

static inline uint64_t take_le(struct take *take, unsigned bytes)
{
    if ((size_t)(take->end - take->at) < bytes) {
        take->bad = true;
        take->at = take->end;
        return 0;
    }
    uint64_t value = le_load(take->at, bytes);
    take->at += bytes;
    return value;
}

static inline uint64_t take_varint(struct take *take)
{
    uint64_t value = 0;
    for (unsigned shift = 0; take->at < take->end && shift < 64; shift += 7) {
        unsigned char byte = (unsigned char)*take->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    take->bad = true;
    take->at = take->end;
    return 0;
}

/* A varint that is at most `limit`. */
static inline uint64_t take_at_most(struct take *take, uint64_t limit)
{
    uint64_t value = take_varint(take);
    if (value <= limit)
        return value;
    take->bad = true;
    take->at = take->end;
    return 0;
}

/* A count of things of which each takes `bytes` bytes or more: never more than the rest can hold, so that
 * memory may be taken for them. */
static inline size_t take_count(struct take *take, size_t bytes)
{
    return (size_t)take_at_most(take, (uint64_t)(take->end - take->at) / bytes);
}

/* Bytes that stay where they are. */
static inline struct span take_bytes(struct take *take, size_t length)
{
    if ((size_t)(take->end - take->at) < length) {
        take->bad = true;
        take->at = take->end;
        return (struct span){"", 0};
    }
    struct span bytes = {take->at, length};
    take->at += length;
    return bytes;
}

static inline struct span take_span(struct take *take)
{
    uint64_t length = take_varint(take);
    return take_bytes(take, length > SIZE_MAX ? SIZE_MAX : (size_t)length);
}

#endif
