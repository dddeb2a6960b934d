#include "base/base.h"

#include "base/hash.h"
#include "tally/named_counts.h"

#include "../test.h"

#define NAMES 3000
#define DAYS  400

static struct span name_make(unsigned number, char out[128])
{
    /* Lengths around what stands inline; number 0 is the empty name. */
    int length = number ? snprintf(out, 128, "%u.example%.*s", number, (int)(number % 100),
                                   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                   "xxxxxxxxxxxxxxxxxxxxxxxxxxx")
                        : 0;
    return (struct span){out, (size_t)length};
}

static uint32_t find(struct named_counts *table, unsigned number)
{
    char text[128];
    struct span name = name_make(number, text);
    uint32_t found = named_find(table, name, hash_span(name));
    EXPECT(found != NAMED_NONE, "there is memory for name %u", number);
    return found;
}

/* What is true of one name. */
struct truth {
    uint64_t kinds[BM_KIND_COUNT], classes[BM_CLASS_COUNT];
    int64_t first_ms, last_ms;
    uint64_t days[DAYS];
};

static void observe(struct named_counts *table, struct truth *truth, uint64_t *seed)
{
    unsigned number = (unsigned)(test_random(seed) % NAMES),
             kind = (unsigned)(test_random(seed) % BM_KIND_COUNT);
    int64_t time_ms = (int64_t)(test_random(seed) % 1000000);
    struct truth *mine = &truth[number];
    uint32_t at = find(table, number);
    named_count(table, at, kind, time_ms);
    bool first = true;
    for (unsigned k = 0; k < BM_KIND_COUNT; k++)
        first &= mine->kinds[k] == 0;
    mine->kinds[kind]++;
    mine->first_ms = first || time_ms < mine->first_ms ? time_ms : mine->first_ms;
    mine->last_ms = first || time_ms > mine->last_ms ? time_ms : mine->last_ms;
    if (kind != BM_BOUNCE)
        return;
    unsigned day = (unsigned)(test_random(seed) % DAYS),
             class_ = (unsigned)(test_random(seed) % BM_CLASS_COUNT);
    EXPECT(named_count_day(table, at, (int32_t)day, 1 + day % 3), "the day is counted");
    mine->days[day] += 1 + day % 3;
    table->bounces[at].classes[class_]++;
    mine->classes[class_]++;
}

static void expect_row(const struct count_named *row, const struct truth *truth)
{
    int32_t worst = -1;
    uint64_t bounces = 0;
    for (int32_t day = 0; day < DAYS; day++)
        if (truth->days[day] > bounces) {
            bounces = truth->days[day];
            worst = day;
        }
    EXPECT(memcmp(row->cell.kinds, truth->kinds, sizeof truth->kinds) == 0, "rows by kind");
    EXPECT(memcmp(row->cell.classes, truth->classes, sizeof truth->classes) == 0, "bounces by class");
    EXPECT(row->first_ms == truth->first_ms && row->last_ms == truth->last_ms, "first and last row");
    EXPECT(row->worst_day == worst && row->worst_day_bounces == bounces,
           "worst day %d with %llu, got %d with %llu", worst, (unsigned long long)bounces, row->worst_day,
           (unsigned long long)row->worst_day_bounces);
}

static void expect_table(const struct named_counts *table, const struct truth *truth)
{
    size_t count;
    struct count_named *rows = named_report(table, &count);
    CHECK(rows);
    EXPECT(count == NAMES, "all %u names are there, got %zu", NAMES, count);
    for (size_t k = 0; k < count; k++) {
        char text[128];
        unsigned number = rows[k].name.length ? (unsigned)strtoul(rows[k].name.at, NULL, 10) : 0;
        EXPECT(span_is(rows[k].name, name_make(number, text)), "name %u is whole", number);
        EXPECT(k == 0 || span_compare(rows[k - 1].name, rows[k].name) < 0, "names are sorted and different");
        expect_row(&rows[k], &truth[number]);
    }
    free(rows);
}

