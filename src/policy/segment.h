/* Segments for re-engagement: what to do about an address follows from why its mail fails now, whatever a
 * policy counts. */
#ifndef POLICY_SEGMENT_H
#define POLICY_SEGMENT_H

#include "policy/policy.h"

/* In byte order of their names, which is the order of segments.csv. */
enum segment {
    SEGMENT_BLOCK,        /* refused for the sender's reputation, content or authentication: mend those */
    SEGMENT_HARD,         /* dead: stop mailing */
    SEGMENT_INACTIVE,     /* mailbox disabled or abandoned: reach the person another way */
    SEGMENT_MAILBOX_FULL, /* full, hence little used: win back by other channels */
    SEGMENT_MESSAGE,      /* this message was too large or malformed: mend it */
    SEGMENT_SERVER_SIDE,  /* the receiving system was busy, down or unreachable: patience */
    SEGMENT_UNAVAILABLE,  /* mailbox temporarily unavailable, cause not named: watch */
    SEGMENT_UNKNOWN,      /* nothing usable in the reply */
    SEGMENT_COUNT,
    SEGMENT_NONE =
        SEGMENT_COUNT /* nothing fails: no bounce since the last open, click or opt-in; or opted out */
};

const char *segment_name(enum segment segment);
const char *segment_advice(enum segment segment); /* one sentence */
enum segment segment_of_reason(enum bm_class class_, enum reason reason);

/* How long ago the last bounce was. */
enum recency { RECENCY_WEEK, RECENCY_MONTH, RECENCY_QUARTER, RECENCY_OLDER, RECENCY_COUNT };
const char *recency_name(enum recency recency); /* "0-7d", "8-30d", "31-90d", "over-90d" */
enum recency recency_of(int64_t last_bounce_ms, int64_t as_of_ms);

/* An address's segment. The rest is of its bounces since it last engaged. */
struct segmented {
    int64_t first_bounce_ms, last_bounce_ms;
    int64_t engaged_ms; /* last open or click; TIME_NEVER: none known */
    uint32_t bounces;
    uint8_t segment; /* enum segment */
};

/* Addresses by segment and recency. */
struct segment_counts {
    uint64_t addresses[SEGMENT_COUNT][RECENCY_COUNT];
};

/* What segments need beside bounces: without opens and clicks, who reads would be listed as who does not. */
#define SEGMENT_KINDS (POLICY_KIND(BM_OPEN) | POLICY_KIND(BM_CLICK))

static inline bool segments_known(uint32_t kinds)
{
    return (kinds & SEGMENT_KINDS) == SEGMENT_KINDS;
}

/* The segment of sorted events. A bounce counts while no open, click or opt-in came after it. One hard bounce
 * among them makes the segment hard; otherwise it is that of most of them, of equals the latest. Who opted
 * out, complained or was deleted is in none. Opens and clicks are seen as far as they were kept. */
struct segmented segment_events(const struct policy_event *events, size_t count);

#endif
