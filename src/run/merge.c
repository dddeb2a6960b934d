/* The merge: shard by shard, sort every address's events, drop exact duplicates, replay the policies, keep
 * what the outputs need.
 *
 * Workers take whole shards (shard_merge.c), so nothing is shared but the pool of blocks. A shard's log goes
 * back to the pool when it is grouped, and the outcomes take their memory from there.
 *
 * Where memory is limited, it is divided among loaded shards, outcomes and failures: each worker spills the
 * outcomes (outcome_store.h) and the failures (domain_hours.h) that exceed its part.
 *
 * What is saved is written in the order of partitions, so that the file is the same whatever the threads. */
#include "run/merge.h"
#include "base/base.h"

#include "base/pool.h"
#include "output/turns.h"
#include "run/shard_merge.h"

#define FAILURES_PART 16u               /* of the memory, for failures in which patterns are found */
#define READER_BYTES  ((size_t)1 << 19) /* of a tally file, by thread: its block, unpacked */

/* What a worker is given, and what it leaves. */
struct merge_worker {
    size_t load_bytes_max; /* of a shard that was spilled */
    struct replay_result replayed;
    struct merge_sums sums;
    struct bm_error error; /* code BM_OK: none */
};

struct merge_work {
    struct shards *shards; /* NULL: none */
    const struct merge_options *options;
    struct merge_worker *workers;
    struct turns turns; /* of shards */
};

/* --- the workers --------------------------------------------------------------------------------------- */

/* Whether a shard has partitions that are to be merged. */
static bool shard_is_wanted(const struct merge_options *options, size_t shard)
{
    return (shard + 1) * PARTITIONS_PER_SHARD > options->partition_begin &&
           shard * PARTITIONS_PER_SHARD < options->partition_end;
}

/* Writes a shard's images when it is its turn; with nothing to write, nobody waits. */
static bool shard_hand_in(struct merge_work *work, struct merge_worker *worker, struct shard_merger *merger,
                          unsigned shard)
{
    bool save = work->options->save;
    if (save && !turns_wait(&work->turns, shard))
        return false;
    if (save && worker->error.code == BM_OK)
        (void)shard_images_write(merger, shard, &worker->error);
    turns_pass(&work->turns, worker->error.code != BM_OK);
    return worker->error.code == BM_OK;
}

static void merge_run(void *argument, unsigned which)
{
    struct merge_work *work = argument;
    struct merge_worker *worker = &work->workers[which];
    struct address_replayer replayer;
    struct shard_merger merger;
    address_replayer_init(&replayer, work->options, &worker->replayed);
    (void)shard_merger_init(&merger, work->options, work->shards, &replayer, worker->load_bytes_max,
                            &worker->error);
    for (size_t shard; turns_take(&work->turns, &shard);) {
        worker->replayed.store.shards_begun += shard_is_wanted(work->options, shard);
        if (worker->error.code == BM_OK)
            (void)shard_merge(&merger, (unsigned)shard, &worker->error);
        if (!shard_hand_in(work, worker, &merger, (unsigned)shard))
            break;
    }
    worker->sums = shard_merger_sums(&merger);
    shard_merger_free(&merger);
    address_replayer_free(&replayer);
}

/* Once one was spilled, all are. */
static void rest_spill(void *argument, unsigned which)
{
    struct merge_work *work = argument;
    struct merge_worker *worker = &work->workers[which];
    struct outcome_store *store = &worker->replayed.store;
    if (worker->error.code == BM_OK && store->count)
        (void)outcome_store_spill(store, &worker->error);
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
        struct replay_result *replayed = &work->workers[k].replayed;
        work->workers[k].load_bytes_max = load / options->threads;
        replayed->domain_hours.file = options->spill ? &options->spill->file : NULL;
        replayed->domain_hours.entries_max = failures / options->threads / sizeof(struct domain_hour);
        replayed->store.bytes_max = options->spill ? left / options->threads : SIZE_MAX;
    }
}

