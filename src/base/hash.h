/* XXH3, inlined: short keys are hashed without a call. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/span.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t hash_span(struct span bytes)
{
    return XXH3_64bits(bytes.at, bytes.length);
}

static inline uint64_t hash_span_seed(struct span bytes, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes.at, bytes.length, seed);
}

#endif
