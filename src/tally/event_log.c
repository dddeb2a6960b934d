/* An entry is 14 bytes for most events, 16 for bounces (struct tally_event and a number are 28):
 *
 *   bytes 0 to 2    number
 *         3         kind, below the place of the time's epoch (its bits from the 32nd on)
 *         4 to 7    detail
 *         8 to 11   the lower 32 bits of the time
 *        12 to 13   the campaign key's place plus one; 0: no key; PLACE_NONE: the key follows
 *        14 to 15   of a bounce: the place of its verdict (class, reason, reply code, enhanced code)
 *        then       the campaign key, 64 bits
 *
 * An event that has no place for its epoch or verdict is long: the epoch is EVENT_EPOCHS, the enhanced code
 * stands for the time, and `when` behind byte 14.
 *
 * Memory is what this saves: first touch of a page costs more than packing, most of all on virtual machines,
 * and tallies are most of a run's memory. Entries are written and read by words that may reach over their
 * end. */
#include "tally/event_log.h"
#include "base/base.h"

#include "base/hash_factor.h"
#include "base/little_endian.h"
#include "tally/address_record.h"

#define ENTRY_BYTES   14u
#define BOUNCE_BYTES  2u
#define LONG_BYTES    8u
#define KEY_BYTES     8u
#define ENTRY_ROOM    (ENTRY_BYTES + LONG_BYTES + KEY_BYTES)
#define BLOCK_END     (BLOCK_BYTES - sizeof(uint64_t)) /* where a full block says how much of it is used */
#define NUMBER_MASK   (RECORD_NUMBERS - 1)
#define KIND_SHIFT    24
#define KIND_MASK     15u
#define EPOCH_SHIFT   28
#define VERDICT_SHIFT 48 /* in an entry's second word */

/* The bits of `when` below the kind are a verdict's, with the enhanced code before them; the top bit tells it
 * from none. */
#define WHEN_LOW     ((UINT64_C(1) << TALLY_KIND_SHIFT) - 1)
#define VERDICT_MADE (UINT64_C(1) << 63)

#define PLACE_NONE   UINT16_MAX
#define PLACE_PROBES 8u
#define PLACE_SHIFT  49 /* a place from a hash's top bits */

static_assert(EVENT_PLACES == 1u << (64 - PLACE_SHIFT), "the top bits are a place");
static_assert(EVENT_PLACES < PLACE_NONE, "places plus one fit 16 bits");
static_assert(RECORD_NUMBERS == 1u << KIND_SHIFT, "a number ends where the kind begins");
static_assert(EVENT_EPOCHS == KIND_MASK, "an epoch's place, and none, fit half a byte");

/* The place of a key that is not 0, in a table of `count` from `at` on; PLACE_NONE where others have it. */
static inline unsigned place_find(_Atomic uint64_t *keys, unsigned count, unsigned at, unsigned probes,
                                  uint64_t key)
{
    for (unsigned probe = 0; probe < probes; probe++, at = (at + 1) % count) {
        uint64_t there = atomic_load_explicit(&keys[at], memory_order_relaxed);
        if (there == key)
            return at;
        if (!there && (atomic_compare_exchange_strong(&keys[at], &there, key) || there == key))
            return at;
    }
    return PLACE_NONE;
}

static inline unsigned campaign_place(struct event_places *places, uint64_t key)
{
    if (!key)
        return 0;
    unsigned at =
        place_find(places->campaigns, EVENT_PLACES, (unsigned)(key >> PLACE_SHIFT), PLACE_PROBES, key);
    return at == PLACE_NONE ? PLACE_NONE : at + 1;
}

static inline unsigned verdict_place(struct event_places *places, uint64_t verdict)
{
    uint64_t hash = verdict * HASH_FACTOR;
    return place_find(places->verdicts, EVENT_PLACES, (unsigned)(hash >> PLACE_SHIFT), PLACE_PROBES,
                      verdict | VERDICT_MADE);
}

