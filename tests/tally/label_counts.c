/* Labels counted by one table and by several that are merged, against plain sums. */
#include "tally/label_counts.h"
#include "base/base.h"

#include "tests/test.h"

#define LABELS 3000
#define ADDED  100000

static struct span label_of(unsigned number, char text[32])
{
    return (struct span){text, (size_t)snprintf(text, 32, "label %u", number)};
}

static void test_sums(void **state)
{
    (void)state;
    static uint64_t sums[LABELS][REASON_COUNT];
    struct label_counts parts[3] = {0};
    uint64_t seed = 7;
    for (unsigned n = 0; n < ADDED; n++) {
        char text[32];
        unsigned number = (unsigned)(test_random(&seed) % LABELS);
        unsigned reason = (unsigned)(test_random(&seed) % REASON_COUNT);
        EXPECT(labels_add(&parts[n % 3], label_of(number, text), (enum reason)reason, 1), "there is memory");
        sums[number][reason]++;
    }
    EXPECT(labels_merge(&parts[0], &parts[1]) && labels_merge(&parts[0], &parts[2]), "there is memory");
    size_t count;
    struct count_label *rows = labels_report(&parts[0], &count);
    uint64_t all = 0;
    for (size_t k = 0; k < count; k++) {
        unsigned number = (unsigned)strtoul(rows[k].label.at + strlen("label "), NULL, 10);
        EXPECT(rows[k].count == sums[number][rows[k].reason], "label %u", number);
        EXPECT(!k || span_compare(rows[k - 1].label, rows[k].label) <= 0, "rows are sorted by label");
        all += rows[k].count;
    }
    EXPECT(all == ADDED, "every bounce has its row, got %llu", (unsigned long long)all);
    free(rows);
    for (int k = 0; k < 3; k++)
        labels_free(&parts[k]);
}

static void test_order_and_length(void **state)
{
    (void)state;
    char text[LABEL_BYTES_MAX + 9];
    struct label_counts table = {0};
    memset(text, 'x', sizeof text);
    EXPECT(labels_add(&table, (struct span){text, sizeof text}, REASON_DNS, 1) &&
               labels_add(&table, (struct span){text, sizeof text - 1}, REASON_DNS, 1) &&
               labels_add(&table, SPAN("bad-mailbox"), REASON_DNS, 1) &&
               labels_add(&table, SPAN("bad-mailbox"), REASON_USER_UNKNOWN, 2),
           "there is memory");
    size_t count;
    struct count_label *rows = labels_report(&table, &count);
    EXPECT(count == 3, "long labels are cut alike, got %zu rows", count);
    EXPECT(rows[0].reason == REASON_USER_UNKNOWN && rows[0].agreement == LABEL_SAME_REASON, "most first");
    EXPECT(rows[1].reason == REASON_DNS && rows[1].agreement == LABEL_DISAGREES, "then fewer");
    EXPECT(rows[2].label.length == LABEL_BYTES_MAX && rows[2].count == 2, "both long ones");
    free(rows);
    labels_free(&table);
}

struct rows {
    struct count_label *rows;
    size_t count;
};

/* The same bounces, dealt out to `part_count` tables in one order or the other, then merged. */
static struct rows many_labels(struct label_counts *parts, unsigned part_count, bool backwards)
{
    static const unsigned many = 5 * LABELS_MAX;
    struct rows rows;
    for (unsigned n = 0; n < 2 * many; n++) {
        char text[32];
        unsigned at = backwards ? 2 * many - 1 - n : n;
        struct label_counts *part = &parts[at * 7 / 3 % part_count];
        CHECK(labels_add(part, label_of(at % many, text), (enum reason)(at % REASON_COUNT), 1 + at % 3));
        CHECK(n % 1000 || labels_add(part, SPAN("bad-mailbox"), REASON_USER_UNKNOWN, 1));
        EXPECT(part->count <= 2 * LABELS_MAX, "labels are bounded, got %u", part->count);
    }
    for (unsigned k = 1; k < part_count; k++)
        CHECK(labels_merge(&parts[0], &parts[k]));
    rows.rows = labels_report(&parts[0], &rows.count);
    CHECK(rows.rows);
    return rows;
}

static void expect_same_rows(const struct rows *a, const struct rows *b)
{
    EXPECT(a->count == b->count, "as many rows: %zu and %zu", a->count, b->count);
    for (size_t k = 0; k < a->count && k < b->count; k++)
        EXPECT(span_is(a->rows[k].label, b->rows[k].label) && a->rows[k].reason == b->rows[k].reason &&
                   a->rows[k].count == b->rows[k].count && a->rows[k].agreement == b->rows[k].agreement,
               "row %zu is the same", k);
}

static void test_many_labels(void **state)
{
    (void)state;
    struct label_counts one[1] = {0}, five[5] = {0};
    struct rows rows = many_labels(one, COUNT_OF(one), false), same = many_labels(five, COUNT_OF(five), true);
    expect_same_rows(&rows, &same);
    uint64_t all = 0, expected = 0, named = 0, others = 0, labels = 0;
    for (unsigned n = 0; n < 10 * LABELS_MAX; n++)
        expected += 1 + n % 3 + (n % 1000 == 0);
    for (size_t k = 0; k < rows.count; k++) {
        const struct count_label *row = &rows.rows[k];
        all += row->count;
        named += row->agreement == LABEL_SAME_REASON ? row->count : 0;
        others += row->label.length ? 0 : row->count;
        labels += row->label.length && (!k || !span_is(row->label, rows.rows[k - 1].label));
    }
    EXPECT(labels == LABELS_MAX, "as many labels as are kept, got %llu", (unsigned long long)labels);
    EXPECT(all == expected, "no bounce is lost: %llu", (unsigned long long)all);
    EXPECT(named == (10 * LABELS_MAX + 999) / 1000, "names are kept: %llu", (unsigned long long)named);
    EXPECT(others > expected / 2, "the rest has no label: %llu", (unsigned long long)others);
    free(rows.rows);
    free(same.rows);
    labels_free(&one[0]);
    for (unsigned k = 0; k < COUNT_OF(five); k++)
        labels_free(&five[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sums), cmocka_unit_test(test_order_and_length),
                                       cmocka_unit_test(test_many_labels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
