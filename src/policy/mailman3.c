/* `mailman3`: GNU Mailman's bounce score.
 *
 * A day with a bounce adds one to the score; when the last bounce is more than a week old the score starts
 * again at one; five disable the membership. A further bounce of the same day adds nothing, but it is the
 * last one from then on. Probes, warnings and the removal of disabled members are not modelled.
 *
 * Mailman 2 weighed soft bounces half. The score is therefore kept in hundredths; a day's first bounce
 * decides how much the day weighs. */
#include "base/base.h"
#include "event/time.h"
#include "policy/machine.h"

#define POINT 100 /* hundredths of the score */

enum mailman3_setting { THRESHOLD, STALE_MS, SOFT_WEIGHT, SETTING_COUNT };

static const struct setting_row mailman3_settings[SETTING_COUNT] = {
    [THRESHOLD] = {"threshold", SETTING_INTEGER, "5", 1, 1000000, "score at which it is Disabled", NULL},
    [STALE_MS] = {"stale_days", SETTING_DAYS, "7", 0, 3650,
                  "days without a bounce after which the score starts again", NULL},
    [SOFT_WEIGHT] = {"soft_weight_percent", SETTING_INTEGER, "100", 0, 100,
                     "what a bounce that is not hard adds (Mailman 2: 50)", NULL},
};

struct mailman3 {
    struct replay replay; /* bounce_count is the score's whole points */
    int64_t last_ms;
    uint32_t score;
};

static uint32_t mailman3_kinds(const struct policy *policy)
{
    (void)policy;
    return POLICY_KIND(BM_BOUNCE);
}

static void mailman3_event(struct replay *replay, const struct policy_event *event)
{
    struct mailman3 *mailman = (struct mailman3 *)replay;
    const int64_t *values = replay->policy->values;
    if (event->kind != BM_BOUNCE)
        return;
    int64_t last_ms = mailman->last_ms;
    mailman->last_ms = event->time_ms;
    if (last_ms != TIME_NEVER && last_ms / DAY_MS == event->time_ms / DAY_MS)
        return;
    if (last_ms != TIME_NEVER && event->time_ms - last_ms > values[STALE_MS])
        mailman->score = 0;
    mailman->score += event->class_ == BM_HARD ? POINT : (uint32_t)values[SOFT_WEIGHT];
    replay->bounce_count = mailman->score / POINT;
    if (replay->bounce_count >= values[THRESHOLD])
        replay_set(replay, event->time_ms, STATUS_DISABLED, CAUSE_BOUNCE_SCORE);
}

static void mailman3_clear(struct replay *replay, int64_t time_ms)
{
    (void)time_ms;
    struct mailman3 *mailman = (struct mailman3 *)replay;
    mailman->last_ms = TIME_NEVER;
    mailman->score = 0;
}

static bool mailman3_replay(const struct policy *policy, const struct policy_input *input,
                            struct policy_scratch *scratch, struct policy_result *result)
{
    struct mailman3 mailman;
    return replay_run(&mailman.replay, policy, input, scratch, result);
}

const struct machine machine_mailman3 = {
    .settings = mailman3_settings,
    .setting_count = SETTING_COUNT,
    .complaint_status = STATUS_UNSUBSCRIBED,
    .residual_statuses = 1u << STATUS_DISABLED,
    .kinds = mailman3_kinds,
    .replay = mailman3_replay,
    .event = mailman3_event,
    .clear = mailman3_clear,
};
