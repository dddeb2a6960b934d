/* The merge of one shard, from memory or a spill and from tally files: to the replay, to a file, or both. */
#ifndef RUN_SHARD_MERGE_H
#define RUN_SHARD_MERGE_H

#include "run/address_replay.h"
#include "tally/partition_merge.h"

/* What was merged. */
struct merge_sums {
    uint64_t addresses; /* with at least one event */
    uint64_t events;    /* without duplicates; counted only when files are read or written */
    uint64_t expired;   /* events left out of what was saved */
    uint64_t duplicates;
};

/* A worker's tools, kept from shard to shard. */
struct shard_merger {
    const struct merge_options *options;
    struct shards *shards; /* NULL: none */
    struct address_replayer *replayer;
    size_t load_bytes_max;       /* of a shard that was spilled */
    struct shard_loader *loader; /* NULL until there is one */
    struct shard_view_memory view_memory;
    struct shard_order order;
    struct partition_merge streams;
    struct block_encoder *encoder;                       /* NULL: nothing is saved */
    struct partition_image images[PARTITIONS_PER_SHARD]; /* of the shard, to be written */
    struct merge_sums sums;
};

/* Free the tools also when it fails. */
enum bm_code shard_merger_init(struct shard_merger *merger, const struct merge_options *options,
                               struct shards *shards, struct address_replayer *replayer,
                               size_t load_bytes_max, struct bm_error *error);
void shard_merger_free(struct shard_merger *merger);

/* Replays a shard's addresses, and makes images of its partitions, as the options say. */
enum bm_code shard_merge(struct shard_merger *merger, unsigned shard, struct bm_error *error);

/* Writes the images of the shard that was merged last. The shards come in order. */
enum bm_code shard_images_write(struct shard_merger *merger, unsigned shard, struct bm_error *error);

/* Of all shards so far. */
struct merge_sums shard_merger_sums(const struct shard_merger *merger);

#endif
