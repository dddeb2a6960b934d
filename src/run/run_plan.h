/* What a run was asked to do, checked. */
#ifndef RUN_RUN_PLAN_H
#define RUN_RUN_PLAN_H

#include "csv/dialect.h"
#include "csv/scan.h"
#include "output/export.h"
#include "policy/policy.h"
#include "run/moments.h"

#include <bouncemill/run.h>

struct run_plan {
    const struct bm_run_options *options; /* borrowed */
    unsigned threads;
    uint64_t memory_bytes; /* resident set, at most and 64 MiB */
    enum simd simd;
    uint32_t outputs;            /* bits of enum output */
    int64_t expire_ms;           /* age at which events may go from what is saved; -1: none */
    unsigned share, share_count; /* which of how many shares of the partitions, from 1; 0: the whole */
    unsigned partition_begin, partition_end;
    int64_t as_of_ms;     /* TIME_NEVER: the last event */
    struct moments dates; /* of snapshots.csv, where it is wanted */
    int64_t from_ms, to_ms;
    uint64_t rejects_max;
    double rejects_max_share;       /* negative: rejects_max counts */
    const struct dialect *dialect;  /* NULL: auto */
    uint32_t kinds;                 /* bits of enum bm_kind: what the policies and files need */
    struct policy_set policies;     /* as named */
    const struct policy **in_order; /* sorted by name, as the outputs are */
    const char **names;             /* theirs */
    struct bm_classifier *classifier;
    struct export_request export_request;
};

/* Checks the options, and builds what they name: policies, tables. To be freed whether or not it fails. */
enum bm_code run_plan_make(struct run_plan *plan, const struct bm_run_options *options,
                           struct bm_error *error);
void run_plan_free(struct run_plan *plan);

#endif
