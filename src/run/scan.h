/* The first half: archives to tallies and counts, by all workers. */
#ifndef RUN_SCAN_H
#define RUN_SCAN_H

#include "run/inputs.h"
#include "run/unit.h"

struct scan_options {
    const struct bm_classifier *classifier;
    const struct dialect *dialect; /* NULL: auto */
    uint32_t kinds;                /* bits of enum bm_kind to tally */
    bool uncounted;                /* nobody asks for a report: counts_row, and nothing else of the counts */
    enum row_cut cut;
    bool limited;           /* to times, or to one address: */
    struct span only;       /* events of others are left out; empty: of none */
    int64_t from_ms, to_ms; /* events before the one, or not before the other, are left out */
    unsigned threads;
    enum simd simd;
    bool keep_going;
    size_t run_bytes; /* of a run at least; 0: as input_plan thinks best */
    struct run_text_sizes sizes;
    double round_seconds;     /* after so many no further archive is begun; 0: all are read */
    size_t memory_bytes;      /* for the tallies; beyond, they are spilled */
    struct spill_file *spill; /* NULL: they are kept in memory */
    const volatile int *stop;
    void (*progress)(void *argument, const struct bm_progress *progress);
    void *progress_argument;
};

struct scan_result {
    struct shards *shards;
    struct counts *counts;
    bool more;       /* archives are left to be read, by another scan */
    int64_t last_ms; /* where limited: of any event within the times, also of other addresses; 0: none */
};

/* Reads every archive that is wanted, or those that a round has time for. Accounting and samples go to
 * `inputs`. With keep_going, corrupt archives are left out wholly, and BM_OK is returned. The result is the
 * caller's (scan_result_free). */
enum bm_code scan(struct inputs *inputs, const struct scan_options *options, struct scan_result *result,
                  struct bm_error *error);
void scan_result_free(struct scan_result *result);

#endif
