/* Failures by recipient domain and hour: the material of patterns. One thread.
 *
 * Counted in the merge, not in the scan: there the failures of an address stand together, so its domain is
 * looked up once, exact duplicates have collapsed, and the rows that are no failures cost nothing. Failures
 * of one domain and hour are one entry where the last of them came lately, which for the large domains it
 * did; the others take 8 bytes each, half of their event in the tallies. A table of sums by domain and hour
 * was larger for most archives, and its cache misses cost more than sorting does. */
#ifndef TALLY_DOMAIN_HOURS_H
#define TALLY_DOMAIN_HOURS_H

#include "base/arena.h"
#include "base/spill_file.h"
#include "event/time.h"

#define DOMAIN_NONE UINT32_MAX
#define HOURS_DAY   24
#define HOURS_WEEK  168
#define HOUR_OF_WEEK                                                                                         \
    72 /* 1970-01-01 was a Thursday: hour 0 of the epoch is hour 72 of a week from Monday                    \
        */

#define HOUR_BITS          21 /* reach to the year 2209, times to 2109 */
#define ENTRY_HOUR_MAX     ((1u << HOUR_BITS) - 1)
#define ENTRY_FAILURES_MAX ((1u << (32 - HOUR_BITS)) - 1)

/* Failures of a domain in an hour; there may be several entries for the two. */
struct domain_hour {
    uint32_t domain;           /* its number */
    uint32_t hour : HOUR_BITS; /* since the epoch */
    uint32_t failures : 32 - HOUR_BITS;
};

struct domain_name {
    uint64_t hash;
    struct span name;
    uint64_t failures, entries;
};

/* Entries that nothing is added to any more. */
struct domain_hours_part {
    size_t count;
    struct domain_hour *entries; /* another thread's; NULL: in the file, from `offset` on */
    uint64_t offset;
};

/* Zero-initialise. With `file` and `entries_max` set, no more entries than that are kept in memory. */
struct domain_hours {
    struct spill_file *file;
    size_t entries_max;
    struct domain_hours_part *parts;
    size_t part_count, part_capacity;
    struct bm_error error;       /* of the file; code BM_OK: none */
    struct domain_name *domains; /* by number */
    uint32_t *domain_slots;      /* number + 1 */
    uint32_t domain_count, domain_slot_count;
    size_t domain_capacity;
    struct arena names;
    struct domain_hour *entries; /* in no order */
    size_t entry_count, entry_capacity;
    uint32_t *lately; /* number + 1 of the entry that was last looked for, by hash of domain and hour */
};

/* The number of a domain, added when it is new; DOMAIN_NONE when memory is out. The name is copied. */
uint32_t domain_hours_find(struct domain_hours *hours, struct span name);

/* Takes a failure of a domain in an hour since the epoch. False when memory is out, or the error says why. */
bool domain_hours_add(struct domain_hours *hours, uint32_t domain, uint32_t hour);

/* Takes another thread's failures over, without joining them; their file, if any, is that of `into`. */
bool domain_hours_merge(struct domain_hours *into, struct domain_hours *from);

/* All entries, in no order, some at a time. False when memory is out, or the error says why. */
bool domain_hours_each(struct domain_hours *hours,
                       void (*each)(void *argument, const struct domain_hour *entries, size_t count),
                       void *argument);
uint64_t domain_hours_count(const struct domain_hours *hours);

/* Gives the entries' memory back; the domains and their names stay. */
void domain_hours_forget(struct domain_hours *hours);
void domain_hours_free(struct domain_hours *hours);

#endif
