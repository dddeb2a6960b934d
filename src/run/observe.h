/* One row's fields to an event, and the event to the counts and tallies. */
#ifndef RUN_OBSERVE_H
#define RUN_OBSERVE_H

#include "csv/dialect.h"
#include "event/time.h"
#include "tally/counts.h"
#include "tally/named_counts.h"
#include "tally/shards.h"

/* Events are counted and tallied in groups, so that the cache misses of a group overlap, and step by step,
 * bounces and others apart: the kind of the next row cannot be foretold, and every branch on it that was
 * wrong costs as much as the hash of a name. (With groups of 16 or 64 a run takes as long.) */
#define OBSERVE_GROUP 32

/* An event on its way to the counts and tallies. Its texts stand where they were read. */
struct observed_event {
    struct event event;
    struct count_hashes hashes;
    struct count_places places;
    uint64_t address_hash;
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
    bool uncounted;         /* counts_row, and nothing else of the counts */
    bool limited;           /* to times, or to one address: */
    struct span only;       /* events of others are left out; empty: of none */
    int64_t from_ms, to_ms; /* events before the one, or not before the other, are left out */
    int64_t last_ms;        /* where limited: of any event within the times */
    enum row_cut cut;
    uint32_t kinds;  /* bits of enum bm_kind that the policies look at */
    bool reads_text; /* the classifier does; else no text is "unmatched" */
    struct time_memo time_memo;
    struct observed_event *group; /* OBSERVE_GROUP of them */
    unsigned waiting;             /* of the group */
    /* Those whose late fields are needed, bounces and others, by their places in the group. */
    unsigned bounce_count, other_count;
    uint8_t bounces[OBSERVE_GROUP], others[OBSERVE_GROUP];
};

enum observed {
    OBSERVED_TAKEN,   /* waits in the group */
    OBSERVED_OUTSIDE, /* of the times that are wanted: neither counted nor tallied */
    OBSERVED_REJECTED /* *reject says why */
};

/* Takes an event's row in: its kind is set, and its early fields. The texts must stay where they are until
 * observe_flush. The group has room for it. */
enum observed observe_early(struct observer *observer, const struct columns *columns, const struct row *row,
                            enum reject *reject);

/* When the group is to be closed, before what is next: fetches what will be counted. */
void observe_expect(const struct observer *observer);

/* Takes the late fields of the event at place `which` of the group, one of bounces or others. Whether it will
 * be tallied. */
bool observe_late(struct observer *observer, const struct row *row, unsigned which);

/* Counts and tallies the events that wait. False when memory is out. */
bool observe_flush(struct observer *observer);

#endif
