/* All that belongs to an outcome is taken from the store, one piece after the other. So where only what is
 * suppressed is asked for, the memory of other outcomes can be used again at once. */
#include "run/address_replay.h"
#include "base/base.h"

#include "base/array.h"
#include "run/address_events.h"

/* Kinds that make an address appear in status.csv. */
#define LISTED_KINDS                                                                                         \
    (POLICY_KIND(BM_BOUNCE) | POLICY_KIND(BM_UNSUBSCRIBE) | POLICY_KIND(BM_COMPLAINT) |                      \
     POLICY_KIND(BM_DELETE) | POLICY_KIND(BM_RESUBSCRIBE))

void address_replayer_init(struct address_replayer *replayer, const struct merge_options *options,
                           struct replay_result *result)
{
    *replayer = (struct address_replayer){
        .options = options, .result = result, .scratch.want_changes = options->history};
}

void address_replayer_free(struct address_replayer *replayer)
{
    policy_scratch_free(&replayer->scratch);
    timeline_free(&replayer->timeline);
    free(replayer->events);
}

/* --- the policies -------------------------------------------------------------------------------------- */

static bool policy_events_make(struct address_replayer *replayer, const struct tally_event *events,
                               size_t count, uint32_t *kinds)
{
    struct policy_event *made = array_room(replayer->events, &replayer->event_capacity, count, sizeof *made);
    if (!made)
        return false;
    replayer->events = made;
    *kinds = 0;
    for (size_t k = 0; k < count; k++) {
        replayer->events[k] = policy_event_of(&events[k]);
        *kinds |= POLICY_KIND(replayer->events[k].kind);
    }
    return true;
}

/* The first date at which the address is in status.csv. */
static size_t date_first(const struct merge_options *options, const struct policy_event *events)
{
    size_t date = 0;
    while (!(POLICY_KIND(events->kind) & LISTED_KINDS))
        events++;
    while (date < options->date_count && options->dates_ms[date] < events->time_ms)
        date++;
    return date;
}

static struct policy_input input_make(const struct address_replayer *replayer, struct span address,
                                      size_t count, uint32_t kinds)
{
    const struct merge_options *options = replayer->options;
    struct policy_input input = {.events = replayer->events, .count = count, .as_of_ms = options->as_of_ms};
    if (options->date_count) {
        input.dates_ms = options->dates_ms;
        input.date_count = options->date_count;
        input.date_first = date_first(options, replayer->events);
    }
    if (kinds & POLICY_KIND(BM_BOUNCE)) {
        struct span domain = address_domain(address);
        input.domain_trusted = bm_domain_trusted(options->classifier, domain.at, domain.length);
    }
    return input;
}

/* `more` is NULL when nobody asks for it. */
static bool policies_replay(struct address_replayer *replayer, const struct policy_input *input,
                            struct outcome *outcome, struct outcome_more *more)
{
    const struct merge_options *options = replayer->options;
    struct policy_scratch *scratch = &replayer->scratch;
    struct timeline *timeline = &replayer->timeline;
    timeline_clear(timeline);
    for (size_t k = 0; k < options->policy_count; k++) {
        if (!policy_replay(options->policies[k], input, scratch, &outcome->results[k]))
            return false;
        if (options->history && !timeline_changes_add(timeline, k, &scratch->changes))
            return false;
        if (options->date_count && !timeline_snapshots_add(timeline, k, &scratch->snapshots))
            return false;
    }
    return !more || timeline_keep(timeline, &replayer->result->store, more);
}

/* --- what not every job asks for ----------------------------------------------------------------------- */

/* Memory for it; NULL where this job does not. False when memory is out. */
static bool more_take(struct address_replayer *replayer, struct outcome_more **more)
{
    const struct merge_options *options = replayer->options;
    *more = NULL;
    if (!options->history && !options->date_count && !options->more)
        return true;
    *more = outcome_store_take(&replayer->result->store, sizeof **more);
    if (*more)
        **more = (struct outcome_more){0};
    return *more != NULL;
}

static bool moments_keep(struct address_replayer *replayer, struct outcome_more *more, size_t count)
{
    struct outcome_moment *moments =
        outcome_store_take(&replayer->result->store, more->moment_count * sizeof *moments);
    if (!moments)
        return false;
    more->moments = moments;
    for (size_t k = 0; k < count; k++) {
        const struct policy_event *event = &replayer->events[k];
        if (event->kind != BM_BOUNCE)
            continue;
        unsigned reason = reason_table[event->reason].class_ == event->class_
                              ? event->reason
                              : (unsigned)reason_class_default((enum bm_class)event->class_);
        *moments++ = (struct outcome_moment){event->time_ms, event->campaign,
                                             (uint8_t)reason_table[reason].marketo_category, event->reason};
    }
    return true;
}

/* The bounce that made the address Invalid: the first hard one of that instant. */
static void invalid_note(struct outcome_more *more, const struct tally_event *events, size_t count,
                         int64_t since_ms)
{
    for (size_t k = 0; k < count; k++) {
        if (tally_time_ms(&events[k]) != since_ms || tally_kind(&events[k]) != BM_BOUNCE)
            continue;
        more->invalid_smtp_code = (uint16_t)tally_smtp_code(&events[k]);
        more->invalid_enhanced = events[k].enhanced;
        more->invalid_reason = (uint8_t)tally_reason(&events[k]);
        return; /* hard ones come first */
    }
}

