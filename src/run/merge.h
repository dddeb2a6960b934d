/* The merge stage: shards and tally files to outcomes, and to a tally file, by all workers. */
#ifndef RUN_MERGE_H
#define RUN_MERGE_H

#include "output/outcome_spill.h"
#include "tally/patterns.h"
#include "tally/tally_file.h"

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
    bool failures;      /* kept instead */
    bool segments;      /* to be counted */
    bool more, moments; /* to be kept, for the files of output/people.h */
    unsigned threads;
    const volatile int *stop;
    bool replay;                    /* make outcomes; false: only save */
    bool suppressed_only;           /* keep only outcomes that a policy suppresses, and count the others */
    const struct tally_file *files; /* merged with the shards */
    size_t file_count;
    uint32_t file_kinds;       /* bits of enum bm_kind that their events may have */
    struct tally_writer *save; /* gets every partition; NULL: nothing is saved */
    int64_t expire_before_ms;  /* what is saved is without what expire_count says */
    uint32_t expire_kinds;     /* 0: nothing expires */
    unsigned partition_begin,
        partition_end;           /* of the files, when there are no shards; others are left alone */
    size_t memory_bytes;         /* for tallies and outcomes */
    struct outcome_spill *spill; /* gets outcomes beyond that; NULL: there is no limit */
};

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
