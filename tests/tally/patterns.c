#include "tally/patterns.h"
#include "base/base.h"

#include "test.h"

#define DOMAINS   40
#define DAYS      56
#define FIRST_DAY 20458 /* 2026-01-05, a Monday */

static const char *const names[DOMAINS] = {
    "d00", "d01", "d02", "d03", "d04", "d05", "d06", "d07", "d08", "d09", "d10", "d11", "d12", "d13",
    "d14", "d15", "d16", "d17", "d18", "d19", "d20", "d21", "d22", "d23", "d24", "d25", "d26", "d27",
    "d28", "d29", "d30", "d31", "d32", "d33", "d34", "d35", "d36", "d37", "d38", "d39"};

static struct span name_of(unsigned k)
{
    return (struct span){names[k], 3};
}

static void fail_at(struct domain_hours *hours, unsigned domain, unsigned day, unsigned hour, unsigned times)
{
    uint32_t number = domain_hours_find(hours, name_of(domain));
    for (unsigned k = 0; k < times; k++)
        EXPECT(domain_hours_add(hours, number, (FIRST_DAY + day) * HOURS_DAY + hour), "there is memory");
}

/* Mail on working hours, four times as much on Wednesdays: no pattern of any domain. */
static void background(struct domain_hours *hours, uint64_t seed)
{
    static const unsigned mailed[] = {8, 9, 10, 10, 10, 14, 15};
    for (unsigned day = 0; day < DAYS; day++)
        for (unsigned k = 0; k < (day % 7 == 2 ? 400 : 100); k++) {
            unsigned hour = mailed[test_random(&seed) % COUNT_OF(mailed)];
            fail_at(hours, (unsigned)(test_random(&seed) % DOMAINS), day, hour, 1);
        }
}

static struct pattern_list find(struct domain_hours *hours)
{
    struct pattern_list list;
    EXPECT(patterns_find(hours, &list), "there is memory");
    return list;
}

static void expect_pattern(const struct pattern_list *list, size_t k, unsigned domain, enum pattern_kind kind,
                           uint32_t first, uint32_t last, unsigned recurred)
{
    EXPECT(k < list->count, "pattern %zu is found, of %zu", k, list->count);
    const struct pattern *got = &list->items[k];
    EXPECT(span_is(got->domain, name_of(domain)) && got->kind == kind,
           "pattern %zu: %s of %s, got %s of %.*s", k, pattern_kind_name(kind), names[domain],
           pattern_kind_name(got->kind), (int)got->domain.length, got->domain.at);
    EXPECT(got->first == first && got->last == last, "pattern %zu: %u to %u, got %u to %u", k, first, last,
           got->first, got->last);
    EXPECT(got->recurred == recurred && got->recurred <= got->of,
           "pattern %zu recurred %u times, got %u of %u", k, recurred, got->recurred, got->of);
    EXPECT(got->score >= 5 && (double)got->failures >= 2 * got->expected,
           "pattern %zu: %.1f expected, score %.1f", k, got->expected, got->score);
}

static void test_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct domain_hours hours = {0};
        background(&hours, seed);
        struct pattern_list list = find(&hours);
        EXPECT(list.count == 0, "the volume of mail makes no pattern, got %zu", list.count);
        patterns_free(&list);
        domain_hours_free(&hours);
    }
    struct domain_hours none = {0};
    struct pattern_list list = find(&none);
    EXPECT(list.count == 0, "no failures, no pattern");
    patterns_free(&list);
}

static void test_patterns(void **state)
{
    (void)state;
    struct domain_hours hours = {0};
    background(&hours, 7);
    for (unsigned hour = 8; hour < 16; hour++) { /* an outage of two days */
        fail_at(&hours, 1, 30, hour, 12);
        fail_at(&hours, 1, 31, hour, 6);
    }
    for (unsigned day = 0; day < DAYS; day++) { /* maintenance every night */
        fail_at(&hours, 2, day, 3, 2);
        fail_at(&hours, 2, day, 4, 1 + day % 2);
        fail_at(&hours, 3, day, 22, day % 7 == 6 ? 6 : 0); /* and on Sundays */
    }
    fail_at(&hours, 4, 20, 22, 60); /* one bad hour does not recur */
    struct pattern_list list = find(&hours);
    expect_pattern(&list, 0, 1, PATTERN_DAY, FIRST_DAY + 30, FIRST_DAY + 31, 2);
    expect_pattern(&list, 1, 2, PATTERN_HOUR_OF_DAY, 3, 4, DAYS);
    expect_pattern(&list, 2, 3, PATTERN_HOUR_OF_WEEK, 6 * HOURS_DAY + 22, 6 * HOURS_DAY + 22, DAYS / 7);
    expect_pattern(&list, 3, 4, PATTERN_DAY, FIRST_DAY + 20, FIRST_DAY + 20, 1);
    EXPECT(list.count == 4, "and no other, got %zu", list.count);
    patterns_free(&list);
    domain_hours_free(&hours);
}

static void test_single_domain(void **state)
{
    (void)state;
    struct domain_hours hours = {0};
    for (unsigned day = 0; day < DAYS; day++)
        fail_at(&hours, 0, day, 10, day == 40 ? 100 : 5 + day % 3);
    struct pattern_list list = find(&hours);
    EXPECT(list.count >= 1, "the only domain is measured by its own mean");
    expect_pattern(&list, 0, 0, PATTERN_DAY, FIRST_DAY + 40, FIRST_DAY + 40, 1);
    patterns_free(&list);
    domain_hours_free(&hours);
}

static void failures_sum(void *argument, const struct domain_hour *entries, size_t count)
{
    for (size_t k = 0; k < count; k++)
        *(uint64_t *)argument += entries[k].failures;
}

