#include "run/timeline.h"
#include "base/base.h"

#include "base/array.h"
#include "run/changes.h"

void timeline_clear(struct timeline *timeline)
{
    timeline->change_count = timeline->snapshot_count = 0;
}

bool timeline_changes_add(struct timeline *timeline, size_t policy, const struct policy_change_list *list)
{
    struct outcome_change *changes = array_room(timeline->changes, &timeline->change_capacity,
                                                timeline->change_count + list->count, sizeof *changes);
    if (!changes)
        return false;
    timeline->changes = changes;
    for (size_t k = 0; k < list->count; k++)
        timeline->changes[timeline->change_count++] =
            (struct outcome_change){list->items[k].time_ms, (uint16_t)policy, list->items[k]};
    return true;
}

bool timeline_snapshots_add(struct timeline *timeline, size_t policy, const struct policy_snapshot_list *list)
{
    struct outcome_snapshot *snapshots =
        array_room(timeline->snapshots, &timeline->snapshot_capacity, timeline->snapshot_count + list->count,
                   sizeof *snapshots);
    if (!snapshots)
        return false;
    timeline->snapshots = snapshots;
    for (size_t k = 0; k < list->count; k++)
        timeline->snapshots[timeline->snapshot_count++] =
            (struct outcome_snapshot){list->items[k].result, list->items[k].date, (uint16_t)policy};
    return true;
}

static bool changes_keep(struct timeline *timeline, struct outcome_store *store, struct outcome_more *more)
{
    if (!timeline->change_count)
        return true;
    struct outcome_change *room = array_room(timeline->change_room, &timeline->change_room_capacity,
                                             timeline->change_count, sizeof *room);
    if (!room)
        return false;
    timeline->change_room = room;
    changes_sort(timeline->changes, timeline->change_count, timeline->change_room);
    struct outcome_change *kept = outcome_store_take(store, timeline->change_count * sizeof *kept);
    if (!kept)
        return false;
    memcpy(kept, timeline->changes, timeline->change_count * sizeof *kept);
    more->changes = kept;
    more->change_count = (uint32_t)timeline->change_count;
    return true;
}

static bool snapshots_keep(struct timeline *timeline, struct outcome_store *store, struct outcome_more *more)
{
    if (!timeline->snapshot_count)
        return true;
    struct outcome_snapshot *kept = outcome_store_take(store, timeline->snapshot_count * sizeof *kept);
    if (!kept)
        return false;
    memcpy(kept, timeline->snapshots, timeline->snapshot_count * sizeof *kept);
    more->snapshots = kept;
    more->snapshot_count = (uint32_t)timeline->snapshot_count;
    return true;
}

bool timeline_keep(struct timeline *timeline, struct outcome_store *store, struct outcome_more *more)
{
    return changes_keep(timeline, store, more) && snapshots_keep(timeline, store, more);
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->changes);
    free(timeline->change_room);
    free(timeline->snapshots);
}
