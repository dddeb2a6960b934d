/* A static perfect hash over 64-bit keys: every key of the set has a slot of its own. What a slot holds, and
 * the exact compare that tells a key of the set from any other, are the user's. */
#ifndef CLASSIFY_PERFECT_HASH_H
#define CLASSIFY_PERFECT_HASH_H

#include "base/fail.h"
#include "base/hash_factor.h"

#include <stddef.h>
#include <stdint.h>

struct perfect_hash {
    uint64_t seed;
    uint32_t buckets;
    uint32_t slots;          /* positions are 0 .. slots - 1 */
    uint16_t *displacements; /* one a bucket */
};

#define PERFECT_HASH_KEYS_MAX ((size_t)1 << 28)

/* Builds the hash over `count` keys (any order, 0 keys too). Equal keys share a slot; the user notices when
 * it fills the slots. Errors: BM_RESOURCE (memory), BM_USAGE (more than PERFECT_HASH_KEYS_MAX), BM_INTERNAL
 * (no seed of many works, which no real set of keys has come near). */
enum bm_code perfect_hash_build(struct perfect_hash *hash, const uint64_t *keys, size_t count,
                                struct bm_error *error);
void perfect_hash_free(struct perfect_hash *hash);

static inline uint64_t perfect_hash_mix(uint64_t key, uint64_t seed)
{
    uint64_t mixed = (key ^ seed) * HASH_FACTOR;
    mixed ^= mixed >> 32;
    return mixed * UINT64_C(0xd6e8feb86659fd93);
}

static inline uint32_t perfect_hash_bucket(uint64_t mixed, uint32_t buckets)
{
    return (uint32_t)((mixed >> 32) * buckets >> 32);
}

/* The displacement is spread before the exclusive or, so that two keys' distance changes with it. */
static inline uint32_t perfect_hash_place(uint64_t mixed, uint32_t displacement, uint32_t slots)
{
    uint64_t moved = (mixed ^ displacement * UINT64_C(0xa0761d6478bd642f)) * UINT64_C(0xe7037ed1a0b428db);
    return (uint32_t)((moved >> 32) * slots >> 32);
}

/* The slot of a key; for a key outside the set, some slot. */
static inline uint32_t perfect_hash_slot(const struct perfect_hash *hash, uint64_t key)
{
    uint64_t mixed = perfect_hash_mix(key, hash->seed);
    uint32_t bucket = perfect_hash_bucket(mixed, hash->buckets);
    return perfect_hash_place(mixed, hash->displacements[bucket], hash->slots);
}

#endif
