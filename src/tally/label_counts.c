#include "tally/label_counts.h"
#include "base/base.h"

#include "base/array.h"
#include "base/hash.h"

#define LABELS_ROOM      (2 * LABELS_MAX) /* at this many, those beyond LABELS_MAX go */
#define SLOTS_FIRST      64
#define TEXT_CHUNK_BYTES ((size_t)4 << 10)

static void slot_put(struct label_counts *table, uint32_t item)
{
    uint32_t mask = table->slot_count - 1, at = (uint32_t)table->items[item].hash & mask;
    while (table->slots[at])
        at = (at + 1) & mask;
    table->slots[at] = item + 1;
}

/* Makes room for one more. */
static bool labels_grow(struct label_counts *table)
{
    struct label_item *items =
        array_room(table->items, &table->capacity, (size_t)table->count + 1, sizeof *items);
    if (!items)
        return false;
    table->items = items;
    if (table->count * UINT64_C(2) < table->slot_count)
        return true;
    uint32_t slot_count = table->slot_count ? 2 * table->slot_count : SLOTS_FIRST;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    free(table->slots);
    table->slots = slots;
    table->slot_count = slot_count;
    for (uint32_t k = 0; k < table->count; k++)
        slot_put(table, k);
    return true;
}

/* The label's item, NULL when there is none. */
static struct label_item *label_find(const struct label_counts *table, struct span label, uint64_t hash)
{
    if (!table->slot_count)
        return NULL;
    uint32_t mask = table->slot_count - 1;
    for (uint32_t at = (uint32_t)hash & mask; table->slots[at]; at = (at + 1) & mask) {
        struct label_item *item = &table->items[table->slots[at] - 1];
        if (item->hash == hash && span_is(item->label, label))
            return item;
    }
    return NULL;
}

static bool above_limit(const struct label_counts *table, uint64_t rank)
{
    return table->rank_limit && rank >= table->rank_limit;
}

/* Names come first. */
static uint64_t label_rank(struct span label, uint64_t hash)
{
    return label_is_name(label) ? 0 : hash;
}

static int rank_order(const void *a, const void *b)
{
    const struct label_item *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return span_compare(x->label, y->label);
}

static void limit_lower(struct label_counts *table, uint64_t limit)
{
    if (limit && (!table->rank_limit || limit < table->rank_limit))
        table->rank_limit = limit;
}

/* Copies the texts that are left, so that the others' memory is given back. */
static bool texts_copy(struct label_counts *table)
{
    struct arena kept = {.chunk_bytes = TEXT_CHUNK_BYTES};
    for (uint32_t k = 0; k < table->count; k++)
        if (!arena_copy(&kept, table->items[k].label, &table->items[k].label)) {
            table->count = 0; /* the caller gives up: nothing may point into either arena any more */
            arena_free(&kept);
            return false;
        }
    arena_free(&table->text);
    table->text = kept;
    return true;
}

/* Leaves the first LABELS_MAX labels, without those that a limit has come to exclude. */
static bool labels_shrink(struct label_counts *table)
{
    if (table->count <= LABELS_MAX && !table->rank_limit)
        return true;
    static_assert(LABELS_MAX > 2 * REASON_COUNT, "there is room for all names");
    qsort(table->items, table->count, sizeof *table->items, rank_order);
    if (table->count > LABELS_MAX)
        limit_lower(table, table->items[LABELS_MAX].rank);
    uint32_t kept = 0;
    while (kept < table->count && !above_limit(table, table->items[kept].rank))
        kept++;
    for (uint32_t k = kept; k < table->count; k++)
        for (unsigned reason = 0; reason < REASON_COUNT; reason++)
            table->others[reason] += table->items[k].reasons[reason];
    table->count = kept;
    memset(table->slots, 0, table->slot_count * sizeof *table->slots);
    bool copied = texts_copy(table);
    for (uint32_t k = 0; k < table->count; k++)
        slot_put(table, k);
    return copied;
}

static struct label_item *label_new(struct label_counts *table, struct span label, uint64_t hash)
{
    struct label_item item = {.hash = hash, .rank = label_rank(label, hash)};
    table->text.chunk_bytes = TEXT_CHUNK_BYTES;
    if (!labels_grow(table) || !arena_copy(&table->text, label, &item.label))
        return NULL;
    table->items[table->count] = item;
    slot_put(table, table->count);
    return &table->items[table->count++];
}

bool labels_add(struct label_counts *table, struct span label, enum reason reason, uint64_t count)
{
    if (label.length > LABEL_BYTES_MAX)
        label.length = LABEL_BYTES_MAX;
    uint64_t hash = hash_span(label);
    struct label_item *item = label_find(table, label, hash);
    if (UNLIKELY(!item)) {
        if (table->count == LABELS_ROOM && !labels_shrink(table))
            return false;
        if (!label.length || (above_limit(table, hash) && above_limit(table, label_rank(label, hash)))) {
            table->others[reason] += count;
            return true;
        }
        item = label_new(table, label, hash);
    }
    if (!item)
        return false;
    item->reasons[reason] += count;
    return true;
}

bool labels_merge(struct label_counts *into, const struct label_counts *from)
{
    for (uint32_t k = 0; k < from->count; k++)
        for (unsigned reason = 0; reason < REASON_COUNT; reason++)
            if (from->items[k].reasons[reason] &&
                !labels_add(into, from->items[k].label, (enum reason)reason, from->items[k].reasons[reason]))
                return false;
    for (unsigned reason = 0; reason < REASON_COUNT; reason++)
        into->others[reason] += from->others[reason];
    limit_lower(into, from->rank_limit); /* `into` may hold a part of what `from` dropped */
    return true;
}

void labels_free(struct label_counts *table)
{
    free(table->items);
    free(table->slots);
    arena_free(&table->text);
    *table = (struct label_counts){0};
}

static int label_order(const void *a, const void *b)
{
    const struct count_label *x = a, *y = b;
    int order = span_compare(x->label, y->label);
    if (order)
        return order;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->reason > y->reason) - (x->reason < y->reason);
}

static size_t rows_used(const uint64_t reasons[REASON_COUNT])
{
    size_t used = 0;
    for (unsigned reason = 0; reason < REASON_COUNT; reason++)
        used += reasons[reason] != 0;
    return used;
}

static struct count_label *rows_put(struct count_label *row, struct span label,
                                    const uint64_t reasons[REASON_COUNT])
{
    for (unsigned reason = 0; reason < REASON_COUNT; reason++)
        if (reasons[reason])
            *row++ = (struct count_label){
                .label = label,
                .reason = (enum reason)reason,
                .count = reasons[reason],
                .agreement = label_agrees(label, (enum reason)reason),
            };
    return row;
}

struct count_label *labels_report(struct label_counts *table, size_t *count)
{
    if (!labels_shrink(table))
        return NULL;
    *count = rows_used(table->others);
    for (uint32_t k = 0; k < table->count; k++)
        *count += rows_used(table->items[k].reasons);
    struct count_label *rows = malloc((*count + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    struct count_label *row = rows_put(rows, SPAN(""), table->others);
    for (uint32_t k = 0; k < table->count; k++)
        row = rows_put(row, table->items[k].label, table->items[k].reasons);
    qsort(rows, *count, sizeof *rows, label_order);
    return rows;
}
