/* What the policies made of every address, and the files that list it: suppression.csv, status.csv,
 * history.csv. */
#ifndef OUTPUT_OUTCOMES_H
#define OUTPUT_OUTCOMES_H

#include "base/base.h"
#include "output/folder.h"
#include "output/output.h"
#include "policy/policy.h"
#include "policy/segment.h"
#include "tally/address_record.h"

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

/* What most jobs do not ask for: apart, so that an outcome is a cache line. */
struct outcome_more {
    const struct outcome_change *changes;
    const struct outcome_snapshot *snapshots; /* by policy, then date; none but where dates were asked for */
    const struct outcome_moment *moments;     /* by time; none but where they are wanted */
    uint32_t change_count, snapshot_count, moment_count;
    struct segmented segmented;
    /* Of the bounce that made the address Invalid, where a policy has made it so. */
    enhanced_code invalid_enhanced;
    uint16_t invalid_smtp_code;
    uint8_t invalid_reason;
};

/* An address with a bounce, unsubscribe, complaint, delete or resubscribe. */
struct outcome {
    const struct address_record *address;
    const struct outcome_more *more; /* NULL: nothing of it was asked for */
    int64_t first_bounce_ms;         /* TIME_NEVER: no bounce */
    int64_t last_bounce_ms;
    enhanced_code last_enhanced;
    uint16_t last_smtp_code;
    uint8_t last_reason;
    struct policy_result results[]; /* by policy in output order */
};

/* A sort key and its outcome. */
struct outcome_ref {
    uint64_t prefix; /* span_word of the address */
    const struct outcome *outcome;
};

static inline struct span outcome_ref_address(const struct outcome_ref *ref)
{
    return record_address(ref->outcome->address);
}

/* The key is made with the reference, when the address stands in a cache: by the sort it would be a miss. */
static inline struct outcome_ref outcome_ref_make(const struct outcome *outcome)
{
    return (struct outcome_ref){span_word(record_address(outcome->address), 0), outcome};
}

/* Sorts by address bytes, on all threads. The keys are used up. */
enum bm_code outcomes_sort(struct outcome_ref *refs, size_t count, unsigned threads, const volatile int *stop,
                           struct bm_error *error);

/* The same for as many as fit a cache, in `spare` of the same size. */
void outcomes_sort_few(struct outcome_ref *refs, struct outcome_ref *spare, size_t count);

struct outcome_spill;

struct outcome_list {
    const struct outcome_ref *refs; /* sorted; where nothing was spilled */
    struct outcome_spill *spill;    /* NULL: all are in memory */
    size_t count;
    const char *const *policies; /* names, sorted */
    size_t policy_count;
};

#define OUTCOME_STRETCH 8192u /* addresses, in memory: the text of their rows stays in a cache */
#define OUTCOMES_AHEAD  16u   /* addresses */

/* Some of a list's outcomes in a row, on their way into a file. Zero-initialise; one for each thread. */
struct outcome_stretch {
    const struct outcome_ref *refs; /* sorted */
    size_t count;
    size_t number_after;          /* the stretch's number plus one; 0: none */
    struct outcome_ref *own_refs; /* of what was spilled, and as much room to sort them in */
    char *bytes;
    size_t refs_room, bytes_room;
};

size_t outcome_stretches(const struct outcome_list *list);

/* Makes a stretch of the list that there is, reading it where it was spilled. False when that fails: what was
 * then made of it does not count, and the spill says why. */
bool outcome_stretch_at(const struct outcome_list *list, size_t number, struct outcome_stretch *stretch);
void outcome_stretch_free(struct outcome_stretch *stretch);

/* Starts to fetch what comes behind the k-th outcome: sorted addresses stand all over the memory. */
static inline void outcome_fetch(const struct outcome_stretch *stretch, size_t k)
{
    if (k + OUTCOMES_AHEAD < stretch->count) {
        const char *outcome = (const char *)stretch->refs[k + OUTCOMES_AHEAD].outcome;
        FETCH(outcome);
        FETCH(outcome + 64);
    }
    if (k + OUTCOMES_AHEAD / 2 < stretch->count)
        FETCH(stretch->refs[k + OUTCOMES_AHEAD / 2].outcome->address);
}

/* Writes those of the three files that `outputs` (bits of enum output) asks for. Adds up reports[policy]. */
enum bm_code output_outcomes(struct folder *folder, const struct outcome_list *list, uint32_t outputs,
                             unsigned threads, struct policy_report *reports, struct bm_error *error);

#endif
