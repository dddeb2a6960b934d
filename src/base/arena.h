/* A bump allocator in large, page-aligned chunks: memory that is given back all at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena_chunk;

/* Zero-initialise, or set chunk_bytes first (0 means ARENA_CHUNK_BYTES). Not for use by two threads at once.
 */
struct arena {
    struct arena_chunk *chunks;
    char *next;
    char *end;
    size_t chunk_bytes;
    size_t total_bytes;
};

#define ARENA_CHUNK_BYTES ((size_t)2 << 20) /* one large page */

/* `bytes` bytes aligned to `align` (a power of two, at most 64), not zeroed; NULL when memory is out. */
void *arena_take(struct arena *arena, size_t bytes, size_t align);

/* How many bytes arena_take would give, so aligned, without asking the system for more. */
size_t arena_left(const struct arena *arena, size_t align);

/* Copies a span into the arena. Returns false when memory is out. */
bool arena_copy(struct arena *arena, struct span from, struct span *to);

/* Gives everything back; the arena may be used again. */
void arena_free(struct arena *arena);

#endif
