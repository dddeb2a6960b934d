/* Counts of masked texts in bounded memory, with the same result whatever the threads and the order. */
#ifndef TALLY_UNMATCHED_H
#define TALLY_UNMATCHED_H

#include "base/arena.h"
#include "tally/report.h"

#define UNMATCHED_TEXTS_MAX 65536u /* masked texts that are counted */
#define UNMATCHED_ROWS_MAX  1000u  /* of them written to unmatched.csv */
#define UNMATCHED_BYTES_MAX 512u   /* of a masked text and of an example */

struct unmatched_item {
    struct span masked;
    struct span example;
    size_t example_room;
    uint64_t hash;
    uint64_t count;
    uint16_t smtp_code;
    enhanced_code enhanced;
};

/* Zero-initialise. */
struct unmatched {
    struct unmatched_item *items;
    size_t count;
    size_t capacity;
    uint32_t *slots;            /* item + 1; 0: free */
    uint64_t hash_limit_plus_1; /* texts whose hash is not below are not counted any more; 0: no limit */
    struct arena text;
};

/* Counts a text that no phrase matched. The example, with its codes, is the least in byte order of those
 * seen. False when memory is out. */
bool unmatched_add(struct unmatched *unmatched, struct span masked, struct span example, uint16_t smtp_code,
                   enhanced_code enhanced, uint64_t count);

/* Adds another thread's counts. */
bool unmatched_merge(struct unmatched *into, const struct unmatched *from);

/* The most frequent texts, in the order of the report; they point into `unmatched`. NULL when memory is out.
 */
struct count_unmatched *unmatched_top(struct unmatched *unmatched, size_t *count);
void unmatched_free(struct unmatched *unmatched);

#endif
