/* A heap of streams, by number: the one that comes first by some order is on top. For merging sorted streams.
 */
#ifndef BASE_STREAM_HEAP_H
#define BASE_STREAM_HEAP_H

#include "base/base.h"

/* `items` has room for every stream. */
struct stream_heap {
    uint32_t *items;
    size_t count;
    bool (*before)(const void *context, uint32_t a, uint32_t b); /* a total order */
    const void *context;
};

static inline void stream_heap_push(struct stream_heap *heap, uint32_t stream)
{
    size_t at = heap->count++;
    for (; at && heap->before(heap->context, stream, heap->items[(at - 1) / 2]); at = (at - 1) / 2)
        heap->items[at] = heap->items[(at - 1) / 2];
    heap->items[at] = stream;
}

static inline uint32_t stream_heap_pop(struct stream_heap *heap)
{
    ASSERT(heap->count);
    uint32_t top = heap->items[0], last = heap->items[--heap->count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < heap->count; at = child) {
        if (child + 1 < heap->count &&
            heap->before(heap->context, heap->items[child + 1], heap->items[child]))
            child++;
        if (!heap->before(heap->context, heap->items[child], last))
            break;
        heap->items[at] = heap->items[child];
    }
    heap->items[at] = last;
    return top;
}

#endif
