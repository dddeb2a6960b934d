/* Shards that do not fit the memory.
 *
 * A shard that has grown to its share is written out as it stands, its records and its log of events, by the
 * thread that filled it, and begins anew: no other thread waits, unless for the same shard. In the merge the
 * parts of a shard are put together again in a worker's own memory, before it is grouped: every address of
 * a part is looked up in the growing shard, and the events of the part's log are appended with the numbers
 * that its addresses have there. What is grouped is what would have been without spilling, so nothing behind
 * it differs.
 *
 * Parts are not sorted runs that are merged as streams, as one would do for a single total order: a shard is
 * grouped by hashing either way, its hash bits already part it from the others, and an address that
 * comes back in every part costs one look-up there instead of a place in a sort, a heap and a join. The
 * price is a bound: a shard must fit a worker's memory. Where it does not, it is read in passes, each taking
 * the addresses of some of its partitions, down to a single one: 1/1024 of everything. */
#include "base/base.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/pool.h"
#include "tally/shards_state.h"
#include "tally/tally_file.h"

#define LOAD_BLOCKS 8u /* read at a time */

/* Bytes of memory that a spilled byte becomes: table, grouped events, sorted keys. */
#define LOAD_FACTOR 3u

struct shard_loader {
    struct shard shard;
    char *buffer; /* LOAD_BLOCKS blocks */
    struct observation *seen;
    uint32_t *numbers; /* of a part's addresses, as the loaded shard numbers them */
    size_t numbers_capacity;
};

void shards_limit(struct shards *shards, size_t bytes, struct spill_file *file)
{
    shards->file = file;
    shards->shard_bytes_max = bytes / SHARD_COUNT;
}

/* Keeps the first error. */
static bool spill_fail(struct shards *shards, const struct bm_error *error)
{
    CHECK(pthread_mutex_lock(&shards->lock) == 0);
    if (shards->error.code == BM_OK)
        shards->error = *error;
    CHECK(pthread_mutex_unlock(&shards->lock) == 0);
    return false;
}

enum bm_code shards_why(struct shards *shards, struct bm_error *error)
{
    CHECK(pthread_mutex_lock(&shards->lock) == 0);
    struct bm_error why = shards->error;
    CHECK(pthread_mutex_unlock(&shards->lock) == 0);
    if (why.code != BM_OK)
        *error = why;
    return error->code;
}

void shard_empty(struct shards *shards, struct shard *shard)
{
    event_log_clear(&shard->log, &shards->pool);
    if (shard->slots.lines)
        memset(shard->slots.lines, 0xff, slot_table_bytes(&shard->slots));
    shard->addresses = shard->records.count = shard->record_used = 0;
}

/* Whole blocks, but for the last. */
static enum bm_code blocks_put(const struct shards *shards, const struct block_list *list, uint32_t used,
                               uint64_t offset, struct bm_error *error)
{
    enum bm_code code = BM_OK;
    for (uint32_t k = 0; k < list->count && code == BM_OK; k++) {
        struct span bytes = {list->blocks[k], k + 1 < list->count ? BLOCK_BYTES : used};
        code = spill_file_put(shards->file, offset + k * BLOCK_BYTES, bytes, error);
    }
    return code;
}

static bool part_add(struct shard_parts *parts, const struct shard_part *part)
{
    struct shard_part *items =
        array_room(parts->items, &parts->capacity, (size_t)parts->count + 1, sizeof *items);
    if (!items)
        return false;
    parts->items = items;
    parts->items[parts->count++] = *part;
    return true;
}

