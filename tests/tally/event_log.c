/* Events come out of the log as they went in, grouped by number and in order of arrival within one. */
#include "base/base.h"

#include "tally/event_log.h"

#include "../test.h"

#define EVENTS      200000u
#define NUMBERS     1000u
#define KEYS_SHARED 50u

/* What an event of a bounce, or of another kind, may hold at most. */
static struct tally_event event_random(uint64_t *seed, uint64_t keys)
{
    uint64_t key = test_random(seed) % keys;
    struct tally_event event = {
        .when = test_random(seed) >> 18 << 18,
        .campaign = key * UINT64_C(0x9e3779b97f4a7c15), /* 0 among them */
        .detail = (uint32_t)test_random(seed),
    };
    if (test_random(seed) % 3 == 0) {
        event.when |= test_random(seed) >> 46;
        event.enhanced = (uint32_t)(test_random(seed) >> 34);
    }
    return event;
}

/* Adds EVENTS events with keys out of `keys` different ones and looks whether they come back. */
static void round_trip(uint64_t seed, uint64_t keys)
{
    static struct campaign_places places;
    memset((void *)&places, 0, sizeof places);
    struct block_pool pool;
    block_pool_init(&pool);
    struct event_log log = {0};
    struct tally_event *given = malloc(EVENTS * sizeof *given), *got = malloc(EVENTS * sizeof *got);
    uint32_t *numbers = malloc(EVENTS * sizeof *numbers);
    uint64_t ends[NUMBERS], next[NUMBERS] = {0};
    EXPECT(given && got && numbers, "there is memory");
    for (uint32_t k = 0; k < EVENTS; k++) {
        given[k] = event_random(&seed, keys);
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

static void test_few_keys(void **state)
{
    (void)state;
    round_trip(1, KEYS_SHARED);
}

/* More keys than there are places: those without one travel with their events. */
static void test_many_keys(void **state)
{
    (void)state;
    round_trip(2, (uint64_t)4 * CAMPAIGN_PLACES);
}

static void test_largest_number(void **state)
{
    (void)state;
    static struct campaign_places places;
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
        cmocka_unit_test(test_few_keys),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_largest_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
