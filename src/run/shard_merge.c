/* Without tally files the addresses of a shard are replayed as they stand. With them a worker takes the eight
 * partitions that a shard has in a file: each is one stream in byte order of addresses, put together from the
 * files' streams and the shard's sorted addresses, and goes to the replay, to the file that is saved, or to
 * both.
 *
 * A shard that was spilled is loaded (shard_spill.c), and in several passes where all of it would be too much
 * for the worker's part of the memory. */
#include "run/shard_merge.h"
#include "base/base.h"

#include "base/stop.h"
#include "run/address_events.h"
#include "run/expire.h"

/* What is merged at a time: the n-th of so many parts of a shard. */
struct shard_pass {
    unsigned shard, number, count;
};

enum bm_code shard_merger_init(struct shard_merger *merger, const struct merge_options *options,
                               struct shards *shards, struct address_replayer *replayer,
                               size_t load_bytes_max, struct bm_error *error)
{
    *merger = (struct shard_merger){
        .options = options, .shards = shards, .replayer = replayer, .load_bytes_max = load_bytes_max};
    return options->save ? block_encoder_new(&merger->encoder, error) : BM_OK;
}

void shard_merger_free(struct shard_merger *merger)
{
    shard_loader_free(merger->loader);
    shard_view_memory_free(&merger->view_memory);
    shard_order_free(&merger->order);
    partition_merge_free(&merger->streams);
    block_encoder_free(merger->encoder);
    for (unsigned k = 0; k < PARTITIONS_PER_SHARD; k++)
        partition_image_free(&merger->images[k]);
}

struct merge_sums shard_merger_sums(const struct shard_merger *merger)
{
    struct merge_sums sums = merger->sums;
    sums.duplicates += merger->streams.duplicates;
    return sums;
}

/* One, but where the shard was spilled and is large. */
static unsigned passes_count(const struct shard_merger *merger, unsigned shard)
{
    const struct shards *shards = merger->shards;
    return shards && shards_spilled(shards) ? shard_passes(shards, shard, merger->load_bytes_max) : 1;
}

/* What a pass takes of a shard, grouped. */
static enum bm_code shard_view_get(struct shard_merger *merger, const struct shard_pass *pass,
                                   struct shard_view *view, struct bm_error *error)
{
    struct shards *shards = merger->shards;
    struct shard_view_memory *memory = &merger->view_memory;
    if (!shards_spilled(shards))
        return shard_group(shards, pass->shard, memory, view) ? BM_OK : fail_memory(error, "the merge");
    enum bm_code code = merger->loader ? BM_OK : shard_loader_new(&merger->loader, error);
    return code == BM_OK ? shard_load(shards, pass->shard, pass->number, pass->count, merger->loader, memory,
                                      view, error)
                         : code;
}

/* --- addresses as they stand --------------------------------------------------------------------------- */

/* One address of a shard; `stays` when its record does. */
static enum bm_code address_merge(struct shard_merger *merger, const struct address_record *record,
                                  bool stays, struct tally_event *events, size_t count,
                                  struct bm_error *error)
{
    size_t kept = tally_events_order(events, count);
    merger->sums.duplicates += count - kept;
    struct tally_run run = {record_address(record), events, kept};
    return address_replay(merger->replayer, &run, stays ? record : NULL, error);
}

static enum bm_code addresses_pass(struct shard_merger *merger, const struct shard_pass *pass,
                                   struct bm_error *error)
{
    struct shard_view view;
    bool stay = !shards_spilled(merger->shards);
    enum bm_code code = shard_view_get(merger, pass, &view, error);
    if (code != BM_OK)
        return code;
    merger->sums.addresses += view.address_count;
    for (uint32_t k = 0; k < view.address_count && code == BM_OK; k++) {
        if (stop_asked(merger->options->stop))
            return fail_stopped(error);
        uint64_t begin = k ? view.event_ends[k - 1] : 0;
        code = address_merge(merger, view.records[k], stay, view.events + begin, view.event_ends[k] - begin,
                             error);
    }
    return code;
}

/* --- partitions ---------------------------------------------------------------------------------------- */

static enum bm_code run_save(struct shard_merger *merger, struct partition_builder *builder,
                             const struct tally_run *run, struct bm_error *error)
{
    const struct merge_options *options = merger->options;
    size_t expired = options->expire_kinds ? expire_count(run->events, run->count, options->expire_before_ms,
                                                          options->expire_kinds)
                                           : 0;
    merger->sums.expired += expired;
    return partition_add(builder, run->address, run->events + expired, run->count - expired, error);
}

/* Sends a partition of all sources to the replay and into an image. */
static enum bm_code partition_pass(struct shard_merger *merger, unsigned partition, struct bm_error *error)
{
    const struct merge_options *options = merger->options;
    struct partition_image *image = &merger->images[partition % PARTITIONS_PER_SHARD];
    struct partition_builder builder = {merger->encoder, image};
    struct tally_run run;
    partition_image_clear(image);
    enum bm_code code =
        partition_merge_start(&merger->streams, options->files, options->file_count, options->file_kinds,
                              merger->shards ? &merger->order : NULL, partition, error);
    while (code == BM_OK) {
        code = partition_merge_next(&merger->streams, &run, error);
        if (code != BM_OK || !run.count)
            break;
        if (stop_asked(options->stop))
            return fail_stopped(error);
        merger->sums.addresses++;
        merger->sums.events += run.count;
        if (options->replay)
            code = address_replay(merger->replayer, &run, NULL, error);
        if (code == BM_OK && options->save)
            code = run_save(merger, &builder, &run, error);
    }
    return code == BM_OK && options->save ? partition_end(&builder, error) : code;
}

static enum bm_code partitions_pass(struct shard_merger *merger, const struct shard_pass *pass,
                                    struct bm_error *error)
{
    const struct merge_options *options = merger->options;
    struct shard_view view;
    enum bm_code code = merger->shards ? shard_view_get(merger, pass, &view, error) : BM_OK;
    if (code == BM_OK && merger->shards && !shard_order_make(&merger->order, &view))
        code = fail_memory(error, "the merge");
    merger->sums.duplicates += merger->order.duplicates;
    unsigned end = (pass->number + 1) * PARTITIONS_PER_SHARD / pass->count;
    for (unsigned k = pass->number * PARTITIONS_PER_SHARD / pass->count; k < end && code == BM_OK; k++) {
        unsigned partition = pass->shard * PARTITIONS_PER_SHARD + k;
        if (partition >= options->partition_begin && partition < options->partition_end)
            code = partition_pass(merger, partition, error);
    }
    return code;
}

enum bm_code shard_merge(struct shard_merger *merger, unsigned shard, struct bm_error *error)
{
    bool partitions = merger->options->file_count || merger->options->save;
    struct shard_pass pass = {.shard = shard, .count = passes_count(merger, shard)};
    enum bm_code code = BM_OK;
    for (; pass.number < pass.count && code == BM_OK; pass.number++)
        code = partitions ? partitions_pass(merger, &pass, error) : addresses_pass(merger, &pass, error);
    return code;
}

enum bm_code shard_images_write(struct shard_merger *merger, unsigned shard, struct bm_error *error)
{
    enum bm_code code = BM_OK;
    for (unsigned k = 0; k < PARTITIONS_PER_SHARD && code == BM_OK; k++)
        if (merger->images[k].count)
            code = tally_writer_partition(merger->options->save, shard * PARTITIONS_PER_SHARD + k,
                                          &merger->images[k], error);
    return code;
}
