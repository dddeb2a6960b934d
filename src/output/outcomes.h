/* What the policies made of every address, and the files that list it: suppression.csv, status.csv,
 * history.csv. */
#ifndef OUTPUT_OUTCOMES_H
#define OUTPUT_OUTCOMES_H

#include "output/folder.h"
#include "output/output.h"
#include "policy/policy.h"
#include "policy/segment.h"
#include "tally/shards.h"

/* One status change; an address's stand in order of time, then policy, then as they happened. */
struct outcome_change {
    int64_t time_ms;
    uint16_t policy; /* index into the policies in output order */
    struct policy_change change;
};

/* A policy's result at a date and at those after it up to the policy's next snapshot. */
struct outcome_snapshot {
    struct policy_result result;
    uint32_t date; /* index into the dates */
    uint16_t policy;
};

#define MARKETO_BLOCKED 1 /* categories */
#define MARKETO_INVALID 2

/* A bounce as an interesting moment. */
struct outcome_moment {
    int64_t time_ms;
    uint64_t campaign; /* its key */
    uint8_t category, reason;
};

/* For the files of output/people.h. */
struct outcome_more {
    struct segmented segmented;
    const struct outcome_moment *moments; /* by time; none but where they are wanted */
    uint32_t moment_count;
    /* Of the bounce that made the address Invalid, where a policy has made it so. */
    enhanced_code invalid_enhanced;
    uint16_t invalid_smtp_code;
    uint8_t invalid_reason;
};

/* An address with a bounce, unsubscribe, complaint, delete or resubscribe. */
struct outcome {
    const struct address_record *address;
    const struct outcome_change *changes;
    const struct outcome_snapshot *snapshots; /* by policy, then date; none but where dates were asked for */
    const struct outcome_more *more;          /* NULL: not asked for */
    uint32_t change_count, snapshot_count;
    enhanced_code last_enhanced;
    int64_t first_bounce_ms; /* TIME_NEVER: no bounce */
    int64_t last_bounce_ms;
    uint16_t last_smtp_code;
    uint8_t last_reason;
    struct policy_result results[]; /* by policy in output order */
};

/* A sort key and its outcome. */
struct outcome_ref {
    uint64_t prefix; /* span_word of the address */
    const struct outcome *outcome;
};

/* Sorts by address bytes, on all threads. */
enum bm_code outcomes_sort(struct outcome_ref *refs, size_t count, unsigned threads, const volatile int *stop,
                           struct bm_error *error);

struct outcome_list {
    const struct outcome_ref *refs; /* sorted */
    size_t count;
    const char *const *policies; /* names, sorted */
    size_t policy_count;
};

/* Writes those of the three files that `outputs` (bits of enum output) asks for. Adds up reports[policy]. */
enum bm_code output_outcomes(struct folder *folder, const struct outcome_list *list, uint32_t outputs,
                             unsigned threads, struct policy_report *reports, struct bm_error *error);

#endif
