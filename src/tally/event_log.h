/* A shard's events in order of arrival, each with the number of its address, packed into blocks. */
#ifndef TALLY_EVENT_LOG_H
#define TALLY_EVENT_LOG_H

#include "tally/blocks.h"
#include "tally/tally_event.h"

#include <stdatomic.h>

/* Campaign keys that events of all shards share, found again by their place: few campaigns make most events,
 * so an event holds two bytes instead of eight. Any number of threads may ask at once, without a lock: a key,
 * once in its place, stays. */
#define CAMPAIGN_PLACES 32768u

struct campaign_places {
    _Atomic uint64_t keys[CAMPAIGN_PLACES]; /* 0: free */
};

/* Zero-initialise. */
struct event_log {
    struct block_list blocks;
    uint32_t used;  /* bytes of the last block */
    uint64_t count; /* events */
};

#define EVENT_LOG_NUMBERS (UINT32_C(1) << 31) /* numbers are below this */

#define EVENT_LOG_NUMBER_NONE UINT32_MAX

/* False when memory is out. */
bool event_log_add(struct event_log *log, struct block_pool *pool, struct campaign_places *places,
                   uint32_t number, const struct tally_event *event);

/* Adds the events of another log's block, of which `used` bytes are in use: numbers[k] is the new number of
 * what has k there; events of EVENT_LOG_NUMBER_NONE are left out. Both logs have the same campaign places.
 * False when memory is out. */
bool event_log_append(struct event_log *log, struct block_pool *pool, const char *block, size_t used,
                      const uint32_t *numbers);

/* Groups the events by number: ends[k] becomes the index behind the last event of number k. `events` has room
 * for log->count, `ends` for `numbers` entries. */
void event_log_group(const struct event_log *log, const struct campaign_places *places,
                     struct tally_event *events, uint64_t *ends, uint32_t numbers);

/* Gives the blocks back and empties the log. */
void event_log_clear(struct event_log *log, struct block_pool *pool);

#endif
