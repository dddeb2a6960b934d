/* Counts that were saved and loaded are those that were counted, also when two parts are loaded into one. */
#include "base/base.h"

#include "base/hash.h"
#include "tally/counts_file.h"
#include "tally/counts_state.h"
#include "tally/tally_bytes.h"

#include "../test.h"

static struct bm_classifier *classifier;

static struct counts *counts_make(void)
{
    struct counts *counts;
    struct bm_error error;
    CHECK(counts_new(&counts, bm_rule_count(classifier), &error) == BM_OK);
    return counts;
}

static void event_count(struct counts *counts, uint64_t *seed)
{
    char domain[40], campaign[100], diagnostic[60];
    int domain_length = snprintf(domain, sizeof domain, "d%u.example", (unsigned)(test_random(seed) % 30));
    int campaign_length = snprintf(campaign, sizeof campaign, "%0*u", 1 + (int)(test_random(seed) % 90),
                                   (unsigned)(test_random(seed) % 20));
    int length = snprintf(diagnostic, sizeof diagnostic, "zqx %c %u", (char)('a' + test_random(seed) % 26),
                          (unsigned)(test_random(seed) % 9));
    struct event event = {
        .time_ms = (int64_t)(test_random(seed) % (INT64_C(60) * 86400000)),
        .kind = (enum bm_kind)(test_random(seed) % BM_KIND_COUNT),
        .class_ = (enum bm_class)(test_random(seed) % BM_CLASS_COUNT),
        .reason = (uint8_t)(test_random(seed) % REASON_COUNT),
        .smtp_code = test_random(seed) % 2 ? 550 : 0,
        .enhanced = test_random(seed) % 2 ? (enhanced_code)ENHANCED(5, 1, test_random(seed) % 9) : 0,
        .domain = {domain, (size_t)domain_length},
        .campaign = {campaign, (size_t)campaign_length},
        .diagnostic = {diagnostic, (size_t)length}};
    struct count_hashes hashes = {hash_span(event.domain), hash_span(event.campaign)};
    struct count_places places;
    CHECK(counts_event(counts, &event, hashes, &places));
    if (event.kind != BM_BOUNCE)
        return;
    unsigned rule = (unsigned)(test_random(seed) % bm_rule_count(classifier));
    CHECK(counts_bounce(counts, &event, places, rule, test_random(seed) % 3 == 0));
    CHECK(counts_label(counts, event.campaign, (enum reason)event.reason));
}

static struct counts *counts_random(uint64_t seed, unsigned events)
{
    struct counts *counts = counts_make();
    while (events--)
        event_count(counts, &seed);
    return counts;
}

static struct text counts_bytes(struct counts *counts)
{
    struct text bytes = {0};
    counts_save(counts, classifier, &bytes);
    CHECK(!bytes.failed && text_reserve(&bytes, SECTION_PAD_BYTES));
    memset(bytes.at + bytes.length, 0, SECTION_PAD_BYTES);
    return bytes;
}

static bool texts_same(const struct text *a, const struct text *b)
{
    return a->length == b->length && memcmp(a->at, b->at, a->length) == 0;
}

static void expect_loaded(struct counts *into, const struct text *bytes)
{
    EXPECT(counts_load(into, classifier, (struct span){bytes->at, bytes->length}) == COUNTS_LOADED,
           "what was saved can be loaded");
}

static void test_saved_and_loaded(void **state)
{
    (void)state;
    static const unsigned events[] = {0, 1, 50, 4000};
    for (unsigned k = 0; k < COUNT_OF(events); k++) {
        struct counts *one = counts_random(5 + k, events[k]), *other = counts_random(90 + k, events[k] / 2);
        struct counts *loaded = counts_make(), *both = counts_make();
        struct text bytes = counts_bytes(one), more = counts_bytes(other);
        expect_loaded(loaded, &bytes);
        struct text again = counts_bytes(loaded);
        EXPECT(texts_same(&bytes, &again), "%u events come back as they were", events[k]);
        expect_loaded(both, &more);
        expect_loaded(both, &bytes);
        CHECK(counts_merge(one, other));
        struct text merged = counts_bytes(one), added = counts_bytes(both);
        EXPECT(texts_same(&merged, &added), "two parts loaded are two parts merged");
        text_free(&bytes);
        text_free(&more);
        text_free(&again);
        text_free(&merged);
        text_free(&added);
        counts_free(one);
        counts_free(other);
        counts_free(loaded);
        counts_free(both);
    }
}

/* More rows of a kind than its counter holds in one word. */
static void test_large_counts(void **state)
{
    (void)state;
    uint64_t seed = 3;
    struct counts *counts = counts_random(seed, 1), *sum = counts_make();
    struct text bytes = counts_bytes(counts);
    for (unsigned k = 0; k < 40; k++) { /* doubles each time */
        struct counts *twice = counts_make();
        expect_loaded(twice, &bytes);
        expect_loaded(twice, &bytes);
        text_free(&bytes);
        bytes = counts_bytes(twice);
        counts_free(twice);
    }
    expect_loaded(sum, &bytes);
    struct report report = {0};
    CHECK(counts_report(sum, classifier, &report));
    uint64_t rows = 0;
    for (unsigned kind = 0; kind < BM_KIND_COUNT; kind++)
        rows += report.domains[0].cell.kinds[kind];
    EXPECT(rows == UINT64_C(1) << 40, "a row doubled 40 times: %llu", (unsigned long long)rows);
    counts_report_free(&report);
    text_free(&bytes);
    counts_free(counts);
    counts_free(sum);
}

