/* One address's events, from the form of the tallies to that of the policies. */
#ifndef RUN_ADDRESS_EVENTS_H
#define RUN_ADDRESS_EVENTS_H

#include "policy/policy.h"
#include "tally/event_run.h"

/* Sorts in the order of replay and drops exact duplicates. Returns how many are left. */
static inline size_t tally_events_order(struct tally_event *events, size_t count)
{
    events_sort(events, count);
    return events_unique(events, count);
}

static inline struct policy_event policy_event_of(const struct tally_event *event)
{
    return (struct policy_event){.time_ms = tally_time_ms(event),
                                 .campaign = event->campaign,
                                 .kind = (uint8_t)tally_kind(event),
                                 .class_ = (uint8_t)tally_class(event),
                                 .reason = (uint8_t)tally_reason(event)};
}

#endif
