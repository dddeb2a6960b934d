/* One worker's outcomes: their memory, and the references by which they are sorted. */
#ifndef RUN_OUTCOME_STORE_H
#define RUN_OUTCOME_STORE_H

#include "output/outcome_spill.h"
#include "tally/blocks.h"

/* Zero-initialise, then set the first four, and count shards_begun on. */
struct outcome_store {
    struct block_pool *pool;
    struct outcome_spill *spill; /* NULL: there is no limit */
    size_t bytes_max;            /* that are kept in memory; SIZE_MAX: no limit */
    unsigned shards_all;         /* that have outcomes, for all workers together ... */
    unsigned shards_begun;       /* ... and that this worker has begun: from them, how many are to come */
    struct block_list blocks;
    struct block_list long_blocks; /* of long histories, where outcomes may be spilled */
    struct outcome_ref *refs;
    size_t count, capacity;
    char *at;    /* where the next outcome goes */
    size_t left; /* of the last block */
};

/* Memory for an outcome or what belongs to it; NULL when memory is out. */
void *outcome_store_take(struct outcome_store *store, size_t bytes);

/* A state to go back to: what was taken since is free again, where that is easy. */
struct outcome_mark {
    char *at;
    size_t left;
    uint32_t blocks;
};

struct outcome_mark outcome_store_mark(const struct outcome_store *store);
void outcome_store_undo(struct outcome_store *store, struct outcome_mark mark);

/* Keeps an outcome, whose memory was taken here; writes all out when they are more than may be kept. */
enum bm_code outcome_store_keep(struct outcome_store *store, const struct outcome *outcome,
                                struct bm_error *error);

/* Writes out all outcomes, no fewer than one, and gives their memory back. */
enum bm_code outcome_store_spill(struct outcome_store *store, struct bm_error *error);

/* Frees the references. The outcomes stay: their blocks go with the pool. */
void outcome_store_free(struct outcome_store *store);

#endif
