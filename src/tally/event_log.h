/* A shard's events in order of arrival, each with the number of its address, packed into blocks. */
#ifndef TALLY_EVENT_LOG_H
#define TALLY_EVENT_LOG_H

#include "tally/blocks.h"
#include "tally/tally_event.h"

#include <stdatomic.h>

/* What the events of all shards share, found again by a place in a table: few campaigns, few verdicts of the
 * classifier and few spans of time make most events, so that an event holds two bytes for eight of a campaign
 * key, two for six of a verdict, and half a byte for ten bits of a time. Any number of threads may ask at
 * once, without a lock: what is in its place stays. Zero-initialise. */
#define EVENT_PLACES 32768u
#define EVENT_EPOCHS 15u

struct event_places {
    _Atomic uint64_t campaigns[EVENT_PLACES]; /* 0: free; so in all of them */
    _Atomic uint64_t verdicts[EVENT_PLACES];
    _Atomic uint64_t epochs[EVENT_EPOCHS];
};

/* Zero-initialise. */
struct event_log {
    struct block_list blocks;
    uint32_t used;  /* bytes of the last block */
    uint64_t count; /* events */
};

/* Numbers are those of address records. */
#define EVENT_LOG_NUMBER_NONE UINT32_MAX

/* False when memory is out. */
bool event_log_add(struct event_log *log, struct block_pool *pool, struct event_places *places,
                   uint32_t number, const struct tally_event *event);

/* Adds the events of another log's block, of which `used` bytes are in use: numbers[k] is the new number of
 * what has k there; events of EVENT_LOG_NUMBER_NONE are left out. Both logs have the same places.
 * False when memory is out. */
bool event_log_append(struct event_log *log, struct block_pool *pool, const char *block, size_t used,
                      const uint32_t *numbers);

/* Groups the events by number: ends[k] becomes the index behind the last event of number k. `events` has room
 * for log->count, `ends` for `numbers` entries. */
void event_log_group(const struct event_log *log, const struct event_places *places,
                     struct tally_event *events, uint64_t *ends, uint32_t numbers);

/* Gives the blocks back and empties the log. */
void event_log_clear(struct event_log *log, struct block_pool *pool);

#endif
