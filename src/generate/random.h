/* Seeded random numbers: splitmix64, whose step is also the hash that makes an address's traits stable. */
#ifndef GENERATE_RANDOM_H
#define GENERATE_RANDOM_H

#include <stdint.h>

/* A bijection of 64 bits in which every input bit moves about half of the output bits. */
static inline uint64_t random_mix(uint64_t value)
{
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static inline uint64_t random_next(uint64_t *state)
{
    return random_mix(*state += UINT64_C(0x9e3779b97f4a7c15));
}

/* 0 .. bound - 1 from the high half of `bits`; the bias is below bound / 2^32. */
static inline uint32_t random_below(uint64_t bits, uint32_t bound)
{
    return (uint32_t)((bits >> 32) * bound >> 32);
}

#endif
