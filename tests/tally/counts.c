/* The report's counts against plain sums, and the counts of several threads against those of one. */
#include "base/base.h"

#include "base/hash.h"
#include "event/time.h"
#include "tally/counts.h"

#include "../run/texts.h"

#define EVENTS  60000
#define DOMAINS 300
#define DAYS    90
#define CODES   400

static struct bm_classifier *classifier;

static int setup(void **state)
{
    struct bm_tables tables = {0};
    struct bm_error error;
    (void)state;
    return bm_classifier_new(&classifier, &tables, &error) != BM_OK;
}

static int teardown(void **state)
{
    (void)state;
    bm_classifier_free(classifier);
    return 0;
}

/* What was counted, by brute force. */
struct truth {
    struct count_cell total, days[DAYS], domains[DOMAINS];
    uint64_t reasons[REASON_COUNT][BM_CLASS_COUNT];
    uint64_t codes[CODES], rules, unmatched;
    uint64_t day_bounces[DOMAINS][DAYS];
    int64_t first_ms, last_ms;
};

struct sample {
    struct event event;
    unsigned domain, code, rule;
    bool text_matched;
    char text[3][64];
};

static struct span print(char out[64], const char *before, unsigned number, const char *behind)
{
    int length = snprintf(out, 64, "%s%u%s", before, number, behind);
    return (struct span){out, (size_t)length};
}

static void sample_make(struct sample *sample, uint64_t *seed)
{
    struct event *event = &sample->event;
    *event = (struct event){0};
    sample->domain = (unsigned)(test_random(seed) % DOMAINS);
    sample->code = (unsigned)(test_random(seed) % CODES);
    sample->rule = (unsigned)(test_random(seed) % bm_rule_count(classifier));
    sample->text_matched = test_random(seed) % 3 != 0;
    event->time_ms = (int64_t)(test_random(seed) % ((uint64_t)DAYS * DAY_MS));
    event->kind = (enum bm_kind)(test_random(seed) % BM_KIND_COUNT);
    event->class_ = (enum bm_class)(test_random(seed) % BM_CLASS_COUNT);
    event->reason = (uint8_t)(test_random(seed) % REASON_COUNT);
    event->smtp_code = (uint16_t)(sample->code % 20 ? 499 + sample->code % 20 : 0);
    event->enhanced = ENHANCED(5, sample->code / 20, 1);
    event->domain = print(sample->text[0], "d", sample->domain, ".example");
    event->campaign = print(sample->text[1], "campaign ", (unsigned)(test_random(seed) % 50), "");
    if (test_random(seed) % 5 == 0)
        event->campaign.length = 0;
    event->diagnostic =
        print(sample->text[2], "a text that nobody knows, ", (unsigned)(test_random(seed) % 1000), "");
    if (test_random(seed) % 7 == 0)
        event->diagnostic.length = 0;
}

static void truth_add(struct truth *truth, const struct sample *sample)
{
    const struct event *event = &sample->event;
    struct count_cell *cells[] = {&truth->total, &truth->days[event->time_ms / DAY_MS],
                                  &truth->domains[sample->domain]};
    for (unsigned k = 0; k < COUNT_OF(cells); k++) {
        cells[k]->kinds[event->kind]++;
        cells[k]->classes[event->class_] += event->kind == BM_BOUNCE;
    }
    truth->first_ms = event->time_ms < truth->first_ms ? event->time_ms : truth->first_ms;
    truth->last_ms = event->time_ms > truth->last_ms ? event->time_ms : truth->last_ms;
    if (event->kind != BM_BOUNCE)
        return;
    truth->reasons[event->reason][event->class_]++;
    truth->codes[sample->code]++;
    truth->rules++;
    truth->unmatched += !sample->text_matched && event->diagnostic.length;
    truth->day_bounces[sample->domain][event->time_ms / DAY_MS] += event->class_ != BM_NONE;
}

static void count(struct counts *counts, const struct sample *sample)
{
    const struct event *event = &sample->event;
    struct count_hashes hashes = {hash_span(event->domain), hash_span(event->campaign)};
    struct count_places places;
    counts_expect(counts, hashes);
    counts_expect_more(counts, hashes);
    counts_expect_bounce(counts, hashes);
    counts_expect_day(counts, hashes, event->time_ms);
    EXPECT(counts_event(counts, event, hashes, &places), "there is memory");
    if (event->kind == BM_BOUNCE)
        EXPECT(counts_bounce(counts, event, places, sample->rule, sample->text_matched), "there is memory");
}