static bool segment_keep(struct address_replayer *replayer, const struct tally_event *events, size_t count,
                         const struct outcome *outcome, struct outcome_more *more)
{
    const struct merge_options *options = replayer->options;
    struct segmented segmented = segment_events(replayer->events, count);
    if (segmented.segment != SEGMENT_NONE)
        replayer->result->segments
            .addresses[segmented.segment][recency_of(segmented.last_bounce_ms, options->as_of_ms)]++;
    if (!options->more)
        return true;
    ASSERT(more);
    more->segmented = segmented;
    for (size_t k = 0; k < options->policy_count; k++)
        if (outcome->results[k].status == STATUS_INVALID &&
            policy_detail(options->policies[k]) == DETAIL_SUSPENDED_UNTIL)
            invalid_note(more, events, count, outcome->results[k].since_ms);
    for (size_t k = 0; k < count && options->moments; k++)
        more->moment_count += replayer->events[k].kind == BM_BOUNCE;
    return !more->moment_count || moments_keep(replayer, more, count);
}

/* Failures that time may mend, for the domain patterns. */
static bool failures_count(struct address_replayer *replayer, struct span address, size_t count)
{
    struct domain_hours *hours = &replayer->result->domain_hours;
    uint32_t domain = DOMAIN_NONE;
    for (size_t k = 0; k < count; k++) {
        const struct policy_event *event = &replayer->events[k];
        if (event->kind != BM_BOUNCE || event->class_ == BM_HARD)
            continue;
        if (domain == DOMAIN_NONE)
            domain = domain_hours_find(hours, address_domain(address));
        if (domain == DOMAIN_NONE || !domain_hours_add(hours, domain, (uint32_t)(event->time_ms / HOUR_MS)))
            return false;
    }
    return true;
}

/* Says that memory is out, unless the failures' file says otherwise. */
static enum bm_code failures_fail(const struct address_replayer *replayer, struct bm_error *error)
{
    const struct bm_error *why = &replayer->result->domain_hours.error;
    if (why->code == BM_OK)
        return fail_memory(error, "the merge");
    *error = *why;
    return error->code;
}

/* --- the outcome --------------------------------------------------------------------------------------- */

/* NULL when memory is out. */
static struct outcome *outcome_make(struct address_replayer *replayer, const struct tally_event *events,
                                    const struct policy_input *input)
{
    const struct merge_options *options = replayer->options;
    struct outcome_more *more;
    struct outcome *outcome = outcome_store_take(
        &replayer->result->store, sizeof *outcome + options->policy_count * sizeof outcome->results[0]);
    if (!outcome)
        return NULL;
    *outcome = (struct outcome){.first_bounce_ms = TIME_NEVER, .last_bounce_ms = TIME_NEVER};
    if (!more_take(replayer, &more) || !policies_replay(replayer, input, outcome, more))
        return NULL;
    if (options->segments && !segment_keep(replayer, events, input->count, outcome, more))
        return NULL;
    outcome->more = more;
    return outcome;
}

/* Whether nobody asks for an outcome: it is counted here instead, and its memory used again. */
static bool outcome_leave_out(struct address_replayer *replayer, const struct outcome *outcome)
{
    struct policy_report *left_out = replayer->result->left_out;
    if (!left_out)
        return false;
    for (size_t k = 0; k < replayer->options->policy_count; k++)
        if (outcome->results[k].suppressed)
            return false;
    for (size_t k = 0; k < replayer->options->policy_count; k++)
        left_out[k].statuses[outcome->results[k].status]++;
    return true;
}

/* The address's record, which outlives the merge; NULL when memory is out. */
static const struct address_record *record_keep(struct outcome_store *store, struct span address)
{
    struct address_record *record = outcome_store_take(store, record_bytes(address.length));
    if (record)
        record_make(record, 0, address);
    return record;
}

/* The address's first and last bounce, for suppression.csv. */
static void bounces_note(struct outcome *outcome, const struct tally_event *events, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        if (tally_kind(&events[k]) != BM_BOUNCE)
            continue;
        if (outcome->first_bounce_ms == TIME_NEVER)
            outcome->first_bounce_ms = tally_time_ms(&events[k]);
        outcome->last_bounce_ms = tally_time_ms(&events[k]);
        outcome->last_reason = (uint8_t)tally_reason(&events[k]);
        outcome->last_smtp_code = (uint16_t)tally_smtp_code(&events[k]);
        outcome->last_enhanced = events[k].enhanced;
    }
}

enum bm_code address_replay(struct address_replayer *replayer, const struct tally_run *run,
                            const struct address_record *record, struct bm_error *error)
{
    const struct merge_options *options = replayer->options;
    struct outcome_store *store = &replayer->result->store;
    size_t count = run->count;
    uint32_t kinds;
    while (count && tally_time_ms(&run->events[count - 1]) > options->as_of_ms)
        count--;
    if (!policy_events_make(replayer, run->events, count, &kinds))
        return fail_memory(error, "the merge");
    if (!(kinds & LISTED_KINDS))
        return BM_OK;
    if ((options->patterns || options->failures) && !failures_count(replayer, run->address, count))
        return failures_fail(replayer, error);
    struct outcome_mark mark = outcome_store_mark(store);
    struct policy_input input = input_make(replayer, run->address, count, kinds);
    struct outcome *outcome = outcome_make(replayer, run->events, &input);
    if (!outcome)
        return fail_memory(error, "the merge");
    if (outcome_leave_out(replayer, outcome)) {
        outcome_store_undo(store, mark);
        return BM_OK;
    }
    outcome->address = record ? record : record_keep(store, run->address);
    if (!outcome->address)
        return fail_memory(error, "the merge");
    bounces_note(outcome, run->events, count);
    return outcome_store_keep(store, outcome, error);
}
