#include "tally/patterns.h"
#include "base/base.h"

#include "base/array.h"

#include <math.h>

#define SCORE_MIN     5.0
#define FACTOR_MIN    2.0
#define FAILURES_MIN  10
#define PAST_DAYS     28
#define PAST_DAYS_MIN 7
#define RECURRED_MIN  3
#define SPREAD_FLOOR  0.25 /* an expected number below it says nothing of the spread */

#define DAYS_MAX 50904 /* that 42 bits of milliseconds reach, from 1970-01-01 */

#define HOURS_COUNTED_MAX 65536u /* seven years */

/* One hour of one domain. */
struct entry {
    uint32_t hour, failures;
};

/* Sums by hour of the day and hour of the week. */
struct hour_sums {
    uint64_t hours[HOURS_DAY], week_hours[HOURS_WEEK], all;
};

struct work {
    struct domain_hours *source;
    struct pattern_list *list;
    struct entry *entries; /* of domains with enough failures, by domain, then hour */
    size_t entries_room;
    uint32_t *hour_counts; /* HOURS_COUNTED_MAX, zero between uses */
    size_t *ends;          /* of each domain's entries */
    uint32_t first, end;   /* domains whose entries are there */
    uint32_t
        *all_hours; /* counts of a domain with more entries than there is room for; NULL: not needed yet */
    uint32_t *days; /* those with failures of anybody, rising */
    uint32_t *day_places; /* where in `days` a day since the epoch is */
    uint64_t *day_failures;
    size_t day_count;
    struct hour_sums sums;
    uint64_t *own; /* the domain's, by day as in `days` */
    bool *stood_out;
};

const char *pattern_kind_name(enum pattern_kind kind)
{
    static const char *const names[] = {"day", "hour-of-day", "hour-of-week"};
    return names[kind];
}

static bool pattern_add(struct work *work, const struct pattern *pattern)
{
    struct pattern_list *list = work->list;
    struct pattern *items = array_room(list->items, &list->capacity, list->count + 1, sizeof *items);
    if (!items)
        return false;
    list->items = items;
    list->items[list->count++] = *pattern;
    return true;
}

static bool stands_out(uint64_t failures, double expected, double score)
{
    return failures >= FAILURES_MIN && (double)failures >= FACTOR_MIN * expected && score >= SCORE_MIN;
}

static uint32_t week_hour(uint32_t hour)
{
    return (hour + HOUR_OF_WEEK) % HOURS_WEEK;
}

/* --- days -------------------------------------------------------------------------------------------- */

/* What the past lets expect of a day. */
struct outlook {
    double expected, spread;
    size_t days;
};

/* The domain's part in a day's failures, by its share of the past's. Where only this domain fails there is no
 * measure but its own mean. */
static double share_of(double own_past, double others_past, double others, double days)
{
    return others_past > 0 && others > 0 ? own_past * others / others_past : own_past / days;
}

static struct outlook outlook_make(const struct work *work, size_t day)
{
    size_t past[PAST_DAYS], count = 0;
    double own = 0, others = 0;
    for (size_t k = day; k-- > 0 && count < PAST_DAYS;) {
        if (work->stood_out[k])
            continue;
        past[count++] = k;
        own += (double)work->own[k];
        others += (double)(work->day_failures[k] - work->own[k]);
    }
    struct outlook outlook = {.spread = 0, .days = count};
    if (count < PAST_DAYS_MIN)
        return outlook;
    outlook.expected =
        share_of(own, others, (double)(work->day_failures[day] - work->own[day]), (double)count);
    for (size_t k = 0; k < count; k++) {
        double there = (double)(work->day_failures[past[k]] - work->own[past[k]]);
        double expected = share_of(own, others, there, (double)count);
        double off = (double)work->own[past[k]] - expected;
        outlook.spread += off * off / fmax(expected, SPREAD_FLOOR) / (double)(count - 1);
    }
    outlook.spread = fmax(outlook.spread, 1);
    return outlook;
}

static bool day_open(struct work *work, struct pattern *open, struct span domain, uint32_t failing_days)
{
    bool done = !open->failures || pattern_add(work, open);
    *open = (struct pattern){.domain = domain, .kind = PATTERN_DAY, .of = failing_days};
    return done;
}

