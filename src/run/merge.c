/* The merge: shard by shard, sort every address's events, drop exact duplicates, replay the policies, keep
 * what the outputs need.
 *
 * Workers take whole shards, so nothing is shared but the pool of blocks. A shard's log goes back to the pool
 * when it is grouped, and the outcomes take their memory from there.
 *
 * Where memory is limited, shards that were spilled are loaded one by one (shard_spill.c), and outcomes that
 * exceed their part of it are spilled too (outcome_store.h): each worker writes out its own.
 *
 * Without tally files the addresses of a shard are replayed as they stand. With them a worker takes the eight
 * partitions that a shard has in a file: each is one stream in byte order of addresses, put together from the
 * files' streams and the shard's sorted addresses, and goes to the replay, to the file that is saved, or to
 * both. What is saved is written in the order of partitions, so that the file is the same whatever the
 * threads. */
#include "run/merge.h"
#include "base/base.h"

#include "base/pool.h"
#include "output/turns.h"
#include "run/address_events.h"
#include "run/changes.h"
#include "run/expire.h"
#include "run/outcome_store.h"
#include "tally/partition_merge.h"

/* Kinds that make an address appear in status.csv. */
#define LISTED_KINDS                                                                                         \
    (POLICY_KIND(BM_BOUNCE) | POLICY_KIND(BM_UNSUBSCRIBE) | POLICY_KIND(BM_COMPLAINT) |                      \
     POLICY_KIND(BM_DELETE) | POLICY_KIND(BM_RESUBSCRIBE))

#define FAILURES_PART 16u               /* of the memory, for failures in which patterns are found */
#define READER_BYTES  ((size_t)1 << 19) /* of a tally file, by thread: its block, unpacked */

struct merge_worker {
    const struct merge_options *options;
    struct outcome_store store;
    size_t load_bytes_max;
    struct shard_loader *loader; /* of shards that were spilled */
    struct shard_view_memory view_memory;
    struct policy_scratch scratch;
    struct policy_event *events;
    size_t event_capacity;
    struct outcome_change *changes;
    size_t change_count, change_capacity;
    struct outcome_change *change_room; /* to sort them in */
    size_t change_room_capacity;
    struct outcome_snapshot *snapshots;
    size_t snapshot_count, snapshot_capacity;
    uint64_t addresses, event_sum, expired, duplicates;
    struct segment_counts segments;
    struct domain_hours domain_hours;
    struct shard_order order;
    struct partition_merge streams;
    struct block_encoder *encoder;
    struct partition_image images[PARTITIONS_PER_SHARD];
    struct policy_report *left_out; /* by policy; NULL: every outcome is kept */
    struct bm_error error;          /* code BM_OK: none */
};

struct merge_work {
    struct shards *shards; /* NULL: none */
    const struct merge_options *options;
    struct merge_worker *workers;
    struct turns turns; /* of shards */
};

