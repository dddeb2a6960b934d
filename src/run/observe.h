/* One row's fields to an event, and the event to the counts and tallies. */
#ifndef RUN_OBSERVE_H
#define RUN_OBSERVE_H

#include "csv/dialect.h"
#include "event/time.h"
#include "tally/counts.h"
#include "tally/named_counts.h"
#include "tally/shards.h"

/* Events are counted and tallied in groups, so that the cache misses of a group overlap. */
#define OBSERVE_GROUP 32
#define OBSERVE_STEP  8 /* events between one fetch and the one that it leads to */

/* An event on its way to the counts and tallies. Its texts stand where they were read. */
struct observed_event {
    struct event event;
    uint64_t domain_hash, campaign_hash, address_hash;
    struct tally_event tally;
    unsigned rule;     /* of a bounce */
    bool text_matched; /* of a bounce: a phrase did */
    struct span label; /* of a bounce: what the source system called it; may be empty */
    bool wanted;       /* to be tallied */
    char address[BM_ADDRESS_BYTES_MAX + NAMED_PAD_BYTES]; /* normalised, where it is not as in the text */
};

/* Where rows may be dropped half-way, to measure what the way up to there costs (src/bench). */
enum row_cut {
    CUT_NOWHERE,
    CUT_INDEX,    /* behind the finding of rows and fields */
    CUT_HASHES,   /* behind the hashes of the event; bounces are not classified */
    CUT_CLASSIFY, /* behind these and the classification */
    CUT_COUNTS    /* behind the reports' counts: nothing is tallied */
};

/* What one worker needs; the pointers are borrowed. */
struct observer {
    const struct bm_classifier *classifier;
    struct bm_classify_memo *memo;
    struct counts *counts;
    struct shard_batch *batch;
    bool limited;           /* to times, or to one address: */
    struct span only;       /* events of others are left out; empty: of none */
    int64_t from_ms, to_ms; /* events before the one, or not before the other, are left out */
    int64_t last_ms;        /* where limited: of any event within the times */
    enum row_cut cut;
    uint32_t kinds;  /* bits of enum bm_kind that the policies look at */
    bool reads_text; /* the classifier does; else no text is "unmatched" */
    struct time_memo time_memo;
    unsigned waiting;             /* of group */
    unsigned fetched;             /* of them: what their table slots lead to is on its way */
    unsigned days_fetched;        /* and what that leads to */
    struct observed_event *group; /* OBSERVE_GROUP of them */
};

enum observed {
    OBSERVED_TALLIED,
    OBSERVED_IGNORED,
    OBSERVED_OUTSIDE,  /* of the times that are wanted: neither counted nor tallied */
    OBSERVED_REJECTED, /* *reject says why */
    OBSERVED_MEMORY    /* memory is out */
};

/* Whether an event's late fields are needed: it will be classified or tallied. */
static inline bool observe_wants(const struct observer *observer, enum bm_kind kind)
{
    return (observer->kinds | 1u << BM_BOUNCE) >> kind & 1;
}

/* Takes an event's row in: its kind is set, and its early fields; the late ones where observe_wants says so.
 * The texts must stay where they are until observe_flush. */
enum observed observe_event(struct observer *observer, const struct columns *columns, const struct row *row,
                            enum reject *reject);

/* Counts and tallies the events that wait. False when memory is out. */
bool observe_flush(struct observer *observer);

#endif
