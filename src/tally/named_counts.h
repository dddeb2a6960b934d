/* Counts by name: recipient domains, campaigns. One thread. */
#ifndef TALLY_NAMED_COUNTS_H
#define TALLY_NAMED_COUNTS_H

#include "base/arena.h"
#include "tally/report.h"

/* What every row touches of its domain and of its campaign: one cache line. */
struct named_hot {
    const char *name; /* its length stands in the four bytes before */
    int64_t first_ms, last_ms;
    uint32_t kinds[BM_KIND_COUNT]; /* modulo 2^32: named_cold.wraps has the rest */
};

/* What only bounces touch. */
struct named_cold {
    uint64_t hash;
    uint64_t classes[BM_CLASS_COUNT];
    uint32_t wraps[BM_KIND_COUNT];
    int32_t day_first;
    uint32_t day_count;
    uint32_t *day_bounces; /* from day_first on, where the table counts days */
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
    struct named_cold *cold;
    uint32_t count, capacity;
    struct arena text;
};

#define NAMED_NONE UINT32_MAX

/* The number of a name, added with no rows when it is new; NAMED_NONE when memory is out. `hash` is hash_span(name). */
uint32_t named_find(struct named_counts *table, struct span name, uint64_t hash);

/* Counts a row. */
static inline void named_count(struct named_counts *table, uint32_t number, unsigned kind, int64_t time_ms)
{
    struct named_hot *hot = &table->hot[number];
    if (__builtin_expect(++hot->kinds[kind] == 0, 0))
        table->cold[number].wraps[kind]++;
    if (time_ms < hot->first_ms)
        hot->first_ms = time_ms;
    if (time_ms > hot->last_ms)
        hot->last_ms = time_ms;
}

/* Counts a bounce on a day. False when memory is out. */
bool named_count_day(struct named_counts *table, uint32_t number, int32_t day, uint32_t bounces);

/* Adds another table's counts. */
bool named_merge(struct named_counts *into, const struct named_counts *from);

/* Rows for the report, sorted by name; NULL when memory is out. The names belong to the table. */
struct count_named *named_report(const struct named_counts *table, size_t *count);
void named_free(struct named_counts *table);

#endif
