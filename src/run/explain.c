/* What would release an address, or suppress it, is not said of the policies' texts but tried: an event is
 * added behind the others, and the policy replayed. So it is right for every policy and setting. */
#include "run/explain.h"
#include "base/base.h"

#include "base/array.h"
#include "classify/classifier.h"
#include "event/time.h"
#include "run/address_events.h"
#include "run/explain_tallies.h"
#include "run/scan.h"

#include <bouncemill/explain.h>

#define EVERY_KIND     ((1u << BM_KIND_COUNT) - 1)
#define FUTURE_MS      (3700 * DAY_MS) /* further than any timer reaches */
#define FRESH_CAMPAIGN UINT64_C(0x6672657368637031)

/* --- one policy -------------------------------------------------------------------------------------- */

struct step_taker {
    struct explained_policy *policy;
    bool failed;
};

static void step_take(void *argument, const struct policy_step *step)
{
    struct step_taker *taker = argument;
    struct explained_policy *policy = taker->policy;
    struct policy_step *steps =
        array_room(policy->steps, &policy->step_capacity, policy->step_count + 1, sizeof *steps);
    if (!steps) {
        taker->failed = true;
        return;
    }
    policy->steps = steps;
    policy->steps[policy->step_count++] = *step;
}

static struct policy_input input_of(const struct explanation *explanation)
{
    return (struct policy_input){.events = explanation->policy_events,
                                 .count = explanation->event_count,
                                 .as_of_ms = explanation->as_of_ms,
                                 .domain_trusted = explanation->domain_trusted};
}

/* What time alone changes after as_of. */
static bool next_find(const struct explanation *explanation, struct explained_policy *policy,
                      struct policy_scratch *scratch)
{
    struct policy_input input = input_of(explanation);
    struct policy_result result;
    input.as_of_ms += FUTURE_MS;
    scratch->want_changes = true;
    bool done = policy_replay(policy->policy, &input, scratch, &result);
    scratch->want_changes = false;
    policy->next.time_ms = TIME_NEVER;
    for (size_t k = 0; k < scratch->changes.count && policy->next.time_ms == TIME_NEVER; k++)
        if (scratch->changes.items[k].time_ms > explanation->as_of_ms)
            policy->next = scratch->changes.items[k];
    return done;
}

/* What one more event would make of it. `events` has room for one more. */
static bool forecasts_make(const struct explanation *explanation, struct explained_policy *policy,
                           struct policy_event *events, struct policy_scratch *scratch)
{
    static const struct {
        const char *what;
        enum bm_kind kind;
        enum reason reason;
    } tries[] = {
        {"a bounce, mailbox-full", BM_BOUNCE, REASON_MAILBOX_FULL},
        {"a bounce, user-unknown", BM_BOUNCE, REASON_USER_UNKNOWN},
        {"a delivery", BM_DELIVERED, 0},
        {"an open", BM_OPEN, 0},
        {"a click", BM_CLICK, 0},
        {"a new opt-in (resubscribe)", BM_RESUBSCRIBE, 0},
    };
    _Static_assert(COUNT_OF(tries) == FORECASTS_MAX, "each forecast has room");
    for (size_t k = 0; k < COUNT_OF(tries); k++) {
        if (!(policy_kinds(policy->policy) >> tries[k].kind & 1))
            continue;
        struct policy_input input = input_of(explanation);
        struct forecast *forecast = &policy->forecasts[policy->forecast_count++];
        *forecast = (struct forecast){.what = tries[k].what, .kind = (uint8_t)tries[k].kind};
        bool bounce = tries[k].kind == BM_BOUNCE;
        events[input.count++] =
            (struct policy_event){.time_ms = ++input.as_of_ms,
                                  .campaign = FRESH_CAMPAIGN,
                                  .kind = (uint8_t)tries[k].kind,
                                  .class_ = bounce ? (uint8_t)reason_table[tries[k].reason].class_ : 0,
                                  .reason = bounce ? (uint8_t)tries[k].reason : 0};
        if (!policy_replay(policy->policy, &input, scratch, &forecast->result))
            return false;
    }
    return true;
}

static bool policy_explain(const struct explanation *explanation, struct explained_policy *policy,
                           struct policy_event *events)
{
    struct policy_scratch scratch = {0};
    struct step_taker taker = {.policy = policy};
    struct policy_input input = input_of(explanation);
    input.step = step_take;
    input.step_argument = &taker;
    bool done = policy_replay(policy->policy, &input, &scratch, &policy->result) && !taker.failed &&
                next_find(explanation, policy, &scratch) &&
                forecasts_make(explanation, policy, events, &scratch);
    policy_scratch_free(&scratch);
    return done;
}

