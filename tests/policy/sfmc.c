/* What the conformance cases leave out: each setting, retry groups in numbers, and what must hold for any
 * events. */
#include "base/base.h"
#include "policy/policy.h"

#include "test.h"

#define HOUR         INT64_C(3600000)
#define DAY          (24 * HOUR)
#define START        INT64_C(1767254400000)
#define RANDOM_RUNS  3000
#define RANDOM_COUNT 60

struct outcome {
    struct policy_result result;
    struct policy_change changes[256];
    size_t change_count;
};

static struct outcome replay(const char *policy, const char *setting, const struct policy_event *events,
                             size_t count, int64_t as_of_ms, bool trusted)
{
    struct policy_scratch scratch = {.want_changes = true};
    struct outcome outcome;
    struct policy_set set;
    struct bm_error error;
    EXPECT(policy_set_new(&set, policy, &setting, setting != NULL, &error) == BM_OK, "%s", error.message);
    struct policy_input input = {events, count, as_of_ms, trusted};
    EXPECT(policy_replay(set.policies[0], &input, &scratch, &outcome.result), "there is memory");
    EXPECT(scratch.changes.count <= COUNT_OF(outcome.changes), "the changes have room");
    outcome.change_count = scratch.changes.count;
    if (outcome.change_count)
        memcpy(outcome.changes, scratch.changes.items, outcome.change_count * sizeof *outcome.changes);
    policy_set_free(&set);
    policy_scratch_free(&scratch);
    return outcome;
}

static struct policy_event bounce(int64_t at, uint64_t campaign, enum reason reason)
{
    return (struct policy_event){.time_ms = START + at,
                                 .campaign = campaign,
                                 .kind = BM_BOUNCE,
                                 .class_ = (uint8_t)reason_table[reason].class_,
                                 .reason = (uint8_t)reason};
}

static struct policy_event other(int64_t at, enum bm_kind kind, uint64_t campaign)
{
    return (struct policy_event){.time_ms = START + at, .campaign = campaign, .kind = (uint8_t)kind};
}

static void expect_outcome(const char *policy, const char *setting, const struct policy_event *events,
                           size_t count, bool trusted, enum status status, enum cause cause, unsigned bounces)
{
    struct outcome outcome = replay(policy, setting, events, count, START + 365 * DAY, trusted);
    EXPECT(outcome.result.status == status && outcome.result.cause == cause &&
               outcome.result.bounce_count == bounces,
           "%s %s: %s %s %u, got %s %s %u", policy, setting ? setting : "", status_name(status),
           cause_name(cause), bounces, status_name(outcome.result.status), cause_name(outcome.result.cause),
           outcome.result.bounce_count);
}

static void test_window_settings(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, REASON_MAILBOX_FULL),
                                          bounce(DAY, 2, REASON_MAILBOX_FULL),
                                          bounce(15 * DAY, 3, REASON_MAILBOX_FULL)};
    expect_outcome("sfmc", NULL, events, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 3);
    expect_outcome("sfmc", "sfmc.inclusive=1", events, 3, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD, 3);
    expect_outcome("sfmc", "sfmc.window_days=14", events, 3, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD, 3);
    expect_outcome("sfmc", "sfmc.window_days=16", events, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 3);
    expect_outcome("sfmc", "sfmc.timer=1", events, 3, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD, 3);
    expect_outcome("sfmc/timer", "sfmc.timer=0", events, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 3);
    expect_outcome("sfmc/timer", "sfmc.threshold=4", events, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 3);
    expect_outcome("sfmc/timer", "sfmc.threshold=2", events, 3, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD,
                   2);
    expect_outcome("sfmc", "sfmc.window_days=0", events, 3, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD, 3);
}

