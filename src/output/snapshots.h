/* snapshots.csv: the statuses at each of many dates. */
#ifndef OUTPUT_SNAPSHOTS_H
#define OUTPUT_SNAPSHOTS_H

#include "output/outcomes.h"

/* The result of a policy at a date; NULL where the address had nothing to say by then. */
const struct policy_result *outcome_at(const struct outcome *outcome, size_t policy, size_t date);

/* Writes snapshots.csv: as_of, policy, address, status, suppressed, reason, since, bounce_count; by as_of,
 * then policy, then address. A row for every address with a bounce, unsubscribe, complaint, delete or
 * resubscribe up to the date, as in status.csv. Adds up the rows in *rows. */
enum bm_code output_snapshots(struct folder *folder, const struct outcome_list *list, const int64_t *dates_ms,
                              size_t date_count, unsigned threads, uint64_t *rows, struct bm_error *error);

#endif
