/* The tallies: what is known of every address, in shards by address hash, each behind its own lock. */
#ifndef TALLY_SHARDS_H
#define TALLY_SHARDS_H

#include "base/fail.h"
#include "tally/address_record.h"
#include "tally/blocks.h"
#include "tally/tally_event.h"

struct spill_file;

#define SHARD_BITS  7
#define SHARD_COUNT (1u << SHARD_BITS)

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
bool shard_batch_add(struct shard_batch *batch, struct span address, uint64_t hash,
                     const struct tally_event *event);

/* Hands in what is left. */
bool shard_batch_flush(struct shard_batch *batch);

/* Lets all shards together have so many bytes: one that exceeds its part of them is written to `file`, which
 * must outlive the shards. Before anything is added. */
void shards_limit(struct shards *shards, size_t bytes, struct spill_file *file);

/* After something could not be added, which *error blames on the memory: if spilling failed, says that
 * instead. Returns the error's code. */
enum bm_code shards_why(struct shards *shards, struct bm_error *error);

/* After every batch was flushed: where a shard was spilled, spills all of them and gives their memory back.
 * They are then to be loaded, not grouped. */
enum bm_code shards_unload(struct shards *shards, unsigned threads, struct bm_error *error);
bool shards_spilled(const struct shards *shards);

/* Bytes that were spilled; adds to *parts in how many parts. */
uint64_t shards_spilled_bytes(const struct shards *shards, uint64_t *parts);

/* Bytes of memory that the pool has. */
size_t shards_bytes(const struct shards *shards);

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

/* Groups a shard; its table and its log of events are given back to the pool, its addresses stay: nothing can
 * be added any more. Returns false when memory
 * is out. */
bool shard_group(struct shards *shards, unsigned shard, struct shard_view_memory *memory,
                 struct shard_view *view);

/* Puts shards that were spilled together again, in memory that is kept from shard to shard. */
struct shard_loader;

enum bm_code shard_loader_new(struct shard_loader **loader, struct bm_error *error);
void shard_loader_free(struct shard_loader *loader);

/* In how many passes (1, 2, 4 or 8) a shard is to be loaded so that it takes no more than bytes_max. */
unsigned shard_passes(const struct shards *shards, unsigned shard, size_t bytes_max);

/* Groups what a pass takes of a shard: the addresses of its partitions (tally_file.h) from pass * 8 / passes
 * on and before (pass + 1) * 8 / passes. The view is the loader's until its next use. */
enum bm_code shard_load(struct shards *shards, unsigned shard, unsigned pass, unsigned passes,
                        struct shard_loader *loader, struct shard_view_memory *memory,
                        struct shard_view *view, struct bm_error *error);

#endif
