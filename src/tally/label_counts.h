/* Bounces by the source system's own label and by our reason, in bounded memory. One thread.
 *
 * Systems have tens of labels; a column that is none of that kind has as many as rows. So LABELS_MAX are
 * kept: the names that reasons.csv has, in its spelling, then those with the smallest hashes. Their counts
 * are exact and the same whatever the threads, the order and the parts merged, because one of the globally
 * first was among the first of what every part had seen at every moment (tally/unmatched.c has the same
 * trick). The bounces of all other labels are counted by reason alone, under the empty label, which no row
 * has: the sum over the labels stays exact, and so does the agreement, but for names spelled otherwise that
 * were dropped. With LABELS_MAX labels or fewer nothing is dropped. */
#ifndef TALLY_LABEL_COUNTS_H
#define TALLY_LABEL_COUNTS_H

#include "base/arena.h"
#include "tally/report.h"

#define LABELS_MAX      4096u
#define LABEL_BYTES_MAX 64 /* longer labels count by their first bytes */

struct label_item {
    struct span label;
    uint64_t hash;
    uint64_t rank; /* the lowest are kept */
    uint64_t reasons[REASON_COUNT];
};

/* Zero-initialise. */
struct label_counts {
    struct label_item *items;
    uint32_t *slots; /* item + 1 */
    uint32_t count, slot_count;
    size_t capacity;               /* of items */
    uint64_t rank_limit;           /* labels whose rank is not below are not kept any more; 0: no limit */
    uint64_t others[REASON_COUNT]; /* bounces of the labels that are not kept */
    struct arena text;
};

/* Adds `count` bounces; those of the empty label to the ones of labels that are not kept. False when memory
 * is out. */
bool labels_add(struct label_counts *table, struct span label, enum reason reason, uint64_t count);
bool labels_merge(struct label_counts *into, const struct label_counts *from);
void labels_free(struct label_counts *table);

/* The rows of the report, the caller's to free; they point into the table, until labels are added to it. NULL
 * when memory is out. */
struct count_label *labels_report(struct label_counts *table, size_t *count);

#endif
