/* The merge stage: shards to outcomes, by all workers. */
#ifndef RUN_MERGE_H
#define RUN_MERGE_H

#include "output/outcomes.h"
#include "tally/patterns.h"

#include <bouncemill/classify.h>

struct merge_options {
    const struct policy *const *policies; /* in output order */
    size_t policy_count;
    const struct bm_classifier *classifier; /* for domain trust */
    int64_t as_of_ms;
    const int64_t *dates_ms; /* of snapshots, rising, up to as_of_ms */
    size_t date_count;
    bool history;
    bool patterns;      /* to be found */
    bool segments;      /* to be counted */
    bool more, moments; /* to be kept, for the files of output/people.h */
    unsigned threads;
    const volatile int *stop;
};

/* Outcomes live in the shards' pool. */
struct merge_result {
    struct outcome_ref *refs; /* sorted by address */
    size_t count;
    uint64_t addresses; /* with at least one tallied event */
    struct segment_counts segments;
    struct pattern_list patterns;
    uint64_t duplicates; /* events that were exact duplicates */
};

enum bm_code merge(struct shards *shards, const struct merge_options *options, struct merge_result *result,
                   struct bm_error *error);
void merge_result_free(struct merge_result *result);

#endif