bool shard_spill(struct shards *shards, struct shard *shard)
{
    struct shard_part part = {.addresses = shard->addresses,
                              .record_blocks = shard->records.count,
                              .record_used = shard->record_used,
                              .log_blocks = shard->log.blocks.count,
                              .log_used = shard->log.used};
    struct bm_error error;
    uint64_t bytes = ((uint64_t)part.record_blocks + part.log_blocks) * BLOCK_BYTES;
    enum bm_code code = spill_file_take(shards->file, bytes, &part.offset, &error);
    if (code == BM_OK)
        code = blocks_put(shards, &shard->records, part.record_used, part.offset, &error);
    if (code == BM_OK)
        code = blocks_put(shards, &shard->log.blocks, part.log_used,
                          part.offset + part.record_blocks * BLOCK_BYTES, &error);
    if (code == BM_OK && !part_add(&shard->spilled, &part))
        code = fail_memory(&error, "the tallies");
    if (code != BM_OK)
        return spill_fail(shards, &error);
    shard_empty(shards, shard);
    CHECK(pthread_mutex_lock(&shards->lock) == 0);
    shards->spilled_bytes += bytes;
    shards->spilled_parts++;
    CHECK(pthread_mutex_unlock(&shards->lock) == 0);
    return true;
}

/* --- the end of the scan ------------------------------------------------------------------------------- */

struct unload_work {
    struct shards *shards;
    atomic_uint next;
};

static void unload_worker(void *argument, unsigned worker)
{
    (void)worker;
    struct unload_work *work = argument;
    bool done = true;
    for (unsigned k; (k = atomic_fetch_add(&work->next, 1)) < SHARD_COUNT && done;)
        if (work->shards->shard[k].addresses)
            done = shard_spill(work->shards, &work->shards->shard[k]);
}

enum bm_code shards_unload(struct shards *shards, unsigned threads, struct bm_error *error)
{
    struct unload_work work = {.shards = shards};
    if (!shards_spilled(shards))
        return BM_OK;
    enum bm_code code = pool_run(threads, unload_worker, &work, error);
    if (code == BM_OK && shards->error.code != BM_OK)
        code = shards_why(shards, error);
    for (unsigned k = 0; k < SHARD_COUNT && code == BM_OK; k++) {
        struct shard *shard = &shards->shard[k];
        shard_release(shard);
        shard->slots = (struct slot_table){0};
        shard->blocks_kept = 0;
        shard->records = (struct block_list){0};
        shard->log = (struct event_log){0};
    }
    if (code == BM_OK) {
        block_pool_free(&shards->pool);
        block_pool_init(&shards->pool);
    }
    return code;
}

bool shards_spilled(const struct shards *shards)
{
    return shards->spilled_parts > 0;
}

uint64_t shards_spilled_bytes(const struct shards *shards, uint64_t *parts)
{
    *parts += shards->spilled_parts;
    return shards->spilled_bytes;
}

size_t shards_bytes(const struct shards *shards)
{
    return shards->pool.arena.total_bytes + shards->pool.large.total_bytes;
}

/* --- the merge ----------------------------------------------------------------------------------------- */

enum bm_code shard_loader_new(struct shard_loader **loader, struct bm_error *error)
{
    struct shard_loader *made = aligned_alloc(64, sizeof *made); /* a shard stands on a cache line */
    if (!made)
        return fail_memory(error, "the merge");
    memset(made, 0, sizeof *made);
    made->buffer = malloc(LOAD_BLOCKS * BLOCK_BYTES);
    made->seen = malloc(sizeof *made->seen + BM_ADDRESS_BYTES_MAX);
    if (!made->buffer || !made->seen) {
        shard_loader_free(made);
        return fail_memory(error, "the merge");
    }
    *loader = made;
    return BM_OK;
}

void shard_loader_free(struct shard_loader *loader)
{
    if (!loader)
        return;
    shard_release(&loader->shard);
    free(loader->buffer);
    free(loader->seen);
    free(loader->numbers);
    free(loader);
}

unsigned shard_passes(const struct shards *shards, unsigned which, size_t bytes_max)
{
    const struct shard_parts *parts = &shards->shard[which].spilled;
    uint64_t bytes = 0;
    for (uint32_t k = 0; k < parts->count; k++)
        bytes += ((uint64_t)parts->items[k].record_blocks + parts->items[k].log_blocks) * BLOCK_BYTES;
    unsigned passes = 1;
    while (passes < PARTITIONS_PER_SHARD && bytes * LOAD_FACTOR / passes > bytes_max)
        passes *= 2;
    return passes;
}

