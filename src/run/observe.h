/* One row's fields to an event, and the event to the counts and tallies. */
#ifndef RUN_OBSERVE_H
#define RUN_OBSERVE_H

#include "csv/dialect.h"
#include "event/time.h"
#include "tally/counts.h"
#include "tally/shards.h"

/* What one worker needs; the pointers are borrowed. */
struct observer {
    const struct bm_classifier *classifier;
    struct counts *counts;
    struct shard_batch *batch;
    uint32_t kinds; /* bits of enum bm_kind that the policies look at */
    struct time_memo time_memo;
    char address[BM_ADDRESS_BYTES_MAX];
};

enum observed {
    OBSERVED_TALLIED,
    OBSERVED_IGNORED,
    OBSERVED_REJECTED, /* *reject says why */
    OBSERVED_MEMORY    /* memory is out */
};

/* Whether an event's late fields are needed: it will be classified or tallied. */
static inline bool observe_wants(const struct observer *observer, enum bm_kind kind)
{
    return (observer->kinds | 1u << BM_BOUNCE) >> kind & 1;
}

/* Takes an event's row in: its kind is set, and its early fields; the late ones where observe_wants says so. */
enum observed observe_event(struct observer *observer, const struct columns *columns, const struct row *row,
                            enum reject *reject);

#endif
