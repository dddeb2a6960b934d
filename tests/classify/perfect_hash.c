#include "classify/perfect_hash.h"
#include "base/base.h"

#include "tests/test.h"

/* Builds over the keys and checks that different keys have different slots, equal ones the same. */
static void check_keys(const uint64_t *keys, size_t count)
{
    struct perfect_hash hash;
    struct bm_error error = {0};
    EXPECT(perfect_hash_build(&hash, keys, count, &error) == BM_OK, "%zu keys build: %s", count,
           error.message);
    uint64_t *slots = calloc(hash.slots, sizeof *slots);
    bool *taken = calloc(hash.slots, sizeof *taken);
    EXPECT(slots && taken, "memory");
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = perfect_hash_slot(&hash, keys[i]);
        EXPECT(slot < hash.slots, "slot %u is inside %u", slot, hash.slots);
        EXPECT(!taken[slot] || slots[slot] == keys[i], "key %zu of %zu has a slot of its own", i, count);
        taken[slot] = true;
        slots[slot] = keys[i];
    }
    EXPECT(hash.slots <= count + count / 8 + 1, "%u slots for %zu keys waste little", hash.slots, count);
    free(slots);
    free(taken);
    perfect_hash_free(&hash);
}

static uint64_t *random_keys(size_t count, uint64_t seed, uint64_t mask)
{
    uint64_t *keys = malloc((count + 1) * sizeof *keys);
    EXPECT(keys != NULL, "memory");
    for (size_t i = 0; i < count; i++)
        keys[i] = test_random(&seed) & mask;
    return keys;
}

static void test_random_keys(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 3, 4, 5, 7, 16, 63, 64, 65, 257, 1000, 10000, 100000};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        uint64_t *keys = random_keys(counts[i], i + 1, UINT64_MAX);
        check_keys(keys, counts[i]);
        free(keys);
    }
}

static void test_duplicates(void **state)
{
    (void)state;
    uint64_t *keys = random_keys(50000, 7, 0x3ff); /* each of 1,024 keys some 50 times */
    check_keys(keys, 50000);
    free(keys);
    static const uint64_t same[300] = {0};
    check_keys(same, COUNT_OF(same));
}

static void test_regular_keys(void **state)
{
    (void)state;
    enum { COUNT = 4096 };
    uint64_t keys[COUNT];
    for (int shift = 0; shift <= 48; shift += 12) {
        for (uint64_t i = 0; i < COUNT; i++)
            keys[i] = i << shift;
        check_keys(keys, COUNT);
    }
}

static void test_too_many(void **state)
{
    (void)state;
    struct perfect_hash hash;
    struct bm_error error = {0};
    EXPECT(perfect_hash_build(&hash, NULL, PERFECT_HASH_KEYS_MAX + 1, &error) == BM_USAGE, "a bound on keys");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_keys), cmocka_unit_test(test_duplicates),
                                       cmocka_unit_test(test_regular_keys), cmocka_unit_test(test_too_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
