/* `sfmc`: bounce management as Salesforce Marketing Cloud documents it.
 *
 * An address is Active; its first bounce makes it Bounced; the third or later, more than 15 days after the
 * first, makes it Held, and so does any hard bounce of a domain whose hard bounces are trusted. An open or
 * click, whatever its campaign, makes it Active again and forgets the count, but not which campaigns were
 * counted: a campaign counts once in an address's life.
 *
 * Two variants. With `timer` a Bounced address with enough bounces is Held when the window ends, without
 * waiting for one more bounce. With `attempts` the events are single attempts of a mail server: a bounce that
 * the platform would retry opens a group for its campaign, which counts as one bounce 72 hours after its
 * first attempt or at its 288th, and not at all when the message gets through before.
 *
 * Groups open in the order of time and all last 72 hours, so the queue of the groups is in the order of their
 * ends, and its head is the next timer. What a campaign is (new, counted or closed, in a group) is the number
 * that the campaign map keeps for it.
 *
 * Where the documents leave it open:
 *  - a group that ends at the very end of the window is counted before the window's timer fires, as a bounce
 *    of that instant is;
 *  - an open that lifts Held closes the group of its campaign as it does otherwise: the message was read;
 *  - a class that is set not to count is not seen at all: it ends no group and makes no campaign counted. */
#include "base/base.h"
#include "policy/machine.h"

#define RETRY_GROUP_MS       (INT64_C(72) * 3600 * 1000)
#define RETRY_ATTEMPTS_MAX   288
#define SUBCATEGORY_FULL     3001 /* Mailbox Full and Inactive Account get an immediate message, no retries */
#define SUBCATEGORY_INACTIVE 3002

#define CAMPAIGN_NEW  0 /* anything between the two is the number of its group, from 1 */
#define CAMPAIGN_DONE UINT32_MAX

enum sfmc_setting {
    WINDOW_MS,
    THRESHOLD,
    INCLUSIVE,
    TIMER,
    ATTEMPTS,
    COUNT_BLOCK,
    COUNT_TECHNICAL,
    HOLD_ON_TRUSTED_HARD,
    RESET_ON_OPEN,
    RESET_ON_CLICK,
    HARD_IMMEDIATE,
    HIGH_UNKNOWN_HARD,
    SETTING_COUNT
};

static const struct setting_row sfmc_settings[SETTING_COUNT] = {
    [WINDOW_MS] = {"window_days", SETTING_DAYS, "15", 0, 3650,
                   "days that must have passed since the first bounce", NULL},
    [THRESHOLD] = {"threshold", SETTING_INTEGER, "3", 1, 1000000, "bounces that it takes to be Held", NULL},
    [INCLUSIVE] = {"inclusive", SETTING_BOOL, "0", 0, 1, "the window's last instant is enough", NULL},
    [TIMER] = {"timer", SETTING_BOOL, "0", 0, 1, "Held when the window ends, without a further bounce", NULL},
    [ATTEMPTS] = {"attempts", SETTING_BOOL, "0", 0, 1,
                  "bounces are single attempts of a mail server, counted once a campaign", NULL},
    [COUNT_BLOCK] = {"count_block", SETTING_BOOL, "1", 0, 1, "block bounces count", NULL},
    [COUNT_TECHNICAL] = {"count_technical", SETTING_BOOL, "1", 0, 1, "technical bounces count", NULL},
    [HOLD_ON_TRUSTED_HARD] = {"hold_on_trusted_hard", SETTING_BOOL, "1", 0, 1,
                              "a hard bounce of a trusted domain is Held at once", NULL},
    [RESET_ON_OPEN] = {"reset_on_open", SETTING_BOOL, "1", 0, 1, "an open makes the address Active", NULL},
    [RESET_ON_CLICK] = {"reset_on_click", SETTING_BOOL, "1", 0, 1, "a click makes the address Active", NULL},
    [HARD_IMMEDIATE] = {"hard_immediate", SETTING_BOOL, "0", 0, 1,
                        "a hard bounce of any domain is Held at once", NULL},
    [HIGH_UNKNOWN_HARD] = {"high_unknown_hard", SETTING_BOOL, "0", 0, 1,
                           "bounces for too many unknown addresses are hard instead of block", NULL},
};
_Static_assert(SETTING_COUNT <= POLICY_SETTINGS_MAX, "the settings have room");

struct retry_group {
    uint64_t campaign;
    int64_t first_ms;
    uint32_t attempts;
    bool open;
};

struct sfmc {
    struct replay replay; /* bounce_count is n */
    int64_t first_ms;     /* of the first counted bounce */
    struct retry_group *groups;
    uint32_t group_count;
    uint32_t group_head; /* all before it have ended */
    struct retry_group few_groups[FEW_CAMPAIGNS];
};

static bool is_set(const struct sfmc *sfmc, enum sfmc_setting setting)
{
    return sfmc->replay.policy->values[setting] != 0;
}

