/* The shared parts, through a small machine of the test's own that uses those that sfmc does not: it counts
 * units, follows the D-rule, and is Held for good at a hard bounce. */
#include "base/base.h"
#include "policy/machine.h"

#include "test.h"

#define HOUR INT64_C(3600000)

struct counter {
    struct replay replay;
    unsigned delivered;
};

static void counter_event(struct replay *replay, const struct policy_event *event)
{
    struct counter *counter = (struct counter *)replay;
    if (event->kind != BM_BOUNCE) {
        counter->delivered++;
        return;
    }
    uint32_t *value = campaign_value(replay, &replay->campaigns, replay_unit(replay, event));
    replay->bounce_count += *value == 0;
    *value += 1;
    if (event->class_ == BM_HARD)
        replay_set_reason(replay, event->time_ms, STATUS_HELD, CAUSE_HARD, event_reason(event));
    else
        replay_set_reason(replay, event->time_ms, STATUS_BOUNCED, CAUSE_BOUNCE, event_reason(event));
}

static void counter_clear(struct replay *replay, int64_t time_ms)
{
    (void)replay, (void)time_ms;
}

static bool counter_replay(const struct policy *policy, const struct policy_input *input,
                           struct policy_scratch *scratch, struct policy_result *result)
{
    struct counter counter = {.delivered = 0};
    bool done = replay_run(&counter.replay, policy, input, scratch, result);
    result->bounce_count += counter.delivered * 1000; /* both in one number, for the test */
    return done;
}

static const struct machine counter_machine = {.complaint_status = STATUS_HELD,
                                               .residual_statuses = 1u << STATUS_HELD,
                                               .disposition = true,
                                               .replay = counter_replay,
                                               .event = counter_event,
                                               .clear = counter_clear};

static const struct policy counter_policy = {.name = "counter",
                                             .machine = &counter_machine,
                                             .kinds = PERMISSION_KINDS | POLICY_KIND(BM_BOUNCE) |
                                                      POLICY_KIND(BM_DELIVERED)};

static struct policy_event event_of(int64_t hour, enum bm_kind kind, uint64_t campaign, enum reason reason)
{
    return (struct policy_event){.time_ms = hour * HOUR,
                                 .campaign = campaign,
                                 .kind = (uint8_t)kind,
                                 .class_ = (uint8_t)reason_table[reason].class_,
                                 .reason = (uint8_t)reason};
}

static struct policy_result run(struct policy_scratch *scratch, const struct policy_event *events,
                                size_t count)
{
    struct policy_result result;
    struct policy_input input = {
        .events = events, .count = count, .as_of_ms = INT64_MAX, .domain_trusted = false};
    EXPECT(policy_replay(&counter_policy, &input, scratch, &result), "there is memory");
    return result;
}

static void test_disposition_rule(void **state)
{
    (void)state;
    struct policy_scratch scratch = {0};
    const enum reason soft = REASON_MAILBOX_FULL, hard = REASON_USER_UNKNOWN;
    const struct policy_event retried[] = {event_of(0, BM_BOUNCE, 1, soft),
                                           event_of(1, BM_DELIVERED, 1, soft)};
    EXPECT(run(&scratch, retried, 2).bounce_count == 1000, "a delivery undoes the bounces before it");
    const struct policy_event late[] = {event_of(0, BM_DELIVERED, 1, soft), event_of(1, BM_BOUNCE, 1, soft)};
    EXPECT(run(&scratch, late, 2).bounce_count == 1, "a bounce undoes the delivery before it");
    const struct policy_event dead[] = {event_of(0, BM_BOUNCE, 1, hard), event_of(1, BM_DELIVERED, 1, soft)};
    EXPECT(run(&scratch, dead, 1).bounce_count == 1 && run(&scratch, dead, 2).status == STATUS_HELD,
           "a hard bounce stays");
    const struct policy_event apart[] = {event_of(0, BM_BOUNCE, 1, soft), event_of(1, BM_DELIVERED, 2, soft),
                                         event_of(2, BM_BOUNCE, 0, soft), event_of(3, BM_DELIVERED, 0, soft)};
    EXPECT(run(&scratch, apart, 4).bounce_count == 2002,
           "other campaigns, and those without, are left alone");
    const struct policy_event reply[] = {event_of(0, BM_DELIVERED, 1, soft),
                                         event_of(1, BM_BOUNCE, 1, REASON_AUTO_REPLY)};
    EXPECT(run(&scratch, reply, 2).bounce_count == 1000, "an automatic reply is no bounce");
    policy_scratch_free(&scratch);
}