enum bm_code explanation_make(struct explanation *explanation, const struct run_plan *plan,
                              struct bm_error *error)
{
    struct policy_event *events = calloc(explanation->event_count + 1, sizeof *events);
    explanation->policy_events = events;
    explanation->policies = calloc(plan->policies.count, sizeof *explanation->policies);
    if (!events || !explanation->policies)
        return fail_memory(error, "the explanation");
    for (size_t k = 0; k < explanation->event_count; k++)
        events[k] = policy_event_of(&explanation->events[k]);
    for (; explanation->policy_count < plan->policies.count; explanation->policy_count++) {
        struct explained_policy *policy = &explanation->policies[explanation->policy_count];
        policy->policy = plan->in_order[explanation->policy_count];
        if (!policy_explain(explanation, policy, events)) {
            explanation->policy_count++; /* its steps are to be freed, too */
            return fail_memory(error, "the explanation");
        }
    }
    return BM_OK;
}

void explanation_free(struct explanation *explanation)
{
    for (size_t k = 0; k < explanation->policy_count; k++)
        free(explanation->policies[k].steps);
    free(explanation->policies);
    free((void *)explanation->policy_events);
    campaign_names_free(&explanation->campaigns);
    *explanation = (struct explanation){0};
}

/* --- the job ----------------------------------------------------------------------------------------- */

struct explain_job {
    struct run_plan plan;
    struct path_list paths; /* archives, or tally files */
    struct inputs inputs;
    struct tally_set tallies;
    struct scan_result scanned;
    struct shard_view_memory view_memory;
    struct tally_event *found; /* in tally files */
    struct report report;
    int64_t last_ms; /* of any address's event */
    struct explanation explanation;
    char address[BM_ADDRESS_BYTES_MAX];
};

static enum bm_code address_read(struct explain_job *job, const char *address, struct bm_error *error)
{
    size_t domain_at;
    size_t length = bm_address_normalise(address, strlen(address), job->address, &domain_at);
    if (!length)
        return fail(error, BM_USAGE, "'%s' is not an address", address);
    struct explanation *explanation = &job->explanation;
    explanation->address = (struct span){job->address, length};
    explanation->domain = (struct span){job->address + domain_at, length - domain_at};
    explanation->domain_trusted =
        bm_domain_trusted(job->plan.classifier, explanation->domain.at, explanation->domain.length);
    return BM_OK;
}

static enum bm_code archives_scan(struct explain_job *job, struct bm_error *error)
{
    struct bm_run_options options = *job->plan.options;
    options.archives = (const char *const *)job->paths.paths;
    options.archive_count = job->paths.count;
    options.files_from = NULL; /* read already */
    struct scan_options scan_options = {
        .classifier = job->plan.classifier,
        .dialect = job->plan.dialect,
        .kinds = EVERY_KIND,
        .limited = true,
        .only = job->explanation.address,
        .from_ms = job->plan.from_ms,
        .to_ms = job->plan.to_ms,
        .threads = job->plan.threads,
        .simd = job->plan.simd,
        .keep_going = options.keep_going,
        .stop = options.stop,
        .progress = options.progress,
        .progress_argument = options.progress_argument,
    };
    enum bm_code code = inputs_open(&job->inputs, &options, job->plan.threads, error);
    if (code == BM_OK)
        code = scan(&job->inputs, &scan_options, &job->scanned, error);
    if (code == BM_OK)
        job->last_ms = job->scanned.last_ms;
    return code;
}

/* The address is the only one in the shards. */
static enum bm_code archives_take(struct explain_job *job, struct bm_error *error)
{
    struct explanation *explanation = &job->explanation;
    for (unsigned which = 0; which < SHARD_COUNT && !explanation->event_count; which++) {
        struct shard_view view;
        if (!shard_group(job->scanned.shards, which, &job->view_memory, &view))
            return fail_memory(error, "the explanation");
        if (!view.address_count)
            continue;
        explanation->events = view.events;
        explanation->event_count = tally_events_order(view.events, view.event_count);
    }
    return BM_OK;
}

