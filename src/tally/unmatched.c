/* Counting texts in bounded memory.
 *
 * Masked texts repeat, because templates do, so a real archive has hundreds of them; a hostile one has as
 * many as rows. The usual sketches of heavy hitters give counts that depend on the order of arrival, and this
 * program's outputs may not. So past UNMATCHED_TEXTS_MAX texts those with the smallest hashes are kept: a
 * text among the globally smallest was among the smallest of what its thread had seen at every moment, so it
 * was never dropped and its count is exact, whatever the threads and the order. With fewer texts than that
 * nothing is dropped at all.
 *
 * Dropping works in halves: at twice the maximum, the larger hashes go. */
#include "tally/unmatched.h"
#include "base/base.h"

#include "base/array.h"
#include "base/hash.h"

#define ITEMS_ROOM         (2 * UNMATCHED_TEXTS_MAX)
#define SLOT_COUNT         (2 * ITEMS_ROOM)
#define EXAMPLE_ROOM_FIRST 64u

static uint32_t *slot_find(const struct unmatched *unmatched, struct span masked, uint64_t hash)
{
    size_t at = hash & (SLOT_COUNT - 1);
    while (unmatched->slots[at]) {
        const struct unmatched_item *item = &unmatched->items[unmatched->slots[at] - 1];
        if (item->hash == hash && span_is(item->masked, masked))
            break;
        at = (at + 1) & (SLOT_COUNT - 1);
    }
    return &unmatched->slots[at];
}

static int hash_order(const void *a, const void *b)
{
    const struct unmatched_item *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return span_compare(x->masked, y->masked);
}

/* Keeps the UNMATCHED_TEXTS_MAX smallest hashes, and copies their texts so that the others' memory is given
 * back. */
static bool items_shrink(struct unmatched *unmatched)
{
    if (unmatched->count <= UNMATCHED_TEXTS_MAX)
        return true;
    qsort(unmatched->items, unmatched->count, sizeof *unmatched->items, hash_order);
    uint64_t limit =
        unmatched->items[UNMATCHED_TEXTS_MAX].hash; /* never raised: what was seen above is gone */
    if (!unmatched->hash_limit_plus_1 || limit < unmatched->hash_limit_plus_1)
        unmatched->hash_limit_plus_1 = limit;
    unmatched->count = UNMATCHED_TEXTS_MAX;
    struct arena kept = {0};
    memset(unmatched->slots, 0, SLOT_COUNT * sizeof *unmatched->slots);
    for (size_t k = 0; k < unmatched->count; k++) {
        struct unmatched_item *item = &unmatched->items[k];
        item->example_room = item->example.length;
        if (!arena_copy(&kept, item->masked, &item->masked) ||
            !arena_copy(&kept, item->example, &item->example)) {
            unmatched->count = 0; /* the caller gives up: nothing may point into either arena any more */
            arena_free(&kept);
            return false;
        }
        *slot_find(unmatched, item->masked, item->hash) = (uint32_t)k + 1;
    }
    arena_free(&unmatched->text);
    unmatched->text = kept;
    return true;
}

static bool slots_ready(struct unmatched *unmatched)
{
    if (!unmatched->slots)
        unmatched->slots = calloc(SLOT_COUNT, sizeof *unmatched->slots);
    return unmatched->slots != NULL;
}

static bool items_room(struct unmatched *unmatched)
{
    if (unmatched->count == ITEMS_ROOM)
        return items_shrink(unmatched);
    struct unmatched_item *items =
        array_room(unmatched->items, &unmatched->capacity, unmatched->count + 1, sizeof *items);
    if (items)
        unmatched->items = items;
    return items != NULL;
}

static bool above_limit(const struct unmatched *unmatched, uint64_t hash)
{
    return unmatched->hash_limit_plus_1 && hash >= unmatched->hash_limit_plus_1;
}

static struct span cut(struct span text)
{
    return (struct span){text.at, text.length < UNMATCHED_BYTES_MAX ? text.length : UNMATCHED_BYTES_MAX};
}