/* Numbers of campaigns around where the table takes over, each campaign several times. */
static void test_many_campaigns(void **state)
{
    (void)state;
    enum { MOST = 3000, TIMES = 3 };
    static struct policy_event events[MOST * TIMES];
    struct policy_scratch scratch = {0};
    static const unsigned numbers[] = {1, 7, 8, 9, 10, 16, 17, 100, MOST, 5};
    for (size_t n = 0; n < COUNT_OF(numbers); n++) {
        unsigned campaigns = numbers[n];
        for (unsigned k = 0; k < campaigns * TIMES; k++)
            events[k] =
                event_of(k, BM_BOUNCE, 1 + (uint64_t)(k % campaigns) * 0x100000000, REASON_MAILBOX_FULL);
        EXPECT(run(&scratch, events, campaigns * TIMES).bounce_count == campaigns, "%u campaigns are counted",
               campaigns);
        EXPECT(run(&scratch, events, campaigns).bounce_count == campaigns, "also when each comes once");
    }
    policy_scratch_free(&scratch);
}

static void test_anonymous_groups(void **state)
{
    (void)state;
    struct policy_scratch scratch = {0};
    static const int64_t hours[] = {0, 71, 72, 143, 144, 1000, 1071, 1072};
    struct policy_event events[COUNT_OF(hours)];
    for (size_t k = 0; k < COUNT_OF(hours); k++)
        events[k] = event_of(hours[k], BM_BOUNCE, 0, REASON_MAILBOX_FULL);
    EXPECT(run(&scratch, events, COUNT_OF(hours)).bounce_count == 5,
           "a group takes 72 hours from its first bounce, got %u", run(&scratch, events, 8).bounce_count);
    policy_scratch_free(&scratch);
}

static void test_permission(void **state)
{
    (void)state;
    struct policy_scratch scratch = {.want_changes = true};
    const enum reason soft = REASON_MAILBOX_FULL, hard = REASON_USER_UNKNOWN;
    const struct policy_event events[] = {
        event_of(0, BM_BOUNCE, 1, hard),      event_of(1, BM_COMPLAINT, 1, soft),
        event_of(2, BM_UNSUBSCRIBE, 1, soft), event_of(3, BM_BOUNCE, 2, soft),
        event_of(4, BM_DELETE, 0, soft),      event_of(5, BM_RESUBSCRIBE, 0, soft),
        event_of(6, BM_RESUBSCRIBE, 0, soft), event_of(7, BM_BOUNCE, 3, REASON_TOO_BUSY)};
    struct policy_result held = run(&scratch, events, 2);
    EXPECT(held.status == STATUS_HELD && held.cause == CAUSE_COMPLAINT && held.since_ms == 0,
           "a complaint of the same status changes the cause, not the date");
    EXPECT(run(&scratch, events, 3).cause == CAUSE_COMPLAINT, "a lower permission is ignored");
    EXPECT(run(&scratch, events, 4).bounce_count == 1, "nothing is counted while frozen");
    EXPECT(run(&scratch, events, 5).status == STATUS_DELETED, "a higher permission replaces");
    struct policy_result back = run(&scratch, events, 7);
    EXPECT(back.status == STATUS_ACTIVE && back.cause == CAUSE_RESUBSCRIBE && back.bounce_count == 0 &&
               back.since_ms == 5 * HOUR,
           "a resubscription clears, once");
    struct policy_result again = run(&scratch, events, 8);
    EXPECT(again.status == STATUS_BOUNCED && again.cause_reason == REASON_TOO_BUSY && again.bounce_count == 1,
           "a cause may carry a reason");
    EXPECT(scratch.changes.count == 4 && scratch.changes.items[3].cause_reason == REASON_TOO_BUSY,
           "the history has each change of status, got %zu", scratch.changes.count);
    policy_scratch_free(&scratch);
}

static void test_statuses(void **state)
{
    (void)state;
    for (unsigned k = 0; k < STATUS_COUNT; k++)
        EXPECT(status_name(k) && *status_name(k), "status %u has a name", k);
    for (unsigned k = 1; k < CAUSE_COUNT; k++)
        EXPECT(cause_name(k) && *cause_name(k), "cause %u has a name", k);
    EXPECT(*status_name(STATUS_COUNT) == '?' && *cause_name(CAUSE_COUNT) == '?' && !*cause_name(CAUSE_NONE),
           "and nothing else");
    EXPECT(!status_suppressed(STATUS_ACTIVE) && !status_suppressed(STATUS_BOUNCED) &&
               status_suppressed(STATUS_HELD) && status_suppressed(STATUS_DELETED),
           "Active and Bounced get mail");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_disposition_rule),
                                       cmocka_unit_test(test_many_campaigns),
                                       cmocka_unit_test(test_anonymous_groups),
                                       cmocka_unit_test(test_permission), cmocka_unit_test(test_statuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
