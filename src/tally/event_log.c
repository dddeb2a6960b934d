/* An entry is 16 bytes for most events, 22 for bounces (struct tally_event and a number are 28):
 *
 *   bytes 0 to 3    number; the top bit: what a bounce has follows
 *         4 to 7    detail
 *         8 to 13   the upper 46 bits of `when`: time and kind
 *        14 to 15   the campaign key's place plus one; 0: no key; PLACE_NONE: the key follows
 *        then       48 bits: the lower 18 of `when` (class, reason, reply code), enhanced code
 *        then       the campaign key, 64 bits
 *
 * Memory is what this saves: first touch of a page costs more than packing, most of all on virtual machines,
 * and tallies are most of a run's memory. Entries are written and read by words that may reach over their
 * end. */
#include "tally/event_log.h"
#include "base/base.h"

#include "base/little_endian.h"

#define ENTRY_BYTES    16u
#define BOUNCE_BYTES   6u
#define KEY_BYTES      8u
#define ENTRY_ROOM     (ENTRY_BYTES + BOUNCE_BYTES + KEY_BYTES)
#define BLOCK_END      (BLOCK_BYTES - sizeof(uint64_t)) /* where a full block says how much of it is used */
#define NUMBER_BOUNCE  EVENT_LOG_NUMBERS
#define WHEN_LOW_BITS  18
#define WHEN_LOW       ((UINT64_C(1) << WHEN_LOW_BITS) - 1)
#define HALF_WORD_BITS 48
#define HALF_WORD      ((UINT64_C(1) << HALF_WORD_BITS) - 1)
#define PLACE_NONE     UINT16_MAX
#define PLACE_PROBES   8u
#define PLACE_SHIFT    49 /* a place from a key's top bits */

static_assert(CAMPAIGN_PLACES == 1u << (64 - PLACE_SHIFT), "the top bits are a place");
static_assert(CAMPAIGN_PLACES < PLACE_NONE, "places plus one fit 16 bits");

/* The key's place plus one, 0 for no key, PLACE_NONE where its places are taken. */
static unsigned place_of(struct campaign_places *places, uint64_t key)
{
    if (!key)
        return 0;
    unsigned at = (unsigned)(key >> PLACE_SHIFT);
    for (unsigned probe = 0; probe < PLACE_PROBES; probe++, at = (at + 1) % CAMPAIGN_PLACES) {
        uint64_t there = atomic_load_explicit(&places->keys[at], memory_order_relaxed);
        if (there == key)
            return at + 1;
        if (!there && (atomic_compare_exchange_strong(&places->keys[at], &there, key) || there == key))
            return at + 1;
    }
    return PLACE_NONE;
}

/* Where the next entry goes; NULL when memory is out. */
static inline char *entry_room(struct event_log *log, struct block_pool *pool)
{
    if (!log->blocks.count || log->used + ENTRY_ROOM > BLOCK_END) {
        if (log->blocks.count) /* where the entries of the block before end */
            u64_store(log->blocks.blocks[log->blocks.count - 1] + BLOCK_END, log->used);
        if (!block_list_grow(&log->blocks, pool))
            return NULL;
        log->used = 0;
    }
    return log->blocks.blocks[log->blocks.count - 1] + log->used;
}

bool event_log_add(struct event_log *log, struct block_pool *pool, struct campaign_places *places,
                   uint32_t number, const struct tally_event *event)
{
    char *at = entry_room(log, pool);
    if (!at)
        return false;
    ASSERT(number < EVENT_LOG_NUMBERS);
    uint64_t bounce = (event->when & WHEN_LOW) | (uint64_t)event->enhanced << WHEN_LOW_BITS;
    unsigned place = place_of(places, event->campaign);
    u64_store(at, (uint64_t)event->detail << 32 | (bounce ? NUMBER_BOUNCE : 0) | number);
    u64_store(at + 8, (uint64_t)place << HALF_WORD_BITS | event->when >> WHEN_LOW_BITS);
    unsigned bytes = ENTRY_BYTES;
    u64_store(at + bytes, bounce);
    bytes += bounce ? BOUNCE_BYTES : 0;
    if (UNLIKELY(place == PLACE_NONE)) {
        u64_store(at + bytes, event->campaign);
        bytes += KEY_BYTES;
    }
    log->used += bytes;
    log->count++;
    return true;
}

