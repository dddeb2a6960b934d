/* One address's events to its outcome: what the policies make of them, and what else the outputs need. */
#ifndef RUN_ADDRESS_REPLAY_H
#define RUN_ADDRESS_REPLAY_H

#include "run/merge_options.h"
#include "run/outcome_store.h"
#include "run/timeline.h"
#include "tally/domain_hours.h"

/* What one worker's replays leave. */
struct replay_result {
    struct outcome_store store;
    struct segment_counts segments;
    struct domain_hours domain_hours; /* failures that time may mend */
    struct policy_report *left_out;   /* by policy: outcomes that are not kept; NULL: all are */
};

/* A worker's tools, kept from address to address. */
struct address_replayer {
    const struct merge_options *options;
    struct replay_result *result;
    struct policy_scratch scratch;
    struct timeline timeline;
    struct policy_event *events; /* of the address, up to as_of */
    size_t event_capacity;
};

/* `result` must be ready to take outcomes, and outlives the tools. */
void address_replayer_init(struct address_replayer *replayer, const struct merge_options *options,
                           struct replay_result *result);
void address_replayer_free(struct address_replayer *replayer);

/* Replays an address, whose events are sorted and without duplicates, and keeps its outcome. `record` is NULL
 * when the address stands where it will not stay. */
enum bm_code address_replay(struct address_replayer *replayer, const struct tally_run *run,
                            const struct address_record *record, struct bm_error *error);

#endif
