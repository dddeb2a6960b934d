/* One address over time, under all policies: its status changes, and its states at the dates asked for. */
#ifndef RUN_TIMELINE_H
#define RUN_TIMELINE_H

#include "run/outcome_store.h"

/* Gathered policy by policy. Zero-initialise; the memory is kept from address to address. */
struct timeline {
    struct outcome_change *changes;
    size_t change_count, change_capacity;
    struct outcome_change *change_room; /* to sort them in */
    size_t change_room_capacity;
    struct outcome_snapshot *snapshots;
    size_t snapshot_count, snapshot_capacity;
};

/* Starts on an address. */
void timeline_clear(struct timeline *timeline);

/* Adds what a policy's replay gave; the policies come in output order. False when memory is out. */
bool timeline_changes_add(struct timeline *timeline, size_t policy, const struct policy_change_list *list);
bool timeline_snapshots_add(struct timeline *timeline, size_t policy,
                            const struct policy_snapshot_list *list);

/* Keeps what was gathered with the address's outcome, whose store it is. False when memory is out. */
bool timeline_keep(struct timeline *timeline, struct outcome_store *store, struct outcome_more *more);
void timeline_free(struct timeline *timeline);

#endif
