/* A partition out of any number of tally files and of the shards in memory, as one stream in byte order of
 * addresses. */
#ifndef TALLY_PARTITION_MERGE_H
#define TALLY_PARTITION_MERGE_H

#include "base/stream_heap.h"
#include "tally/tally_file.h"

/* A shard's addresses, parted by partition and sorted; their events sorted and without duplicates. Zero-
 * initialise; the memory is kept from shard to shard. */
struct shard_order {
    const struct shard_view *view;
    struct shard_key *keys;
    uint64_t *event_ends; /* by number: behind the address's last event that is no duplicate */
    size_t capacity;
    uint32_t begin[PARTITIONS_PER_SHARD + 1]; /* of each of its partitions, in keys */
    uint64_t duplicates;
};

/* Sorts a shard, whose view must stay while the order is used. False when memory is out. */
bool shard_order_make(struct shard_order *order, struct shard_view *view);
void shard_order_free(struct shard_order *order);

/* Zero-initialise; the memory is kept from partition to partition. */
struct partition_merge {
    struct partition_reader *readers; /* one for each file */
    size_t file_count;
    const struct shard_order *order; /* NULL: files only */
    uint32_t order_next, order_end;
    struct tally_run *heads; /* of each file, and behind them the shard's */
    struct stream_heap heap; /* streams that have a head, the least address first */
    uint32_t *taken;         /* streams whose heads were handed out by the last call */
    size_t taken_count;
    struct tally_event *joined, *spare; /* events of an address that several streams have */
    size_t joined_capacity;
    uint64_t duplicates; /* events that more than one stream had, over all partitions */
};

/* Starts on a partition of all files, and of the shard's order where that is not NULL. `kinds`: bits that may
 * occur in the files. */
enum bm_code partition_merge_start(struct partition_merge *merge, const struct tally_file *files,
                                   size_t file_count, uint32_t kinds, const struct shard_order *order,
                                   unsigned partition, struct bm_error *error);

/* The next address, with the events of all streams, sorted and without duplicates; count 0 at the end. Valid
 * until the next call. */
enum bm_code partition_merge_next(struct partition_merge *merge, struct tally_run *run,
                                  struct bm_error *error);
void partition_merge_free(struct partition_merge *merge);

#endif
