/* What must hold for any events, of every policy in the registry and of settings that bring in more of its
 * code. */
#include "base/base.h"
#include "policy/machine.h"

#include <bouncemill/policy.h>

#include "replay.h"

#define RANDOM_RUNS 400 /* for each policy and setting */
#define SETUPS_MAX  64
#define DATES_MAX   100

static const char *source_root;

struct setup {
    const char *policy;
    char setting[4096]; /* empty: none */
};

static const char *const more[][2] = {
    {"sfmc/attempts", "sfmc.timer=1"},
    {"sfmc", "sfmc.hard_immediate=1"},
    {"blackbaud", "blackbaud.count=any"},
    {"blackbaud", "blackbaud.window_days=10"},
    {"blackbaud", "blackbaud.reset_on_delivery=1"},
    {"blackbaud", "blackbaud.invalidate=apply"},
    {"industry", "industry.advise_only=1"},
    {"industry", "industry.duration_days=2"},
    {"klaviyo", "klaviyo.limit=2"},
    {"listmonk", "listmonk.hard_action=none"},
    {"mailchimp", "mailchimp.soft_limit=2"},
    {"mailchimp", "mailchimp.hard_grace_days=3"},
    {"mailman3", "mailman3.soft_weight_percent=50"},
    {"mailman3", "mailman3.threshold=2"},
    {"responsys", "responsys.soft_limit=3"},
    {"ses", "ses.suppressed_reasons=bounce"},
};

