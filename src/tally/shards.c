/* Sharded tallies.
 *
 * A shard is three things: the addresses (records one behind the other in blocks), a hash table that finds
 * them, and a log of events (event_log.h). Nothing is kept per address but its record: a log append touches
 * one cache line that is warm already, where a list or array per address would touch a cold one, and grouping
 * by number afterwards is two sequential passes over a shard that fits a cache (shard_group).
 *
 * The table's slots (slot_table.h) hold 32 bits of the hash beside the record's position, so that a probe
 * that misses touches one line and one that hits touches two: the slots and the record. Batches make these
 * misses overlap: positions are prefetched for all observations of a group before the first is looked at.
 *
 * Locking per row costs 5 to 6 times the throughput of the whole scan (85-99 million rows/s against 13-18 on
 * two cores); a batch takes the lock once in BATCH_BYTES. With a quarter of them, for the sake of the cache,
 * a run takes 1.02 times as long.
 *
 * Tried and left: records in small pages. Fewer large pages are cleared, addresses are found more slowly, and
 * a run takes as long. Observations packed where they are made, 36 bytes each with the address, and looked up
 * when their shard is merged, or when there are 1 MiB of them: the look-ups, then in a cache, take half the
 * time, which the pages for addresses that stand there once an event cost again. A run over 20 million rows
 * takes 0.98 to 1.03 times the CPU and 1.1 to 1.7 times the memory. */
#include "tally/shards.h"
#include "base/base.h"

#include "base/hash.h"
#include "tally/shards_state.h"

#define BATCH_BYTES        ((size_t)8 << 10)
#define BATCH_FETCH_BYTES  512u /* ahead in the batch, which has left the caches since it was written */
#define PREFETCH_GROUP     64u
#define TABLE_BYTES_LARGE  ((size_t)256 << 10)
#define TABLE_BYTES_FIRST  ((size_t)8 * sizeof(struct slot_line))
#define POSITION_PER_BLOCK (BLOCK_BYTES / RECORD_ALIGN)
#define BLOCKS_MAX         (POSITION_NONE / POSITION_PER_BLOCK)

struct shard_batch {
    struct shards *shards;
    uint32_t used[SHARD_COUNT];
    struct arena arena;
    char *memory; /* BATCH_BYTES for each shard, in large pages */
};

static unsigned hash_shard(uint64_t hash)
{
    return (unsigned)(hash >> (64 - SHARD_BITS));
}

static uint32_t hash_tag(uint64_t hash)
{
    return (uint32_t)(hash >> (32 - SHARD_BITS));
}

enum bm_code shards_new(struct shards **shards, struct bm_error *error)
{
    struct shards *made = aligned_alloc(64, sizeof *made);
    if (!made)
        return fail_memory(error, "the tallies");
    memset(made, 0, sizeof *made);
    made->places = calloc(1, sizeof *made->places); /* untouched pages cost nothing */
    if (!made->places) {
        free(made);
        return fail_memory(error, "the tallies");
    }
    block_pool_init(&made->pool);
    CHECK(pthread_mutex_init(&made->lock, NULL) == 0);
    for (unsigned k = 0; k < SHARD_COUNT; k++)
        CHECK(pthread_mutex_init(&made->shard[k].lock, NULL) == 0);
    *shards = made;
    return BM_OK;
}

void shard_release(struct shard *shard)
{
    if (slot_table_bytes(&shard->slots) < BLOCK_BYTES)
        free(shard->slots.lines); /* larger ones go with the pool */
    free(shard->records.blocks);
    free(shard->log.blocks.blocks);
}

void shards_free(struct shards *shards)
{
    if (!shards)
        return;
    for (unsigned k = 0; k < SHARD_COUNT; k++) {
        struct shard *shard = &shards->shard[k];
        shard_release(shard);
        free(shard->spilled.items);
        CHECK(pthread_mutex_destroy(&shard->lock) == 0);
    }
    block_pool_free(&shards->pool);
    CHECK(pthread_mutex_destroy(&shards->lock) == 0);
    free(shards->places);
    free(shards);
}

