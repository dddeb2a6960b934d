/* Blocks that are given back are taken again, and the memory of those that are too many goes to the system.
 */
#include "base/base.h"

#include "tally/blocks.h"

#include "../test.h"

#include <unistd.h>

#define BLOCKS 1000u

static void blocks_take(struct block_pool *pool, struct block_list *list)
{
    for (unsigned k = 0; k < BLOCKS; k++)
        EXPECT(block_list_grow(list, pool), "there is memory");
    for (unsigned k = 0; k < BLOCKS; k++)
        memset(list->blocks[k], (int)(k % 251 + 1), BLOCK_BYTES);
    for (unsigned k = 0; k < BLOCKS; k++)
        for (size_t at = 0; at < BLOCK_BYTES; at += 509)
            EXPECT(list->blocks[k][at] == (char)(k % 251 + 1), "every block is taken once");
}

/* Pages of the process that are in memory. */
static size_t resident(void)
{
    unsigned long total, pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file && fscanf(file, "%lu %lu", &total, &pages) == 2);
    CHECK(fclose(file) == 0);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void test_given_back(void **state)
{
    (void)state;
    struct block_pool pool;
    struct block_list list = {0};
    block_pool_init(&pool);
    blocks_take(&pool, &list);
    size_t bytes = pool.arena.total_bytes;
    block_list_clear(&list, &pool);
    EXPECT(list.count == 0, "the list is empty");
    blocks_take(&pool, &list);
    EXPECT(pool.arena.total_bytes == bytes, "no more memory is needed");
    block_list_clear(&list, &pool);
    block_pool_free(&pool);
}

static void test_dropped(void **state)
{
    (void)state;
    struct block_pool pool;
    struct block_list list = {0};
    block_pool_init(&pool);
    blocks_take(&pool, &list);
    size_t bytes = pool.arena.total_bytes, before = resident();
    block_list_drop(&list, &pool);
    size_t after = resident();
    EXPECT(before > after && before - after > bytes / 2, "most memory goes back: %zu of %zu bytes",
           before - after, bytes);
    EXPECT(pool.unused_count * BLOCK_BYTES >= bytes / 10, "some stays at hand");
    blocks_take(&pool, &list);
    EXPECT(pool.arena.total_bytes == bytes, "all of it is taken again first");
    block_list_drop(&list, &pool);
    block_pool_free(&pool);
}

/* What of a large chunk is too little for what is wanted next is not lost. */
static void test_rest_of_large(void **state)
{
    (void)state;
    struct block_pool pool;
    block_pool_init(&pool);
    EXPECT(block_take_large(&pool, ARENA_CHUNK_BYTES - 3 * BLOCK_BYTES), "most of a chunk");
    EXPECT(pool.unused_count == 0, "its rest stays for what is small enough");
    char *more = block_take_large(&pool, ARENA_CHUNK_BYTES);
    EXPECT(more && pool.unused_count == 3, "what does not fit comes from another: %zu blocks",
           pool.unused_count);
    memset(more, 1, ARENA_CHUNK_BYTES);
    for (unsigned k = 0; k < 3; k++) {
        char *block = block_take(&pool);
        EXPECT(block, "block %u", k);
        memset(block, 2, BLOCK_BYTES);
    }
    EXPECT(pool.unused_count == 0 && pool.arena.total_bytes == 0, "the rest is taken before fresh memory");
    EXPECT(more[0] == 1 && more[ARENA_CHUNK_BYTES - 1] == 1, "none overlaps another");
    block_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rest_of_large),
        cmocka_unit_test(test_given_back),
        cmocka_unit_test(test_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
