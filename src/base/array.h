/* Arrays that grow. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include "base/base.h"

/* For array_room, when the array has not the room. */
void *array_grow(void *items, size_t *capacity, size_t count, size_t item_bytes);

/* Makes room for `count` items in an array from malloc that has room for *capacity of them; NULL with 0: for
 * none yet. Returns the array, which may stand elsewhere now. NULL when memory is out: the array and
 * *capacity are then as they were. */
static inline void *array_room(void *items, size_t *capacity, size_t count, size_t item_bytes)
{
    return LIKELY(items && count <= *capacity) ? items : array_grow(items, capacity, count, item_bytes);
}

#endif
