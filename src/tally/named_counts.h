/* Counts by name: recipient domains, campaigns. One thread. */
#ifndef TALLY_NAMED_COUNTS_H
#define TALLY_NAMED_COUNTS_H

#include "base/arena.h"
#include "base/base.h"
#include "tally/report.h"

#define NAMED_INLINE_BYTES 68 /* longer names stand in named_cold */

/* What every row touches of its domain and of its campaign: two neighbouring cache lines, the name to compare
 * among it. */
struct named_hot {
    int64_t first_ms, last_ms;
    uint32_t kinds[BM_KIND_COUNT]; /* modulo 2^32: named_cold.wraps has the rest */
    uint32_t length;
    char name[NAMED_INLINE_BYTES];
};

/* What only bounces touch: one cache line. */
struct named_bounces {
    uint64_t classes[BM_CLASS_COUNT];
    uint32_t *days; /* bounces from day_first on, where the table counts days */
    int32_t day_first;
    uint32_t day_count;
};

/* What hardly anything touches. */
struct named_cold {
    uint64_t hash;
    struct span name;
    uint32_t wraps[BM_KIND_COUNT];
};

struct named_slot {
    uint32_t tag;
    uint32_t number_plus_1; /* 0: free */
};

/* Zero-initialise. */
struct named_counts {
    struct named_slot *slots;
    size_t slot_count;
    struct named_hot *hot; /* by number */
    struct named_bounces *bounces;
    struct named_cold *cold;
    uint32_t count, capacity;
    struct arena text;
};

#define NAMED_NONE      UINT32_MAX
#define NAMED_PAD_BYTES SHORT_BYTES

/* The number of a name, added with no rows when it is new; NAMED_NONE when memory is out. `hash` is
 * hash_span(name). Reads up to NAMED_PAD_BYTES bytes behind the name. */
static inline uint32_t named_find(struct named_counts *table, struct span name, uint64_t hash);

/* The same, for when the first slot does not have it. */
uint32_t named_find_further(struct named_counts *table, struct span name, uint64_t hash);

/* Whether the name of that number is `name`. */
static inline bool named_is(const struct named_counts *table, uint32_t number, struct span name)
{
    const struct named_hot *hot = &table->hot[number];
    if (hot->length != name.length)
        return false;
    if (LIKELY(name.length <= SHORT_BYTES))
        return bytes_equal_short(hot->name, name.at, name.length);
    const char *known = name.length <= NAMED_INLINE_BYTES ? hot->name : table->cold[number].name.at;
    return bytes_equal(known, name.at, name.length);
}

static inline uint32_t named_find(struct named_counts *table, struct span name, uint64_t hash)
{
    if (table->slot_count) {
        struct named_slot slot = table->slots[hash & (table->slot_count - 1)];
        if (slot.tag == (uint32_t)(hash >> 32) && slot.number_plus_1 &&
            named_is(table, slot.number_plus_1 - 1, name))
            return slot.number_plus_1 - 1;
    }
    return named_find_further(table, name, hash);
}

/* Fetches the slot of a name that will be looked for, and later what it leads to. */
static inline void named_expect(const struct named_counts *table, uint64_t hash)
{
    if (table->slot_count)
        FETCH(&table->slots[hash & (table->slot_count - 1)]);
}

static inline void named_expect_more(const struct named_counts *table, uint64_t hash)
{
    if (!table->slot_count)
        return;
    uint32_t number_plus_1 = table->slots[hash & (table->slot_count - 1)].number_plus_1;
    if (!number_plus_1)
        return;
    const char *hot = (const char *)&table->hot[number_plus_1 - 1];
    FETCH(hot);
    FETCH(hot + sizeof(struct named_hot) / 2);
}

/* For a bounce: what only bounces touch, and later its day. */
static inline void named_expect_bounce(const struct named_counts *table, uint64_t hash)
{
    if (!table->slot_count)
        return;
    uint32_t number_plus_1 = table->slots[hash & (table->slot_count - 1)].number_plus_1;
    if (number_plus_1)
        FETCH(&table->bounces[number_plus_1 - 1]);
}

static inline void named_expect_day(const struct named_counts *table, uint64_t hash, int32_t day)
{
    if (!table->slot_count)
        return;
    uint32_t number_plus_1 = table->slots[hash & (table->slot_count - 1)].number_plus_1;
    if (!number_plus_1)
        return;
    const struct named_bounces *own = &table->bounces[number_plus_1 - 1];
    if (own->day_count) /* an address is made, not read: a day outside does no harm */
        FETCH((const void *)((uintptr_t)own->days + (uintptr_t)(day - own->day_first) * sizeof *own->days));
}

/* Counts a row. */
static inline void named_count(struct named_counts *table, uint32_t number, unsigned kind, int64_t time_ms)
{
    struct named_hot *hot = &table->hot[number];
    if (__builtin_expect(++hot->kinds[kind] == 0, 0))
        table->cold[number].wraps[kind]++;
    /* Without branches: of a name that is seen often, every second row moves its last time on. */
    int64_t first_ms = hot->first_ms, last_ms = hot->last_ms;
    hot->first_ms = time_ms < first_ms ? time_ms : first_ms;
    hot->last_ms = time_ms > last_ms ? time_ms : last_ms;
}

/* Counts a bounce on a day. False when memory is out. */
bool named_count_day(struct named_counts *table, uint32_t number, int32_t day, uint32_t bounces);

/* Adds another table's counts. */
bool named_merge(struct named_counts *into, const struct named_counts *from);

/* Rows for the report, sorted by name; NULL when memory is out. The names belong to the table. */
struct count_named *named_report(const struct named_counts *table, size_t *count);
void named_free(struct named_counts *table);

#endif
