#include "tally/blocks.h"
#include "base/base.h"

#include "base/array.h"

#include <sys/mman.h>
#include <unistd.h>

#define SMALL_CHUNK_BYTES ((size_t)1 << 20) /* below a large page */
#define BLOCK_ALIGN       64u               /* a cache line */
#define UNUSED_SHARE      8u                /* of all memory: so much of it may stand unused */

void block_pool_init(struct block_pool *pool)
{
    *pool = (struct block_pool){.arena.chunk_bytes = SMALL_CHUNK_BYTES};
    CHECK(pthread_mutex_init(&pool->lock, NULL) == 0);
}

void *block_take(struct block_pool *pool)
{
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    struct block *block = pool->unused;
    if (block) {
        pool->unused = block->next;
        pool->unused_count--;
    } else if ((block = pool->emptied) != NULL) {
        pool->emptied = block->next;
    } else {
        block = arena_take(&pool->arena, BLOCK_BYTES, BLOCK_ALIGN);
    }
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
    return block;
}

/* Under the lock. */
static void unused_add(struct block_pool *pool, void *memory)
{
    struct block *block = memory;
    block->next = pool->unused;
    pool->unused = block;
    pool->unused_count++;
}

void block_give(struct block_pool *pool, void *memory)
{
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    unused_add(pool, memory);
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
}

/* Gives the pages to the system that are a block's alone, but for those that its link stands on. */
static void block_empty(void *memory)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)memory;
    uintptr_t begin = (at + sizeof(struct block) + page - 1) & ~(page - 1);
    uintptr_t end = (at + BLOCK_BYTES) & ~(page - 1);
    if (begin < end)
        (void)madvise((void *)begin, end - begin, MADV_DONTNEED); /* else they stay: no harm */
}

void block_drop(struct block_pool *pool, void *memory)
{
    struct block *block = memory;
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    bool enough = pool->unused_count * BLOCK_BYTES > pool->arena.total_bytes / UNUSED_SHARE;
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
    if (!enough) {
        block_give(pool, block);
        return;
    }
    block_empty(block);
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    block->next = pool->emptied;
    pool->emptied = block;
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
}

/* What is left of the last large chunk, which is not enough, becomes blocks: it is in memory already. Under
 * the lock. */
static void rest_give(struct block_pool *pool)
{
    while (arena_left(&pool->large, BLOCK_ALIGN) >= BLOCK_BYTES)
        unused_add(pool, arena_take(&pool->large, BLOCK_BYTES, BLOCK_ALIGN));
}

void *block_take_large(struct block_pool *pool, size_t bytes)
{
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    if (bytes > arena_left(&pool->large, BLOCK_ALIGN))
        rest_give(pool);
    void *memory = arena_take(&pool->large, bytes, BLOCK_ALIGN);
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
    return memory;
}

void block_pool_free(struct block_pool *pool)
{
    arena_free(&pool->arena);
    arena_free(&pool->large);
    CHECK(pthread_mutex_destroy(&pool->lock) == 0);
}

static bool list_add(struct block_list *list, char *block)
{
    char **blocks = array_room(list->blocks, &list->capacity, (size_t)list->count + 1, sizeof *blocks);
    if (!blocks)
        return false;
    list->blocks = blocks;
    list->blocks[list->count++] = block;
    return true;
}

bool block_list_grow(struct block_list *list, struct block_pool *pool)
{
    char *block = block_take(pool);
    return block && list_add(list, block);
}

bool block_list_grow_large(struct block_list *list, struct block_pool *pool)
{
    char *block = block_take_large(pool, BLOCK_BYTES);
    return block && list_add(list, block);
}

void *block_list_grow_long(struct block_list *list, struct block_pool *pool, size_t bytes)
{
    size_t whole = (bytes + BLOCK_BYTES - 1) & ~(BLOCK_BYTES - 1);
    char *memory = block_take_large(pool, whole);
    bool done = memory != NULL;
    for (size_t at = 0; at < whole && done; at += BLOCK_BYTES)
        done = list_add(list, memory + at);
    return done ? memory : NULL;
}

void block_list_drop(struct block_list *list, struct block_pool *pool)
{
    for (uint32_t k = 0; k < list->count; k++)
        block_drop(pool, list->blocks[k]);
    list->count = 0;
    block_list_clear(list, pool);
}

void block_list_clear(struct block_list *list, struct block_pool *pool)
{
    for (uint32_t k = 0; k < list->count; k++)
        block_give(pool, list->blocks[k]);
    free(list->blocks);
    *list = (struct block_list){0};
}
