/* What shards are made of, for shards.c and shard_spill.c. */
#ifndef TALLY_SHARDS_STATE_H
#define TALLY_SHARDS_STATE_H

#include "base/spill_file.h"
#include "tally/event_log.h"
#include "tally/shards.h"
#include "tally/slot_table.h"

/* What a shard held when it was spilled: its blocks of records, then those of its log. */
struct shard_part {
    uint64_t offset;
    uint32_t addresses, record_blocks, record_used; /* bytes of the last block */
    uint32_t log_blocks, log_used;
};

struct shard_parts {
    struct shard_part *items;
    size_t capacity;
    uint32_t count;
};

struct shard {
    pthread_mutex_t lock;
    struct slot_table slots;
    uint32_t addresses;
    uint32_t record_used; /* bytes used of the last record block */
    uint32_t blocks_kept; /* of records.blocks, also those behind the last one in use */
    struct block_list records;
    struct event_log log;
    struct shard_parts spilled;
} __attribute__((aligned(64)));

struct shards {
    struct shard shard[SHARD_COUNT];
    struct block_pool pool;
    struct event_places *places;
    struct spill_file *file; /* NULL: nothing is spilled */
    size_t shard_bytes_max;
    uint64_t spilled_bytes, spilled_parts;
    struct bm_error error; /* of spilling */
    pthread_mutex_t lock;  /* of the three */
};

/* An observation in a batch; the address's bytes follow. */
struct observation {
    uint64_t hash;
    struct tally_event event;
    uint16_t length;
    char bytes[];
};

/* The next record of a block of which `used` bytes are in use; NULL behind the last. Records stand one behind
 * the other in the order of their numbers. */
static inline const struct address_record *record_next(const char *block, size_t used, size_t *at)
{
    if (*at + sizeof(struct address_record) > used)
        return NULL;
    const struct address_record *record = (const struct address_record *)(const void *)(block + *at);
    size_t length = record_address(record).length;
    *at += record_bytes(length);
    return length ? record : NULL;
}

/* Makes room in the table for `more` further addresses. False when memory is out. */
bool shard_table_reserve(struct shards *shards, struct shard *shard, uint32_t more);

/* Finds or adds the address of an observation; the table has room. NULL when memory is out. */
struct address_record *shard_record_find(struct shards *shards, struct shard *shard,
                                         const struct observation *seen);

/* Groups any shard, as shard_group. */
bool shard_view_make(struct shards *shards, struct shard *shard, struct shard_view_memory *memory,
                     struct shard_view *view);

/* Forgets what a shard holds; its records' blocks and its table stay, to be filled again. */
void shard_empty(struct shards *shards, struct shard *shard);

/* Writes out what a shard holds, and empties it. Under its lock. False when it fails: shards_why says why. */
bool shard_spill(struct shards *shards, struct shard *shard);

/* Gives the memory back that is not the pool's. */
void shard_release(struct shard *shard);

#endif