/* Days in a row are one pattern with their sums and the highest score. */
static bool days_find(struct work *work, struct span domain)
{
    uint32_t failing_days = 0;
    for (size_t k = 0; k < work->day_count; k++)
        failing_days += work->own[k] > 0;
    struct pattern open = {0};
    if (!day_open(work, &open, domain, failing_days))
        return false;
    for (size_t k = 0; k < work->day_count; k++) {
        work->stood_out[k] = false;
        if (work->own[k] < FAILURES_MIN)
            continue;
        struct outlook outlook = outlook_make(work, k);
        if (outlook.days < PAST_DAYS_MIN)
            continue;
        double score =
            ((double)work->own[k] - outlook.expected) / sqrt(fmax(outlook.spread * outlook.expected, 1));
        if (!stands_out(work->own[k], outlook.expected, score))
            continue;
        work->stood_out[k] = true;
        bool goes_on = open.failures && work->days[k] == open.last + 1;
        if (!goes_on && !day_open(work, &open, domain, failing_days))
            return false;
        open.first = goes_on ? open.first : work->days[k];
        open.last = work->days[k];
        open.failures += work->own[k];
        open.expected += outlook.expected;
        open.score = fmax(open.score, score);
        open.recurred++;
    }
    return day_open(work, &open, domain, failing_days);
}

/* --- hours ------------------------------------------------------------------------------------------- */

/* What a domain did in the hours of a cycle, a day or a week. */
struct cycle {
    enum pattern_kind kind;
    uint32_t hours;                /* of the cycle */
    uint64_t failures[HOURS_WEEK]; /* by hour of the cycle */
    uint64_t worst[HOURS_WEEK];    /* in one cycle */
    uint32_t recurred[HOURS_WEEK]; /* cycles with failures in it */
    uint32_t cycles;               /* with failures at all */
};

/* `hours` are the cycle's, as a constant: nothing is divided then. */
static inline void cycle_fill(struct cycle *cycle, uint32_t hours, const struct entry *entries, size_t count)
{
    uint32_t shift = hours == HOURS_WEEK ? HOUR_OF_WEEK : 0, last = UINT32_MAX;
    for (size_t k = 0; k < count; k++) {
        uint32_t hour = (entries[k].hour + shift) % hours, number = (entries[k].hour + shift) / hours;
        cycle->failures[hour] += entries[k].failures;
        cycle->recurred[hour]++;
        if (entries[k].failures > cycle->worst[hour])
            cycle->worst[hour] = entries[k].failures;
        cycle->cycles += number != last;
        last = number;
    }
}

/* What the domain's other hours lead to expect of this one. One more failure of the others in every hour
 * keeps hours that they never had from expecting nothing. */
static double hour_expected(const struct cycle *cycle, uint64_t own, const uint64_t *all, uint64_t all_sum,
                            uint32_t hour)
{
    double others = (double)(all_sum - own) + cycle->hours;
    double share = ((double)(all[hour] - cycle->failures[hour]) + 1) / others;
    return (double)(own - cycle->failures[hour]) * share / (1 - share);
}

static double hour_score(uint64_t failures, double expected)
{
    return ((double)failures - expected) / sqrt(fmax(expected, 1));
}

/* Hours in a row are one pattern, scored by their sums. `left_out` are hours of the day. */
static bool cycle_find(struct work *work, struct span domain, const struct cycle *cycle, uint64_t own,
                       bool stood_out[HOURS_DAY])
{
    const uint64_t *all = cycle->hours == HOURS_DAY ? work->sums.hours : work->sums.week_hours;
    struct pattern open = {0};
    for (uint32_t hour = 0; hour < cycle->hours; hour++) {
        uint64_t failures = cycle->failures[hour] - cycle->worst[hour];
        double expected = hour_expected(cycle, own, all, work->sums.all, hour);
        bool is = stands_out(failures, expected, hour_score(failures, expected)) &&
                  cycle->recurred[hour] >= RECURRED_MIN && cycle->recurred[hour] * 2 >= cycle->cycles;
        if (cycle->kind == PATTERN_HOUR_OF_WEEK)
            is &= !stood_out[hour % HOURS_DAY];
        else
            stood_out[hour] = is;
        if (is && !open.failures)
            open =
                (struct pattern){.domain = domain, .kind = cycle->kind, .first = hour, .of = cycle->cycles};
        if (is) {
            open.last = hour;
            open.failures += failures;
            open.expected += expected;
            open.recurred = cycle->recurred[hour] > open.recurred ? cycle->recurred[hour] : open.recurred;
        }
        if (open.failures && (!is || hour + 1 == cycle->hours)) {
            open.score = hour_score(open.failures, open.expected);
            if (!pattern_add(work, &open))
                return false;
            open.failures = 0;
        }
    }
    return true;
}

