/* `marketo`: Adobe Marketo Engage's bounce categories.
 *
 * Category 2 (hard) makes an address Invalid until somebody resets it. Category 1 (blocked as spam) makes it
 * Suspended for 24 hours, and again for 24 hours from each further one, also of the same campaign. The
 * suspension is a matter of time alone: it runs on while the address is Unsubscribed, and a resubscription
 * does not end it; so the timer is what ends it, shown or not. */
#include "base/base.h"
#include "policy/machine.h"

#define SUSPENSION_MS  (INT64_C(24) * 3600 * 1000)
#define CATEGORY_BLOCK 1
#define CATEGORY_HARD  2

struct marketo {
    struct replay replay; /* timer_ms is the suspension's end, whatever the status; TIMER_NONE: none runs */
};

static uint32_t marketo_kinds(const struct policy *policy)
{
    (void)policy;
    return POLICY_KIND(BM_BOUNCE);
}

static void marketo_event(struct replay *replay, const struct policy_event *event)
{
    if (event->kind != BM_BOUNCE)
        return;
    uint32_t *seen = campaign_value(replay, &replay->campaigns, replay_unit(replay, event));
    replay->bounce_count += *seen == 0;
    *seen = 1;
    int category = reason_table[event_reason(event)].marketo_category;
    if (category == CATEGORY_BLOCK) {
        replay->timer_ms = replay->detail = event->time_ms + SUSPENSION_MS;
        replay_set(replay, event->time_ms, STATUS_SUSPENDED, CAUSE_CATEGORY_1);
    } else if (category == CATEGORY_HARD) {
        replay_set(replay, event->time_ms, STATUS_INVALID, CAUSE_CATEGORY_2);
    }
}

static void marketo_timer(struct replay *replay)
{
    int64_t time_ms = replay->timer_ms;
    replay->timer_ms = TIMER_NONE;
    if (replay->own.status == STATUS_SUSPENDED)
        replay_set(replay, time_ms, STATUS_ACTIVE, CAUSE_SUSPENSION_EXPIRED);
}

/* What is due has been fired before: a timer that is set belongs to a suspension that still runs. */
static void marketo_clear(struct replay *replay, int64_t time_ms)
{
    if (replay->timer_ms != TIMER_NONE)
        replay_set(replay, time_ms, STATUS_SUSPENDED, CAUSE_CATEGORY_1);
}

static bool marketo_replay(const struct policy *policy, const struct policy_input *input,
                           struct policy_scratch *scratch, struct policy_result *result)
{
    struct marketo marketo;
    return replay_run(&marketo.replay, policy, input, scratch, result);
}

const struct machine machine_marketo = {
    .detail = DETAIL_SUSPENDED_UNTIL,
    .complaint_status = STATUS_UNSUBSCRIBED,
    .residual_statuses = 1u << STATUS_INVALID,
    .kinds = marketo_kinds,
    .replay = marketo_replay,
    .event = marketo_event,
    .timer = marketo_timer,
    .clear = marketo_clear,
};