static void expect_domains(const struct report *report, const struct truth *truth)
{
    EXPECT(report->domain_count == DOMAINS && report->campaign_count == 51, "every name has its row");
    for (size_t k = 0; k < report->domain_count; k++) {
        const struct count_named *row = &report->domains[k];
        unsigned number = (unsigned)strtoul(row->name.at + 1, NULL, 10);
        uint64_t worst = 0;
        for (unsigned day = 0; day < DAYS; day++)
            worst = truth->day_bounces[number][day] > worst ? truth->day_bounces[number][day] : worst;
        EXPECT(memcmp(&row->cell, &truth->domains[number], sizeof row->cell) == 0, "domain %u", number);
        EXPECT(row->worst_day_bounces == worst, "its worst day has %llu bounces", (unsigned long long)worst);
    }
    EXPECT(report->campaigns[0].name.length == 0, "rows without a campaign come first");
    uint64_t rows = 0;
    for (size_t k = 0; k < report->campaign_count; k++)
        for (unsigned kind = 0; kind < BM_KIND_COUNT; kind++)
            rows += report->campaigns[k].cell.kinds[kind];
    EXPECT(rows == EVENTS, "every row counts for one campaign");
}

static void expect_report(struct counts *counts, const struct truth *truth)
{
    struct report report = {0};
    uint64_t rules = 0, unmatched = 0;
    EXPECT(counts_report(counts, classifier, &report), "there is memory");
    EXPECT(memcmp(&report.total, &truth->total, sizeof report.total) == 0, "the sums over all rows");
    EXPECT(memcmp(report.reasons, truth->reasons, sizeof report.reasons) == 0, "bounces by reason and class");
    EXPECT(report.first_ms == truth->first_ms && report.last_ms == truth->last_ms, "first and last row");
    EXPECT(report.day_count == DAYS, "every day has its row");
    for (size_t k = 0; k < report.day_count; k++)
        EXPECT(report.days[k].day == (int32_t)k &&
                   memcmp(&report.days[k].cell, &truth->days[k], sizeof truth->days[k]) == 0,
               "day %zu", k);
    EXPECT(report.code_count == CODES, "every code has its row");
    for (size_t k = 0; k < report.code_count; k++) {
        const struct count_code *row = &report.codes[k];
        unsigned code = ENHANCED_SUBJECT(row->enhanced) * 20 + (row->smtp_code ? row->smtp_code - 499u : 0);
        EXPECT(row->bounces + row->classes[BM_NONE] == truth->codes[code], "code %u", code);
        EXPECT(k == 0 || row[-1].smtp_code < row->smtp_code || row[-1].enhanced < row->enhanced,
               "codes are sorted");
    }
    for (size_t k = 0; k < report.rule_count; k++)
        rules += report.rules[k].hits;
    for (size_t k = 0; k < report.unmatched_count; k++)
        unmatched += report.unmatched[k].count;
    EXPECT(rules == truth->rules, "every bounce was decided by a rule");
    EXPECT(unmatched == truth->unmatched, "texts that no phrase matched");
    expect_domains(&report, truth);
    counts_report_free(&report);
}

static struct counts *counts_make(void)
{
    struct counts *counts;
    struct bm_error error;
    CHECK(counts_new(&counts, bm_rule_count(classifier), &error) == BM_OK);
    return counts;
}

static void test_sums_and_merge(void **state)
{
    (void)state;
    struct truth *truth = calloc(1, sizeof *truth);
    CHECK(truth);
    truth->first_ms = INT64_MAX;
    truth->last_ms = INT64_MIN;
    struct counts *whole = counts_make(), *parts[3] = {counts_make(), counts_make(), counts_make()};
    uint64_t seed = 77;
    for (unsigned k = 0; k < EVENTS; k++) {
        struct sample sample;
        sample_make(&sample, &seed);
        truth_add(truth, &sample);
        count(whole, &sample);
        count(parts[test_random(&seed) % 3], &sample);
    }
    expect_report(whole, truth);
    EXPECT(counts_merge(parts[1], parts[2]) && counts_merge(parts[1], parts[0]), "they merge");
    expect_report(parts[1], truth);
    struct bytes one = {0}, merged = {0};
    counts_dump(whole, classifier, &one);
    counts_dump(parts[1], classifier, &merged);
    EXPECT(bytes_same(&one, &merged), "every row of the report is the same");
    bytes_free(&one);
    bytes_free(&merged);
    counts_free(whole);
    for (unsigned k = 0; k < COUNT_OF(parts); k++)
        counts_free(parts[k]);
    free(truth);
}

static void test_nothing_counted(void **state)
{
    (void)state;
    struct counts *counts = counts_make();
    struct report report = {0};
    EXPECT(counts_report(counts, classifier, &report), "a report of nothing");
    EXPECT(!report.domain_count && !report.day_count && !report.code_count && !report.rule_count,
           "has no rows");
    EXPECT(report.first_ms > report.last_ms, "and no time");
    counts_report_free(&report);
    counts_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sums_and_merge),
                                       cmocka_unit_test(test_nothing_counted)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
