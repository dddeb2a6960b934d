/* An open hash table of 32-bit tags and positions, in cache lines of eight: a line's tags are compared at
 * once. With one slot after the other, how many a probe passes could not be foretold, and of three tallied
 * events two paid for a wrong branch. */
#ifndef TALLY_SLOT_TABLE_H
#define TALLY_SLOT_TABLE_H

#include "base/base.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define POSITION_NONE UINT32_MAX
#define LINE_SLOTS    8u

/* All bytes 0xff: free. Nothing is ever taken out, so a line's free slots are its last ones, and a probe goes
 * on behind a line only when that is full. */
struct slot_line {
    uint32_t tags[LINE_SLOTS];      /* the hash's bits that the shard does not give; they pick the line */
    uint32_t positions[LINE_SLOTS]; /* of the record, in units of RECORD_ALIGN; POSITION_NONE: free */
};

/* Zero-initialise: no table. Slots are numbered through all lines, of which there may be any number: a table
 * that only doubles is half empty in the end as often as not. */
struct slot_table {
    struct slot_line *lines;
    uint32_t slots;
};

static inline size_t slot_table_bytes(const struct slot_table *table)
{
    return table->slots / LINE_SLOTS * sizeof(struct slot_line);
}

/* The first slot of the line that a tag is looked for in: lines are in the order of tags. */
static inline uint32_t slot_first(const struct slot_table *table, uint32_t tag)
{
    return (uint32_t)((uint64_t)tag * (table->slots / LINE_SLOTS) >> 32) * LINE_SLOTS;
}

static inline uint32_t slot_next(const struct slot_table *table, uint32_t slot)
{
    return slot + 1 < table->slots ? slot + 1 : 0;
}

static inline uint32_t slot_position(const struct slot_table *table, uint32_t slot)
{
    return table->lines[slot / LINE_SLOTS].positions[slot % LINE_SLOTS];
}

/* A bit for each of eight numbers: equal to `number`. */
static inline unsigned eight_equal(const uint32_t *numbers, uint32_t number)
{
#if defined(__SSE2__)
    __m128i wanted = _mm_set1_epi32((int)number);
    __m128i low = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)(const void *)numbers), wanted);
    __m128i high = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)(const void *)(numbers + 4)), wanted);
    return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(low)) |
           (unsigned)_mm_movemask_ps(_mm_castsi128_ps(high)) << 4;
#else
    unsigned equal = 0;
    for (unsigned k = 0; k < LINE_SLOTS; k++)
        equal |= (unsigned)(numbers[k] == number) << k;
    return equal;
#endif
}

/* The first slot from `slot` on that has the tag or is free; there is a free one. */
static inline uint32_t slot_find(const struct slot_table *table, uint32_t tag, uint32_t slot)
{
    for (;;) {
        const struct slot_line *line = &table->lines[slot / LINE_SLOTS];
        unsigned found = eight_equal(line->tags, tag) | eight_equal(line->positions, POSITION_NONE);
        found &= ~0u << slot % LINE_SLOTS;
        if (LIKELY(found))
            return (slot & ~(LINE_SLOTS - 1)) + (unsigned)__builtin_ctz(found);
        slot = slot_next(table, slot | (LINE_SLOTS - 1));
    }
}

/* Puts a tag and its position into the first free slot. */
static inline void slot_insert(struct slot_table *table, uint32_t tag, uint32_t position)
{
    for (uint32_t slot = slot_first(table, tag);; slot = slot_next(table, slot | (LINE_SLOTS - 1))) {
        struct slot_line *line = &table->lines[slot / LINE_SLOTS];
        unsigned free_slots = eight_equal(line->positions, POSITION_NONE);
        if (LIKELY(free_slots)) {
            unsigned k = (unsigned)__builtin_ctz(free_slots);
            line->tags[k] = tag;
            line->positions[k] = position;
            return;
        }
    }
}

/* Moves all to `lines`, of so many bytes: a tag picks its line by itself, so no key is hashed again. Returns
 * what they stood in before, NULL for no table. */
static inline struct slot_line *slot_table_move(struct slot_table *table, struct slot_line *lines,
                                                size_t bytes)
{
    struct slot_table moved = {lines, (uint32_t)(bytes / sizeof *lines * LINE_SLOTS)};
    memset(lines, 0xff, bytes);
    for (uint32_t at = 0; at < table->slots / LINE_SLOTS; at++) {
        const struct slot_line *line = &table->lines[at];
        for (unsigned k = 0; k < LINE_SLOTS && line->positions[k] != POSITION_NONE; k++)
            slot_insert(&moved, line->tags[k], line->positions[k]);
    }
    struct slot_line *before = table->lines;
    *table = moved;
    return before;
}

#endif
