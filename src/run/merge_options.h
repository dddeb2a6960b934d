/* What a merge is asked for. */
#ifndef RUN_MERGE_OPTIONS_H
#define RUN_MERGE_OPTIONS_H

#include "output/outcome_spill.h"
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

#endif
