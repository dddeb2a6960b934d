/* Events come out of the log as they went in, grouped by number and in order of arrival within one. */
#include "base/base.h"

#include "tally/event_log.h"

#include "../test.h"

#define EVENTS      200000u
#define NUMBERS     1000u
#define KEYS_SHARED 50u

/* How much of what events share there is of each. */
struct variety {
    uint64_t campaigns, verdicts, epochs;
};

/* What an event of a bounce, or of another kind, may hold; a few of other kinds hold what only bounces do. */
static struct tally_event event_random(uint64_t *seed, const struct variety *variety)
{
    uint64_t campaign = test_random(seed) % variety->campaigns, epoch = test_random(seed) % variety->epochs;
    uint64_t time_ms = epoch << 32 | test_random(seed) >> 32, kind = test_random(seed) % BM_KIND_COUNT;
    struct tally_event event = {
        .when = time_ms << TALLY_TIME_SHIFT | kind << TALLY_KIND_SHIFT,
        .campaign = campaign * UINT64_C(0x9e3779b97f4a7c15), /* 0 among them */
        .detail = (uint32_t)test_random(seed),
    };
    if (kind == BM_BOUNCE || test_random(seed) % 50 == 0) {
        uint64_t verdict = test_random(seed) % variety->verdicts * UINT64_C(0x9e3779b97f4a7c15);
        event.when |= verdict >> 46;
        event.enhanced = (uint32_t)(verdict >> 3 & ((1u << 30) - 1));
    }
    return event;
}

/* Adds EVENTS events of that variety and looks whether they come back. */
static void round_trip(uint64_t seed, struct variety variety)
{
    static struct event_places places;
    memset((void *)&places, 0, sizeof places);
    struct block_pool pool;
    block_pool_init(&pool);
    struct event_log log = {0};
    struct tally_event *given = malloc(EVENTS * sizeof *given), *got = malloc(EVENTS * sizeof *got);
    uint32_t *numbers = malloc(EVENTS * sizeof *numbers);
    uint64_t ends[NUMBERS], next[NUMBERS] = {0};
    EXPECT(given && got && numbers, "there is memory");
    for (uint32_t k = 0; k < EVENTS; k++) {
        given[k] = event_random(&seed, &variety);
        numbers[k] = (uint32_t)(test_random(&seed) % NUMBERS);
        EXPECT(event_log_add(&log, &pool, &places, numbers[k], &given[k]), "event %u is added", k);
    }
    EXPECT(log.count == EVENTS, "the log counts its events, %llu", (unsigned long long)log.count);
    event_log_group(&log, &places, got, ends, NUMBERS);
    EXPECT(ends[NUMBERS - 1] == EVENTS, "the last group ends with the last event");
    for (uint32_t k = 1; k < NUMBERS; k++)
        next[k] = ends[k - 1];
    for (uint32_t k = 0; k < EVENTS; k++)
        EXPECT(memcmp(&got[next[numbers[k]]++], &given[k], sizeof *given) == 0,
               "event %u of number %u comes back as it was", k, numbers[k]);
    for (uint32_t k = 0; k < NUMBERS; k++)
        EXPECT(next[k] == ends[k], "group %u has all its events", k);
    event_log_clear(&log, &pool);
    block_pool_free(&pool);
    free(given);
    free(got);
    free(numbers);
}

static void test_few(void **state)
{
    (void)state;
    round_trip(1, (struct variety){KEYS_SHARED, KEYS_SHARED, 3});
}

/* More of each than there are places: what has none travels with its events. */
static void test_many(void **state)
{
    (void)state;
    round_trip(2, (struct variety){(uint64_t)4 * EVENT_PLACES, KEYS_SHARED, 3});
    round_trip(3, (struct variety){KEYS_SHARED, (uint64_t)4 * EVENT_PLACES, 3});
    round_trip(4, (struct variety){KEYS_SHARED, KEYS_SHARED, 1u << (TALLY_TIME_BITS - 32)});
    round_trip(5, (struct variety){(uint64_t)4 * EVENT_PLACES, (uint64_t)4 * EVENT_PLACES, 20});
}

/* What an entry is said to take, it takes: 14 bytes, and two more for a bounce. */
static void test_bytes(void **state)
{
    (void)state;
    static struct event_places places;
    struct block_pool pool;
    block_pool_init(&pool);
    struct event_log log = {0};
    struct tally_event event = {.when = tally_when(INT64_C(1790000000000), BM_OPEN, 0, 0, 0), .campaign = 5};
    EXPECT(event_log_add(&log, &pool, &places, 1, &event) && log.used == 14, "an open takes 14, not %u",
           log.used);
    event.when = tally_when(INT64_C(1790000000000), BM_BOUNCE, BM_SOFT, 3, 452);
    event.enhanced = 1234;
    EXPECT(event_log_add(&log, &pool, &places, 1, &event) && log.used == 30, "a bounce 16: %u", log.used);
    event_log_clear(&log, &pool);
    block_pool_free(&pool);
}

static void test_largest_number(void **state)
{
    (void)state;
    static struct event_places places;
    struct block_pool pool;
    block_pool_init(&pool);
    struct event_log log = {0};
    struct tally_event event = {
        .when = UINT64_MAX, .campaign = UINT64_MAX, .enhanced = (1u << 30) - 1, .detail = UINT32_MAX};
    struct tally_event got;
    uint64_t ends[1];
    EXPECT(event_log_add(&log, &pool, &places, 0, &event), "the event is added");
    event_log_group(&log, &places, &got, ends, 1);
    EXPECT(memcmp(&got, &event, sizeof got) == 0, "the largest values come back");
    event_log_clear(&log, &pool);
    EXPECT(log.count == 0 && log.blocks.count == 0, "a cleared log is empty");
    block_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_largest_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