static uint32_t sfmc_kinds(const struct policy *policy)
{
    uint32_t kinds = POLICY_KIND(BM_BOUNCE);
    if (policy->values[RESET_ON_OPEN] || policy->values[ATTEMPTS])
        kinds |= POLICY_KIND(BM_OPEN);
    if (policy->values[RESET_ON_CLICK] || policy->values[ATTEMPTS])
        kinds |= POLICY_KIND(BM_CLICK);
    if (policy->values[ATTEMPTS])
        kinds |= POLICY_KIND(BM_DELIVERED);
    return kinds;
}

/* --- timers ------------------------------------------------------------------------------------------ */

/* When the window's timer is due. */
static int64_t hold_due_ms(const struct sfmc *sfmc)
{
    bool waits = is_set(sfmc, TIMER) && sfmc->replay.own.status == STATUS_BOUNCED &&
                 sfmc->replay.bounce_count >= sfmc->replay.policy->values[THRESHOLD];
    return waits ? sfmc->first_ms + sfmc->replay.policy->values[WINDOW_MS] : TIMER_NONE;
}

/* When the oldest open group ends. */
static int64_t group_due_ms(struct sfmc *sfmc)
{
    while (sfmc->group_head < sfmc->group_count && !sfmc->groups[sfmc->group_head].open)
        sfmc->group_head++;
    return sfmc->group_head < sfmc->group_count ? sfmc->groups[sfmc->group_head].first_ms + RETRY_GROUP_MS
                                                : TIMER_NONE;
}

static void sfmc_schedule(struct sfmc *sfmc)
{
    int64_t hold_ms = hold_due_ms(sfmc), group_ms = group_due_ms(sfmc);
    sfmc->replay.timer_ms = group_ms < hold_ms ? group_ms : hold_ms;
}

/* --- counting ---------------------------------------------------------------------------------------- */

static bool window_is_over(const struct sfmc *sfmc, int64_t time_ms)
{
    int64_t since_first_ms = time_ms - sfmc->first_ms, window_ms = sfmc->replay.policy->values[WINDOW_MS];
    return is_set(sfmc, INCLUSIVE) ? since_first_ms >= window_ms : since_first_ms > window_ms;
}

/* What a hard bounce leads to by itself. */
static enum cause hard_cause(const struct sfmc *sfmc)
{
    if (sfmc->replay.input->domain_trusted && is_set(sfmc, HOLD_ON_TRUSTED_HARD))
        return CAUSE_TRUSTED_HARD;
    return is_set(sfmc, HARD_IMMEDIATE) ? CAUSE_HARD : CAUSE_NONE;
}

static void sfmc_count(struct sfmc *sfmc, int64_t time_ms, bool hard, bool fresh)
{
    struct replay *replay = &sfmc->replay;
    replay->detail += fresh;
    if (fresh && ++replay->bounce_count == 1)
        sfmc->first_ms = time_ms;
    enum cause cause = hard ? hard_cause(sfmc) : CAUSE_NONE;
    if (cause != CAUSE_NONE) {
        replay_set(replay, time_ms, STATUS_HELD, cause);
        return;
    }
    if (!fresh)
        return;
    if (replay->own.status == STATUS_ACTIVE)
        replay_set(replay, time_ms, STATUS_BOUNCED, CAUSE_BOUNCE);
    if (replay->bounce_count >= replay->policy->values[THRESHOLD] && window_is_over(sfmc, time_ms))
        replay_set(replay, time_ms, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD);
}

/* --- retry groups ------------------------------------------------------------------------------------ */

static bool is_retried(const struct policy_event *event, enum bm_class class_)
{
    int subcategory = reason_table[event_reason(event)].sfmc_subcategory_id;
    return (class_ == BM_SOFT || class_ == BM_UNKNOWN) && subcategory != SUBCATEGORY_FULL &&
           subcategory != SUBCATEGORY_INACTIVE;
}

static struct retry_group *group_open(struct sfmc *sfmc, uint64_t campaign, int64_t time_ms)
{
    if (!sfmc->groups)
        sfmc->groups =
            sfmc->replay.input->count > FEW_CAMPAIGNS ? replay_memory(&sfmc->replay) : sfmc->few_groups;
    struct retry_group *group = &sfmc->groups[sfmc->group_count++];
    *group = (struct retry_group){.campaign = campaign, .first_ms = time_ms, .open = true};
    return group;
}

/* Takes an attempt into its campaign's group. Returns whether the attempt ends it. */
static bool group_attempt(struct sfmc *sfmc, uint64_t campaign, int64_t time_ms, uint32_t *value)
{
    struct retry_group *group;
    if (*value == CAMPAIGN_NEW) {
        group = group_open(sfmc, campaign, time_ms);
        *value = sfmc->group_count;
    } else {
        group = &sfmc->groups[*value - 1];
    }
    if (++group->attempts < RETRY_ATTEMPTS_MAX)
        return false;
    group->open = false;
    return true;
}

