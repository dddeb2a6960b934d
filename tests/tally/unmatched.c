/* The same texts in any order, in any number of tables: the same rows. */
#include "base/base.h"

#include "base/hash.h"
#include "tally/unmatched.h"

#include "../test.h"

/* Observation number k: which text, and its example. */
struct seen {
    uint32_t text;
    uint32_t example;
};

static size_t masked_make(uint32_t text, char out[64])
{
    return (size_t)snprintf(out, 64, "text %u is <id>", text);
}

static void add(struct unmatched *table, const struct seen *seen)
{
    char masked[64], example[64];
    size_t length = masked_make(seen->text, masked);
    /* Examples of several lengths; some equal, with different codes. */
    int example_length = snprintf(example, sizeof example, "text %u is %0*u", seen->text,
                                  1 + (int)(seen->example % 7), seen->example / 4);
    EXPECT(unmatched_add(table, (struct span){masked, length}, (struct span){example, (size_t)example_length},
                         (uint16_t)(500 + seen->example % 2), seen->example % 4 / 2, 1 + seen->example % 3),
           "there is memory");
}

static struct seen *observations(size_t count, uint32_t texts, uint64_t seed)
{
    struct seen *list = malloc(count * sizeof *list);
    CHECK(list);
    for (size_t k = 0; k < count; k++) {
        uint64_t a = test_random(&seed) % texts,
                 b = test_random(&seed) % texts; /* small numbers are frequent */
        list[k] = (struct seen){(uint32_t)(k < texts ? k
                                           : a < b   ? a
                                                     : b),
                                (uint32_t)(test_random(&seed) % 40)};
    }
    return list;
}

static void shuffle(struct seen *list, size_t count, uint64_t *seed)
{
    for (size_t k = count; k > 1; k--) {
        size_t other = test_random(seed) % k;
        struct seen swap = list[k - 1];
        list[k - 1] = list[other];
        list[other] = swap;
    }
}

static void expect_same(const struct count_unmatched *a, size_t a_count, const struct count_unmatched *b,
                        size_t b_count, const char *what)
{
    EXPECT(a_count == b_count, "%s: %zu rows, got %zu", what, a_count, b_count);
    for (size_t k = 0; k < a_count; k++)
        EXPECT(span_compare(a[k].masked, b[k].masked) == 0 && span_compare(a[k].example, b[k].example) == 0 &&
                   a[k].count == b[k].count && a[k].smtp_code == b[k].smtp_code &&
                   a[k].enhanced == b[k].enhanced,
               "%s: row %zu is \"%.*s\", got \"%.*s\"", what, k, (int)a[k].masked.length, a[k].masked.at,
               (int)b[k].masked.length, b[k].masked.at);
}

/* In this order, spread over `parts` tables, which are merged from the last to the first. */
static void expect_spread(const struct seen *list, size_t count, unsigned parts,
                          const struct count_unmatched *wanted, size_t wanted_count, const char *what)
{
    struct unmatched tables[5] = {{0}};
    CHECK(parts <= COUNT_OF(tables));
    for (size_t k = 0; k < count; k++)
        add(&tables[parts > 1 && k % 7 == 0 ? 0 : k * parts / count], &list[k]);
    for (unsigned k = parts; k > 1; k--)
        EXPECT(unmatched_merge(&tables[k - 2], &tables[k - 1]), "they merge");
    size_t rows_count;
    struct count_unmatched *rows = unmatched_top(&tables[0], &rows_count);
    CHECK(rows);
    expect_same(wanted, wanted_count, rows, rows_count, what);
    free(rows);
    for (unsigned k = 0; k < parts; k++)
        unmatched_free(&tables[k]);
}

