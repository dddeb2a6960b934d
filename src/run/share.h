/* A share of a merge: the addresses of some partitions, and what has to be known of all shares to add them
 * up. */
#ifndef RUN_SHARE_H
#define RUN_SHARE_H

#include "run/job.h"

#define SHARE_FILE "share.tally" /* in the output folder of a share */

struct share {
    struct span common; /* the same bytes in all shares of a whole */
    unsigned share, share_count;
    uint32_t outputs, kinds;
    int64_t as_of_ms;
    uint64_t differences_max;
    uint64_t duplicates_before; /* dropped when the tally files were made */
    uint64_t expired;           /* as well */
    const char *policies;
    const char **as_of_given;
    size_t as_of_count;
    const char **settings;
    size_t setting_count;
    uint64_t addresses, events, duplicates;
    struct policy_report *policy_reports;
    size_t policy_count;
    struct policy_pair *pairs;
    size_t pair_count;
    struct segment_counts segments;
    struct domain_hours failures; /* names point into `memory` */
    struct arena memory;
};

/* Writes the share's file into the folder of a run with a share. */
enum bm_code share_save(struct run *run, struct bm_error *error);

/* Reads it out of a tally file. share_free afterwards, also on failure. */
enum bm_code share_read(struct share *share, const struct tally_file *file, struct bm_error *error);
void share_free(struct share *share);

#endif
