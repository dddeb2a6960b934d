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

/* The hashes of an event's domain and campaign (hash_span). */
struct count_hashes {
    uint64_t domain, campaign;
};

/* Where the counts of its domain and campaign are. */
struct count_places {
    uint32_t domain, campaign;
};

/* Says that an event comes soon; later, that it comes next; of a bounce then two things more: what this leads
 * to is fetched meanwhile. */
void counts_expect(const struct counts *counts, struct count_hashes hashes);
void counts_expect_more(const struct counts *counts, struct count_hashes hashes);
void counts_expect_bounce(const struct counts *counts, struct count_hashes hashes);
void counts_expect_day(const struct counts *counts, struct count_hashes hashes, int64_t time_ms);

/* Counts a row that was not rejected. False when memory is out. */
bool counts_event(struct counts *counts, const struct event *event, struct count_hashes hashes,
                  struct count_places *places);

/* Counts a row where nobody asks for a report: what remains of the report is its first and last time. False
 * when memory is out. */
bool counts_row(struct counts *counts, const struct event *event);

/* Counts, after counts_event, what the classifier said of a bounce; `rule` is its number. */
bool counts_bounce(struct counts *counts, const struct event *event, struct count_places places,
                   unsigned rule, bool text_matched);

/* Counts what the source system called a bounce. False when memory is out. */
bool counts_label(struct counts *counts, struct span label, enum reason reason);

/* Adds another thread's counts. */
bool counts_merge(struct counts *into, const struct counts *from);

/* The time of the first row; INT64_MAX when there is none. */
int64_t counts_first_ms(const struct counts *counts);

/* Fills the report's tables; they point into `counts`, which must outlive them. False when memory is out. */
bool counts_report(struct counts *counts, const struct bm_classifier *classifier, struct report *report);

/* Frees the arrays that counts_report made. */
void counts_report_free(struct report *report);

#endif