struct block_pool *shards_pool(struct shards *shards)
{
    return &shards->pool;
}

enum bm_code shard_batch_new(struct shard_batch **batch, struct shards *shards, struct bm_error *error)
{
    struct shard_batch *made = calloc(1, sizeof *made);
    if (made)
        made->memory = arena_take(&made->arena, SHARD_COUNT * BATCH_BYTES, 64);
    if (!made || !made->memory) {
        free(made);
        return fail_memory(error, "a worker's batches");
    }
    made->shards = shards;
    *batch = made;
    return BM_OK;
}

void shard_batch_free(struct shard_batch *batch)
{
    if (!batch)
        return;
    arena_free(&batch->arena);
    free(batch);
}

static struct address_record *record_at(const struct shard *shard, uint32_t position)
{
    char *block = shard->records.blocks[position / POSITION_PER_BLOCK];
    return (struct address_record *)(void *)(block + (size_t)(position % POSITION_PER_BLOCK) * RECORD_ALIGN);
}

/* Tables of a block and more stand in the pool's large pages, which need fewer TLB entries. */
static struct slot_line *lines_take(struct shards *shards, size_t bytes)
{
    return bytes < BLOCK_BYTES ? malloc(bytes) : block_take_large(&shards->pool, bytes);
}

static void lines_give(struct shards *shards, struct slot_line *lines, size_t bytes)
{
    if (bytes < BLOCK_BYTES) {
        free(lines);
        return;
    }
    for (size_t at = 0; at < bytes; at += BLOCK_BYTES)
        block_give(&shards->pool, (char *)lines + at);
}

/* Bytes of the table that follows one of so many: twice as many while it is small, then half as many more,
 * and a quarter where that is much. By a quarter from the start a run over 20 million rows takes 1.01 times
 * as long, for the pages; always by all, one over 100 million needs 12 % more memory. */
static size_t table_bytes_next(size_t bytes)
{
    if (bytes < BLOCK_BYTES)
        return bytes ? 2 * bytes : TABLE_BYTES_FIRST;
    size_t more = bytes < TABLE_BYTES_LARGE ? bytes / 2 : bytes / 4;
    return (bytes + more + BLOCK_BYTES - 1) & ~(BLOCK_BYTES - 1);
}

/* Makes the table larger. 2^32 slots a shard are out of reach: so are as many addresses. */
static bool table_grow(struct shards *shards, struct shard *shard)
{
    size_t before = slot_table_bytes(&shard->slots), bytes = table_bytes_next(before);
    struct slot_line *lines = lines_take(shards, bytes);
    if (!lines)
        return false;
    lines_give(shards, slot_table_move(&shard->slots, lines, bytes), before);
    return true;
}

/* The next block for records: one that was kept, or a fresh one. */
static bool record_block_add(struct shards *shards, struct shard *shard)
{
    if (shard->records.count == shard->blocks_kept) {
        if (!block_list_grow_large(&shard->records, &shards->pool))
            return false;
        shard->blocks_kept++;
        return true;
    }
    shard->records.count++;
    return true;
}

bool shard_table_reserve(struct shards *shards, struct shard *shard, uint32_t more)
{
    while ((uint64_t)(shard->addresses + more) * 4 > (uint64_t)shard->slots.slots * 3)
        if (!table_grow(shards, shard))
            return false;
    return true;
}