/* One table with everything, and three that are merged. */
static void test_random_counts_and_merge(void **state)
{
    (void)state;
    struct truth *truth = calloc(NAMES, sizeof *truth), *same = calloc(NAMES, sizeof *same);
    CHECK(truth && same);
    struct named_counts whole = {0}, parts[3] = {{0}};
    uint64_t seed = 8, again = 8;
    for (unsigned k = 0; k < 200000; k++)
        observe(&whole, truth, &seed);
    for (unsigned k = 0; k < 200000; k++)
        observe(&parts[k * 3 / 200000], same, &again);
    expect_table(&whole, truth);
    EXPECT(named_merge(&parts[2], &parts[0]) && named_merge(&parts[2], &parts[1]), "they merge");
    expect_table(&parts[2], truth);
    struct named_counts empty = {0};
    EXPECT(named_merge(&empty, &parts[2]) && named_merge(&empty, &(struct named_counts){0}),
           "into nothing, and nothing");
    expect_table(&empty, truth);
    named_free(&empty);
    named_free(&whole);
    for (unsigned k = 0; k < COUNT_OF(parts); k++)
        named_free(&parts[k]);
    free(truth);
    free(same);
}

static uint64_t count_of(const struct named_counts *table, unsigned kind)
{
    size_t count;
    struct count_named *rows = named_report(table, &count);
    CHECK(rows && count == 1);
    uint64_t rows_of_kind = rows[0].cell.kinds[kind];
    free(rows);
    return rows_of_kind;
}

static void test_counts_past_32_bits(void **state)
{
    (void)state;
    struct named_counts table = {0}, other = {0};
    uint32_t at = find(&table, 1);
    table.hot[at].kinds[BM_SENT] = UINT32_MAX - 2;
    for (unsigned k = 0; k < 5; k++)
        named_count(&table, at, BM_SENT, 0);
    EXPECT(count_of(&table, BM_SENT) == (uint64_t)UINT32_MAX + 3, "counted over the limit");
    EXPECT(count_of(&table, BM_OPEN) == 0, "and nothing else");
    uint32_t there = find(&other, 1);
    other.hot[there].kinds[BM_SENT] = UINT32_MAX;
    other.cold[there].wraps[BM_SENT] = 4;
    EXPECT(named_merge(&table, &other), "they merge");
    EXPECT(count_of(&table, BM_SENT) == ((uint64_t)UINT32_MAX + 3) + ((uint64_t)4 << 32 | UINT32_MAX),
           "the carry of a merge is counted, got %llu", (unsigned long long)count_of(&table, BM_SENT));
    EXPECT(named_merge(&table, &(struct named_counts){0}), "nothing more");
    named_free(&table);
    named_free(&other);
}

/* Days that grow at one end, at the other, and at both in turns. */
static void test_days_grow_at_both_ends(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct named_counts table = {0};
        uint32_t at = find(&table, 1);
        for (int32_t k = 0; k < 3000; k++) {
            int32_t day = way == 0 ? k : way == 1 ? 50903 - k : k % 2 ? 25000 + k * 8 : 25000 - k * 8;
            EXPECT(named_count_day(&table, at, day, k == 1717 ? 3 : 2), "day %d", day);
        }
        uint64_t sum = 0;
        for (uint32_t k = 0; k < table.bounces[at].day_count; k++)
            sum += table.bounces[at].days[k];
        EXPECT(sum == 6001, "no bounce is lost, way %d: %llu", way, (unsigned long long)sum);
        size_t count;
        struct count_named *rows = named_report(&table, &count);
        int32_t worst = way == 0 ? 1717 : way == 1 ? 50903 - 1717 : 25000 + 1717 * 8;
        EXPECT(rows && rows[0].worst_day == worst, "the worst day is %d, got %d", worst,
               rows ? rows[0].worst_day : 0);
        free(rows);
        named_free(&table);
    }
}

static void test_worst_day_is_the_earliest_of_equals(void **state)
{
    (void)state;
    static const int32_t days[] = {20, 7, 300, 7, 20, 9};
    struct named_counts table = {0};
    uint32_t at = find(&table, 1);
    for (unsigned k = 0; k < COUNT_OF(days); k++)
        CHECK(named_count_day(&table, at, days[k], 1));
    size_t count;
    struct count_named *rows = named_report(&table, &count);
    EXPECT(rows && rows[0].worst_day == 7 && rows[0].worst_day_bounces == 2, "day 7, before 20");
    free(rows);
    named_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_counts_and_merge),
        cmocka_unit_test(test_counts_past_32_bits),
        cmocka_unit_test(test_days_grow_at_both_ends),
        cmocka_unit_test(test_worst_day_is_the_earliest_of_equals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