/* What options can be of no meaning for tally files, and would be missed. */
static enum bm_code tallies_accept(const struct explain_job *job, struct bm_error *error)
{
    const struct bm_run_options *options = job->plan.options;
    const struct bm_tables *tables = &options->tables;
    if (options->from || options->to) {
        (void)fail(error, BM_USAGE, "--from and --to are for archives: %s is a tally file",
                   job->paths.paths[0]);
        return fail_hint(error, "--as-of tells the statuses of an earlier moment");
    }
    if (!tables->codes && !tables->phrases && !tables->providers && !tables->replace)
        return BM_OK;
    return tally_set_accepts(&job->tallies, classifier_tables_hash(job->plan.classifier), error);
}

static enum bm_code tallies_read(struct explain_job *job, struct bm_error *error)
{
    struct explanation *explanation = &job->explanation;
    enum bm_code code =
        tally_set_open(&job->tallies, (const char *const *)job->paths.paths, job->paths.count,
                       &job->plan.policies, job->plan.policies.kinds, job->plan.options->stop, error);
    if (code == BM_OK)
        code = tallies_accept(job, error);
    if (code == BM_OK)
        code = counts_new(&job->scanned.counts, bm_rule_count(job->plan.classifier), error);
    if (code == BM_OK)
        code = tally_set_counts(&job->tallies, job->scanned.counts, job->plan.classifier, error);
    if (code == BM_OK)
        code = tally_set_find(&job->tallies, explanation->address, &job->found, &explanation->event_count,
                              error);
    explanation->events = job->found;
    return code;
}

static enum bm_code events_read(struct explain_job *job, struct bm_error *error)
{
    bool tallies = false;
    enum bm_code code = inputs_list(&job->paths, job->plan.options, error);
    if (code == BM_OK)
        code = tallies_tell(&job->paths, &tallies, error);
    if (code == BM_OK)
        code = tallies ? tallies_read(job, error) : archives_scan(job, error);
    if (code == BM_OK && !tallies)
        code = archives_take(job, error);
    if (code == BM_OK && (!counts_report(job->scanned.counts, job->plan.classifier, &job->report) ||
                          !campaign_names_make(&job->explanation.campaigns, &job->report)))
        code = fail_memory(error, "the explanation");
    if (code == BM_OK && tallies && job->report.first_ms <= job->report.last_ms)
        job->last_ms = job->report.last_ms;
    return code;
}

/* Later events are not looked at. */
static enum bm_code events_limit(struct explain_job *job, struct bm_error *error)
{
    struct explanation *explanation = &job->explanation;
    explanation->as_of_ms = job->plan.as_of_ms;
    if (explanation->as_of_ms == TIME_NEVER) /* as a run does: the last event of any address */
        explanation->as_of_ms = job->last_ms;
    while (explanation->event_count &&
           tally_time_ms(&explanation->events[explanation->event_count - 1]) > explanation->as_of_ms)
        explanation->event_count--;
    return tally_set_accepts_as_of(&job->tallies, explanation->as_of_ms, error);
}

static enum bm_code explanation_write(const struct explanation *explanation, int fd, int json,
                                      const volatile int *stop, struct bm_error *error)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return fail_memory(error, "the explanation");
    enum bm_code code = writer_open_fd(writer, fd, "the explanation", error);
    if (code == BM_OK) {
        writer->stop = stop;
        (json ? explain_json : explain_text)(writer, explanation);
        code = writer_close(writer, NULL, NULL, error);
    }
    free(writer);
    return code;
}

enum bm_code bm_explain(const struct bm_run_options *options, const char *address, int fd, int json,
                        struct bm_error *error)
{
    struct explain_job *job = calloc(1, sizeof *job);
    if (!job)
        return fail_memory(error, "the explanation");
    enum bm_code code = run_plan_make(&job->plan, options, error);
    if (code == BM_OK)
        code = address_read(job, address, error);
    if (code == BM_OK)
        code = events_read(job, error);
    if (code == BM_OK)
        code = events_limit(job, error);
    if (code == BM_OK)
        code = explanation_make(&job->explanation, &job->plan, error);
    if (code == BM_OK)
        code = explanation_write(&job->explanation, fd, json, options->stop, error);
    if (code != BM_OK && stop_asked(options->stop))
        code = fail_stopped(error);
    explanation_free(&job->explanation);
    counts_report_free(&job->report);
    shard_view_memory_free(&job->view_memory);
    free(job->found);
    scan_result_free(&job->scanned);
    tally_set_close(&job->tallies);
    inputs_close(&job->inputs);
    path_list_free(&job->paths);
    run_plan_free(&job->plan);
    free(job);
    return code;
}
