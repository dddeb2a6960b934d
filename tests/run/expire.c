/* Random lives of addresses, replayed by every policy with and without what has expired: no status, no moment
 * and no change of the history may differ, whatever comes later. */
#include "base/base.h"

#include "run/expire.h"
#include "tally/event_run.h"

#include <bouncemill/policy.h>

#include "../test.h"

#define EVENTS_MAX 40
#define LIVES      3000
#define DAY        (INT64_C(24) * 3600 * 1000)
#define START      INT64_C(1767254400000)

struct told {
    struct policy_result result;
    struct policy_change changes[EVENTS_MAX * 4];
    size_t change_count;
};

static struct told replay(const struct policy *policy, const struct tally_event *events, size_t count,
                          int64_t as_of_ms, bool trusted)
{
    struct policy_event list[EVENTS_MAX];
    struct policy_scratch scratch = {.want_changes = true};
    struct told told = {0};
    for (size_t k = 0; k < count; k++)
        list[k] = (struct policy_event){.time_ms = tally_time_ms(&events[k]),
                                        .campaign = events[k].campaign,
                                        .kind = (uint8_t)tally_kind(&events[k]),
                                        .class_ = (uint8_t)tally_class(&events[k]),
                                        .reason = (uint8_t)tally_reason(&events[k])};
    struct policy_input input = {
        .events = list, .count = count, .as_of_ms = as_of_ms, .domain_trusted = trusted};
    EXPECT(policy_replay(policy, &input, &scratch, &told.result), "there is memory");
    EXPECT(scratch.changes.count <= COUNT_OF(told.changes), "the changes have room");
    told.change_count = scratch.changes.count;
    for (size_t k = 0; k < told.change_count; k++)
        told.changes[k] = scratch.changes.items[k];
    policy_scratch_free(&scratch);
    return told;
}

static bool change_same(const struct policy_change *a, const struct policy_change *b)
{
    return a->time_ms == b->time_ms && a->status == b->status && a->cause == b->cause &&
           a->cause_reason == b->cause_reason;
}

static bool told_same(const struct told *a, const struct told *b)
{
    const struct policy_result *x = &a->result, *y = &b->result;
    for (size_t k = 0; k < a->change_count && k < b->change_count; k++)
        if (!change_same(&a->changes[k], &b->changes[k]))
            return false;
    return a->change_count == b->change_count && x->since_ms == y->since_ms &&
           x->bounce_count == y->bounce_count && x->detail == y->detail && x->status == y->status &&
           x->cause == y->cause && x->cause_reason == y->cause_reason && x->suppressed == y->suppressed;
}

/* Lives that begin with opens, clicks and deliveries, as most do. */
static size_t life_make(struct tally_event *events, uint64_t *seed)
{
    static const enum bm_kind quiet[] = {BM_OPEN, BM_CLICK, BM_DELIVERED, BM_OPEN, BM_DELIVERED};
    static const enum bm_kind any[] = {BM_BOUNCE, BM_BOUNCE,    BM_BOUNCE,      BM_OPEN,        BM_DELIVERED,
                                       BM_CLICK,  BM_COMPLAINT, BM_UNSUBSCRIBE, BM_RESUBSCRIBE, BM_DELETE};
    size_t count = 2 + test_random(seed) % (EVENTS_MAX - 2), still = test_random(seed) % count;
    int64_t time_ms = START;
    for (size_t k = 0; k < count; k++) {
        enum bm_kind kind =
            k < still ? quiet[test_random(seed) % COUNT_OF(quiet)] : any[test_random(seed) % COUNT_OF(any)];
        unsigned reason = (unsigned)(test_random(seed) % REASON_COUNT);
        enum bm_class class_ = kind == BM_BOUNCE ? reason_table[reason].class_ : BM_HARD;
        bool bounce = kind == BM_BOUNCE && class_ != BM_NONE;
        if (kind == BM_BOUNCE && !bounce)
            kind = BM_DELIVERED;
        time_ms += (int64_t)(test_random(seed) % 9) * DAY / 2;
        events[k] = (struct tally_event){
            .when = tally_when(time_ms, kind, bounce ? class_ : BM_HARD, bounce ? reason : 0, 0),
            .campaign = test_random(seed) % 4 ? 1 + test_random(seed) % 12 : 0,
            .detail = (uint32_t)k};
    }
    events_sort(events, count);
    return count;
}

