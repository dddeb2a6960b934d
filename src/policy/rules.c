/* The machine that carries a table of rules (rules.h). */
#include "base/base.h"

#include "event/time.h"
#include "policy/rules.h"

#define DAY_NONE    INT64_MIN
#define ENGAGEMENTS (POLICY_KIND(BM_OPEN) | POLICY_KIND(BM_CLICK))

struct counter {
    uint32_t count;
    int64_t first_ms, day;
    struct recent recent; /* where the rule has a window */
};

struct rules_replay {
    struct replay replay;
    int64_t engaged_ms; /* the last open or click; stays through resubscriptions; TIME_NEVER */
    uint8_t acted;      /* the rule that made the own status, where that is not a suppressed one */
    struct counter counters[RULES_MAX];
    struct recent_pool pool;
};

/* --- tables ------------------------------------------------------------------------------------------ */

enum bm_code rules_make(struct policy *policy, const struct rule_row *rows, unsigned count,
                        struct bm_error *error)
{
    CHECK(count <= RULES_MAX);
    struct rule_set *set = calloc(1, sizeof *set);
    if (!set)
        return fail_memory(error, "the rules of a policy");
    memset(set->of, RULE_NONE, sizeof set->of);
    for (unsigned k = 0; k < count; k++) {
        set->rules[k] = rows[k].rule;
        for (unsigned reason = 0; reason < REASON_COUNT; reason++)
            if ((rows[k].classes >> reason_table[reason].class_ & 1) || (rows[k].reasons >> reason & 1))
                set->of[reason] = (uint8_t)k;
    }
    set->count = count;
    free(policy->rules);
    policy->rules = set;
    return BM_OK;
}

uint32_t rules_kinds(const struct policy *policy)
{
    uint32_t kinds = POLICY_KIND(BM_BOUNCE);
    if (policy->machine->disposition)
        kinds |= POLICY_KIND(BM_DELIVERED);
    for (unsigned k = 0; k < policy->rules->count; k++) {
        const struct rule *rule = &policy->rules->rules[k];
        kinds |= rule->resets;
        if (rule->limit_engaged || rule->grace_ms)
            kinds |= ENGAGEMENTS;
    }
    return kinds;
}

/* --- counting ---------------------------------------------------------------------------------------- */

static void counter_clear(struct counter *counter)
{
    counter->count = 0;
    counter->recent.count = 0;
    counter->day = DAY_NONE;
}

static void counters_sum(struct rules_replay *machine)
{
    uint32_t sum = 0;
    for (unsigned k = 0; k < machine->replay.policy->rules->count; k++)
        sum += machine->counters[k].count;
    machine->replay.bounce_count = sum;
}

/* Whether the bounce is a unit that has not been counted yet; notes that it is now. */
static bool unit_take(struct rules_replay *machine, const struct rule *rule, struct counter *counter,
                      const struct policy_event *event)
{
    if (rule->count_max == 0)
        return false;
    if (rule->unit == UNIT_ROW)
        return true;
    if (rule->unit == UNIT_DAY) {
        int64_t day = event->time_ms / DAY_MS;
        bool fresh = counter->day != day;
        counter->day = day;
        return fresh;
    }
    struct replay *replay = &machine->replay;
    uint32_t *seen = campaign_value(replay, &replay->campaigns, replay_unit(replay, event));
    bool fresh = *seen == 0;
    *seen = 1;
    return fresh;
}

static void counter_add(struct rules_replay *machine, const struct rule *rule, struct counter *counter,
                        int64_t time_ms)
{
    if (rule->window_ms) {
        recent_expire(&machine->pool, &counter->recent, time_ms, rule->window_ms);
        recent_add(&machine->replay, &machine->pool, &counter->recent, time_ms);
        counter->first_ms = machine->pool.entries[counter->recent.head - 1].time_ms;
        counter->count = counter->recent.count < rule->count_max ? counter->recent.count : rule->count_max;
    } else if (counter->count < rule->count_max && counter->count++ == 0) {
        counter->first_ms = time_ms;
    }
    counters_sum(machine);
}

/* --- events ------------------------------------------------------------------------------------------ */

static bool limit_reached(const struct rules_replay *machine, const struct rule *rule,
                          const struct counter *counter, int64_t time_ms)
{
    bool engaged = rule->limit_engaged && machine->engaged_ms != TIME_NEVER;
    uint32_t limit = engaged ? rule->limit_engaged : rule->limit;
    return limit != LIMIT_NEVER && counter->count >= limit && time_ms - counter->first_ms >= rule->span_ms;
}

static unsigned rule_for(const struct rules_replay *machine, const struct policy_event *event)
{
    const struct rule_set *set = machine->replay.policy->rules;
    unsigned k = set->of[event_reason(event)];
    if (k != RULE_NONE && set->rules[k].grace_ms && machine->engaged_ms != TIME_NEVER &&
        event->time_ms - machine->engaged_ms <= set->rules[k].grace_ms)
        return set->rules[k].grace_rule;
    return k;
}

static void rules_bounce(struct rules_replay *machine, const struct policy_event *event)
{
    unsigned k = rule_for(machine, event);
    if (k == RULE_NONE)
        return;
    const struct rule *rule = &machine->replay.policy->rules->rules[k];
    struct counter *counter = &machine->counters[k];
    bool fresh = unit_take(machine, rule, counter, event);
    if (fresh)
        counter_add(machine, rule, counter, event->time_ms);
    if (rule->limit != LIMIT_AT_ONCE && !(fresh && limit_reached(machine, rule, counter, event->time_ms)))
        return;
    machine->acted = (uint8_t)k;
    replay_set_reason(&machine->replay, event->time_ms, rule->status, rule->cause,
                      rule->cause_of_reason ? event_reason(event) : REASON_COUNT);
}

static enum cause kind_cause(unsigned kind)
{
    return kind == BM_DELIVERED ? CAUSE_DELIVERED : kind == BM_OPEN ? CAUSE_OPEN : CAUSE_CLICK;
}

/* A delivery, open or click. */
static void rules_success(struct rules_replay *machine, const struct policy_event *event)
{
    const struct rule_set *set = machine->replay.policy->rules;
    if (ENGAGEMENTS >> event->kind & 1)
        machine->engaged_ms = event->time_ms;
    for (unsigned k = 0; k < set->count; k++) {
        if (!(set->rules[k].resets >> event->kind & 1))
            continue;
        counter_clear(&machine->counters[k]);
        if (machine->replay.own.status != STATUS_ACTIVE && machine->acted == k)
            replay_set(&machine->replay, event->time_ms, STATUS_ACTIVE, kind_cause(event->kind));
    }
    counters_sum(machine);
}

void rules_event(struct replay *replay, const struct policy_event *event)
{
    if (event->kind == BM_BOUNCE)
        rules_bounce((struct rules_replay *)replay, event);
    else
        rules_success((struct rules_replay *)replay, event);
}

void rules_clear(struct replay *replay, int64_t time_ms)
{
    (void)time_ms;
    struct rules_replay *machine = (struct rules_replay *)replay;
    for (unsigned k = 0; k < replay->policy->rules->count; k++)
        counter_clear(&machine->counters[k]);
}

bool rules_replay(const struct policy *policy, const struct policy_input *input,
                  struct policy_scratch *scratch, struct policy_result *result)
{
    struct rules_replay machine;
    machine.engaged_ms = TIME_NEVER;
    machine.acted = RULE_NONE;
    machine.pool.entries = NULL;
    machine.pool.used = 0;
    return replay_run(&machine.replay, policy, input, scratch, result);
}
