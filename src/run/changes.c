/* Most addresses have a handful of changes, which insertion sorts best. One with a million of them, which a
 * hostile archive can have, takes a merge sort from the bottom up over stretches sorted so. The changes of
 * each policy come in order, so stretches that are in order already are left alone. */
#include "run/changes.h"
#include "base/base.h"

#define STRETCH_CHANGES 32

static bool change_before(const struct outcome_change *a, const struct outcome_change *b)
{
    return a->time_ms != b->time_ms ? a->time_ms < b->time_ms : a->policy < b->policy;
}

static void stretch_sort(struct outcome_change *changes, size_t count)
{
    for (size_t k = 1; k < count; k++) {
        struct outcome_change change = changes[k];
        size_t at = k;
        for (; at > 0 && change_before(&change, &changes[at - 1]); at--)
            changes[at] = changes[at - 1];
        changes[at] = change;
    }
}

/* Merges the first `left` with those behind them. */
static void halves_merge(struct outcome_change *changes, size_t left, size_t count,
                         struct outcome_change *room)
{
    if (!change_before(&changes[left], &changes[left - 1]))
        return;
    memcpy(room, changes, left * sizeof *room);
    size_t from = 0, right = left, to = 0;
    while (from < left)
        if (right < count && change_before(&changes[right], &room[from]))
            changes[to++] = changes[right++];
        else
            changes[to++] = room[from++];
}

void changes_sort(struct outcome_change *changes, size_t count, struct outcome_change *room)
{
    for (size_t at = 0; at < count; at += STRETCH_CHANGES)
        stretch_sort(changes + at, count - at < STRETCH_CHANGES ? count - at : STRETCH_CHANGES);
    for (size_t width = STRETCH_CHANGES; width < count; width *= 2)
        for (size_t at = 0; count - at > width; at += 2 * width) {
            size_t both = count - at < 2 * width ? count - at : 2 * width;
            halves_merge(changes + at, width, both, room);
            if (both < 2 * width)
                break;
        }
}
