/* Outcomes come in the order of hashes and are written in that of addresses, so that every row is found on
 * another page. Tried and left: 64 areas by address, so that outcomes stand among those that are written with
 * them. Writing took 0.9 times as long and merging 1.1. */
#include "run/outcome_store.h"
#include "base/base.h"

#include "base/array.h"

void *outcome_store_take(struct outcome_store *store, size_t bytes)
{
    bytes = (bytes + 7) & ~(size_t)7;
    if (bytes > BLOCK_BYTES) /* a long history */
        return store->spill ? block_list_grow_long(&store->long_blocks, store->pool, bytes)
                            : block_take_large(store->pool, bytes);
    if (store->left < bytes) {
        if (!block_list_grow(&store->blocks, store->pool))
            return NULL;
        store->at = store->blocks.blocks[store->blocks.count - 1];
        store->left = BLOCK_BYTES;
    }
    void *memory = store->at;
    store->at += bytes;
    store->left -= bytes;
    return memory;
}

struct outcome_mark outcome_store_mark(const struct outcome_store *store)
{
    return (struct outcome_mark){store->at, store->left, store->blocks.count};
}

void outcome_store_undo(struct outcome_store *store, struct outcome_mark mark)
{
    if (store->blocks.count != mark.blocks)
        return;
    store->at = mark.at;
    store->left = mark.left;
}

static bool reference_add(struct outcome_store *store, const struct outcome *outcome)
{
    struct outcome_ref *refs = array_room(store->refs, &store->capacity, store->count + 1, sizeof *refs);
    if (!refs)
        return false;
    store->refs = refs;
    store->refs[store->count++] = outcome_ref_make(outcome);
    return true;
}

/* References count thrice: they stand so often where they are gathered and sorted. */
static bool is_full(const struct outcome_store *store)
{
    size_t blocks = (size_t)store->blocks.count + store->long_blocks.count;
    return blocks * BLOCK_BYTES + 3 * store->count * sizeof *store->refs > store->bytes_max;
}

enum bm_code outcome_store_keep(struct outcome_store *store, const struct outcome *outcome,
                                struct bm_error *error)
{
    if (!reference_add(store, outcome))
        return fail_memory(error, "the merge");
    return is_full(store) ? outcome_store_spill(store, error) : BM_OK;
}

enum bm_code outcome_store_spill(struct outcome_store *store, struct bm_error *error)
{
    size_t total = store->count * store->shards_all / store->shards_begun;
    struct outcome_ref *spare = calloc(store->count + 1, sizeof *spare);
    if (!spare)
        return fail_memory(error, "spilling outcomes");
    outcomes_sort_few(store->refs, spare, store->count);
    free(spare);
    enum bm_code code = outcome_spill_add(store->spill, store->refs, store->count, total, error);
    if (code != BM_OK)
        return code;
    store->count = store->left = 0;
    block_list_clear(&store->blocks, store->pool);
    block_list_clear(&store->long_blocks, store->pool);
    return BM_OK;
}

void outcome_store_free(struct outcome_store *store)
{
    free(store->refs);
    free(store->blocks.blocks);
    free(store->long_blocks.blocks);
}
