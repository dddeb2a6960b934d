/* The merge stage: shards and tally files to outcomes, and to a tally file, by all workers. */
#ifndef RUN_MERGE_H
#define RUN_MERGE_H

#include "run/merge_options.h"
#include "tally/patterns.h"

/* Outcomes live in the shards' pool, or in one of their own. */
struct merge_result {
    struct outcome_ref *refs; /* sorted by address; NULL: outcomes were spilled */
    size_t count;
    struct policy_report *left_out; /* by policy: outcomes that were not kept; NULL: all were */
    uint64_t addresses;             /* with at least one tallied event */
    uint64_t events;                /* without duplicates; counted only when files are read or written */
    uint64_t expired;               /* events left out of what was saved */
    struct segment_counts segments;
    struct pattern_list patterns;
    struct domain_hours
        failures;            /* what patterns are found in, for a share; the names, which patterns have */
    uint64_t duplicates;     /* events that were exact duplicates, beyond those that the files had dropped */
    struct block_pool *pool; /* NULL: the shards' */
};

/* `shards` may be NULL when there are files. */
enum bm_code merge(struct shards *shards, const struct merge_options *options, struct merge_result *result,
                   struct bm_error *error);
void merge_result_free(struct merge_result *result);

#endif
