/* For the tests of the machines: events in a line each, a replay with its history, and random events. */
#ifndef TESTS_POLICY_REPLAY_H
#define TESTS_POLICY_REPLAY_H

#include "policy/policy.h"

#include "test.h"

#define HOUR         INT64_C(3600000)
#define DAY          (24 * HOUR)
#define START        INT64_C(1767254400000) /* 2026-01-01T08:00:00Z */
#define RANDOM_COUNT 60

struct outcome {
    struct policy_result result;
    struct policy_change changes[256];
    size_t change_count;
};

static inline struct policy_set policy_of(const char *policy, const char *setting)
{
    struct policy_set set;
    struct bm_error error;
    EXPECT(policy_set_new(&set, policy, &setting, setting != NULL, &error) == BM_OK, "%s with %s: %s", policy,
           setting ? setting : "its defaults", error.message);
    return set;
}

static inline struct outcome replay_with(const struct policy_set *set, const struct policy_event *events,
                                         size_t count, int64_t as_of_ms, bool trusted)
{
    struct policy_scratch scratch = {.want_changes = true};
    struct outcome outcome;
    struct policy_input input = {
        .events = events, .count = count, .as_of_ms = as_of_ms, .domain_trusted = trusted};
    EXPECT(policy_replay(set->policies[0], &input, &scratch, &outcome.result), "there is memory");
    EXPECT(scratch.changes.count <= COUNT_OF(outcome.changes), "the changes have room");
    outcome.change_count = scratch.changes.count;
    if (outcome.change_count)
        memcpy(outcome.changes, scratch.changes.items, outcome.change_count * sizeof *outcome.changes);
    policy_scratch_free(&scratch);
    return outcome;
}

static inline struct outcome replay(const char *policy, const char *setting,
                                    const struct policy_event *events, size_t count, int64_t as_of_ms,
                                    bool trusted)
{
    struct policy_set set = policy_of(policy, setting);
    struct outcome outcome = replay_with(&set, events, count, as_of_ms, trusted);
    policy_set_free(&set);
    return outcome;
}

static inline bool change_is(const struct policy_change *a, const struct policy_change *b)
{
    return a->time_ms == b->time_ms && a->status == b->status && a->cause == b->cause &&
           a->cause_reason == b->cause_reason;
}

static inline bool outcome_is(const struct outcome *a, const struct outcome *b)
{
    const struct policy_result *x = &a->result, *y = &b->result;
    for (size_t k = 0; k < a->change_count && k < b->change_count; k++)
        if (!change_is(&a->changes[k], &b->changes[k]))
            return false;
    return a->change_count == b->change_count && x->since_ms == y->since_ms &&
           x->bounce_count == y->bounce_count && x->status == y->status && x->cause == y->cause &&
           x->cause_reason == y->cause_reason && x->suppressed == y->suppressed;
}

static inline struct policy_event bounce(int64_t at, uint64_t campaign, enum reason reason)
{
    return (struct policy_event){.time_ms = START + at,
                                 .campaign = campaign,
                                 .kind = BM_BOUNCE,
                                 .class_ = (uint8_t)reason_table[reason].class_,
                                 .reason = (uint8_t)reason};
}

static inline struct policy_event other(int64_t at, enum bm_kind kind, uint64_t campaign)
{
    return (struct policy_event){.time_ms = START + at, .campaign = campaign, .kind = (uint8_t)kind};
}

static inline void expect_outcome(const char *policy, const char *setting, const struct policy_event *events,
                                  size_t count, bool trusted, enum status status, enum cause cause,
                                  unsigned bounces)
{
    struct outcome outcome = replay(policy, setting, events, count, START + 365 * DAY, trusted);
    EXPECT(outcome.result.status == status && outcome.result.cause == cause &&
               outcome.result.bounce_count == bounces,
           "%s %s: %s %s %u, got %s %s %u", policy, setting ? setting : "", status_name(status),
           cause_name(cause), bounces, status_name(outcome.result.status), cause_name(outcome.result.cause),
           outcome.result.bounce_count);
}

static inline int event_compare(const void *left, const void *right)
{
    const struct policy_event *a = left, *b = right;
    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms ? -1 : 1;
    return a->kind != b->kind ? a->kind - b->kind : a->class_ - b->class_;
}

/* Up to RANDOM_COUNT events of 60 days, sorted; few enough reasons and campaigns that they meet again. */
static inline size_t random_events(uint64_t *random, struct policy_event *events)
{
    static const uint8_t kinds[] = {BM_BOUNCE, BM_BOUNCE,      BM_BOUNCE,      BM_BOUNCE,      BM_BOUNCE,
                                    BM_SENT,   BM_DELIVERED,   BM_OPEN,        BM_CLICK,       BM_BOUNCE,
                                    BM_DELETE, BM_UNSUBSCRIBE, BM_RESUBSCRIBE, BM_RESUBSCRIBE, BM_COMPLAINT};
    static const unsigned kind_counts[] = {6, 10, COUNT_OF(kinds)}; /* without success, without permissions */
    size_t count = test_random(random) % RANDOM_COUNT;
    uint64_t campaigns = 1 + test_random(random) % 20;
    unsigned first = (unsigned)(test_random(random) % REASON_COUNT);
    unsigned reasons = test_random(random) % 2 ? 2 : REASON_COUNT;
    unsigned kind_count = kind_counts[test_random(random) % COUNT_OF(kind_counts)];
    for (size_t k = 0; k < count; k++) {
        enum reason reason = (enum reason)((first + test_random(random) % reasons) % REASON_COUNT);
        events[k] =
            bounce((int64_t)(test_random(random) % 480) * 3 * HOUR, test_random(random) % campaigns, reason);
        if (reason_table[reason].class_ == BM_NONE)
            events[k].reason = REASON_MAILBOX_FULL, events[k].class_ = BM_SOFT;
        events[k].kind = kinds[test_random(random) % kind_count];
        if (events[k].kind != BM_BOUNCE)
            events[k].reason = events[k].class_ = 0;
    }
    qsort(events, count, sizeof *events, event_compare);
    return count;
}

#endif