static size_t policy_check(const char *name)
{
    struct policy_set set;
    struct bm_error error;
    uint64_t seed = 7;
    size_t dropped = 0;
    if (policy_set_new(&set, name, NULL, 0, &error) != BM_OK) {
        policy_set_free(&set);
        return SIZE_MAX; /* one that needs a setting */
    }
    uint32_t kinds = expire_kinds(&set);
    for (unsigned life = 0; life < LIVES; life++) {
        struct tally_event events[EVENTS_MAX];
        size_t count = life_make(events, &seed);
        int64_t last_ms = tally_time_ms(&events[count - 1]);
        int64_t cutoff_ms = START + (int64_t)(test_random(&seed) % (uint64_t)(last_ms - START + DAY));
        int64_t as_of_ms = last_ms + (int64_t)(test_random(&seed) % 200) * DAY;
        bool trusted = test_random(&seed) & 1;
        size_t expired = expire_count(events, count, cutoff_ms, kinds);
        struct told whole = replay(set.policies[0], events, count, as_of_ms, trusted);
        struct told rest = replay(set.policies[0], events + expired, count - expired, as_of_ms, trusted);
        EXPECT(expired < count, "an event stays");
        EXPECT(told_same(&whole, &rest), "%s, life %u: without %zu of %zu events nothing changes", name, life,
               expired, count);
        dropped += expired;
    }
    policy_set_free(&set);
    return dropped;
}

static void test_every_policy(void **state)
{
    (void)state;
    unsigned checked = 0;
    for (unsigned k = 0; bm_policy_name(k); k++) {
        size_t dropped = policy_check(bm_policy_name(k));
        checked += dropped != SIZE_MAX;
        bool does_without =
            strncmp(bm_policy_name(k), "sfmc", 4) == 0 || strcmp(bm_policy_name(k), "ses") == 0;
        EXPECT(!does_without || dropped > LIVES, "%s can do without many events: %zu", bm_policy_name(k),
               dropped);
    }
    EXPECT(checked > 15, "every policy was replayed: %u", checked);
}

static void test_what_stays(void **state)
{
    (void)state;
    static const struct {
        enum bm_kind kinds[5];
        int64_t days[5];
        size_t count, expired;
        const char *why;
    } cases[] = {
        {{BM_OPEN, BM_CLICK, BM_OPEN}, {1, 2, 3}, 3, 2, "the last open stays"},
        {{BM_OPEN, BM_CLICK, BM_OPEN}, {1, 2, 30}, 3, 1, "one after the moment does not make others go"},
        {{BM_OPEN, BM_BOUNCE, BM_OPEN, BM_OPEN}, {1, 2, 3, 4}, 4, 0, "nothing goes behind a bounce"},
        {{BM_OPEN, BM_OPEN, BM_BOUNCE}, {1, 2, 3}, 3, 1, "before a bounce it does"},
        {{BM_UNSUBSCRIBE, BM_OPEN, BM_OPEN}, {1, 2, 3}, 3, 0, "nothing goes behind an opt-out"},
        {{BM_DELIVERED, BM_DELIVERED, BM_OPEN, BM_DELIVERED},
         {1, 2, 3, 4},
         4,
         2,
         "deliveries before an open go"},
        {{BM_OPEN}, {1}, 1, 0, "the only event stays"},
    };
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        struct tally_event events[5];
        for (size_t j = 0; j < cases[k].count; j++)
            events[j] = (struct tally_event){
                .when = tally_when(START + cases[k].days[j] * DAY, cases[k].kinds[j], BM_HARD, 0, 0)};
        size_t expired = expire_count(events, cases[k].count, START + 20 * DAY,
                                      1u << BM_OPEN | 1u << BM_CLICK | 1u << BM_DELIVERED);
        EXPECT(expired == cases[k].expired, "%s: %zu go, wanted %zu", cases[k].why, expired,
               cases[k].expired);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_policy),
                                       cmocka_unit_test(test_what_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