static void test_class_settings(void **state)
{
    (void)state;
    const struct policy_event block = bounce(0, 1, REASON_SPAM_CONTENT),
                              technical = bounce(0, 1, REASON_NETWORK),
                              hard = bounce(0, 1, REASON_USER_UNKNOWN),
                              high = bounce(0, 1, REASON_HIGH_UNKNOWN);
    struct policy_event contradicted = bounce(0, 1, REASON_SPAM_CONTENT);
    contradicted.reason = REASON_USER_UNKNOWN;
    expect_outcome("sfmc", NULL, &block, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", "sfmc.count_block=0", &block, 1, true, STATUS_ACTIVE, CAUSE_NONE, 0);
    expect_outcome("sfmc", "sfmc.count_block=0", &technical, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", "sfmc.count_technical=no", &technical, 1, true, STATUS_ACTIVE, CAUSE_NONE, 0);
    expect_outcome("sfmc", "sfmc.count_technical=no", &block, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", NULL, &hard, 1, true, STATUS_HELD, CAUSE_TRUSTED_HARD, 1);
    expect_outcome("sfmc", "sfmc.hold_on_trusted_hard=0", &hard, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", "sfmc.hard_immediate=1", &hard, 1, false, STATUS_HELD, CAUSE_HARD, 1);
    expect_outcome("sfmc", "sfmc.hard_immediate=1", &hard, 1, true, STATUS_HELD, CAUSE_TRUSTED_HARD, 1);
    expect_outcome("sfmc", "sfmc.hard_immediate=1", &block, 1, false, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", NULL, &high, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", "sfmc.high_unknown_hard=1", &high, 1, true, STATUS_HELD, CAUSE_TRUSTED_HARD, 1);
    expect_outcome("sfmc", "sfmc.high_unknown_hard=1", &block, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", NULL, &contradicted, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
}

static void test_reset_settings(void **state)
{
    (void)state;
    for (int click = 0; click < 2; click++) {
        const struct policy_event events[] = {bounce(0, 1, REASON_USER_UNKNOWN),
                                              other(DAY, click ? BM_CLICK : BM_OPEN, 9)};
        enum cause cause = click ? CAUSE_CLICK : CAUSE_OPEN;
        const char *on = click ? "sfmc.reset_on_open=0" : "sfmc.reset_on_click=0",
                   *off = click ? "sfmc.reset_on_click=0" : "sfmc.reset_on_open=0";
        expect_outcome("sfmc", on, events, 2, true, STATUS_ACTIVE, cause, 0);
        expect_outcome("sfmc", off, events, 2, true, STATUS_HELD, CAUSE_TRUSTED_HARD, 1);
        expect_outcome("sfmc/attempts", off, events, 2, true, STATUS_HELD, CAUSE_TRUSTED_HARD, 1);
    }
}

static void test_retry_groups(void **state)
{
    (void)state;
    const enum reason retried = REASON_MAILBOX_UNAVAILABLE;
    /* Without the reset an open still closes its campaign's group. */
    const struct policy_event opened[] = {bounce(0, 1, retried), other(HOUR, BM_OPEN, 1),
                                          bounce(2 * HOUR, 1, retried)};
    expect_outcome("sfmc/attempts", "sfmc.reset_on_open=0", opened, 3, false, STATUS_ACTIVE, CAUSE_NONE, 0);
    const struct policy_event elsewhere[] = {bounce(0, 1, retried), other(HOUR, BM_DELIVERED, 2),
                                             other(HOUR, BM_DELIVERED, 0)};
    expect_outcome("sfmc/attempts", NULL, elsewhere, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    const struct policy_event unknown[] = {bounce(0, 1, REASON_UNDETERMINED), other(HOUR, BM_DELIVERED, 1)};
    expect_outcome("sfmc/attempts", NULL, unknown, 2, false, STATUS_ACTIVE, CAUSE_NONE, 0);
    const struct policy_event technical[] = {bounce(0, 1, REASON_NETWORK), other(HOUR, BM_DELIVERED, 1)};
    expect_outcome("sfmc/attempts", NULL, technical, 2, false, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    /* A group that ends while Held is dropped, and its campaign may count later. */
    const struct policy_event held[] = {bounce(0, 1, retried), bounce(HOUR, 2, REASON_USER_UNKNOWN),
                                        other(5 * DAY, BM_OPEN, 9), bounce(6 * DAY, 1, REASON_MAILBOX_FULL)};
    expect_outcome("sfmc/attempts", NULL, held, 3, true, STATUS_ACTIVE, CAUSE_OPEN, 0);
    expect_outcome("sfmc/attempts", NULL, held, 4, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    /* Groups survive a reset. */
    const struct policy_event reset[] = {bounce(0, 1, retried), bounce(HOUR, 2, REASON_MAILBOX_FULL),
                                         other(2 * HOUR, BM_OPEN, 2)};
    expect_outcome("sfmc/attempts", NULL, reset, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    /* A group that ends with the window is counted before the window's timer fires. */
    const struct policy_event tie[] = {bounce(0, 1, REASON_MAILBOX_FULL), bounce(DAY, 2, REASON_MAILBOX_FULL),
                                       bounce(2 * DAY, 3, REASON_MAILBOX_FULL), bounce(12 * DAY, 4, retried)};
    expect_outcome("sfmc/attempts", "sfmc.timer=1", tie, 4, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD, 4);
    /* Bounces without a campaign share one group. */
    const struct policy_event anonymous[] = {bounce(0, 0, retried), bounce(71 * HOUR, 0, retried),
                                             bounce(72 * HOUR, 0, retried)};
    expect_outcome("sfmc/attempts", NULL, anonymous, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 2);
}

static void test_many_groups(void **state)
{
    (void)state;
    enum { GROUPS = 5000 };
    static struct policy_event events[2 * GROUPS];
    for (unsigned k = 0; k < GROUPS; k++) {
        events[k] = bounce(k, k + 1, REASON_MAILBOX_UNAVAILABLE);
        events[GROUPS + k] = other(HOUR + k, BM_DELIVERED, k + 1);
    }
    expect_outcome("sfmc/attempts", NULL, events, GROUPS, false, STATUS_BOUNCED, CAUSE_BOUNCE, GROUPS);
    expect_outcome("sfmc/attempts", NULL, events, 2 * GROUPS - 7, false, STATUS_BOUNCED, CAUSE_BOUNCE, 7);
    expect_outcome("sfmc/attempts", NULL, events, 2 * GROUPS, false, STATUS_ACTIVE, CAUSE_NONE, 0);
}

/* --- any events -------------------------------------------------------------------------------------- */

static int event_compare(const void *left, const void *right)
{
    const struct policy_event *a = left, *b = right;
    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms ? -1 : 1;
    return a->kind != b->kind ? a->kind - b->kind : a->class_ - b->class_;
}

static size_t random_events(uint64_t *random, struct policy_event *events)
{
    static const uint8_t kinds[] = {BM_BOUNCE, BM_BOUNCE,      BM_BOUNCE,      BM_BOUNCE,      BM_BOUNCE,
                                    BM_OPEN,   BM_CLICK,       BM_SENT,        BM_UNSUBSCRIBE, BM_COMPLAINT,
                                    BM_DELETE, BM_RESUBSCRIBE, BM_RESUBSCRIBE, BM_DELIVERED,   BM_BOUNCE};
    size_t count = test_random(random) % RANDOM_COUNT;
    uint64_t campaigns = 1 + test_random(random) % 20;
    for (size_t k = 0; k < count; k++) {
        enum reason reason = (enum reason)(test_random(random) % REASON_COUNT);
        events[k] =
            bounce((int64_t)(test_random(random) % 480) * 3 * HOUR, test_random(random) % campaigns, reason);
        if (reason_table[reason].class_ == BM_NONE)
            events[k].reason = REASON_MAILBOX_FULL, events[k].class_ = BM_SOFT;
        events[k].kind = kinds[test_random(random) % COUNT_OF(kinds)];
    }
    qsort(events, count, sizeof *events, event_compare);
    return count;
}

/* The history up to a time is the history of the events up to it: timers look only back. */
static void check_prefix(const char *policy, const char *setting, const struct policy_event *events,
                         size_t count, int64_t as_of_ms, const struct outcome *whole)
{
    size_t until = 0, changes = 0;
    while (until < count && events[until].time_ms <= as_of_ms)
        until++;
    struct outcome part = replay(policy, setting, events, until, as_of_ms, true);
    while (changes < whole->change_count && whole->changes[changes].time_ms <= as_of_ms)
        changes++;
    EXPECT(part.change_count == changes, "%s: %zu changes until then, got %zu", policy, changes,
           part.change_count);
    for (size_t k = 0; k < changes; k++)
        EXPECT(part.changes[k].time_ms == whole->changes[k].time_ms &&
                   part.changes[k].status == whole->changes[k].status &&
                   part.changes[k].cause == whole->changes[k].cause,
               "%s: change %zu is the same", policy, k);
}

static void check_history(const char *policy, const struct outcome *outcome)
{
    if (outcome->change_count == 0) {
        EXPECT(outcome->result.since_ms == TIME_NEVER && outcome->result.status == STATUS_ACTIVE,
               "%s: without a change all is as it was", policy);
        return;
    }
    const struct policy_change *last = &outcome->changes[outcome->change_count - 1];
    EXPECT(last->time_ms == outcome->result.since_ms && last->status == outcome->result.status,
           "%s: the last change is the result", policy);
    for (size_t k = 1; k < outcome->change_count; k++)
        EXPECT(outcome->changes[k - 1].time_ms <= outcome->changes[k].time_ms &&
                   outcome->changes[k - 1].status != outcome->changes[k].status,
               "%s: changes are in order and change something", policy);
}

static void test_any_events(void **state)
{
    (void)state;
    static const char *const policies[][2] = {{"sfmc", NULL},
                                              {"sfmc/timer", NULL},
                                              {"sfmc/attempts", NULL},
                                              {"sfmc/attempts", "sfmc.timer=1"},
                                              {"sfmc", "sfmc.hard_immediate=1"}};
    uint64_t random = 29;
    size_t held = 0;
    for (int run = 0; run < RANDOM_RUNS; run++) {
        struct policy_event events[RANDOM_COUNT];
        size_t count = random_events(&random, events);
        const char *const *policy = policies[run % COUNT_OF(policies)];
        struct outcome whole = replay(policy[0], policy[1], events, count, START + 90 * DAY, true);
        check_history(policy[0], &whole);
        held += whole.result.status == STATUS_HELD;
        for (int cut = 0; cut < 6; cut++) {
            int64_t as_of_ms = START + (int64_t)(test_random(&random) % 1440) * HOUR;
            check_prefix(policy[0], policy[1], events, count, as_of_ms, &whole);
        }
    }
    EXPECT(held > RANDOM_RUNS / 50, "the interesting states are reached, %zu were held", held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window_settings), cmocka_unit_test(test_class_settings),
        cmocka_unit_test(test_reset_settings),  cmocka_unit_test(test_retry_groups),
        cmocka_unit_test(test_many_groups),     cmocka_unit_test(test_any_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