/* Adds an address that is not in the table. Returns its record, or NULL when memory is out. */
static struct address_record *record_new(struct shards *shards, struct shard *shard,
                                         const struct observation *seen)
{
    size_t bytes = record_bytes(seen->length);
    if (shard->addresses == RECORD_NUMBERS)
        return NULL;
    if (!shard->records.count || shard->record_used + bytes > BLOCK_BYTES) {
        if (shard->records.count >= BLOCKS_MAX || !record_block_add(shards, shard))
            return NULL;
        if (shard->records.count > 1) { /* where the records of the block before end */
            char *before = shard->records.blocks[shard->records.count - 2];
            if (shard->record_used + sizeof(struct address_record) <= BLOCK_BYTES)
                ((struct address_record *)(void *)(before + shard->record_used))->number_and_length = 0;
        }
        shard->record_used = 0;
    }
    uint32_t position =
        (uint32_t)((shard->records.count - 1) * POSITION_PER_BLOCK + shard->record_used / RECORD_ALIGN);
    struct address_record *record = record_at(shard, position);
    record_make(record, shard->addresses++, (struct span){seen->bytes, seen->length});
    shard->record_used += (uint32_t)bytes;
    slot_insert(&shard->slots, hash_tag(seen->hash), position);
    return record;
}

/* Finds or adds the address of an observation; before `slot` none has its tag and another address. NULL when
 * memory is out. */
static struct address_record *record_find(struct shards *shards, struct shard *shard,
                                          const struct observation *seen, uint32_t slot)
{
    uint32_t tag = hash_tag(seen->hash);
    for (;; slot = slot_next(&shard->slots, slot)) {
        slot = slot_find(&shard->slots, tag, slot);
        uint32_t position = slot_position(&shard->slots, slot);
        if (position == POSITION_NONE)
            return record_new(shards, shard, seen);
        struct address_record *record = record_at(shard, position);
        if (span_is(record_address(record), (struct span){seen->bytes, seen->length}))
            return record;
    }
}

struct address_record *shard_record_find(struct shards *shards, struct shard *shard,
                                         const struct observation *seen)
{
    return record_find(shards, shard, seen, slot_first(&shard->slots, hash_tag(seen->hash)));
}

static size_t observation_bytes(size_t length)
{
    return (sizeof(struct observation) + length + 7) & ~(size_t)7;
}

/* Applies up to PREFETCH_GROUP observations, prefetching slots, then records: those behind the first slot
 * with the right tag, which are seldom another address's. Returns the next observation, or NULL when memory
 * is out.
 */
static const char *group_apply(struct shards *shards, struct shard *shard, const char *at, const char *end)
{
    const struct observation *group[PREFETCH_GROUP];
    uint32_t slots[PREFETCH_GROUP];
    unsigned count = 0;
    for (; at < end && count < PREFETCH_GROUP; count++) {
        group[count] = (const struct observation *)(const void *)at;
        FETCH(&shard->slots.lines[slot_first(&shard->slots, hash_tag(group[count]->hash)) / LINE_SLOTS]);
        FETCH(at + BATCH_FETCH_BYTES);
        at += observation_bytes(group[count]->length);
    }
    for (unsigned k = 0; k < count; k++) {
        uint32_t tag = hash_tag(group[k]->hash);
        slots[k] = slot_find(&shard->slots, tag, slot_first(&shard->slots, tag));
        uint32_t position = slot_position(&shard->slots, slots[k]);
        if (position != POSITION_NONE) {
            const char *record = (const char *)record_at(shard, position);
            FETCH(record);
            FETCH(record + 32); /* half of them reach into the next line */
        }
    }
    for (unsigned k = 0; k < count; k++) {
        const struct address_record *record = record_find(shards, shard, group[k], slots[k]);
        if (!record || !event_log_add(&shard->log, &shards->pool, shards->places, record_number(record),
                                      &group[k]->event))
            return NULL;
    }
    return at;
}

/* What is in use; blocks of records that were kept are soon. */
static size_t shard_bytes(const struct shard *shard)
{
    return ((size_t)shard->records.count + shard->log.blocks.count) * BLOCK_BYTES +
           slot_table_bytes(&shard->slots);
}

/* Hands a shard's observations in. The table keeps room for a whole group, so that it never grows inside one.
 */
