#include "base/arena.h"
#include "base/base.h"

#include <sys/mman.h>
#include <unistd.h>

struct arena_chunk {
    struct arena_chunk *before;
    size_t bytes;
};

#define CHUNK_HEADER_BYTES 64 /* keeps what follows aligned to a cache line */

static void *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* `bytes` bytes from a large page's boundary on: only whole large pages are backed by them, and before Linux
 * 6.7 a map starts wherever the one before it ended. */
static void *map_large(size_t bytes)
{
    char *memory = map(bytes);
    if (!memory || (uintptr_t)memory % ARENA_CHUNK_BYTES == 0)
        return memory;
    CHECK(munmap(memory, bytes) == 0);
    if (bytes > SIZE_MAX - ARENA_CHUNK_BYTES || !(memory = map(bytes + ARENA_CHUNK_BYTES)))
        return map(bytes); /* slower, not wrong */
    size_t before = -(uintptr_t)memory % ARENA_CHUNK_BYTES;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (bytes + page - 1) / page * page;
    if (before)
        CHECK(munmap(memory, before) == 0);
    if (before < ARENA_CHUNK_BYTES)
        CHECK(munmap(memory + before + whole, ARENA_CHUNK_BYTES - before) == 0);
    return memory + before;
}

static bool chunk_add(struct arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX - CHUNK_HEADER_BYTES)
        return false;
    size_t size = arena->chunk_bytes ? arena->chunk_bytes : ARENA_CHUNK_BYTES;
    if (size < bytes + CHUNK_HEADER_BYTES)
        size = bytes + CHUNK_HEADER_BYTES;
    void *memory = size >= ARENA_CHUNK_BYTES ? map_large(size) : map(size);
    if (!memory)
        return false;
    if (size >= ARENA_CHUNK_BYTES)
        (void)madvise(memory, size, MADV_HUGEPAGE); /* advice only: small pages are slower, not wrong */
    struct arena_chunk *chunk = memory;
    chunk->before = arena->chunks;
    chunk->bytes = size;
    arena->chunks = chunk;
    arena->next = (char *)memory + CHUNK_HEADER_BYTES;
    arena->end = (char *)memory + size;
    arena->total_bytes += size;
    return true;
}

void *arena_take(struct arena *arena, size_t bytes, size_t align)
{
    ASSERT(align && (align & (align - 1)) == 0 && align <= CHUNK_HEADER_BYTES);
    uintptr_t at = ((uintptr_t)arena->next + align - 1) & ~(uintptr_t)(align - 1);
    if (!arena->next || at > (uintptr_t)arena->end || bytes > (uintptr_t)arena->end - at) {
        if (!chunk_add(arena, bytes))
            return NULL;
        at = (uintptr_t)arena->next; /* a chunk starts on a cache line */
    }
    arena->next = (char *)at + bytes;
    return (void *)at;
}

bool arena_copy(struct arena *arena, struct span from, struct span *to)
{
    char *copy = arena_take(arena, from.length, 1);
    if (!copy)
        return false;
    if (from.length)
        memcpy(copy, from.at, from.length);
    *to = (struct span){copy, from.length};
    return true;
}

void arena_free(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunks;
    while (chunk) {
        struct arena_chunk *before = chunk->before;
        CHECK(munmap(chunk, chunk->bytes) == 0);
        chunk = before;
    }
    *arena = (struct arena){.chunk_bytes = arena->chunk_bytes};
}
