/* `industry`: general practice as articles on soft bounces describe it.
 *
 * A run is the failed campaigns since the last success: a delivery that lasted, an open or a click. Bounces
 * whose trouble is the mailbox's count on their own as well; for the others (the server's trouble) there is
 * more patience, by default twice as much. A run that is too many campaigns or too many days long suppresses,
 * a hard bounce at once. The rule engine has one counter for a bounce; here a bounce is in two, with limits
 * of their own, which is why this is a file.
 *
 * With advise_only a run that is too long makes the address Review, which is still mailed, until the run
 * ends. */
#include "base/base.h"
#include "policy/machine.h"

enum industry_setting { LIMIT, DURATION_MS, PATIENCE, ADVISE_ONLY, SETTING_COUNT };

static const struct setting_row industry_settings[SETTING_COUNT] = {
    [LIMIT] = {"limit", SETTING_INTEGER, "5", 1, 1000000,
               "failed campaigns in a run that suppress (trouble of the mailbox)", NULL},
    [DURATION_MS] = {"duration_days", SETTING_DAYS, "30", 1, 3650,
                     "days that a run of two or more lasts that suppress (trouble of the mailbox)", NULL},
    [PATIENCE] = {"patience", SETTING_INTEGER, "2", 1, 1000,
                  "how many times the limits hold for troubles of the server", NULL},
    [ADVISE_ONLY] = {"advise_only", SETTING_BOOL, "0", 0, 1,
                     "soft bounces make it Review, which is still mailed, instead of Suppressed", NULL},
};

/* A number of failures and when they began. */
struct failures {
    uint32_t count;
    int64_t first_ms;
};

struct industry {
    struct replay replay; /* bounce_count is run.count */
    struct failures run;
    struct failures mailbox; /* those of the run that are the mailbox's */
};

static uint32_t industry_kinds(const struct policy *policy)
{
    (void)policy;
    return POLICY_KIND(BM_BOUNCE) | POLICY_KIND(BM_DELIVERED) | POLICY_KIND(BM_OPEN) | POLICY_KIND(BM_CLICK);
}

static void failures_add(struct failures *failures, int64_t time_ms)
{
    if (failures->count++ == 0)
        failures->first_ms = time_ms;
}

/* A single failure lasts no time, and durations are a day or more. */
static bool lasts(const struct failures *failures, int64_t time_ms, int64_t duration_ms)
{
    return time_ms - failures->first_ms >= duration_ms;
}

/* Why a run with one more failure is too long; CAUSE_NONE: it is not. */
static enum cause run_verdict(const struct industry *industry, int64_t time_ms, bool mailbox)
{
    const int64_t *values = industry->replay.policy->values;
    if ((mailbox && industry->mailbox.count >= values[LIMIT]) ||
        industry->run.count >= values[LIMIT] * values[PATIENCE])
        return CAUSE_SOFT_CONSECUTIVE;
    if ((mailbox && lasts(&industry->mailbox, time_ms, values[DURATION_MS])) ||
        lasts(&industry->run, time_ms, values[DURATION_MS] * values[PATIENCE]))
        return CAUSE_SOFT_DURATION;
    return CAUSE_NONE;
}

static void industry_bounce(struct industry *industry, const struct policy_event *event)
{
    struct replay *replay = &industry->replay;
    uint32_t *seen = campaign_value(replay, &replay->campaigns, replay_unit(replay, event));
    bool fresh = *seen == 0, hard = event->class_ == BM_HARD;
    *seen = 1;
    if (fresh)
        failures_add(&industry->run, event->time_ms);
    replay->bounce_count = industry->run.count;
    if (hard)
        replay_set(replay, event->time_ms, STATUS_SUPPRESSED, CAUSE_HARD);
    if (hard || !fresh)
        return;
    bool mailbox = reason_table[event_reason(event)].industry_side == SIDE_MAILBOX;
    if (mailbox)
        failures_add(&industry->mailbox, event->time_ms);
    enum cause verdict = run_verdict(industry, event->time_ms, mailbox);
    bool advise = replay->policy->values[ADVISE_ONLY];
    if (verdict != CAUSE_NONE)
        replay_set(replay, event->time_ms, advise ? STATUS_REVIEW : STATUS_SUPPRESSED, verdict);
    else if (replay->own.status != STATUS_REVIEW)
        replay_set(replay, event->time_ms, STATUS_FAILING, CAUSE_SOFT_FAILURE);
}

static void run_clear(struct industry *industry)
{
    industry->run.count = industry->mailbox.count = 0;
    industry->replay.bounce_count = 0;
}

static void industry_event(struct replay *replay, const struct policy_event *event)
{
    if (event->kind == BM_BOUNCE) {
        industry_bounce((struct industry *)replay, event);
    } else if (replay->own.status != STATUS_ACTIVE) {
        run_clear((struct industry *)replay);
        replay_set(replay, event->time_ms, STATUS_ACTIVE,
                   event->kind == BM_DELIVERED ? CAUSE_DELIVERED
                   : event->kind == BM_OPEN    ? CAUSE_OPEN
                                               : CAUSE_CLICK);
    }
}

static void industry_clear(struct replay *replay, int64_t time_ms)
{
    (void)time_ms;
    run_clear((struct industry *)replay);
}

static bool industry_replay(const struct policy *policy, const struct policy_input *input,
                            struct policy_scratch *scratch, struct policy_result *result)
{
    struct industry industry;
    return replay_run(&industry.replay, policy, input, scratch, result);
}

const struct machine machine_industry = {
    .settings = industry_settings,
    .setting_count = SETTING_COUNT,
    .complaint_status = STATUS_SUPPRESSED,
    .residual_statuses = 1u << STATUS_SUPPRESSED,
    .disposition = true,
    .kinds = industry_kinds,
    .replay = industry_replay,
    .event = industry_event,
    .clear = industry_clear,
};
