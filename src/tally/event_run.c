#include "tally/event_run.h"
#include "base/base.h"

#define INSERTION_MAX 32u

static int event_order(const void *a, const void *b)
{
    return tally_event_compare(a, b);
}

void events_sort(struct tally_event *events, size_t count)
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

size_t events_unique(struct tally_event *events, size_t count)
{
    size_t kept = count ? 1 : 0;
    for (size_t k = 1; k < count; k++)
        if (tally_event_compare(&events[k], &events[kept - 1]) != 0)
            events[kept++] = events[k];
    return kept;
}

size_t events_merge(const struct tally_event *a, size_t a_count, const struct tally_event *b, size_t b_count,
                    struct tally_event *out)
{
    size_t x = 0, y = 0, used = 0;
    while (x < a_count && y < b_count) {
        int order = tally_event_compare(&a[x], &b[y]);
        out[used++] = order <= 0 ? a[x] : b[y];
        x += order <= 0;
        y += order >= 0;
    }
    for (; x < a_count; x++)
        out[used++] = a[x];
    for (; y < b_count; y++)
        out[used++] = b[y];
    return used;
}