/* Epochs are kept plus one. */
static inline unsigned epoch_place(struct event_places *places, uint64_t epoch)
{
    return place_find(places->epochs, EVENT_EPOCHS, 0, EVENT_EPOCHS, epoch + 1);
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

bool event_log_add(struct event_log *log, struct block_pool *pool, struct event_places *places,
                   uint32_t number, const struct tally_event *event)
{
    char *at = entry_room(log, pool);
    if (!at)
        return false;
    ASSERT(number < RECORD_NUMBERS);
    unsigned kind = tally_kind(event), bounce = kind == BM_BOUNCE;
    uint64_t time_ms = (uint64_t)tally_time_ms(event);
    uint64_t verdict = (event->when & WHEN_LOW) | (uint64_t)event->enhanced << TALLY_KIND_SHIFT;
    unsigned campaign_at = campaign_place(places, event->campaign);
    unsigned epoch_at = epoch_place(places, time_ms >> 32);
    unsigned verdict_at = verdict_place(places, verdict); /* of any: no branch can foretell a bounce */
    unsigned bytes = ENTRY_BYTES + bounce * BOUNCE_BYTES;
    uint64_t second = (time_ms & UINT32_MAX) | (uint64_t)verdict_at << VERDICT_SHIFT;
    if (UNLIKELY((epoch_at == PLACE_NONE) | (verdict_at == PLACE_NONE) | ((verdict != 0) & !bounce))) {
        epoch_at = EVENT_EPOCHS;
        second = event->enhanced;
        bytes = ENTRY_BYTES + LONG_BYTES;
    }
    u64_store(at, (uint64_t)event->detail << 32 | (uint64_t)epoch_at << EPOCH_SHIFT | kind << KIND_SHIFT |
                      number);
    u64_store(at + 8, second | (uint64_t)campaign_at << 32);
    if (UNLIKELY(epoch_at == EVENT_EPOCHS))
        u64_store(at + ENTRY_BYTES, event->when);
    if (UNLIKELY(campaign_at == PLACE_NONE)) {
        u64_store(at + bytes, event->campaign);
        bytes += KEY_BYTES;
    }
    log->used += bytes;
    log->count++;
    return true;
}

/* An entry without its key; of which kind it is, no branch can foretell. */
static inline unsigned entry_fixed_bytes(uint64_t first)
{
    unsigned bounce = (first >> KIND_SHIFT & KIND_MASK) == BM_BOUNCE;
    bool is_long = (first >> EPOCH_SHIFT & KIND_MASK) == EVENT_EPOCHS;
    return UNLIKELY(is_long) ? ENTRY_BYTES + LONG_BYTES : ENTRY_BYTES + bounce * BOUNCE_BYTES;
}

static inline unsigned entry_campaign(uint64_t second)
{
    return second >> 32 & UINT16_MAX;
}

/* Reads an entry; returns where the next one starts. */
static inline const char *entry_read(const char *at, const struct event_places *places, uint32_t *number,
                                     struct tally_event *event)
{
    uint64_t first = u64_load(at), second = u64_load(at + 8);
    unsigned kind = first >> KIND_SHIFT & KIND_MASK, epoch_at = first >> EPOCH_SHIFT & KIND_MASK;
    unsigned campaign_at = entry_campaign(second);
    *number = first & NUMBER_MASK;
    event->detail = (uint32_t)(first >> 32);
    if (UNLIKELY(epoch_at == EVENT_EPOCHS)) {
        event->when = u64_load(at + ENTRY_BYTES);
        event->enhanced = (uint32_t)second;
    } else {
        uint64_t of_bounce = -(uint64_t)(kind == BM_BOUNCE);
        uint64_t verdict = atomic_load_explicit(&places->verdicts[second >> VERDICT_SHIFT & of_bounce],
                                                memory_order_relaxed) &
                           of_bounce & ~VERDICT_MADE;
        uint64_t epoch = atomic_load_explicit(&places->epochs[epoch_at], memory_order_relaxed) - 1;
        event->when = (epoch << 32 | (uint32_t)second) << TALLY_TIME_SHIFT |
                      (uint64_t)kind << TALLY_KIND_SHIFT | (verdict & WHEN_LOW);
        event->enhanced = (uint32_t)(verdict >> TALLY_KIND_SHIFT);
    }
    at += entry_fixed_bytes(first);
    event->campaign = 0;
    if (UNLIKELY(campaign_at == PLACE_NONE)) {
        event->campaign = u64_load(at);
        at += KEY_BYTES;
    } else if (campaign_at) {
        event->campaign = atomic_load_explicit(&places->campaigns[campaign_at - 1], memory_order_relaxed);
    }
    return at;
}

static inline size_t entry_bytes(const char *at)
{
    return entry_fixed_bytes(u64_load(at)) + (entry_campaign(u64_load(at + 8)) == PLACE_NONE ? KEY_BYTES : 0);
}

bool event_log_append(struct event_log *log, struct block_pool *pool, const char *block, size_t used,
                      const uint32_t *numbers)
{
    if (used == BLOCK_BYTES) /* a full block says itself */
        used = (size_t)u64_load(block + BLOCK_END);
    for (const char *at = block; at < block + used;) {
        uint64_t first = u64_load(at);
        size_t bytes = entry_bytes(at);
        uint32_t number = numbers[first & NUMBER_MASK];
        if (number != EVENT_LOG_NUMBER_NONE) {
            char *to = entry_room(log, pool);
            if (!to)
                return false;
            memcpy(to, at, ENTRY_ROOM);
            u64_store(to, (first & ~(uint64_t)NUMBER_MASK) | number);
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
void event_log_group(const struct event_log *log, const struct event_places *places,
                     struct tally_event *events, uint64_t *ends, uint32_t numbers)
{
    memset(ends, 0, numbers * sizeof *ends);
    for (uint32_t k = 0; k < log->blocks.count; k++) {
        const char *at = log->blocks.blocks[k], *end = at + block_used(log, k);
        while (at < end) {
            uint64_t first = u64_load(at);
            ends[first & NUMBER_MASK]++;
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
