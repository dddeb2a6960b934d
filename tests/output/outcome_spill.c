/* Outcomes that come back from a file are what they were, sorted, whatever the runs they were written in. */
#include "base/base.h"

#include "output/outcome_spill.h"

#include <unistd.h>

#include "../test.h"

#define OUTCOMES 30000u
#define POLICIES 2u

struct made {
    struct arena arena;
    struct outcome_ref refs[OUTCOMES], spare[OUTCOMES];
};

static void *take(struct made *made, size_t bytes)
{
    void *memory = arena_take(&made->arena, bytes, 8);
    CHECK(memory);
    memset(memory, 0, bytes);
    return memory;
}

static const struct address_record *address_make(struct made *made, unsigned number, uint64_t *seed)
{
    char text[512];
    int length =
        snprintf(text, sizeof text, "%sa%0*u@d%u.example", test_random(seed) % 2 ? "same-beginning-" : "",
                 number % 100 ? 1 : 300, number, (unsigned)(test_random(seed) % 50));
    struct address_record *record = take(made, record_bytes((size_t)length));
    record_make(record, 0, (struct span){text, (size_t)length});
    return record;
}

static const struct outcome_more *more_make(struct made *made, unsigned number, uint64_t *seed)
{
    struct outcome_more *more = take(made, sizeof *more);
    more->change_count = number % 1000 ? (uint32_t)(test_random(seed) % 3) : 3000;
    struct outcome_change *changes = take(made, more->change_count * sizeof *changes + 1);
    for (uint32_t k = 0; k < more->change_count; k++)
        changes[k] = (struct outcome_change){.time_ms = number + k, .policy = (uint16_t)k};
    more->changes = changes;
    more->snapshot_count = (uint32_t)(test_random(seed) % 3);
    struct outcome_snapshot *snapshots = take(made, more->snapshot_count * sizeof *snapshots + 1);
    for (uint32_t k = 0; k < more->snapshot_count; k++)
        snapshots[k] = (struct outcome_snapshot){.date = number + k, .policy = 1};
    more->snapshots = snapshots;
    more->moment_count = (uint32_t)(test_random(seed) % 4);
    more->invalid_smtp_code = (uint16_t)number;
    struct outcome_moment *moments = take(made, more->moment_count * sizeof *moments + 1);
    for (uint32_t k = 0; k < more->moment_count; k++)
        moments[k] = (struct outcome_moment){.time_ms = number + k, .campaign = k};
    more->moments = moments;
    return more;
}

/* Everything about an outcome follows from its number, which bounce_count holds. */
static struct outcome *outcome_make(struct made *made, unsigned number)
{
    uint64_t seed = number;
    struct outcome *outcome = take(made, sizeof *outcome + POLICIES * sizeof outcome->results[0]);
    outcome->address = address_make(made, number, &seed);
    outcome->results[0].bounce_count = number;
    outcome->results[1].since_ms = number * INT64_C(1000);
    outcome->first_bounce_ms = number + 1;
    if (test_random(&seed) % 2 || number % 1000 == 0)
        outcome->more = more_make(made, number, &seed);
    return outcome;
}

static bool list_same(const void *a, const void *b, size_t count, size_t bytes)
{
    return !count || memcmp(a, b, count * bytes) == 0;
}

static void expect_same_more(const struct outcome_more *got, const struct outcome_more *wanted,
                             unsigned number)
{
    EXPECT(got->change_count == wanted->change_count &&
               list_same(got->changes, wanted->changes, wanted->change_count, sizeof *wanted->changes),
           "outcome %u: its changes", number);
    EXPECT(
        got->snapshot_count == wanted->snapshot_count &&
            list_same(got->snapshots, wanted->snapshots, wanted->snapshot_count, sizeof *wanted->snapshots),
        "outcome %u: its snapshots", number);
    EXPECT(got->invalid_smtp_code == wanted->invalid_smtp_code && got->moment_count == wanted->moment_count &&
               list_same(got->moments, wanted->moments, wanted->moment_count, sizeof *wanted->moments),
           "outcome %u: its moments", number);
}

static void expect_same(const struct outcome *got, const struct outcome *wanted)
{
    unsigned number = wanted->results[0].bounce_count;
    EXPECT(span_is(record_address(got->address), record_address(wanted->address)), "outcome %u: its address",
           number);
    EXPECT(got->results[0].bounce_count == number && got->results[1].since_ms == number * INT64_C(1000) &&
               got->first_bounce_ms == wanted->first_bounce_ms,
           "outcome %u: its results", number);
    EXPECT(!got->more == !wanted->more, "outcome %u: whether there is more", number);
    if (wanted->more)
        expect_same_more(got->more, wanted->more, number);
}

