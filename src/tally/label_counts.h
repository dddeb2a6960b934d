/* Bounces by the source system's own label and by our reason. One thread. */
#ifndef TALLY_LABEL_COUNTS_H
#define TALLY_LABEL_COUNTS_H

#include "base/arena.h"
#include "tally/report.h"

#define LABEL_BYTES_MAX 64 /* longer labels count by their first bytes */

struct label_item {
    struct span label;
    uint64_t hash;
    uint64_t reasons[REASON_COUNT];
};

/* Zero-initialise. */
struct label_counts {
    struct label_item *items;
    uint32_t *slots; /* item + 1 */
    uint32_t count, capacity, slot_count;
    struct arena text;
};

/* Adds `count` bounces. False when memory is out. */
bool labels_add(struct label_counts *table, struct span label, enum reason reason, uint64_t count);
bool labels_merge(struct label_counts *into, const struct label_counts *from);
void labels_free(struct label_counts *table);

/* The rows of the report, the caller's to free; they point into the table. NULL when memory is out. */
struct count_label *labels_report(const struct label_counts *table, size_t *count);

#endif
