/* A hash table from names (domains, campaigns, texts) to numbers 0, 1, 2, ... in order of arrival. One
 * thread. */
#ifndef TALLY_NAME_TABLE_H
#define TALLY_NAME_TABLE_H

#include "base/arena.h"

struct name_slot {
    uint32_t tag;
    uint32_t number_plus_1; /* 0: free */
};

/* Zero-initialise. */
struct name_table {
    struct name_slot *slots;
    size_t slot_count;
    struct span *names; /* by number */
    uint64_t *hashes;
    uint32_t count;
    uint32_t capacity;
    struct arena text;
};

#define NAME_NUMBER_NONE UINT32_MAX

/* The number of a name, added when it is new (*added); NAME_NUMBER_NONE when memory is out. `hash` is
 * hash_span(name). */
uint32_t name_table_find(struct name_table *table, struct span name, uint64_t hash, bool *added);
void name_table_free(struct name_table *table);

/* Makes room for `count` items of `bytes` each in an array that grows beside a table; the new part is zeroed.
 * False when memory is out. */
bool items_reserve(void **items, uint32_t *capacity, uint32_t count, size_t bytes);

#endif
