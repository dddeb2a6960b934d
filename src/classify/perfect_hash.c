/* Hash and displace (CHD; Belazzougui, Botelho, Dietzfelbinger 2009), with the multiply-shift positions of
 * PTHash.
 *
 * Codes and trusted domains are looked up once or more for every bounce, so a lookup is two multiplications,
 * one 16-bit load and the load of the slot: no chain, no second probe, no branch that can be mispredicted.
 * Keys fall into buckets of four on average; the largest buckets choose first, while most slots are free. A
 * tenth of the slots stays free: with 1 % free the last buckets' search takes most of the time, with half of
 * them free the slots no longer fit the cache for nothing. Keys that no displacement separates get another
 * seed. */
#include "classify/perfect_hash.h"
#include "base/base.h"

#define BUCKET_KEYS_AVERAGE 4
#define FREE_SLOTS_ONE_IN   9 /* free slots to keys */
#define DISPLACEMENTS       65536
#define SEEDS_MAX           64
#define INSERTION_SORT_MAX  24

/* Working memory of one build; the arrays live as long as it. */
struct build {
    const uint64_t *keys;
    size_t count;
    uint64_t *grouped;     /* the mixed keys, bucket by bucket */
    uint32_t *bucket_from; /* where each bucket starts in grouped; one more at the end */
    uint32_t *by_size;     /* the buckets, largest first */
    uint64_t *taken;       /* one bit a slot */
};

