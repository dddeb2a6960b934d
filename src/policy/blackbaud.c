/* `blackbaud`: three strikes.
 *
 * Each reason has a counter of its own: the third failure for one reason, ever, is as good as a hard bounce.
 * A failure counts once for a campaign and reason. Block failures speak of the sender and never count.
 * Failures for one reason over more than 30 days without a delivery between them make the address Review: the
 * advice to invalidate it, not yet its suppression.
 *
 * There are some 45 reasons and most addresses fail for one or two, so which counters are in use is kept in
 * masks with a bit for each reason: nothing is cleared before a replay, and the first reason in byte order is
 * the lowest bit.
 *
 * Options beyond the documented rule: with count=any all reasons share one counter; with window_days older
 * failures are forgotten; with reset_on_delivery a delivery clears the counters and makes the address Active;
 * with invalidate=apply the advice is followed. */
#include "base/base.h"
#include "policy/recent.h"

#define SAME_FAILURE_MS (INT64_C(30) * 24 * 3600 * 1000)
/* There are fewer reasons than 64; the mask tells the compiler. */
#define BIT(reason) (UINT64_C(1) << ((reason)&63))
_Static_assert(REASON_COUNT <= 64, "a mask has a bit for each reason");

enum blackbaud_setting { COUNT, LIMIT, WINDOW_MS, RESET_ON_DELIVERY, INVALIDATE, SETTING_COUNT };
enum { COUNT_REASON, COUNT_ANY };
enum { INVALIDATE_ADVISE, INVALIDATE_APPLY };

static const struct setting_row blackbaud_settings[SETTING_COUNT] = {
    [COUNT] = {"count", SETTING_CHOICE, "reason", 0, 0, "failures count for each \"reason\" or for \"any\"",
               "reason any"},
    [LIMIT] = {"limit", SETTING_INTEGER, "3", 1, 1000000, "failures that are as good as a hard bounce", NULL},
    [WINDOW_MS] = {"window_days", SETTING_DAYS, "0", 0, 3650,
                   "days after which a failure is forgotten (0: never)", NULL},
    [RESET_ON_DELIVERY] = {"reset_on_delivery", SETTING_BOOL, "0", 0, 1, "a delivery clears the counters",
                           NULL},
    [INVALIDATE] = {"invalidate", SETTING_CHOICE, "advise", 0, 0,
                    "one failure over more than 30 days: \"advise\" Review, or \"apply\" it and suppress",
                    "advise apply"},
};

/* Failures for one reason since the last delivery. */
struct streak {
    int64_t first_ms, last_ms;
};

struct blackbaud {
    struct replay replay; /* bounce_count is n */
    uint64_t counted;     /* reasons whose counter is in use */
    uint64_t streaking;   /* reasons whose streak is in use */
    uint64_t lasting;     /* of those: over more than 30 days */
    struct recent counters[REASON_COUNT];
    struct streak streaks[REASON_COUNT];
    struct recent_pool pool; /* the times of counted failures, where there is a window */
};

static uint32_t blackbaud_kinds(const struct policy *policy)
{
    (void)policy;
    return POLICY_KIND(BM_BOUNCE) | POLICY_KIND(BM_DELIVERED);
}

static enum reason lowest(uint64_t reasons)
{
    return (enum reason)__builtin_ctzll(reasons);
}

/* Whether this campaign has not yet failed for this reason. */
static bool is_fresh(struct replay *replay, const struct policy_event *event, enum reason reason)
{
    uint64_t key = replay_unit(replay, event) + (reason + UINT64_C(1)) * UINT64_C(0xD1B54A32D192ED03);
    uint32_t *seen = campaign_value(replay, &replay->campaigns, key ? key : 1);
    bool fresh = *seen == 0;
    *seen = 1;
    return fresh;
}

/* One more failure; returns how many are on its counter now. */
static uint32_t counter_add(struct blackbaud *blackbaud, enum reason reason, int64_t time_ms)
{
    const int64_t *values = blackbaud->replay.policy->values;
    enum reason of = values[COUNT] == COUNT_ANY ? 0 : reason;
    struct recent *counter = &blackbaud->counters[of];
    if (!(blackbaud->counted & BIT(of)))
        *counter = (struct recent){0};
    blackbaud->counted |= BIT(of);
    if (!values[WINDOW_MS])
        return ++counter->count;
    recent_expire(&blackbaud->pool, counter, time_ms, values[WINDOW_MS]);
    recent_add(&blackbaud->replay, &blackbaud->pool, counter, time_ms);
    return counter->count;
}