/* Counted twice: by entry and by domain. */
static uint64_t failures_all(struct domain_hours *hours)
{
    uint64_t sum = 0, by_domain = 0, entries = 0;
    EXPECT(domain_hours_each(hours, failures_sum, &sum), "they are read");
    for (uint32_t k = 0; k < hours->domain_count; k++) {
        by_domain += hours->domains[k].failures;
        entries += hours->domains[k].entries;
    }
    EXPECT(sum == by_domain && entries == domain_hours_count(hours), "the sums agree");
    return sum;
}

/* Failures of one domain and hour are one entry, as far as it can count. */
static void test_joined(void **state)
{
    (void)state;
    struct domain_hours hours = {0};
    for (unsigned round = 0; round < 4; round++)
        for (unsigned day = 0; day < DAYS; day++)
            fail_at(&hours, day % 2, day, 3, 10);
    EXPECT(hours.entry_count == DAYS, "one entry for each, got %zu", hours.entry_count);
    EXPECT(failures_all(&hours) == 40 * DAYS, "all are counted");
    fail_at(&hours, 2, 5, 3, 2 * ENTRY_FAILURES_MAX + 1);
    EXPECT(hours.entry_count == DAYS + 3, "three for so many, got %zu", hours.entry_count - DAYS);
    EXPECT(failures_all(&hours) == 40 * DAYS + 2 * ENTRY_FAILURES_MAX + 1, "none is lost");
    domain_hours_free(&hours);
}

/* However the failures are split, and in whatever order they come. */
static void test_merge(void **state)
{
    (void)state;
    struct domain_hours whole = {0}, parts[2] = {{0}, {0}};
    background(&whole, 9);
    for (unsigned k = 0; k < 100; k++)
        fail_at(&whole, 5, 20 + k % 3, 5, 1);
    for (size_t k = whole.entry_count; k > 0; k--) {
        const struct domain_hour *entry = &whole.entries[k - 1];
        struct domain_hours *part = &parts[k % 3 == 0];
        uint32_t number = domain_hours_find(part, whole.domains[entry->domain].name);
        for (unsigned left = entry->failures; left > 0; left--)
            EXPECT(domain_hours_add(part, number, entry->hour), "there is memory");
    }
    EXPECT(domain_hours_merge(&parts[0], &parts[1]), "there is memory");
    struct pattern_list a = find(&whole), b = find(&parts[0]);
    EXPECT(a.count == b.count && a.count > 0, "as many patterns, %zu and %zu", a.count, b.count);
    for (size_t k = 0; k < a.count; k++)
        EXPECT(span_is(a.items[k].domain, b.items[k].domain) && a.items[k].first == b.items[k].first &&
                   a.items[k].failures == b.items[k].failures && a.items[k].expected == b.items[k].expected &&
                   a.items[k].score == b.items[k].score,
               "pattern %zu is the same", k);
    patterns_free(&a);
    patterns_free(&b);
    domain_hours_free(&whole);
    domain_hours_free(&parts[0]);
    domain_hours_free(&parts[1]);
}

/* With so little memory that failures are in a file, domains are looked at in turns, and some are too large
 * for that. */
static void test_spilled(void **state)
{
    (void)state;
    struct spill_file file;
    spill_file_init(&file, "/tmp");
    struct domain_hours whole = {0},
                        parts[2] = {{.file = &file, .entries_max = 7}, {.file = &file, .entries_max = 3}};
    background(&whole, 9);
    for (unsigned k = 0; k < 100; k++)
        fail_at(&whole, 5, 20 + k % 3, 5, 1);
    for (size_t k = 0; k < whole.entry_count; k++) {
        const struct domain_hour *entry = &whole.entries[k];
        struct domain_hours *part = &parts[k % 3 == 0];
        uint32_t number = domain_hours_find(part, whole.domains[entry->domain].name);
        for (unsigned left = entry->failures; left > 0; left--)
            EXPECT(domain_hours_add(part, number, entry->hour), "there is memory");
    }
    EXPECT(parts[0].part_count && parts[1].part_count, "some were spilled");
    EXPECT(domain_hours_merge(&parts[0], &parts[1]), "there is memory");
    EXPECT(failures_all(&parts[0]) == failures_all(&whole), "none is lost");
    struct pattern_list a = find(&whole);
    for (size_t room = 1; room < 40000; room *= 14) {
        parts[0].entries_max = room;
        struct pattern_list b = find(&parts[0]);
        EXPECT(a.count == b.count && a.count > 0, "room %zu: as many patterns, %zu and %zu", room, a.count,
               b.count);
        for (size_t k = 0; k < a.count; k++)
            EXPECT(span_is(a.items[k].domain, b.items[k].domain) && a.items[k].first == b.items[k].first &&
                       a.items[k].failures == b.items[k].failures &&
                       a.items[k].expected == b.items[k].expected && a.items[k].score == b.items[k].score,
                   "room %zu: pattern %zu is the same", room, k);
        patterns_free(&b);
    }
    spill_file_empty(&file); /* and what it held cannot be read */
    struct pattern_list none;
    EXPECT(!patterns_find(&parts[0], &none) && parts[0].error.code != BM_OK, "it is said");
    patterns_free(&none);
    patterns_free(&a);
    domain_hours_free(&whole);
    domain_hours_free(&parts[0]);
    domain_hours_free(&parts[1]);
    spill_file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing),       cmocka_unit_test(test_patterns),
                                       cmocka_unit_test(test_single_domain), cmocka_unit_test(test_joined),
                                       cmocka_unit_test(test_merge),         cmocka_unit_test(test_spilled)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