static int number_compare(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static size_t setups_make(struct setup *setups)
{
    static const char *const files[] = {"everything.ini", "mailed.ini"};
    size_t count = 0;
    for (unsigned k = 0; bm_policy_name(k); k++)
        if (strcmp(bm_policy_name(k), "custom") != 0)
            setups[count++] = (struct setup){.policy = bm_policy_name(k)};
    for (size_t k = 0; k < COUNT_OF(more); k++) {
        setups[count].policy = more[k][0];
        snprintf(setups[count++].setting, sizeof setups->setting, "%s", more[k][1]);
    }
    for (size_t k = 0; k < COUNT_OF(files); k++) {
        setups[count].policy = "custom";
        snprintf(setups[count++].setting, sizeof setups->setting, "custom.file=%s/fixtures/policies/%s",
                 source_root, files[k]);
    }
    EXPECT(count <= SETUPS_MAX, "the setups have room");
    return count;
}

/* The history up to a time is the history of the events up to it: nothing looks ahead. */
static void check_prefix(const char *policy, const struct outcome *part, const struct outcome *whole,
                         int64_t as_of_ms)
{
    size_t changes = 0;
    while (changes < whole->change_count && whole->changes[changes].time_ms <= as_of_ms)
        changes++;
    EXPECT(part->change_count == changes, "%s: %zu changes until then, got %zu", policy, changes,
           part->change_count);
    for (size_t k = 0; k < changes; k++)
        EXPECT(change_is(&part->changes[k], &whole->changes[k]), "%s: change %zu is the same", policy, k);
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
    EXPECT(outcome->result.suppressed == status_suppressed(outcome->result.status),
           "%s: who is suppressed follows from the status", policy);
    for (size_t k = 1; k < outcome->change_count; k++)
        EXPECT(outcome->changes[k - 1].time_ms <= outcome->changes[k].time_ms &&
                   outcome->changes[k - 1].status != outcome->changes[k].status,
               "%s: changes are in order and change something", policy);
}

/* What the policy does not look at, nobody keeps for it. */
static void check_kinds(const struct policy_set *set, const struct policy_event *events, size_t count,
                        int64_t as_of_ms, const struct outcome *whole)
{
    struct policy_event kept[RANDOM_COUNT];
    size_t kept_count = 0;
    for (size_t k = 0; k < count; k++)
        if (set->policies[0]->kinds >> events[k].kind & 1)
            kept[kept_count++] = events[k];
    struct outcome outcome = replay_with(set, kept, kept_count, as_of_ms, true);
    EXPECT(outcome_is(&outcome, whole), "%s: kinds that it does not look at make no difference",
           policy_name(set->policies[0]));
}

/* Events up to a time, replayed at that time and long after it: timers aside the same; and where no delivery
 * undoes a bounce before it, a part of the whole history. */
static void check_cut(const struct policy_set *set, const struct policy_event *events, size_t count,
                      int64_t as_of_ms, const struct outcome *whole)
{
    const char *policy = policy_name(set->policies[0]);
    size_t until = 0;
    while (until < count && events[until].time_ms <= as_of_ms)
        until++;
    struct outcome part = replay_with(set, events, until, as_of_ms, true);
    struct outcome later = replay_with(set, events, until, START + 900 * DAY, true);
    check_history(policy, &part);
    check_prefix(policy, &part, &later, as_of_ms);
    if (!set->policies[0]->machine->timer)
        EXPECT(outcome_is(&part, &later), "%s: time alone changes nothing", policy);
    if (!set->policies[0]->machine->disposition)
        check_prefix(policy, &part, whole, as_of_ms);
}

/* Dates of which some fall on events, some between, some together; rising. */
static size_t dates_make(uint64_t *random, const struct policy_event *events, size_t count, int64_t *dates_ms)
{
    size_t dates = 0;
    int64_t step_ms = (int64_t)(1 + test_random(random) % 40) * 6 * HOUR;
    for (int64_t ms = START - DAY; dates < DATES_MAX && ms < START + 90 * DAY; ms += step_ms)
        dates_ms[dates++] = ms;
    for (size_t k = 0; k < dates && count; k++) /* the very instant of an event, or just before it */
        if (test_random(random) % 2)
            dates_ms[k] = events[test_random(random) % count].time_ms - (int64_t)(test_random(random) % 2);
    qsort(dates_ms, dates, sizeof *dates_ms, number_compare);
    size_t kept = 1;
    for (size_t k = 1; k < dates; k++)
        if (dates_ms[k] != dates_ms[kept - 1])
            dates_ms[kept++] = dates_ms[k];
    return kept;
}

/* The states at many dates, from one walk: each is that of a run on only the events up to the date. */
static void check_dates(const struct policy_set *set, const struct policy_event *events, size_t count,
                        uint64_t *random)
{
    const char *policy = policy_name(set->policies[0]);
    int64_t dates_ms[DATES_MAX];
    size_t dates = dates_make(random, events, count, dates_ms), first = test_random(random) % dates;
    while (count && events[count - 1].time_ms > dates_ms[dates - 1])
        count--;
    struct policy_scratch scratch = {0};
    struct policy_input input = {.events = events,
                                 .count = count,
                                 .as_of_ms = dates_ms[dates - 1],
                                 .domain_trusted = true,
                                 .dates_ms = dates_ms,
                                 .date_count = dates,
                                 .date_first = first};
    struct policy_result result;
    EXPECT(policy_replay(set->policies[0], &input, &scratch, &result), "there is memory");
    const struct policy_snapshot_list *list = &scratch.snapshots;
    EXPECT(list->count && list->items[0].date == first, "%s: there is a state from the first date on",
           policy);
    size_t at = 0, until = 0;
    for (size_t date = first; date < dates; date++) {
        while (until < count && events[until].time_ms <= dates_ms[date])
            until++;
        while (at + 1 < list->count && list->items[at + 1].date <= date)
            at++;
        struct outcome part = replay_with(set, events, until, dates_ms[date], true);
        struct outcome seen = part;
        seen.result = list->items[at].result;
        EXPECT(outcome_is(&part, &seen), "%s: date %zu of %zu: %s since %lld, as of then %s since %lld",
               policy, date, dates, status_name(seen.result.status), (long long)seen.result.since_ms,
               status_name(part.result.status), (long long)part.result.since_ms);
    }
    struct outcome whole = replay_with(set, events, count, dates_ms[dates - 1], true), last = whole;
    last.result = result;
    EXPECT(outcome_is(&whole, &last), "%s: dates do not change the result", policy);
    policy_scratch_free(&scratch);
}

/* Returns how often the address ended suppressed by the policy itself. */
static size_t check_setup(const struct setup *setup, uint64_t random)
{
    struct policy_set set = policy_of(setup->policy, setup->setting[0] ? setup->setting : NULL);
    size_t suppressed = 0;
    for (int run = 0; run < RANDOM_RUNS; run++) {
        struct policy_event events[RANDOM_COUNT];
        size_t count = random_events(&random, events);
        struct outcome whole = replay_with(&set, events, count, START + 90 * DAY, true),
                       again = replay_with(&set, events, count, START + 90 * DAY, true);
        EXPECT(outcome_is(&whole, &again), "%s: again is the same", setup->policy);
        check_history(setup->policy, &whole);
        check_kinds(&set, events, count, START + 90 * DAY, &whole);
        for (int cut = 0; cut < 4; cut++)
            check_cut(&set, events, count, START + (int64_t)(test_random(&random) % 1440) * HOUR, &whole);
        check_dates(&set, events, count, &random);
        suppressed += whole.result.cause < CAUSE_OPEN || whole.result.cause > CAUSE_DELIVERED
                          ? whole.result.status != STATUS_ACTIVE
                          : 0;
    }
    policy_set_free(&set);
    return suppressed;
}

static void test_any_events(void **state)
{
    (void)state;
    static struct setup setups[SETUPS_MAX];
    size_t count = setups_make(setups);
    for (size_t k = 0; k < count; k++) {
        size_t suppressed = check_setup(&setups[k], 29 + k);
        bool never = strcmp(setups[k].policy, "ses/complaint-only") == 0 ||
                     strcmp(setups[k].setting, "listmonk.hard_action=none") == 0;
        EXPECT(never || suppressed > RANDOM_RUNS / 50, "%s %s: the interesting states are reached, %zu times",
               setups[k].policy, setups[k].setting, suppressed);
    }
}

/* A rule file and the built-in policy that it says again. */
static void test_rule_files(void **state)
{
    (void)state;
    static const char *const pairs[][3] = {
        {"sendgrid.ini", "sendgrid", NULL},
        {"klaviyo.ini", "klaviyo", NULL},
        {"mailchimp.ini", "mailchimp", NULL},
        {"mailchimp-grace30.ini", "mailchimp", "mailchimp.hard_grace_days=30"},
        {"listmonk-soft2.ini", "listmonk/soft2", NULL},
        {"ses.ini", "ses", NULL}};
    uint64_t random = 31;
    for (size_t k = 0; k < COUNT_OF(pairs); k++) {
        char setting[4096];
        snprintf(setting, sizeof setting, "custom.file=%s/fixtures/policies/%s", source_root, pairs[k][0]);
        struct policy_set own = policy_of("custom", setting), built_in = policy_of(pairs[k][1], pairs[k][2]);
        EXPECT(own.kinds == built_in.kinds, "%s looks at the same kinds", pairs[k][0]);
        for (int run = 0; run < 3 * RANDOM_RUNS; run++) {
            struct policy_event events[RANDOM_COUNT];
            size_t count = random_events(&random, events);
            struct outcome a = replay_with(&own, events, count, START + 90 * DAY, false),
                           b = replay_with(&built_in, events, count, START + 90 * DAY, false);
            EXPECT(outcome_is(&a, &b), "%s makes the same of events %d as %s", pairs[k][0], run, pairs[k][1]);
        }
        policy_set_free(&own);
        policy_set_free(&built_in);
    }
}

int main(int argc, char **argv)
{
    source_root = argc > 1 ? argv[1] : ".";
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_events), cmocka_unit_test(test_rule_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