/* --- domains ----------------------------------------------------------------------------------------- */

static bool domain_find(struct work *work, const struct domain_name *domain, const struct entry *entries,
                        size_t count)
{
    memset(work->own, 0, work->day_count * sizeof *work->own);
    for (size_t k = 0; k < count; k++)
        work->own[work->day_places[entries[k].hour / HOURS_DAY]] += entries[k].failures;
    struct cycle day = {.kind = PATTERN_HOUR_OF_DAY, .hours = HOURS_DAY};
    struct cycle week = {.kind = PATTERN_HOUR_OF_WEEK, .hours = HOURS_WEEK};
    cycle_fill(&day, HOURS_DAY, entries, count);
    cycle_fill(&week, HOURS_WEEK, entries, count);
    bool stood_out[HOURS_DAY];
    return days_find(work, domain->name) &&
           cycle_find(work, domain->name, &day, domain->failures, stood_out) &&
           cycle_find(work, domain->name, &week, domain->failures, stood_out);
}

static int entry_order(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return (x->hour > y->hour) - (x->hour < y->hour);
}

static int pattern_order(const void *a, const void *b)
{
    const struct pattern *x = a, *y = b;
    size_t shorter = x->domain.length < y->domain.length ? x->domain.length : y->domain.length;
    int order = memcmp(x->domain.at, y->domain.at, shorter);
    if (order || x->domain.length != y->domain.length)
        return order ? order : x->domain.length < y->domain.length ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static bool work_room(struct work *work)
{
    const struct domain_hours *source = work->source;
    uint64_t entries = domain_hours_count(source);
    work->entries_room =
        source->entries_max && source->entries_max < entries ? source->entries_max : (size_t)entries + 1;
    work->entries = malloc(work->entries_room * sizeof *work->entries);
    work->hour_counts = calloc(HOURS_COUNTED_MAX, sizeof *work->hour_counts);
    work->ends = calloc((size_t)source->domain_count + 1, sizeof *work->ends);
    work->days = malloc(DAYS_MAX * sizeof *work->days);
    work->day_places = calloc(DAYS_MAX, sizeof *work->day_places);
    work->day_failures = calloc(DAYS_MAX, sizeof *work->day_failures); /* untouched pages cost nothing */
    work->own = calloc(DAYS_MAX, sizeof *work->own);
    work->stood_out = calloc(DAYS_MAX, sizeof *work->stood_out);
    return work->entries && work->hour_counts && work->ends && work->days && work->day_places &&
           work->day_failures && work->own && work->stood_out;
}

static void sums_add(void *argument, const struct domain_hour *entries, size_t count)
{
    struct work *work = argument;
    for (size_t k = 0; k < count; k++) {
        uint32_t hour = entries[k].hour, failures = entries[k].failures;
        CHECK(hour < DAYS_MAX * HOURS_DAY);
        work->day_failures[hour / HOURS_DAY] += failures;
        work->sums.hours[hour % HOURS_DAY] += failures;
        work->sums.week_hours[week_hour(hour)] += failures;
        work->sums.all += failures;
    }
}

/* Everybody's sums, by day since the epoch first, then by place among the days that had failures. */
static bool sums_make(struct work *work)
{
    if (!domain_hours_each(work->source, sums_add, work))
        return false;
    for (uint32_t day = 0; day < DAYS_MAX; day++) {
        if (!work->day_failures[day])
            continue;
        work->day_places[day] = (uint32_t)work->day_count;
        work->days[work->day_count] = day;
        work->day_failures[work->day_count++] = work->day_failures[day];
    }
    return true;
}

/* Entries of a domain that are looked at: all, or none where the failures are too few. */
static size_t entries_of(const struct work *work, uint32_t domain)
{
    const struct domain_name *name = &work->source->domains[domain];
    return name->failures >= FAILURES_MIN ? (size_t)name->entries : 0;
}

static void entries_add(void *argument, const struct domain_hour *entries, size_t count)
{
    struct work *work = argument;
    for (size_t k = 0; k < count; k++) {
        uint32_t domain = entries[k].domain;
        if (domain >= work->first && domain < work->end && entries_of(work, domain))
            work->entries[work->ends[domain]++] = (struct entry){entries[k].hour, entries[k].failures};
    }
}

/* Puts the entries of each domain together, by counting: of the domains from `first` on for which there is
 * room, up to `end`. */
static bool entries_make(struct work *work)
{
    size_t sum = 0;
    for (work->end = work->first; work->end < work->source->domain_count; work->end++) {
        size_t entries = entries_of(work, work->end);
        if (entries > work->entries_room - sum)
            break;
        work->ends[work->end] = sum; /* where they begin; moves to where they end */
        sum += entries;
    }
    return work->end == work->first || domain_hours_each(work->source, entries_add, work);
}

/* Adds up a domain's entries by hour; returns how many hours there are, in order. */
static size_t hours_count(struct work *work, struct entry *entries, size_t count, uint32_t first,
                          uint32_t last)
{
    for (size_t k = 0; k < count; k++)
        work->hour_counts[entries[k].hour - first] += entries[k].failures;
    size_t kept = 0;
    for (uint32_t hour = first; hour <= last; hour++) {
        uint32_t *failures = &work->hour_counts[hour - first];
        if (*failures)
            entries[kept++] = (struct entry){hour, *failures};
        *failures = 0;
    }
    return kept;
}

/* The same whatever the span of hours: by counting where it is short against the entries, else by sorting.
 */
static size_t hours_sum(struct work *work, struct entry *entries, size_t count)
{
    uint32_t first = entries[0].hour, last = first;
    for (size_t k = 1; k < count; k++) {
        first = entries[k].hour < first ? entries[k].hour : first;
        last = entries[k].hour > last ? entries[k].hour : last;
    }
    if (last - first < HOURS_COUNTED_MAX && (last - first) / 16 < count)
        return hours_count(work, entries, count, first, last);
    qsort(entries, count, sizeof *entries, entry_order);
    size_t kept = 0;
    for (size_t k = 1; k < count; k++) {
        if (entries[k].hour == entries[kept].hour)
            entries[kept].failures += entries[k].failures;
        else
            entries[++kept] = entries[k];
    }
    return kept + 1;
}

static void all_hours_add(void *argument, const struct domain_hour *entries, size_t count)
{
    struct work *work = argument;
    for (size_t k = 0; k < count; k++)
        if (entries[k].domain == work->first)
            work->all_hours[entries[k].hour] += entries[k].failures;
}

/* A domain with more entries than there is room for: they are counted by hour, of which there are fewer. */
static bool large_domain_find(struct work *work)
{
    const size_t hours = (size_t)DAYS_MAX * HOURS_DAY;
    work->all_hours = calloc(hours, sizeof *work->all_hours);
    if (!work->all_hours || !domain_hours_each(work->source, all_hours_add, work))
        return false;
    size_t count = 0, kept = 0;
    for (size_t hour = 0; hour < hours; hour++)
        count += work->all_hours[hour] > 0;
    struct entry *entries = malloc((count + 1) * sizeof *entries);
    for (uint32_t hour = 0; entries && hour < hours; hour++)
        if (work->all_hours[hour])
            entries[kept++] = (struct entry){hour, work->all_hours[hour]};
    bool done = entries && domain_find(work, &work->source->domains[work->first], entries, kept);
    free(entries);
    free(work->all_hours);
    work->all_hours = NULL;
    return done;
}

static bool entries_find(struct work *work)
{
    size_t begin = 0;
    for (uint32_t domain = work->first; domain < work->end; begin = work->ends[domain++]) {
        struct entry *entries = work->entries + begin;
        if (work->ends[domain] == begin)
            continue;
        size_t hours = hours_sum(work, entries, work->ends[domain] - begin);
        if (!domain_find(work, &work->source->domains[domain], entries, hours))
            return false;
    }
    return true;
}

static bool domains_find(struct work *work)
{
    for (work->first = 0; work->first < work->source->domain_count; work->first = work->end) {
        bool done = entries_make(work);
        if (done && work->end == work->first) {
            done = large_domain_find(work);
            work->end++;
        } else if (done) {
            done = entries_find(work);
        }
        if (!done)
            return false;
    }
    if (work->list->count)
        qsort(work->list->items, work->list->count, sizeof *work->list->items, pattern_order);
    return true;
}

bool patterns_find(struct domain_hours *hours, struct pattern_list *list)
{
    *list = (struct pattern_list){0};
    struct work work = {.source = hours, .list = list};
    bool done = work_room(&work);
    done = done && sums_make(&work) && domains_find(&work);
    free(work.entries);
    free(work.all_hours);
    free(work.hour_counts);
    free(work.ends);
    free(work.days);
    free(work.day_places);
    free(work.day_failures);
    free(work.own);
    free(work.stood_out);
    return done;
}

void patterns_free(struct pattern_list *list)
{
    free(list->items);
    *list = (struct pattern_list){0};
}