/* What is loaded: a shard's addresses in some of its partitions. */
struct load {
    struct shards *shards;
    struct shard_loader *loader;
    unsigned partition_begin, partition_end; /* within the shard */
};

/* False when memory is out. */
static bool records_load(const struct load *load, const char *block, size_t used)
{
    struct shard_loader *loader = load->loader;
    struct observation *seen = loader->seen;
    const struct address_record *record;
    for (size_t at = 0; (record = record_next(block, used, &at)) != NULL;) {
        struct span address = record_address(record);
        seen->hash = hash_span(address);
        unsigned partition = partition_of(seen->hash) % PARTITIONS_PER_SHARD;
        loader->numbers[record_number(record)] = EVENT_LOG_NUMBER_NONE;
        if (partition < load->partition_begin || partition >= load->partition_end)
            continue;
        seen->length = (uint16_t)address.length;
        memcpy(seen->bytes, address.at, address.length);
        if (!shard_table_reserve(load->shards, &loader->shard, 1))
            return false;
        const struct address_record *found = shard_record_find(load->shards, &loader->shard, seen);
        if (!found)
            return false;
        loader->numbers[record_number(record)] = record_number(found);
    }
    return true;
}

static bool entries_load(const struct load *load, const char *block, size_t used)
{
    return event_log_append(&load->loader->shard.log, &load->shards->pool, block, used,
                            load->loader->numbers);
}

/* Reads blocks in a row and hands each to `each`. */
static enum bm_code blocks_get(const struct load *load, uint64_t offset, uint32_t count, uint32_t used,
                               bool (*each)(const struct load *load, const char *block, size_t used),
                               struct bm_error *error)
{
    char *buffer = load->loader->buffer;
    for (uint32_t first = 0; first < count; first += LOAD_BLOCKS) {
        uint32_t blocks = count - first < LOAD_BLOCKS ? count - first : LOAD_BLOCKS;
        size_t last = first + blocks < count ? BLOCK_BYTES : used;
        enum bm_code code = spill_file_get(load->shards->file, offset + first * BLOCK_BYTES, buffer,
                                           (blocks - 1) * BLOCK_BYTES + last, error);
        if (code != BM_OK)
            return code;
        for (uint32_t k = 0; k < blocks; k++)
            if (!each(load, buffer + k * BLOCK_BYTES, k + 1 < blocks ? BLOCK_BYTES : last))
                return fail_memory(error, "the merge");
    }
    return BM_OK;
}

static enum bm_code part_load(const struct load *load, const struct shard_part *part, struct bm_error *error)
{
    struct shard_loader *loader = load->loader;
    if (part->addresses > loader->numbers_capacity) {
        free(loader->numbers);
        loader->numbers = calloc(part->addresses, sizeof *loader->numbers);
        loader->numbers_capacity = loader->numbers ? part->addresses : 0;
        if (!loader->numbers)
            return fail_memory(error, "the merge");
    }
    enum bm_code code =
        blocks_get(load, part->offset, part->record_blocks, part->record_used, records_load, error);
    if (code == BM_OK)
        code = blocks_get(load, part->offset + part->record_blocks * BLOCK_BYTES, part->log_blocks,
                          part->log_used, entries_load, error);
    return code;
}

enum bm_code shard_load(struct shards *shards, unsigned which, unsigned pass, unsigned passes,
                        struct shard_loader *loader, struct shard_view_memory *memory,
                        struct shard_view *view, struct bm_error *error)
{
    const struct shard_parts *parts = &shards->shard[which].spilled;
    struct load load = {.shards = shards,
                        .loader = loader,
                        .partition_begin = pass * PARTITIONS_PER_SHARD / passes,
                        .partition_end = (pass + 1) * PARTITIONS_PER_SHARD / passes};
    enum bm_code code = BM_OK;
    shard_empty(shards, &loader->shard);
    for (uint32_t k = 0; k < parts->count && code == BM_OK; k++)
        code = part_load(&load, &parts->items[k], error);
    if (code == BM_OK && !shard_view_make(shards, &loader->shard, memory, view))
        code = fail_memory(error, "the merge");
    return code;
}
