/* Queues of times that share one array: what was counted within a window, for any number of counters. An
 * array with an element for each event is enough for all of them. */
#ifndef POLICY_RECENT_H
#define POLICY_RECENT_H

#include "policy/machine.h"

struct recent_entry {
    int64_t time_ms;
    uint32_t next; /* the entry after it, from 1; 0: it is the last */
};

struct recent_pool {
    struct recent_entry *entries; /* NULL: not needed yet */
    uint32_t used;
    struct recent_entry few[FEW_CAMPAIGNS];
};

struct recent {
    uint32_t head, tail; /* entries, from 1 */
    uint32_t count;
};

/* Drops what is older than the window: a time exactly window_ms ago is still within. */
static inline void recent_expire(const struct recent_pool *pool, struct recent *recent, int64_t now_ms,
                                 int64_t window_ms)
{
    while (recent->count && now_ms - pool->entries[recent->head - 1].time_ms > window_ms) {
        recent->head = pool->entries[recent->head - 1].next;
        recent->count--;
    }
}

static inline void recent_add(struct replay *replay, struct recent_pool *pool, struct recent *recent,
                              int64_t now_ms)
{
    if (!pool->entries)
        pool->entries = replay->input->count > FEW_CAMPAIGNS ? replay_memory(replay) : pool->few;
    ASSERT(pool->used < replay->input->count);
    pool->entries[pool->used++] = (struct recent_entry){.time_ms = now_ms};
    if (recent->count++)
        pool->entries[recent->tail - 1].next = pool->used;
    else
        recent->head = pool->used;
    recent->tail = pool->used;
}

#endif
