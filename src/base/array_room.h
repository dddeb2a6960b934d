/* Room in an array that grows. */
#ifndef BASE_ARRAY_ROOM_H
#define BASE_ARRAY_ROOM_H

#include "base/base.h"

/* Makes room for `count` items of so many bytes in all. False when memory is out: the array is then as it
 * was. */
static inline bool array_room(void **items, size_t *capacity, size_t count, size_t bytes)
{
    if (count <= *capacity)
        return true;
    size_t wanted = *capacity ? *capacity : 64;
    while (wanted < count)
        wanted *= 2;
    void *grown = realloc(*items, wanted * bytes);
    if (!grown)
        return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

#endif
