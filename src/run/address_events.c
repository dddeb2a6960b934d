#include "run/address_events.h"
#include "base/base.h"

#define INSERTION_MAX 32u

static int event_order(const void *a, const void *b)
{
    return tally_event_compare(a, b);
}

/* Runs arrive nearly in order, and most are short. */
static void events_sort(struct tally_event *events, size_t count)
{
    if (count > INSERTION_MAX) {
        bool sorted = true;
        for (size_t k = 1; k < count && sorted; k++)
            sorted = tally_event_compare(&events[k - 1], &events[k]) <= 0;
        if (!sorted)
            qsort(events, count, sizeof *events, event_order);
        return;
    }
    for (size_t k = 1; k < count; k++) {
        struct tally_event event = events[k];
        size_t at = k;
        for (; at > 0 && tally_event_compare(&event, &events[at - 1]) < 0; at--)
            events[at] = events[at - 1];
        events[at] = event;
    }
}

static size_t duplicates_drop(struct tally_event *events, size_t count)
{
    size_t kept = count ? 1 : 0;
    for (size_t k = 1; k < count; k++)
        if (tally_event_compare(&events[k], &events[kept - 1]) != 0)
            events[kept++] = events[k];
    return kept;
}

size_t tally_events_order(struct tally_event *events, size_t count)
{
    events_sort(events, count);
    return duplicates_drop(events, count);
}