/* The campaign's message got through: nothing of it counts any more. */
static void group_close(struct sfmc *sfmc, uint64_t campaign)
{
    uint32_t *value = campaign ? campaign_find(&sfmc->replay.campaigns, campaign) : NULL;
    if (!value || *value == CAMPAIGN_NEW || *value == CAMPAIGN_DONE)
        return;
    sfmc->groups[*value - 1].open = false;
    *value = CAMPAIGN_DONE;
}

/* The oldest group's 72 hours are over. */
static void group_end(struct sfmc *sfmc, int64_t time_ms)
{
    struct retry_group *group = &sfmc->groups[sfmc->group_head];
    uint32_t *value = campaign_find(&sfmc->replay.campaigns, group->campaign);
    bool dropped = sfmc->replay.permission != PERMISSION_IN || sfmc->replay.own.status == STATUS_HELD;
    group->open = false;
    *value = dropped ? CAMPAIGN_NEW : CAMPAIGN_DONE;
    if (!dropped)
        sfmc_count(sfmc, time_ms, false, true);
}

/* --- events ------------------------------------------------------------------------------------------ */

static enum bm_class effective_class(const struct sfmc *sfmc, const struct policy_event *event)
{
    bool moved =
        is_set(sfmc, HIGH_UNKNOWN_HARD) && event->class_ == BM_BLOCK && event->reason == REASON_HIGH_UNKNOWN;
    return moved ? BM_HARD : (enum bm_class)event->class_;
}

static void sfmc_bounce(struct sfmc *sfmc, const struct policy_event *event)
{
    enum bm_class class_ = effective_class(sfmc, event);
    if ((class_ == BM_BLOCK && !is_set(sfmc, COUNT_BLOCK)) ||
        (class_ == BM_TECHNICAL && !is_set(sfmc, COUNT_TECHNICAL)))
        return;
    uint64_t campaign = replay_unit(&sfmc->replay, event);
    uint32_t *value = campaign_value(&sfmc->replay, &sfmc->replay.campaigns, campaign);
    bool fresh = *value != CAMPAIGN_DONE;
    if (is_set(sfmc, ATTEMPTS) && fresh) {
        if (is_retried(event, class_) && !group_attempt(sfmc, campaign, event->time_ms, value))
            return;
        if (*value != CAMPAIGN_NEW)
            sfmc->groups[*value - 1].open = false;
    }
    *value = CAMPAIGN_DONE;
    sfmc_count(sfmc, event->time_ms, class_ == BM_HARD, fresh);
}

static void sfmc_engage(struct sfmc *sfmc, const struct policy_event *event)
{
    bool open = event->kind == BM_OPEN;
    if (sfmc->replay.own.status == STATUS_ACTIVE || !is_set(sfmc, open ? RESET_ON_OPEN : RESET_ON_CLICK))
        return;
    sfmc->replay.bounce_count = 0;
    replay_set(&sfmc->replay, event->time_ms, STATUS_ACTIVE, open ? CAUSE_OPEN : CAUSE_CLICK);
}

static void sfmc_event(struct replay *replay, const struct policy_event *event)
{
    struct sfmc *sfmc = (struct sfmc *)replay;
    if (event->kind == BM_BOUNCE)
        sfmc_bounce(sfmc, event);
    else if (is_set(sfmc, ATTEMPTS))
        group_close(sfmc, event->campaign);
    if (event->kind == BM_OPEN || event->kind == BM_CLICK)
        sfmc_engage(sfmc, event);
    sfmc_schedule(sfmc);
}

static void sfmc_timer(struct replay *replay)
{
    struct sfmc *sfmc = (struct sfmc *)replay;
    int64_t hold_ms = hold_due_ms(sfmc), group_ms = group_due_ms(sfmc);
    if (group_ms <= hold_ms)
        group_end(sfmc, group_ms);
    else
        replay_set(replay, hold_ms, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD);
    sfmc_schedule(sfmc);
}

/* Groups survive. */
static void sfmc_clear(struct replay *replay, int64_t time_ms)
{
    (void)time_ms;
    sfmc_schedule((struct sfmc *)replay);
}

static bool sfmc_replay(const struct policy *policy, const struct policy_input *input,
                        struct policy_scratch *scratch, struct policy_result *result)
{
    struct sfmc sfmc;
    sfmc.groups = NULL;
    sfmc.group_count = sfmc.group_head = 0;
    return replay_run(&sfmc.replay, policy, input, scratch, result);
}

const struct machine machine_sfmc = {
    .settings = sfmc_settings,
    .setting_count = SETTING_COUNT,
    .detail = DETAIL_LIFETIME_BOUNCES,
    .complaint_status = STATUS_UNSUBSCRIBED,
    .residual_statuses = 1u << STATUS_HELD,
    .residual_kinds = POLICY_KIND(BM_OPEN) | POLICY_KIND(BM_CLICK),
    .bytes_per_event = sizeof(struct retry_group),
    .idle_kinds = IDLE_KINDS, /* what is Active stays so, and no group is open */
    .kinds = sfmc_kinds,
    .replay = sfmc_replay,
    .event = sfmc_event,
    .timer = sfmc_timer,
    .clear = sfmc_clear,
};