static bool array_room(void **items, size_t *capacity, size_t count, size_t bytes)
{
    if (count <= *capacity)
        return true;
    size_t wanted = *capacity ? *capacity : 64;
    while (wanted < count)
        wanted *= 2;
    void *grown = realloc(*items, wanted * bytes);
    if (!grown)
        return false;
    *items = grown;
    *capacity = wanted;
    return true;
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

static bool policy_events_make(struct merge_worker *worker, const struct tally_event *events, size_t count,
                               uint32_t *kinds)
{
    if (!array_room((void **)&worker->events, &worker->event_capacity, count, sizeof *worker->events))
        return false;
    *kinds = 0;
    for (size_t k = 0; k < count; k++) {
        worker->events[k] = policy_event_of(&events[k]);
        *kinds |= POLICY_KIND(worker->events[k].kind);
    }
    return true;
}

static bool changes_add(struct merge_worker *worker, size_t policy)
{
    const struct policy_change_list *list = &worker->scratch.changes;
    size_t wanted = worker->change_count + list->count;
    if (!array_room((void **)&worker->changes, &worker->change_capacity, wanted, sizeof *worker->changes))
        return false;
    for (size_t k = 0; k < list->count; k++)
        worker->changes[worker->change_count++] =
            (struct outcome_change){list->items[k].time_ms, (uint16_t)policy, list->items[k]};
    return true;
}

static bool changes_keep(struct merge_worker *worker, struct outcome_more *more)
{
    if (!worker->change_count)
        return true;
    if (!array_room((void **)&worker->change_room, &worker->change_room_capacity, worker->change_count,
                    sizeof *worker->change_room))
        return false;
    changes_sort(worker->changes, worker->change_count, worker->change_room);
    struct outcome_change *kept = outcome_store_take(&worker->store, worker->change_count * sizeof *kept);
    if (!kept)
        return false;
    memcpy(kept, worker->changes, worker->change_count * sizeof *kept);
    more->changes = kept;
    more->change_count = (uint32_t)worker->change_count;
    return true;
}

static bool snapshots_add(struct merge_worker *worker, size_t policy)
{
    const struct policy_snapshot_list *list = &worker->scratch.snapshots;
    size_t wanted = worker->snapshot_count + list->count;
    if (!array_room((void **)&worker->snapshots, &worker->snapshot_capacity, wanted,
                    sizeof *worker->snapshots))
        return false;
    for (size_t k = 0; k < list->count; k++)
        worker->snapshots[worker->snapshot_count++] =
            (struct outcome_snapshot){list->items[k].result, list->items[k].date, (uint16_t)policy};
    return true;
}

static bool snapshots_keep(struct merge_worker *worker, struct outcome_more *more)
{
    if (!worker->snapshot_count)
        return true;
    struct outcome_snapshot *kept = outcome_store_take(&worker->store, worker->snapshot_count * sizeof *kept);
    if (!kept)
        return false;
    memcpy(kept, worker->snapshots, worker->snapshot_count * sizeof *kept);
    more->snapshots = kept;
    more->snapshot_count = (uint32_t)worker->snapshot_count;
    return true;
}

/* The first date at which the address is in status.csv. */
static size_t date_first(const struct merge_worker *worker, const struct policy_input *input)
{
    size_t event = 0, date = 0;
    while (!(POLICY_KIND(input->events[event].kind) & LISTED_KINDS))
        event++;
    while (date < worker->options->date_count &&
           worker->options->dates_ms[date] < input->events[event].time_ms)
        date++;
    return date;
}

/* `more` is NULL when nobody asks for it. */
static bool policies_replay(struct merge_worker *worker, struct outcome *outcome, struct outcome_more *more,
                            const struct policy_input *input)
{
    const struct merge_options *options = worker->options;
    worker->change_count = worker->snapshot_count = 0;
    for (size_t k = 0; k < options->policy_count; k++) {
        if (!policy_replay(options->policies[k], input, &worker->scratch, &outcome->results[k]))
            return false;
        if (options->history && !changes_add(worker, k))
            return false;
        if (options->date_count && !snapshots_add(worker, k))
            return false;
    }
    return !more || (changes_keep(worker, more) && snapshots_keep(worker, more));
}

static bool moments_keep(struct merge_worker *worker, struct outcome_more *more, size_t count)
{
    struct outcome_moment *moments = outcome_store_take(&worker->store, more->moment_count * sizeof *moments);
    if (!moments)
        return false;
    more->moments = moments;
    for (size_t k = 0; k < count; k++) {
        const struct policy_event *event = &worker->events[k];
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

static bool segments_keep(struct merge_worker *worker, const struct outcome *outcome,
                          struct outcome_more *more, const struct tally_event *events, size_t count)
{
    const struct merge_options *options = worker->options;
    struct segmented segmented = segment_events(worker->events, count);
    if (segmented.segment != SEGMENT_NONE)
        worker->segments
            .addresses[segmented.segment][recency_of(segmented.last_bounce_ms, options->as_of_ms)]++;
    if (!options->more)
        return true;
    more->segmented = segmented;
    for (size_t k = 0; k < options->policy_count; k++)
        if (outcome->results[k].status == STATUS_INVALID &&
            policy_detail(options->policies[k]) == DETAIL_SUSPENDED_UNTIL)
            invalid_note(more, events, count, outcome->results[k].since_ms);
    for (size_t k = 0; k < count && options->moments; k++)
        more->moment_count += worker->events[k].kind == BM_BOUNCE;
    return !more->moment_count || moments_keep(worker, more, count);
}

/* Whether nobody asks for an outcome: it is counted here instead, and its memory used again. */
static bool outcome_leave_out(struct merge_worker *worker, const struct outcome *outcome)
{
    if (!worker->left_out)
        return false;
    for (size_t k = 0; k < worker->options->policy_count; k++)
        if (outcome->results[k].suppressed)
            return false;
    for (size_t k = 0; k < worker->options->policy_count; k++)
        worker->left_out[k].statuses[outcome->results[k].status]++;
    return true;
}

/* The address's record, which outlives the merge; NULL when memory is out. */
static const struct address_record *record_keep(struct merge_worker *worker, const struct tally_run *run)
{
    struct address_record *record = outcome_store_take(&worker->store, record_bytes(run->address.length));
    if (record)
        record_make(record, 0, run->address);
    return record;
}

/* Failures that time may mend, for the domain patterns. */
static bool failures_count(struct merge_worker *worker, const struct tally_run *run, size_t count)
{
    uint32_t domain = DOMAIN_NONE;
    for (size_t k = 0; k < count; k++) {
        const struct policy_event *event = &worker->events[k];
        if (event->kind != BM_BOUNCE || event->class_ == BM_HARD)
            continue;
        if (domain == DOMAIN_NONE)
            domain = domain_hours_find(&worker->domain_hours, address_domain(run->address));
        if (domain == DOMAIN_NONE ||
            !domain_hours_add(&worker->domain_hours, domain, (uint32_t)(event->time_ms / HOUR_MS)))
            return false;
    }
    return true;
}

/* Memory for what not every job asks for; NULL where this one does not. False when memory is out. */
static bool more_take(struct merge_worker *worker, struct outcome_more **more)
{
    const struct merge_options *options = worker->options;
    if (!options->history && !options->date_count && !options->more)
        return true;
    *more = outcome_store_take(&worker->store, sizeof **more);
    if (*more)
        **more = (struct outcome_more){0};
    return *more != NULL;
}

/* Replays an address, whose events are sorted and without duplicates. `record` is NULL when the address
 * stands where it will not stay. False when memory is out. */
static bool address_replay(struct merge_worker *worker, const struct tally_run *run,
                           const struct address_record *record)
{
    const struct merge_options *options = worker->options;
    size_t kept = run->count;
    while (kept && tally_time_ms(&run->events[kept - 1]) > options->as_of_ms)
        kept--;
    uint32_t kinds;
    if (!policy_events_make(worker, run->events, kept, &kinds))
        return false;
    if (!(kinds & LISTED_KINDS))
        return true;
    if ((options->patterns || options->failures) && !failures_count(worker, run, kept))
        return false;
    struct outcome_mark mark = outcome_store_mark(&worker->store);
    struct outcome *outcome = outcome_store_take(
        &worker->store, sizeof *outcome + options->policy_count * sizeof outcome->results[0]);
    if (!outcome)
        return false;
    *outcome = (struct outcome){.first_bounce_ms = TIME_NEVER, .last_bounce_ms = TIME_NEVER};
    struct policy_input input = {.events = worker->events, .count = kept, .as_of_ms = options->as_of_ms};
    if (options->date_count) {
        input.dates_ms = options->dates_ms;
        input.date_count = options->date_count;
        input.date_first = date_first(worker, &input);
    }
    if (kinds & POLICY_KIND(BM_BOUNCE)) {
        struct span domain = address_domain(run->address);
        input.domain_trusted = bm_domain_trusted(options->classifier, domain.at, domain.length);
    }
    struct outcome_more *more = NULL;
    if (!more_take(worker, &more) || !policies_replay(worker, outcome, more, &input))
        return false;
    if (options->segments && !segments_keep(worker, outcome, more, run->events, kept))
        return false;
    outcome->more = more;
    if (outcome_leave_out(worker, outcome)) {
        outcome_store_undo(&worker->store, mark);
        return true;
    }
    outcome->address = record ? record : record_keep(worker, run);
    bounces_note(outcome, run->events, kept);
    return outcome->address && outcome_store_keep(&worker->store, outcome, &worker->error) == BM_OK;
}

/* Says that memory is out, unless an error says otherwise. */
static enum bm_code replay_fail(struct merge_worker *worker)
{
    if (worker->error.code == BM_OK)
        worker->error = worker->domain_hours.error;
    return worker->error.code != BM_OK ? worker->error.code : fail_memory(&worker->error, "the merge");
}

/* In how many passes a shard is merged: one, but where it was spilled and is large. */
static unsigned passes_of(const struct merge_worker *worker, const struct shards *shards, unsigned which)
{
    return shards && shards_spilled(shards) ? shard_passes(shards, which, worker->load_bytes_max) : 1;
}

/* What a pass takes of a shard, grouped. */
static enum bm_code shard_view_get(struct merge_worker *worker, struct shards *shards, unsigned which,
                                   unsigned pass, unsigned passes, struct shard_view *view)
{
    if (!shards_spilled(shards))
        return shard_group(shards, which, &worker->view_memory, view)
                   ? BM_OK
                   : fail_memory(&worker->error, "the merge");
    enum bm_code code = worker->loader ? BM_OK : shard_loader_new(&worker->loader, &worker->error);
    return code == BM_OK ? shard_load(shards, which, pass, passes, worker->loader, &worker->view_memory, view,
                                      &worker->error)
                         : code;
}

/* One address of a shard; `stays` when its record does. */
static bool address_merge(struct merge_worker *worker, const struct address_record *record, bool stays,
                          struct tally_event *events, size_t count)
{
    size_t kept = tally_events_order(events, count);
    worker->duplicates += count - kept;
    struct tally_run run = {record_address(record), events, kept};
    return address_replay(worker, &run, stays ? record : NULL);
}

static enum bm_code view_merge(struct merge_worker *worker, const struct shard_view *view, bool stays)
{
    worker->addresses += view->address_count;
    for (uint32_t k = 0; k < view->address_count; k++) {
        if (stop_asked(worker->options->stop))
            return fail_stopped(&worker->error);
        uint64_t begin = k ? view->event_ends[k - 1] : 0;
        if (!address_merge(worker, view->records[k], stays, view->events + begin,
                           view->event_ends[k] - begin))
            return replay_fail(worker);
    }
    return BM_OK;
}

static enum bm_code shard_merge(struct merge_worker *worker, struct shards *shards, unsigned which)
{
    struct shard_view view;
    unsigned passes = passes_of(worker, shards, which);
    enum bm_code code = BM_OK;
    for (unsigned pass = 0; pass < passes && code == BM_OK; pass++) {
        code = shard_view_get(worker, shards, which, pass, passes, &view);
        if (code == BM_OK)
            code = view_merge(worker, &view, !shards_spilled(shards));
    }
    return code;
}

static enum bm_code run_save(struct merge_worker *worker, struct partition_builder *builder,
                             const struct tally_run *run)
{
    const struct merge_options *options = worker->options;
    size_t expired = options->expire_kinds ? expire_count(run->events, run->count, options->expire_before_ms,
                                                          options->expire_kinds)
                                           : 0;
    worker->expired += expired;
    return partition_add(builder, run->address, run->events + expired, run->count - expired, &worker->error);
}

/* Sends a partition of all sources to the replay and into an image. */
static enum bm_code partition_pass(struct merge_worker *worker, unsigned partition,
                                   const struct shard_order *order)
{
    const struct merge_options *options = worker->options;
    struct partition_image *image = &worker->images[partition % PARTITIONS_PER_SHARD];
    struct partition_builder builder = {worker->encoder, image};
    struct tally_run run;
    partition_image_clear(image);
    enum bm_code code = partition_merge_start(&worker->streams, options->files, options->file_count,
                                              options->file_kinds, order, partition, &worker->error);
    while (code == BM_OK) {
        code = partition_merge_next(&worker->streams, &run, &worker->error);
        if (code != BM_OK || !run.count)
            break;
        if (stop_asked(options->stop))
            return fail_stopped(&worker->error);
        worker->addresses++;
        worker->event_sum += run.count;
        if (options->replay && !address_replay(worker, &run, NULL))
            code = replay_fail(worker);
        if (code == BM_OK && options->save)
            code = run_save(worker, &builder, &run);
    }
    return code == BM_OK && options->save ? partition_end(&builder, &worker->error) : code;
}

/* The partitions of a shard that a pass takes, out of shards and files. */
static enum bm_code pass_partitions(struct merge_worker *worker, struct shards *shards, unsigned shard,
                                    unsigned pass, unsigned passes)
{
    const struct merge_options *options = worker->options;
    struct shard_view view;
    enum bm_code code = shards ? shard_view_get(worker, shards, shard, pass, passes, &view) : BM_OK;
    if (code == BM_OK && shards && !shard_order_make(&worker->order, &view))
        code = fail_memory(&worker->error, "the merge");
    worker->duplicates += worker->order.duplicates;
    unsigned end = (pass + 1) * PARTITIONS_PER_SHARD / passes;
    for (unsigned k = pass * PARTITIONS_PER_SHARD / passes; k < end && code == BM_OK; k++) {
        unsigned partition = shard * PARTITIONS_PER_SHARD + k;
        if (partition >= options->partition_begin && partition < options->partition_end)
            code = partition_pass(worker, partition, shards ? &worker->order : NULL);
    }
    return code;
}

/* A shard's partitions. */
static enum bm_code partitions_pass(struct merge_worker *worker, struct shards *shards, unsigned shard)
{
    unsigned passes = passes_of(worker, shards, shard);
    enum bm_code code = BM_OK;
    for (unsigned pass = 0; pass < passes && code == BM_OK; pass++)
        code = pass_partitions(worker, shards, shard, pass, passes);
    return code;
}

/* Whether a shard has partitions that are to be merged. */
static bool shard_is_wanted(const struct merge_options *options, size_t shard)
{
    return (shard + 1) * PARTITIONS_PER_SHARD > options->partition_begin &&
           shard * PARTITIONS_PER_SHARD < options->partition_end;
}

/* Writes a shard's images when it is its turn; with nothing to write, nobody waits. */
static bool partitions_hand_in(struct merge_work *work, struct merge_worker *worker, unsigned shard)
{
    if (work->options->save && !turns_wait(&work->turns, shard))
        return false;
    for (unsigned k = 0; k < PARTITIONS_PER_SHARD && worker->error.code == BM_OK; k++)
        if (work->options->save && worker->images[k].count)
            (void)tally_writer_partition(work->options->save, shard * PARTITIONS_PER_SHARD + k,
                                         &worker->images[k], &worker->error);
    turns_pass(&work->turns, worker->error.code != BM_OK);
    return worker->error.code == BM_OK;
}

static void merge_run(void *argument, unsigned which)
{
    struct merge_work *work = argument;
    struct merge_worker *worker = &work->workers[which];
    const struct merge_options *options = work->options;
    bool streams = options->file_count || options->save;
    if (options->save)
        (void)block_encoder_new(&worker->encoder, &worker->error);
    for (size_t shard; turns_take(&work->turns, &shard);) {
        worker->store.shards_begun += shard_is_wanted(options, shard);
        if (worker->error.code == BM_OK && streams)
            (void)partitions_pass(worker, work->shards, (unsigned)shard);
        else if (worker->error.code == BM_OK)
            (void)shard_merge(worker, work->shards, (unsigned)shard);
        if (!partitions_hand_in(work, worker, (unsigned)shard))
            break;
    }
    worker->duplicates += worker->streams.duplicates;
    shard_loader_free(worker->loader);
    shard_view_memory_free(&worker->view_memory);
    shard_order_free(&worker->order);
    partition_merge_free(&worker->streams);
    block_encoder_free(worker->encoder);
    for (unsigned k = 0; k < PARTITIONS_PER_SHARD; k++)
        partition_image_free(&worker->images[k]);
    policy_scratch_free(&worker->scratch);
    free(worker->events);
    free(worker->changes);
    free(worker->change_room);
    free(worker->snapshots);
}

/* Once one was spilled, all are. */
static void rest_spill(void *argument, unsigned which)
{
    struct merge_work *work = argument;
    struct merge_worker *worker = &work->workers[which];
    if (worker->error.code == BM_OK && worker->store.count)
        (void)outcome_store_spill(&worker->store, &worker->error);
}

static enum bm_code patterns_gather(struct merge_work *work, struct merge_result *result,
                                    struct bm_error *error)
{
    struct domain_hours *all = &work->workers[0].domain_hours;
    bool done = true;
    for (unsigned k = 1; k < work->options->threads && done; k++)
        done = domain_hours_merge(all, &work->workers[k].domain_hours);
    result->failures = *all;
    *all = (struct domain_hours){0};
    if (done && work->options->patterns) {
        done = patterns_find(&result->failures, &result->patterns);
        domain_hours_forget(&result->failures);
    }
    if (!done && result->failures.error.code != BM_OK)
        *error = result->failures.error;
    return done                                   ? BM_OK
           : result->failures.error.code != BM_OK ? error->code
                                                  : fail_memory(error, "the patterns");
}

static enum bm_code left_out_gather(const struct merge_work *work, struct merge_result *result,
                                    struct bm_error *error)
{
    const struct merge_options *options = work->options;
    if (!options->suppressed_only)
        return BM_OK;
    result->left_out = calloc(options->policy_count, sizeof *result->left_out);
    if (!result->left_out)
        return fail_memory(error, "the merge");
    for (unsigned k = 0; k < options->threads; k++)
        for (size_t policy = 0; policy < options->policy_count; policy++)
            for (unsigned status = 0; status < STATUS_COUNT; status++)
                result->left_out[policy].statuses[status] +=
                    work->workers[k].left_out[policy].statuses[status];
    return BM_OK;
}

static bool outcomes_spilled(const struct merge_options *options)
{
    return options->spill && options->spill->run_count;
}

/* Brings the workers' references together. */
static enum bm_code refs_gather(struct merge_work *work, struct merge_result *result, struct bm_error *error)
{
    for (unsigned k = 0; k < work->options->threads; k++) {
        const struct merge_worker *worker = &work->workers[k];
        if (worker->error.code != BM_OK) {
            *error = worker->error;
            return error->code;
        }
        result->addresses += worker->addresses;
        result->events += worker->event_sum;
        result->expired += worker->expired;
        result->duplicates += worker->duplicates;
        result->count += worker->store.count;
        for (unsigned s = 0; s < SEGMENT_COUNT; s++)
            for (unsigned r = 0; r < RECENCY_COUNT; r++)
                result->segments.addresses[s][r] += worker->segments.addresses[s][r];
    }
    if (outcomes_spilled(work->options)) {
        result->count = work->options->spill->count;
        return BM_OK;
    }
    struct outcome_store *first = &work->workers[0].store;
    result->refs = reallocarray(first->refs, result->count + 1, sizeof *result->refs);
    if (!result->refs)
        return fail_memory(error, "the merge");
    first->refs = NULL;
    size_t at = first->count;
    for (unsigned k = 1; k < work->options->threads; k++) {
        struct outcome_store *store = &work->workers[k].store;
        if (store->count)
            memcpy(result->refs + at, store->refs, store->count * sizeof *result->refs);
        at += store->count;
        free(store->refs);
        store->refs = NULL;
    }
    return BM_OK;
}

/* Where there are no shards, outcomes need a pool of their own. */
static struct block_pool *pool_choose(struct shards *shards, struct merge_result *result)
{
    if (shards)
        return shards_pool(shards);
    result->pool = calloc(1, sizeof *result->pool);
    if (result->pool)
        block_pool_init(result->pool);
    return result->pool;
}

static unsigned shards_wanted(const struct merge_options *options)
{
    unsigned count = 0;
    for (size_t shard = 0; shard < SHARD_COUNT; shard++)
        count += shard_is_wanted(options, shard);
    return count;
}

/* Divides the memory among loaded shards and outcomes, and among the workers. */
static void memory_divide(struct merge_work *work)
{
    const struct merge_options *options = work->options;
    const struct shards *shards = work->shards;
    size_t left = options->spill ? options->memory_bytes : 0, load = 0;
    size_t readers = options->file_count * options->threads * READER_BYTES;
    if (shards && shards_spilled(shards))
        load = left / 5 * 2;
    else if (shards)
        load = shards_bytes(shards);
    left -= readers < left / 4 ? readers : left / 4;
    size_t failures = options->spill && options->patterns ? left / FAILURES_PART : 0;
    left -= 2 * failures; /* and as much again to find patterns in */
    left = left / 5 < left - load && load < left ? left - load : left / 5;
    for (unsigned k = 0; k < options->threads; k++) {
        work->workers[k].load_bytes_max = load / options->threads;
        work->workers[k].domain_hours.file = options->spill ? &options->spill->file : NULL;
        work->workers[k].domain_hours.entries_max = failures / options->threads / sizeof(struct domain_hour);
        work->workers[k].store.bytes_max = options->spill ? left / options->threads : SIZE_MAX;
    }
}

static enum bm_code workers_run(struct merge_work *work, struct merge_result *result, struct bm_error *error)
{
    const struct merge_options *options = work->options;
    struct block_pool *pool = pool_choose(work->shards, result);
    if (!pool)
        return fail_memory(error, "the merge");
    for (unsigned k = 0; k < options->threads; k++) {
        work->workers[k].options = options;
        work->workers[k].store.pool = pool;
        work->workers[k].store.spill = options->spill;
        work->workers[k].store.shards_all = shards_wanted(options);
        work->workers[k].scratch.want_changes = options->history;
        work->workers[k].left_out =
            options->suppressed_only ? calloc(options->policy_count, sizeof(struct policy_report)) : NULL;
        if (options->suppressed_only && !work->workers[k].left_out)
            return fail_memory(error, "the merge");
    }
    memory_divide(work);
    enum bm_code turned = turns_run(&work->turns, options->threads, merge_run, work, "the merge", error);
    if (turned == BM_INTERRUPTED)
        return turned;
    if (turned == BM_OK && outcomes_spilled(options))
        turned = pool_run(options->threads, rest_spill, work, error);
    struct bm_error why = *error;
    enum bm_code code = refs_gather(work, result, error);
    if (code == BM_OK)
        code = left_out_gather(work, result, error);
    if (code == BM_OK && (options->patterns || options->failures))
        code = patterns_gather(work, result, error);
    if (code == BM_OK && turned != BM_OK) { /* no worker says why: a thread could not be started */
        *error = why;
        return turned;
    }
    return code;
}

enum bm_code merge(struct shards *shards, const struct merge_options *options, struct merge_result *result,
                   struct bm_error *error)
{
    *result = (struct merge_result){0};
    struct merge_work work = {
        .shards = shards, .options = options, .turns.parts = SHARD_COUNT, .turns.stop = options->stop};
    work.workers = calloc(options->threads, sizeof *work.workers);
    if (!work.workers)
        return fail_memory(error, "the merge");
    *error = (struct bm_error){0};
    enum bm_code code = workers_run(&work, result, error);
    for (unsigned k = 0; k < options->threads; k++) {
        outcome_store_free(&work.workers[k].store);
        domain_hours_free(&work.workers[k].domain_hours);
        free(work.workers[k].left_out);
    }
    free(work.workers);
    if (code == BM_OK && result->refs)
        code = outcomes_sort(result->refs, result->count, options->threads, options->stop, error);
    if (code != BM_OK)
        merge_result_free(result);
    return code;
}

void merge_result_free(struct merge_result *result)
{
    free(result->refs);
    free(result->left_out);
    if (result->pool)
        block_pool_free(result->pool);
    free(result->pool);
    patterns_free(&result->patterns);
    domain_hours_free(&result->failures);
    *result = (struct merge_result){0};
}
