#include "base/arena.h"
#include "base/base.h"

#include <sys/mman.h>
#include <unistd.h>

/* Apart from its memory, so that what is as large as half of it or a quarter fits in twice or four times. */
struct arena_chunk {
    struct arena_chunk *before;
    void *memory;
    size_t bytes;
};

#define ALIGN_MAX 64 /* a chunk is aligned to a page */

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
    size_t size = arena->chunk_bytes ? arena->chunk_bytes : ARENA_CHUNK_BYTES;
    if (size < bytes)
        size = bytes;
    struct arena_chunk *chunk = malloc(sizeof *chunk);
    void *memory = chunk ? size >= ARENA_CHUNK_BYTES ? map_large(size) : map(size) : NULL;
    if (!memory) {
        free(chunk);
        return false;
    }
    if (size >= ARENA_CHUNK_BYTES)
        (void)madvise(memory, size, MADV_HUGEPAGE); /* advice only: small pages are slower, not wrong */
    *chunk = (struct arena_chunk){arena->chunks, memory, size};
    arena->chunks = chunk;
    arena->next = memory;
    arena->end = arena->next + size;
    arena->total_bytes += size;
    return true;
}

static uintptr_t next_aligned(const struct arena *arena, size_t align)
{
    ASSERT(align && (align & (align - 1)) == 0 && align <= ALIGN_MAX);
    return ((uintptr_t)arena->next + align - 1) & ~(uintptr_t)(align - 1);
}

size_t arena_left(const struct arena *arena, size_t align)
{
    uintptr_t at = next_aligned(arena, align), end = (uintptr_t)arena->end;
    return at < end ? end - at : 0;
}

void *arena_take(struct arena *arena, size_t bytes, size_t align)
{
    uintptr_t at = next_aligned(arena, align);
    if (!arena->next || at > (uintptr_t)arena->end || bytes > (uintptr_t)arena->end - at) {
        if (!chunk_add(arena, bytes))
            return NULL;
        at = (uintptr_t)arena->next; /* a chunk starts on a page */
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
        CHECK(munmap(chunk->memory, chunk->bytes) == 0);
        free(chunk);
        chunk = before;
    }
    *arena = (struct arena){.chunk_bytes = arena->chunk_bytes};
}
