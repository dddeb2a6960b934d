/* The report's counts of one thread: every row by kind, domain, campaign and day; every bounce by class,
 * reason, codes and rule. */
#ifndef TALLY_COUNTS_H
#define TALLY_COUNTS_H

#include "base/fail.h"
#include "tally/report.h"

#include <bouncemill/classify.h>

struct counts;

enum bm_code counts_new(struct counts **counts, unsigned rule_count, struct bm_error *error);
void counts_free(struct counts *counts);

/* Says that an event of this domain and campaign comes soon; later, that it comes next: their memory is
 * fetched meanwhile. */
void counts_expect(const struct counts *counts, uint64_t domain_hash, uint64_t campaign_hash);
void counts_expect_more(const struct counts *counts, uint64_t domain_hash, uint64_t campaign_hash,
                        bool bounce);
void counts_expect_day(const struct counts *counts, uint64_t domain_hash, int64_t time_ms);

/* Counts a row that was not rejected. The hashes are hash_span of domain and campaign. False when memory is
 * out. */
bool counts_event(struct counts *counts, const struct event *event, uint64_t domain_hash,
                  uint64_t campaign_hash);

/* Counts, after counts_event, what the classifier said of a bounce; `rule` is its number. */
bool counts_bounce(struct counts *counts, const struct event *event, unsigned rule, bool text_matched);

/* Counts what the source system called a bounce. False when memory is out. */
bool counts_label(struct counts *counts, struct span label, enum reason reason);

/* Adds another thread's counts. */
bool counts_merge(struct counts *into, const struct counts *from);

/* Fills the report's tables; they point into `counts`, which must outlive them. False when memory is out. */
bool counts_report(struct counts *counts, const struct bm_classifier *classifier, struct report *report);

/* Frees the arrays that counts_report made. */
void counts_report_free(struct report *report);

#endif