static enum bm_code workers_prepare(struct merge_work *work, struct block_pool *pool, struct bm_error *error)
{
    const struct merge_options *options = work->options;
    for (unsigned k = 0; k < options->threads; k++) {
        struct replay_result *replayed = &work->workers[k].replayed;
        replayed->store.pool = pool;
        replayed->store.spill = options->spill;
        replayed->store.shards_all = shards_wanted(options);
        if (!options->suppressed_only)
            continue;
        replayed->left_out = calloc(options->policy_count, sizeof *replayed->left_out);
        if (!replayed->left_out)
            return fail_memory(error, "the merge");
    }
    memory_divide(work);
    return BM_OK;
}

/* --- their results ------------------------------------------------------------------------------------- */

/* Adds up what the workers counted, unless one of them failed. */
static enum bm_code sums_gather(const struct merge_work *work, struct merge_result *result,
                                struct bm_error *error)
{
    for (unsigned k = 0; k < work->options->threads; k++) {
        const struct merge_worker *worker = &work->workers[k];
        if (worker->error.code != BM_OK) {
            *error = worker->error;
            return error->code;
        }
        result->addresses += worker->sums.addresses;
        result->events += worker->sums.events;
        result->expired += worker->sums.expired;
        result->duplicates += worker->sums.duplicates;
        for (unsigned s = 0; s < SEGMENT_COUNT; s++)
            for (unsigned r = 0; r < RECENCY_COUNT; r++)
                result->segments.addresses[s][r] += worker->replayed.segments.addresses[s][r];
    }
    return BM_OK;
}

static bool outcomes_spilled(const struct merge_options *options)
{
    return options->spill && options->spill->run_count;
}

/* Brings the workers' references together. */
static enum bm_code refs_gather(struct merge_work *work, struct merge_result *result, struct bm_error *error)
{
    if (outcomes_spilled(work->options)) {
        result->count = work->options->spill->count;
        return BM_OK;
    }
    for (unsigned k = 0; k < work->options->threads; k++)
        result->count += work->workers[k].replayed.store.count;
    struct outcome_store *first = &work->workers[0].replayed.store;
    result->refs = reallocarray(first->refs, result->count + 1, sizeof *result->refs);
    if (!result->refs)
        return fail_memory(error, "the merge");
    first->refs = NULL;
    size_t at = first->count;
    for (unsigned k = 1; k < work->options->threads; k++) {
        struct outcome_store *store = &work->workers[k].replayed.store;
        if (store->count)
            memcpy(result->refs + at, store->refs, store->count * sizeof *result->refs);
        at += store->count;
        free(store->refs);
        store->refs = NULL;
    }
    return BM_OK;
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
                    work->workers[k].replayed.left_out[policy].statuses[status];
    return BM_OK;
}

static enum bm_code patterns_gather(struct merge_work *work, struct merge_result *result,
                                    struct bm_error *error)
{
    struct domain_hours *all = &work->workers[0].replayed.domain_hours;
    bool done = true;
    for (unsigned k = 1; k < work->options->threads && done; k++)
        done = domain_hours_merge(all, &work->workers[k].replayed.domain_hours);
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

static enum bm_code results_gather(struct merge_work *work, struct merge_result *result,
                                   struct bm_error *error)
{
    enum bm_code code = sums_gather(work, result, error);
    if (code == BM_OK)
        code = refs_gather(work, result, error);
    if (code == BM_OK)
        code = left_out_gather(work, result, error);
    if (code == BM_OK && (work->options->patterns || work->options->failures))
        code = patterns_gather(work, result, error);
    return code;
}

/* --- the whole ----------------------------------------------------------------------------------------- */

static enum bm_code workers_run(struct merge_work *work, struct merge_result *result, struct bm_error *error)
{
    const struct merge_options *options = work->options;
    struct block_pool *pool = pool_choose(work->shards, result);
    if (!pool)
        return fail_memory(error, "the merge");
    enum bm_code code = workers_prepare(work, pool, error);
    if (code != BM_OK)
        return code;
    enum bm_code turned = turns_run(&work->turns, options->threads, merge_run, work, "the merge", error);
    if (turned == BM_INTERRUPTED)
        return turned;
    if (turned == BM_OK && outcomes_spilled(options))
        turned = pool_run(options->threads, rest_spill, work, error);
    struct bm_error why = *error;
    code = results_gather(work, result, error);
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
        struct replay_result *replayed = &work.workers[k].replayed;
        outcome_store_free(&replayed->store);
        domain_hours_free(&replayed->domain_hours);
        free(replayed->left_out);
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
