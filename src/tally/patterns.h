/* Domain patterns: days on which a domain's failures stand out from its own past, and hours of the day or
 * week in which they recur (maintenance windows, peak hours).
 *
 * Failures are bounces that are not hard: those that time may mend. What to expect of a domain is measured by
 * all other domains' failures at the same time, so that how much was mailed when cancels out: nobody's
 * newsletter makes a pattern. The statistic is plain, so that it can be checked by hand:
 *
 *   day           expected = the domain's share of the failures of the past 28 days that had any (7 at
 *                 least; days that stood out themselves left out), of the failures of this day
 *                 score = (failures - expected) / sqrt(spread x expected), where the spread is by how much
 *                 those days themselves were off, 1 at least (chance alone)
 *   hour-of-day   expected = what the domain's other hours lead to expect, by the share that this hour has of
 *                 the others' failures; the hour of its worst day is left out of the failures
 *                 score = (failures - expected) / sqrt(expected)
 *   hour-of-week  the same of the 168 hours from Monday on, its worst week left out; not where the hour of
 * the day stands out already
 *
 * A pattern is a score of 5, 10 failures and twice the expected ones, at least; of an hour also that it
 * recurred on 3 days (weeks), and on half of those on which the domain had failures. Neighbours that stand
 * out are one pattern. */
#ifndef TALLY_PATTERNS_H
#define TALLY_PATTERNS_H

#include "tally/domain_hours.h"

enum pattern_kind { PATTERN_DAY, PATTERN_HOUR_OF_DAY, PATTERN_HOUR_OF_WEEK, PATTERN_KIND_COUNT };
const char *pattern_kind_name(enum pattern_kind kind);

struct pattern {
    struct span domain;
    enum pattern_kind kind;
    uint32_t first, last; /* days since the epoch; hours of the day; hours of the week from Monday */
    uint64_t failures;
    double expected, score;
    uint32_t recurred; /* days or weeks on which it occurred ... */
    uint32_t of;       /* ... of those with failures of the domain */
};

struct pattern_list {
    struct pattern *items; /* by domain, kind, first */
    size_t count, capacity;
};

/* False when memory is out. Free the list in any case. */
bool patterns_find(struct domain_hours *hours, struct pattern_list *list);
void patterns_free(struct pattern_list *list);

#endif