static bool example_before(const struct unmatched_item *item, struct span example, uint16_t smtp_code,
                           enhanced_code enhanced)
{
    int order = span_compare(example, item->example);
    if (order)
        return order < 0;
    if (smtp_code != item->smtp_code)
        return smtp_code < item->smtp_code;
    return enhanced < item->enhanced;
}

/* Replaces the example in place where it fits: ever smaller examples must not cost ever more memory. */
static bool example_set(struct unmatched *unmatched, struct unmatched_item *item, struct span example)
{
    if (!item->example_room || example.length > item->example_room) {
        size_t room = EXAMPLE_ROOM_FIRST;
        while (room < example.length)
            room *= 2;
        char *memory = arena_take(&unmatched->text, room, 1);
        if (!memory)
            return false;
        item->example.at = memory;
        item->example_room = room;
    }
    if (example.length)
        memcpy((char *)(uintptr_t)item->example.at, example.at, example.length);
    item->example.length = example.length;
    return true;
}

bool unmatched_add(struct unmatched *unmatched, struct span masked, struct span example, uint16_t smtp_code,
                   enhanced_code enhanced, uint64_t count)
{
    masked = cut(masked);
    example = cut(example);
    uint64_t hash = hash_span(masked);
    if (above_limit(unmatched, hash))
        return true;
    if (!slots_ready(unmatched) || !items_room(unmatched))
        return false;
    if (above_limit(unmatched, hash))
        return true;
    uint32_t *slot = slot_find(unmatched, masked, hash);
    bool fresh = *slot == 0;
    if (fresh) {
        struct unmatched_item item = {.hash = hash};
        if (!arena_copy(&unmatched->text, masked, &item.masked))
            return false;
        unmatched->items[unmatched->count++] = item;
        *slot = (uint32_t)unmatched->count;
    }
    struct unmatched_item *item = &unmatched->items[*slot - 1];
    item->count += count;
    if (!fresh && !example_before(item, example, smtp_code, enhanced))
        return true;
    item->smtp_code = smtp_code;
    item->enhanced = enhanced;
    return example_set(unmatched, item, example);
}

bool unmatched_merge(struct unmatched *into, const struct unmatched *from)
{
    for (size_t k = 0; k < from->count; k++) {
        const struct unmatched_item *item = &from->items[k];
        if (!unmatched_add(into, item->masked, item->example, item->smtp_code, item->enhanced, item->count))
            return false;
    }
    /* What `from` dropped, `into` may hold with a part of its count: it is not among the smallest then. */
    if (from->hash_limit_plus_1 &&
        (!into->hash_limit_plus_1 || from->hash_limit_plus_1 < into->hash_limit_plus_1))
        into->hash_limit_plus_1 = from->hash_limit_plus_1;
    return true;
}

static int report_order(const void *a, const void *b)
{
    const struct count_unmatched *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return span_compare(x->masked, y->masked);
}

struct count_unmatched *unmatched_top(struct unmatched *unmatched, size_t *count)
{
    if (!items_shrink(unmatched))
        return NULL;
    struct count_unmatched *rows = malloc((unmatched->count + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    size_t used = 0;
    for (size_t k = 0; k < unmatched->count; k++) {
        const struct unmatched_item *item = &unmatched->items[k];
        if (!above_limit(unmatched, item->hash)) /* its count is exact */
            rows[used++] = (struct count_unmatched){item->masked, item->example, item->count, item->smtp_code,
                                                    item->enhanced};
    }
    qsort(rows, used, sizeof *rows, report_order);
    *count = used < UNMATCHED_ROWS_MAX ? used : UNMATCHED_ROWS_MAX;
    return rows;
}

void unmatched_free(struct unmatched *unmatched)
{
    free(unmatched->items);
    free(unmatched->slots);
    arena_free(&unmatched->text);
    *unmatched = (struct unmatched){0};
}