static int compare_u64(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static void sort_u64(uint64_t *list, size_t count)
{
    if (count > INSERTION_SORT_MAX) {
        qsort(list, count, sizeof *list, compare_u64);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        uint64_t value = list[i];
        size_t k = i;
        for (; k > 0 && list[k - 1] > value; k--)
            list[k] = list[k - 1];
        list[k] = value;
    }
}

/* Sorts and drops repetitions (mixing is a bijection: equal here means equal keys). Returns what is left. */
static size_t sort_unique(uint64_t *list, size_t count)
{
    sort_u64(list, count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || list[kept - 1] != list[i])
            list[kept++] = list[i];
    return kept;
}

static void keys_group(struct build *build, const struct perfect_hash *hash)
{
    uint32_t *from = build->bucket_from;
    memset(from, 0, ((size_t)hash->buckets + 1) * sizeof *from);
    for (size_t i = 0; i < build->count; i++)
        from[perfect_hash_bucket(perfect_hash_mix(build->keys[i], hash->seed), hash->buckets)]++;
    uint32_t sum = 0;
    for (uint32_t b = 0; b <= hash->buckets; b++) { /* from[b] becomes the end of bucket b ... */
        sum += b < hash->buckets ? from[b] : 0;
        from[b] = sum;
    }
    for (size_t i = 0; i < build->count; i++) { /* ... and, filled from the end, its start */
        uint64_t mixed = perfect_hash_mix(build->keys[i], hash->seed);
        build->grouped[--from[perfect_hash_bucket(mixed, hash->buckets)]] = mixed;
    }
}

static uint32_t bucket_size(const struct build *build, uint32_t bucket)
{
    return build->bucket_from[bucket + 1] - build->bucket_from[bucket];
}

#define SIZES_SORTED 64 /* buckets of this size and larger come first, unsorted */

static void buckets_by_size(struct build *build, uint32_t buckets)
{
    uint32_t from[SIZES_SORTED + 1] = {0};
    for (uint32_t b = 0; b < buckets; b++) {
        uint32_t size = bucket_size(build, b);
        from[size < SIZES_SORTED ? size : SIZES_SORTED]++;
    }
    uint32_t sum = 0;
    for (int size = SIZES_SORTED; size >= 0; size--) {
        uint32_t of_size = from[size];
        from[size] = sum;
        sum += of_size;
    }
    for (uint32_t b = 0; b < buckets; b++) {
        uint32_t size = bucket_size(build, b);
        build->by_size[from[size < SIZES_SORTED ? size : SIZES_SORTED]++] = b;
    }
}

static bool slot_take(uint64_t *taken, uint32_t slot)
{
    uint64_t bit = UINT64_C(1) << (slot & 63);
    if (taken[slot >> 6] & bit)
        return false;
    taken[slot >> 6] |= bit;
    return true;
}

static void slot_leave(uint64_t *taken, uint32_t slot)
{
    taken[slot >> 6] &= ~(UINT64_C(1) << (slot & 63));
}

/* Takes the slots of a bucket's keys under this displacement, all or none. */
static bool bucket_place(uint64_t *taken, const uint64_t *mixed, size_t count, uint32_t displacement,
                         uint32_t slots)
{
    for (size_t i = 0; i < count; i++) {
        if (slot_take(taken, perfect_hash_place(mixed[i], displacement, slots)))
            continue;
        while (i-- > 0)
            slot_leave(taken, perfect_hash_place(mixed[i], displacement, slots));
        return false;
    }
    return true;
}

static bool bucket_displace(struct build *build, struct perfect_hash *hash, uint32_t bucket)
{
    uint64_t *mixed = build->grouped + build->bucket_from[bucket];
    size_t count = sort_unique(mixed, bucket_size(build, bucket));
    for (uint32_t displacement = 0; displacement < DISPLACEMENTS; displacement++)
        if (bucket_place(build->taken, mixed, count, displacement, hash->slots)) {
            hash->displacements[bucket] = (uint16_t)displacement;
            return true;
        }
    return false;
}

static size_t taken_words(const struct perfect_hash *hash)
{
    return ((size_t)hash->slots + 63) / 64;
}

static bool seed_try(struct build *build, struct perfect_hash *hash)
{
    keys_group(build, hash);
    buckets_by_size(build, hash->buckets);
    memset(build->taken, 0, taken_words(hash) * sizeof *build->taken);
    for (uint32_t i = 0; i < hash->buckets; i++)
        if (!bucket_displace(build, hash, build->by_size[i]))
            return false;
    return true;
}

static bool build_allocate(struct build *build, struct perfect_hash *hash)
{
    size_t buckets = hash->buckets;
    hash->displacements = calloc(buckets, sizeof *hash->displacements);
    build->grouped = malloc((build->count + 1) * sizeof *build->grouped);
    build->bucket_from = malloc((buckets + 1) * sizeof *build->bucket_from);
    build->by_size = malloc(buckets * sizeof *build->by_size);
    build->taken = malloc(taken_words(hash) * sizeof *build->taken);
    return hash->displacements && build->grouped && build->bucket_from && build->by_size && build->taken;
}

static enum bm_code seeds_try(struct build *build, struct perfect_hash *hash, struct bm_error *error)
{
    for (int attempt = 0; attempt < SEEDS_MAX; attempt++) {
        if (seed_try(build, hash))
            return BM_OK;
        hash->seed = perfect_hash_mix((uint64_t)attempt + 1, hash->seed);
    }
    return fail(error, BM_INTERNAL, "no perfect hash for %zu keys in %d seeds", build->count, SEEDS_MAX);
}

enum bm_code perfect_hash_build(struct perfect_hash *hash, const uint64_t *keys, size_t count,
                                struct bm_error *error)
{
    *hash = (struct perfect_hash){.seed = UINT64_C(0x2545f4914f6cdd1d)};
    if (count > PERFECT_HASH_KEYS_MAX)
        return fail(error, BM_USAGE, "%zu names or codes are too many for one table", count);
    hash->buckets = (uint32_t)(count / BUCKET_KEYS_AVERAGE + 1);
    hash->slots = (uint32_t)(count + count / FREE_SLOTS_ONE_IN + 1);
    struct build build = {.keys = keys, .count = count};
    enum bm_code code =
        build_allocate(&build, hash) ? seeds_try(&build, hash, error) : fail_memory(error, "a perfect hash");
    free(build.grouped);
    free(build.bucket_from);
    free(build.by_size);
    free(build.taken);
    if (code != BM_OK)
        perfect_hash_free(hash);
    return code;
}

void perfect_hash_free(struct perfect_hash *hash)
{
    free(hash->displacements);
    *hash = (struct perfect_hash){0};
}
