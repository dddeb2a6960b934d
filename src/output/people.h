/* Files about single addresses beside their statuses: segments.csv, details.csv, moments.csv. */
#ifndef OUTPUT_PEOPLE_H
#define OUTPUT_PEOPLE_H

#include "output/outcomes.h"

/* segments.csv  segment, address, recency, bounces, first_bounce, last_bounce, last_engaged. Addresses whose
 *               mail fails now (policy/segment.h), for re-engagement; by segment, then address.
 * details.csv   policy, address, lifetime_bounces, suspended_ever, suspended_until, invalid_cause,
 * ses_reason. What platforms keep beside the status, for the policies that have it: sfmc's bounce count that
 * no open resets; marketo's historical flag, the end of the last suspension, the codes of the bounce that
 * made the address invalid; the reason that SES knows. Only addresses with something to say. moments.csv
 * address, time, category, moment, reason. Marketo's interesting moments: one for each bounce, in the order
 * of address, then time. The message's subject is not in the archives: its campaign stands for it, "{{email
 * subject}}" where there is none. */
enum bm_code output_segments(struct folder *folder, const struct outcome_list *list, int64_t as_of_ms,
                             unsigned threads, struct bm_error *error);
enum bm_code output_details(struct folder *folder, const struct outcome_list *list,
                            const struct policy *const *policies, unsigned threads, struct bm_error *error);
enum bm_code output_moments(struct folder *folder, const struct outcome_list *list,
                            const struct report *report, unsigned threads, struct bm_error *error);

#endif
