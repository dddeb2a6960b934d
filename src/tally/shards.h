/* The tallies: what is known of every address, in shards by address hash, each behind its own lock. */
#ifndef TALLY_SHARDS_H
#define TALLY_SHARDS_H

#include "base/fail.h"
#include "tally/blocks.h"
#include "tally/tally_event.h"

#define SHARD_BITS  7
#define SHARD_COUNT (1u << SHARD_BITS)

/* An address in its shard's memory. Records stand one behind the other in the order of their numbers. */
struct address_record {
    uint32_t number; /* of the address within the shard, from 0 */
    uint16_t length;
    uint16_t domain_at;
    char bytes[];
};

struct shards;

enum bm_code shards_new(struct shards **shards, struct bm_error *error);
void shards_free(struct shards *shards);

/* The pool that the shards take their memory from, for the merge stage. */
struct block_pool *shards_pool(struct shards *shards);

/* Observations of one thread on their way into the shards: a few hundred per shard are collected, then the
 * shard's lock is taken once. */
struct shard_batch;

enum bm_code shard_batch_new(struct shard_batch **batch, struct shards *shards, struct bm_error *error);
void shard_batch_free(struct shard_batch *batch);

/* Adds one observation. `hash` is hash_span(address). Returns false when memory is out. */
bool shard_batch_add(struct shard_batch *batch, struct span address, size_t domain_at, uint64_t hash,
                     const struct tally_event *event);

/* Hands in what is left. */
bool shard_batch_flush(struct shard_batch *batch);

/* One shard's content, grouped by address. Only after every batch was flushed, and from one thread per shard.
 */
struct shard_view {
    uint32_t address_count;
    uint64_t event_count;
    const struct address_record **records; /* by number */
    uint64_t *event_ends;                  /* by number: behind the address's last event */
    struct tally_event *events;            /* by address, in no order within one; may be sorted in place */
};

/* Memory of a view, reused from shard to shard. Zero-initialise. */
struct shard_view_memory {
    void *memory;
    size_t bytes;
};
void shard_view_memory_free(struct shard_view_memory *memory);

/* Groups a shard; its log of events is given back to the pool, its addresses stay. Returns false when memory
 * is out. */
bool shard_group(struct shards *shards, unsigned shard, struct shard_view_memory *memory,
                 struct shard_view *view);

#endif