static void streak_add(struct blackbaud *blackbaud, enum reason reason, int64_t time_ms)
{
    struct streak *streak = &blackbaud->streaks[reason];
    if (!(blackbaud->streaking & BIT(reason)))
        *streak = (struct streak){.first_ms = time_ms};
    blackbaud->streaking |= BIT(reason);
    streak->last_ms = time_ms;
    if (streak->last_ms - streak->first_ms > SAME_FAILURE_MS)
        blackbaud->lasting |= BIT(reason);
}

/* The status while nothing suppresses. */
static void blackbaud_show(struct blackbaud *blackbaud, int64_t time_ms)
{
    struct replay *replay = &blackbaud->replay;
    bool apply = replay->policy->values[INVALIDATE] == INVALIDATE_APPLY;
    if (blackbaud->lasting)
        replay_set_reason(replay, time_ms, apply ? STATUS_SUPPRESSED : STATUS_REVIEW, CAUSE_SAME_FAILURE,
                          lowest(blackbaud->lasting));
    else if (replay->bounce_count)
        replay_set(replay, time_ms, STATUS_FAILING, CAUSE_SOFT_FAILURE);
}

static void blackbaud_bounce(struct blackbaud *blackbaud, const struct policy_event *event)
{
    struct replay *replay = &blackbaud->replay;
    enum reason reason = event_reason(event);
    if (reason_table[reason].blackbaud_limit == 0 || !is_fresh(replay, event, reason))
        return;
    replay->bounce_count++;
    if (event->class_ == BM_HARD) {
        replay_set(replay, event->time_ms, STATUS_SUPPRESSED, CAUSE_HARD);
        return;
    }
    streak_add(blackbaud, reason, event->time_ms);
    if (counter_add(blackbaud, reason, event->time_ms) >= replay->policy->values[LIMIT])
        replay_set_reason(replay, event->time_ms, STATUS_SUPPRESSED, CAUSE_SOFT_AS_HARD, reason);
    else
        blackbaud_show(blackbaud, event->time_ms);
}

static void counters_clear(struct blackbaud *blackbaud)
{
    blackbaud->counted = blackbaud->streaking = blackbaud->lasting = 0;
    blackbaud->replay.bounce_count = 0;
}

static void blackbaud_delivered(struct blackbaud *blackbaud, int64_t time_ms)
{
    struct replay *replay = &blackbaud->replay;
    blackbaud->streaking = blackbaud->lasting = 0;
    if (replay->policy->values[RESET_ON_DELIVERY] && replay->own.status != STATUS_ACTIVE) {
        counters_clear(blackbaud);
        replay_set(replay, time_ms, STATUS_ACTIVE, CAUSE_DELIVERED);
    } else {
        blackbaud_show(blackbaud, time_ms);
    }
}

static void blackbaud_event(struct replay *replay, const struct policy_event *event)
{
    if (event->kind == BM_BOUNCE)
        blackbaud_bounce((struct blackbaud *)replay, event);
    else if (event->kind == BM_DELIVERED)
        blackbaud_delivered((struct blackbaud *)replay, event->time_ms);
}

static void blackbaud_clear(struct replay *replay, int64_t time_ms)
{
    (void)time_ms;
    counters_clear((struct blackbaud *)replay);
}

static bool blackbaud_replay(const struct policy *policy, const struct policy_input *input,
                             struct policy_scratch *scratch, struct policy_result *result)
{
    struct blackbaud blackbaud;
    blackbaud.pool.entries = NULL;
    blackbaud.pool.used = 0;
    return replay_run(&blackbaud.replay, policy, input, scratch, result);
}

const struct machine machine_blackbaud = {
    .settings = blackbaud_settings,
    .setting_count = SETTING_COUNT,
    .complaint_status = STATUS_SUPPRESSED,
    .residual_statuses = 1u << STATUS_SUPPRESSED,
    .disposition = true,
    .bytes_per_event = sizeof(struct recent_entry),
    .kinds = blackbaud_kinds,
    .replay = blackbaud_replay,
    .event = blackbaud_event,
    .clear = blackbaud_clear,
};