/* More labels than are kept. */
static struct counts *counts_labelled(unsigned begin, unsigned end)
{
    struct counts *counts = counts_make();
    for (unsigned n = begin; n < end; n++) {
        char text[16];
        int length = snprintf(text, sizeof text, "label %u", n);
        CHECK(counts_label(counts, (struct span){text, (size_t)length}, (enum reason)(n % REASON_COUNT)));
    }
    return counts;
}

static void test_many_labels(void **state)
{
    (void)state;
    struct counts *whole = counts_labelled(0, 5 * LABELS_MAX), *loaded = counts_make();
    struct counts *parts[] = {counts_labelled(0, 3 * LABELS_MAX),
                              counts_labelled(3 * LABELS_MAX, 3 * LABELS_MAX + 99),
                              counts_labelled(3 * LABELS_MAX + 99, 5 * LABELS_MAX)};
    for (unsigned k = 0; k < COUNT_OF(parts); k++) {
        struct text bytes = counts_bytes(parts[k]);
        expect_loaded(loaded, &bytes);
        text_free(&bytes);
        counts_free(parts[k]);
    }
    struct text expected = counts_bytes(whole), got = counts_bytes(loaded);
    EXPECT(texts_same(&expected, &got), "labels that were saved in parts are those of the whole");
    EXPECT(expected.length < 3 * LABELS_MAX * strlen("label 12345"), "and no more than are kept are saved");
    text_free(&expected);
    text_free(&got);
    counts_free(whole);
    counts_free(loaded);
}

static void put_empty(struct text *bytes, unsigned lists)
{
    while (lists--)
        put_varint(bytes, 0);
}

/* What is saved of nothing but rules: `others` that this classifier does not have, and of those that it has
 * `own`. */
static struct text rules_bytes(uint64_t others, uint32_t own)
{
    struct text bytes = {0};
    put_empty(&bytes, 5); /* domains, campaigns, codes, days, reasons */
    put_varint(&bytes, others + own);
    for (uint64_t k = 0; k < others; k++) {
        char rule[40];
        int length = snprintf(rule, sizeof rule, "phrase:of another time %u", (unsigned)k);
        put_span(&bytes, (struct span){rule, (size_t)length});
        put_span(&bytes, SPAN("phrases"));
        put_varint(&bytes, 7);
    }
    for (uint32_t k = 0; k < own; k++) {
        put_span(&bytes, (struct span){bm_rule_name(classifier, k), strlen(bm_rule_name(classifier, k))});
        put_span(&bytes, (struct span){bm_rule_table(classifier, k), strlen(bm_rule_table(classifier, k))});
        put_varint(&bytes, k + 1);
    }
    put_empty(&bytes, 3); /* labels; limit and number of texts */
    CHECK(!bytes.failed);
    return bytes;
}

/* Rules that this classifier does not have keep their names and hits. */
static void test_foreign_rules(void **state)
{
    (void)state;
    struct counts *counts = counts_make(), *again = counts_make();
    struct text bytes = rules_bytes(1, 0);
    expect_loaded(counts, &bytes);
    expect_loaded(counts, &bytes);
    struct text saved = counts_bytes(counts);
    struct report report = {0};
    expect_loaded(again, &saved);
    CHECK(counts_report(again, classifier, &report));
    EXPECT(report.rule_count == 1 && report.rules[0].hits == 14 &&
               strcmp(report.rules[0].rule, "phrase:of another time 0") == 0,
           "the rule is reported with both parts' hits");
    counts_report_free(&report);
    text_free(&saved);
    text_free(&bytes);
    counts_free(counts);
    counts_free(again);
}

/* A made-up file of a million rules: in quadratic time this would run into the test's limit. */
static void test_many_rules(void **state)
{
    (void)state;
    const uint64_t others = 1000000;
    uint32_t own = bm_rule_count(classifier);
    struct counts *counts = counts_make();
    struct text bytes = rules_bytes(others, own);
    expect_loaded(counts, &bytes);
    expect_loaded(counts, &bytes);
    uint64_t hits = 0;
    for (uint32_t k = 0; k < own; k++)
        hits += counts->rules[k];
    EXPECT(hits == (uint64_t)own * (own + 1), "the classifier's own are found, each twice");
    EXPECT(counts->named_rules.other_count == others, "the others are kept once");
    for (uint32_t k = 0; k < others; k++)
        EXPECT(counts->named_rules.others[k].hits == 14, "with the hits of both");
    text_free(&bytes);
    counts_free(counts);
}

int main(void)
{
    struct bm_error error;
    CHECK(bm_classifier_new(&classifier, NULL, &error) == BM_OK);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saved_and_loaded), cmocka_unit_test(test_large_counts),
        cmocka_unit_test(test_foreign_rules),    cmocka_unit_test(test_many_rules),
        cmocka_unit_test(test_many_labels),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bm_classifier_free(classifier);
    return failed;
}