/* Whether an entry is a bounce's, by its first word: 0 or 1, to be reckoned with, since no branch on it can
 * be foretold. */
static inline unsigned bounce_bit(uint64_t first)
{
    return (unsigned)(first / NUMBER_BOUNCE) & 1;
}

/* Reads an entry; returns where the next one starts. */
static inline const char *entry_read(const char *at, const struct campaign_places *places, uint32_t *number,
                                     struct tally_event *event)
{
    uint64_t first = u64_load(at), second = u64_load(at + 8);
    unsigned place = (unsigned)(second >> HALF_WORD_BITS), is_bounce = bounce_bit(first);
    uint64_t bounce = u64_load(at + ENTRY_BYTES) & HALF_WORD & -(uint64_t)is_bounce;
    at += ENTRY_BYTES + is_bounce * BOUNCE_BYTES;
    *number = (uint32_t)(first & (NUMBER_BOUNCE - 1));
    event->when = (second & HALF_WORD) << WHEN_LOW_BITS | (bounce & WHEN_LOW);
    event->enhanced = (uint32_t)(bounce >> WHEN_LOW_BITS);
    event->detail = (uint32_t)(first >> 32);
    event->campaign = 0;
    if (UNLIKELY(place == PLACE_NONE)) {
        event->campaign = u64_load(at);
        at += KEY_BYTES;
    } else if (place) {
        event->campaign = atomic_load_explicit(&places->keys[place - 1], memory_order_relaxed);
    }
    return at;
}

static inline size_t entry_bytes(const char *at)
{
    return ENTRY_BYTES + (size_t)bounce_bit(u64_load(at)) * BOUNCE_BYTES +
           (u64_load(at + 8) >> HALF_WORD_BITS == PLACE_NONE ? KEY_BYTES : 0);
}

bool event_log_append(struct event_log *log, struct block_pool *pool, const char *block, size_t used,
                      const uint32_t *numbers)
{
    if (used == BLOCK_BYTES) /* a full block says itself */
        used = (size_t)u64_load(block + BLOCK_END);
    for (const char *at = block; at < block + used;) {
        uint64_t first = u64_load(at);
        size_t bytes = entry_bytes(at);
        uint32_t number = numbers[first & (NUMBER_BOUNCE - 1)];
        if (number != EVENT_LOG_NUMBER_NONE) {
            char *to = entry_room(log, pool);
            if (!to)
                return false;
            memcpy(to, at, ENTRY_ROOM);
            u64_store(to, (first & ~(uint64_t)(NUMBER_BOUNCE - 1)) | number);
            log->used += (uint32_t)bytes;
            log->count++;
        }
        at += bytes;
    }
    return true;
}

static size_t block_used(const struct event_log *log, uint32_t block)
{
    if (block + 1 == log->blocks.count)
        return log->used;
    return (size_t)u64_load(log->blocks.blocks[block] + BLOCK_END);
}

/* Counting sort: ends first become counts, then starts, and are ends again when the events stand. */
void event_log_group(const struct event_log *log, const struct campaign_places *places,
                     struct tally_event *events, uint64_t *ends, uint32_t numbers)
{
    memset(ends, 0, numbers * sizeof *ends);
    for (uint32_t k = 0; k < log->blocks.count; k++) {
        const char *at = log->blocks.blocks[k], *end = at + block_used(log, k);
        while (at < end) {
            uint64_t first = u64_load(at);
            ends[first & (NUMBER_BOUNCE - 1)]++;
            at += entry_bytes(at);
        }
    }
    uint64_t start = 0;
    for (uint32_t k = 0; k < numbers; k++) {
        uint64_t count = ends[k];
        ends[k] = start;
        start += count;
    }
    for (uint32_t k = 0; k < log->blocks.count; k++) {
        const char *at = log->blocks.blocks[k], *end = at + block_used(log, k);
        while (at < end) {
            uint32_t number;
            struct tally_event event;
            at = entry_read(at, places, &number, &event);
            events[ends[number]++] = event;
        }
    }
}

void event_log_clear(struct event_log *log, struct block_pool *pool)
{
    block_list_drop(&log->blocks, pool);
    *log = (struct event_log){0};
}
