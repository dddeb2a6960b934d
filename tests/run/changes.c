/* Changes sorted are in order and stable, and many of them take no time to speak of. */
#include "run/changes.h"
#include "base/base.h"

#include "tests/test.h"

#include <time.h>

#define POLICIES         3
#define CHANGES_MANY     200000 /* of each policy; in time that grows with their square: over a minute */
#define SORT_SECONDS_MAX 5

/* `each` changes of every policy one behind the other, numbered by their time within `change`. */
static struct outcome_change *changes_make(size_t each, uint64_t *seed, int64_t step_ms)
{
    struct outcome_change *changes = calloc(POLICIES * each + 1, sizeof *changes);
    CHECK(changes);
    for (size_t policy = 0; policy < POLICIES; policy++) {
        int64_t time_ms = 0;
        for (size_t k = 0; k < each; k++) {
            time_ms += (int64_t)(test_random(seed) % (uint64_t)step_ms);
            changes[policy * each + k] = (struct outcome_change){
                .time_ms = time_ms, .policy = (uint16_t)policy, .change.time_ms = (int64_t)k};
        }
    }
    return changes;
}

static void expect_sorted(const struct outcome_change *changes, size_t count)
{
    int64_t next[POLICIES] = {0};
    for (size_t k = 0; k < count; k++) {
        const struct outcome_change *change = &changes[k];
        EXPECT(change->change.time_ms == next[change->policy]++, "change %zu: a policy's stay in order", k);
        EXPECT(!k || changes[k - 1].time_ms < change->time_ms ||
                   (changes[k - 1].time_ms == change->time_ms && changes[k - 1].policy <= change->policy),
               "change %zu: by time, then policy", k);
    }
}

static void sort_and_expect(size_t each, int64_t step_ms)
{
    uint64_t seed = each + 1;
    struct outcome_change *changes = changes_make(each, &seed, step_ms);
    struct outcome_change *room = calloc(POLICIES * each + 1, sizeof *room);
    CHECK(room);
    changes_sort(changes, POLICIES * each, room);
    expect_sorted(changes, POLICIES * each);
    free(changes);
    free(room);
}

static void test_order(void **state)
{
    (void)state;
    for (size_t each = 0; each < 150; each++) {
        sort_and_expect(each, 2); /* many at one instant */
        sort_and_expect(each, 1000);
    }
}

static void test_many(void **state)
{
    (void)state;
    clock_t begin = clock();
    sort_and_expect(CHANGES_MANY, 3);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    EXPECT(seconds < SORT_SECONDS_MAX, "many changes are sorted at once, not in %.1f s", seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
