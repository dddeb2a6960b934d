#include "base/array.h"
#include "base/base.h"

#define ITEMS_FIRST 16u

void *array_grow(void *items, size_t *capacity, size_t count, size_t item_bytes)
{
    size_t wanted = *capacity ? 2 * *capacity : ITEMS_FIRST;
    if (wanted < count)
        wanted = count;
    void *grown = reallocarray(items, wanted, item_bytes);
    if (grown)
        *capacity = wanted;
    return grown;
}