/* A sort uses the keys up. */
static void sort(struct made *made, size_t at, size_t count)
{
    for (size_t k = at; k < at + count; k++)
        made->refs[k] = outcome_ref_make(made->refs[k].outcome);
    outcomes_sort_few(made->refs + at, made->spare, count);
}

/* Adds the outcomes in runs of `run` at most, in no order among the runs; `total` is what is announced. */
static void runs_add(struct outcome_spill *spill, struct made *made, size_t run, size_t total)
{
    struct bm_error error;
    for (size_t at = 0; at < OUTCOMES; at += run) {
        size_t count = OUTCOMES - at < run ? OUTCOMES - at : run;
        sort(made, at, count);
        EXPECT(outcome_spill_add(spill, made->refs + at, count, total, &error) == BM_OK, "%s", error.message);
    }
}

static void check(struct made *made, size_t run, size_t total)
{
    struct outcome_spill spill;
    outcome_spill_init(&spill, "/tmp", POLICIES);
    runs_add(&spill, made, run, total);
    EXPECT(spill.count == OUTCOMES && spill.run_count == (OUTCOMES + run - 1) / run, "all are counted");
    sort(made, 0, OUTCOMES);
    struct outcome_list list = {.spill = &spill, .count = OUTCOMES};
    struct outcome_stretch stretch = {0};
    size_t at = 0;
    for (size_t k = 0; k < outcome_stretches(&list); k++) {
        EXPECT(outcome_stretch_at(&list, k, &stretch), "stretch %zu is read", k);
        EXPECT(outcome_stretch_at(&list, k, &stretch), "and need not be read again");
        for (size_t j = 0; j < stretch.count && at < OUTCOMES; j++)
            expect_same(stretch.refs[j].outcome, made->refs[at++].outcome);
    }
    EXPECT(at == OUTCOMES, "none is lost or doubled: %zu", at);
    outcome_stretch_free(&stretch);
    outcome_spill_free(&spill);
}

static int set_up(void **state)
{
    struct made *made = calloc(1, sizeof *made);
    CHECK(made);
    for (unsigned k = 0; k < OUTCOMES; k++)
        made->refs[k] = outcome_ref_make(outcome_make(made, k));
    *state = made;
    return 0;
}

static int tear_down(void **state)
{
    struct made *made = *state;
    arena_free(&made->arena);
    free(made);
    return 0;
}

static void test_runs(void **state)
{
    check(*state, OUTCOMES, OUTCOMES);
    check(*state, 7000, OUTCOMES);
    check(*state, 999, OUTCOMES);
    check(*state, 29999, 1);          /* announced as few: one stretch has all */
    check(*state, 100, SIZE_MAX / 2); /* as many: as many stretches as the first run has addresses */
}

static void test_stretches_are_even(void **state)
{
    struct made *made = *state;
    struct outcome_spill spill;
    outcome_spill_init(&spill, "/tmp", POLICIES);
    runs_add(&spill, made, 3000, OUTCOMES);
    struct outcome_list list = {.spill = &spill, .count = OUTCOMES};
    size_t stretches = outcome_stretches(&list);
    EXPECT(stretches > 4, "there are several: %zu", stretches);
    outcome_spill_free(&spill);
}

static void test_unreadable(void **state)
{
    struct made *made = *state;
    struct outcome_spill spill;
    outcome_spill_init(&spill, "/tmp", POLICIES);
    runs_add(&spill, made, OUTCOMES, OUTCOMES);
    CHECK(ftruncate(spill.file.fd, 1000) == 0);
    struct outcome_list list = {.spill = &spill, .count = OUTCOMES};
    struct outcome_stretch stretch = {0};
    EXPECT(!outcome_stretch_at(&list, outcome_stretches(&list) - 1, &stretch), "what is gone is not read");
    EXPECT(spill.error.code == BM_OUTPUT, "and it is said: %s", spill.error.message);
    outcome_stretch_free(&stretch);
    outcome_spill_free(&spill);
}

static void test_nowhere(void **state)
{
    struct made *made = *state;
    struct outcome_spill spill;
    struct bm_error error;
    outcome_spill_init(&spill, "/nowhere/at/all", POLICIES);
    EXPECT(outcome_spill_add(&spill, made->refs, 100, 100, &error) == BM_OUTPUT, "no folder, no file");
    EXPECT(spill.run_count == 0, "and no run");
    outcome_spill_free(&spill);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_runs), cmocka_unit_test(test_stretches_are_even),
                                       cmocka_unit_test(test_unreadable), cmocka_unit_test(test_nowhere)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
