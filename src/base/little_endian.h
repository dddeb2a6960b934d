/* Integers as bytes, the lowest first, at any address: whole words, or the lowest `bytes` (1 to 8) of one. */
#ifndef BASE_LITTLE_ENDIAN_H
#define BASE_LITTLE_ENDIAN_H

#include <stdint.h>
#include <string.h>

static inline uint64_t le_load(const void *at, unsigned bytes)
{
    uint64_t value = 0;
    memcpy(&value, at, bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

static inline void le_store(void *at, uint64_t value, unsigned bytes)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    memcpy(at, &value, bytes);
}

static inline uint64_t u64_load(const void *at)
{
    return le_load(at, sizeof(uint64_t));
}

static inline void u64_store(void *at, uint64_t value)
{
    le_store(at, value, sizeof value);
}

#endif