static bool batch_apply(struct shard_batch *batch, unsigned which)
{
    struct shards *shards = batch->shards;
    struct shard *shard = &shards->shard[which];
    const char *at = batch->memory + which * BATCH_BYTES;
    const char *end = at + batch->used[which];
    batch->used[which] = 0;
    CHECK(pthread_mutex_lock(&shard->lock) == 0);
    while (at && at < end)
        at = shard_table_reserve(shards, shard, PREFETCH_GROUP) ? group_apply(shards, shard, at, end) : NULL;
    if (at && shards->file && shard_bytes(shard) > shards->shard_bytes_max)
        at = shard_spill(shards, shard) ? at : NULL;
    CHECK(pthread_mutex_unlock(&shard->lock) == 0);
    return at != NULL;
}

bool shard_batch_add(struct shard_batch *batch, struct span address, uint64_t hash,
                     const struct tally_event *event)
{
    ASSERT(address.length && address.length <= BM_ADDRESS_BYTES_MAX);
    unsigned which = hash_shard(hash);
    size_t bytes = observation_bytes(address.length);
    if (batch->used[which] + bytes > BATCH_BYTES && !batch_apply(batch, which))
        return false;
    struct observation *seen =
        (struct observation *)(void *)(batch->memory + which * BATCH_BYTES + batch->used[which]);
    seen->hash = hash;
    seen->event = *event;
    seen->length = (uint16_t)address.length;
    memcpy(seen->bytes, address.at, address.length);
    batch->used[which] += (uint32_t)bytes;
    return true;
}

bool shard_batch_flush(struct shard_batch *batch)
{
    for (unsigned which = 0; which < SHARD_COUNT; which++)
        if (batch->used[which] && !batch_apply(batch, which))
            return false;
    return true;
}

void shard_view_memory_free(struct shard_view_memory *memory)
{
    free(memory->memory);
    *memory = (struct shard_view_memory){0};
}

static bool view_allocate(struct shard_view_memory *memory, struct shard_view *view)
{
    size_t events = view->event_count * sizeof *view->events;
    size_t ends = view->address_count * sizeof *view->event_ends;
    size_t records = view->address_count * sizeof *view->records;
    size_t bytes = events + ends + records + 1;
    if (memory->bytes < bytes) {
        free(memory->memory);
        memory->bytes = 0;
        memory->memory = malloc(bytes);
        if (!memory->memory)
            return false;
        memory->bytes = bytes;
    }
    view->events = memory->memory;
    view->event_ends = (uint64_t *)(void *)((char *)memory->memory + events);
    view->records = (const struct address_record **)(void *)((char *)memory->memory + events + ends);
    return true;
}

static void records_list(const struct shard *shard, const struct address_record **records)
{
    uint32_t number = 0;
    for (uint32_t k = 0; k < shard->records.count; k++) {
        const char *block = shard->records.blocks[k];
        size_t used = k + 1 < shard->records.count ? BLOCK_BYTES : shard->record_used;
        const struct address_record *record;
        for (size_t at = 0; (record = record_next(block, used, &at)) != NULL;) {
            ASSERT(record_number(record) == number);
            records[number++] = record;
        }
    }
    CHECK(number == shard->addresses);
}

bool shard_view_make(struct shards *shards, struct shard *shard, struct shard_view_memory *memory,
                     struct shard_view *view)
{
    *view = (struct shard_view){.address_count = shard->addresses, .event_count = shard->log.count};
    if (!view_allocate(memory, view))
        return false;
    records_list(shard, view->records);
    event_log_group(&shard->log, shards->places, view->events, view->event_ends, shard->addresses);
    event_log_clear(&shard->log, &shards->pool);
    return true;
}

bool shard_group(struct shards *shards, unsigned which, struct shard_view_memory *memory,
                 struct shard_view *view)
{
    struct shard *shard = &shards->shard[which];
    lines_give(shards, shard->slots.lines,
               slot_table_bytes(&shard->slots)); /* nothing is looked up any more */
    shard->slots = (struct slot_table){0};
    return shard_view_make(shards, shard, memory, view);
}