/* The counts by brute force: every row's must be the true one. */
static void expect_true(const struct seen *list, size_t count, uint32_t texts,
                        const struct count_unmatched *rows, size_t rows_count)
{
    uint64_t *counts = calloc(texts, sizeof *counts);
    CHECK(counts);
    for (size_t k = 0; k < count; k++)
        counts[list[k].text] += 1 + list[k].example % 3;
    for (size_t k = 0; k < rows_count; k++) {
        uint32_t text = (uint32_t)strtoul(rows[k].masked.at + strlen("text "), NULL, 10);
        EXPECT(rows[k].count == counts[text], "text %u was seen %llu times, got %llu", text,
               (unsigned long long)counts[text], (unsigned long long)rows[k].count);
        EXPECT(
            k == 0 || rows[k - 1].count > rows[k].count ||
                (rows[k - 1].count == rows[k].count && span_compare(rows[k - 1].masked, rows[k].masked) < 0),
            "most frequent first, then in byte order");
    }
    free(counts);
}

static void check(size_t count, uint32_t texts, size_t rows_wanted)
{
    uint64_t seed = texts;
    struct seen *list = observations(count, texts, seed);
    struct unmatched whole = {0};
    for (size_t k = 0; k < count; k++)
        add(&whole, &list[k]);
    size_t rows_count;
    struct count_unmatched *rows = unmatched_top(&whole, &rows_count);
    CHECK(rows);
    EXPECT(rows_count == rows_wanted, "%zu rows of %u texts, got %zu", rows_wanted, texts, rows_count);
    expect_true(list, count, texts, rows, rows_count);
    expect_spread(list, count, 1, rows, rows_count, "the same once more");
    expect_spread(list, count, 2, rows, rows_count, "in two tables");
    expect_spread(list, count, 5, rows, rows_count, "in five tables");
    shuffle(list, count, &seed);
    expect_spread(list, count, 1, rows, rows_count, "in another order");
    expect_spread(list, count, 3, rows, rows_count, "in another order, in three tables");
    free(rows);
    unmatched_free(&whole);
    free(list);
}

static void test_few_texts(void **state)
{
    (void)state;
    check(20000, 700, 700);
    check(20000, 5000, UNMATCHED_ROWS_MAX);
}

static void test_as_many_as_are_counted(void **state)
{
    (void)state;
    check(200000, UNMATCHED_TEXTS_MAX, UNMATCHED_ROWS_MAX);
}

static void test_more_than_are_counted(void **state)
{
    (void)state;
    check(200000, UNMATCHED_TEXTS_MAX + 1, UNMATCHED_ROWS_MAX);
    check(500000, 5 * UNMATCHED_TEXTS_MAX, UNMATCHED_ROWS_MAX);
}

static void test_no_text(void **state)
{
    (void)state;
    struct unmatched table = {0}, other = {0};
    size_t count = 1;
    EXPECT(unmatched_merge(&table, &other), "nothing merges into nothing");
    struct count_unmatched *rows = unmatched_top(&table, &count);
    EXPECT(rows && count == 0, "no text, no row");
    free(rows);
    unmatched_free(&table);
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    struct unmatched table = {0};
    char text[2 * UNMATCHED_BYTES_MAX];
    memset(text, 'x', sizeof text);
    struct span whole = {text, sizeof text}, shorter = {text, sizeof text - 7};
    CHECK(unmatched_add(&table, whole, whole, 550, 0, 1) &&
          unmatched_add(&table, shorter, shorter, 550, 0, 1));
    size_t count;
    struct count_unmatched *rows = unmatched_top(&table, &count);
    EXPECT(rows && count == 1 && rows[0].count == 2, "texts that begin alike count together");
    EXPECT(rows && rows[0].masked.length == UNMATCHED_BYTES_MAX &&
               rows[0].example.length == UNMATCHED_BYTES_MAX,
           "both are cut");
    free(rows);
    unmatched_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_text),
        cmocka_unit_test(test_few_texts),
        cmocka_unit_test(test_as_many_as_are_counted),
        cmocka_unit_test(test_more_than_are_counted),
        cmocka_unit_test(test_long_texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
