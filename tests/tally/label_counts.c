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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sums), cmocka_unit_test(test_order_and_length)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
