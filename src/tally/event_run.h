/* Runs of events: one address's, on their way into the order of replay. */
#ifndef TALLY_EVENT_RUN_H
#define TALLY_EVENT_RUN_H

#include "tally/tally_event.h"

/* Sorts in place. Runs arrive nearly in order, and most are short. */
void events_sort(struct tally_event *events, size_t count);

/* Drops exact duplicates from sorted events; returns how many are left. */
size_t events_unique(struct tally_event *events, size_t count);

/* Merges two runs that are sorted and without duplicates into `out`, which has room for both and is neither;
 * drops what is in both. Returns how many there are. */
size_t events_merge(const struct tally_event *a, size_t a_count, const struct tally_event *b, size_t b_count,
                    struct tally_event *out);

#endif
