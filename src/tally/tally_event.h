/* One event of an address as the tallies keep it: 24 bytes that sort in the order of replay.
 *
 * `when` holds, from the top: time (42 bits of milliseconds), kind, class, reason, reply code. Comparing
 * `when`, then campaign, then the rest is the order of time, kind rank, class rank and reason that the
 * policies ask for. What comes behind in their order (campaign, message id, codes, text) cannot change a
 * result, so those are ordered and compared by hash: the 64-bit campaign key, and a 32-bit hash of message
 * id, given codes and diagnostic that tells an exact duplicate from a second event of the same instant, kind,
 * reason and campaign. */
#ifndef TALLY_TALLY_EVENT_H
#define TALLY_TALLY_EVENT_H

#include "event/event.h"

struct tally_event {
    uint64_t when;
    uint64_t campaign;
    uint32_t enhanced;
    uint32_t detail;
};

#define TALLY_TIME_BITS     42
#define TALLY_TIME_SHIFT    22
#define TALLY_KIND_SHIFT    18
#define TALLY_TIME_LIMIT_MS (UINT64_C(1) << TALLY_TIME_BITS) /* behind the last time */

#define SMTP_CODE_FIRST 200 /* reply codes are kept as code - 199, so that 0 is none and 9 bits hold them */
#define SMTP_CODE_LAST  699

static inline uint64_t tally_when(int64_t time_ms, unsigned kind, unsigned class_, unsigned reason,
                                  unsigned smtp_code)
{
    unsigned smtp =
        smtp_code >= SMTP_CODE_FIRST && smtp_code <= SMTP_CODE_LAST ? smtp_code - SMTP_CODE_FIRST + 1 : 0;
    return (uint64_t)time_ms << TALLY_TIME_SHIFT | (uint64_t)kind << TALLY_KIND_SHIFT |
           (uint64_t)class_ << 15 | (uint64_t)reason << 9 | smtp;
}

/* The campaign key of a campaign by the hash of its name: never 0, and odd; those of message ids are even. */
static inline uint64_t tally_campaign_key(uint64_t hash)
{
    return hash | 1;
}

static inline int64_t tally_time_ms(const struct tally_event *event)
{
    return (int64_t)(event->when >> TALLY_TIME_SHIFT);
}

static inline unsigned tally_kind(const struct tally_event *event)
{
    return event->when >> TALLY_KIND_SHIFT & 15;
}

static inline unsigned tally_class(const struct tally_event *event)
{
    return event->when >> 15 & 7;
}

static inline unsigned tally_reason(const struct tally_event *event)
{
    return event->when >> 9 & 63;
}

static inline unsigned tally_smtp_code(const struct tally_event *event)
{
    unsigned smtp = event->when & 511;
    return smtp ? smtp + SMTP_CODE_FIRST - 1 : 0;
}

/* -1, 0, 1 in the order of replay; 0 only for exact duplicates. */
static inline int tally_event_compare(const struct tally_event *a, const struct tally_event *b)
{
    if (a->when != b->when)
        return a->when < b->when ? -1 : 1;
    if (a->campaign != b->campaign)
        return a->campaign < b->campaign ? -1 : 1;
    if (a->enhanced != b->enhanced)
        return a->enhanced < b->enhanced ? -1 : 1;
    return (a->detail > b->detail) - (a->detail < b->detail);
}

#endif
