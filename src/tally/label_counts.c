#include "tally/label_counts.h"
#include "base/base.h"

#include "base/hash.h"

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
    if (table->count == table->capacity) {
        uint32_t capacity = table->capacity ? 2 * table->capacity : SLOTS_FIRST / 2;
        struct label_item *items = realloc(table->items, capacity * sizeof *items);
        if (!items)
            return false;
        table->items = items;
        table->capacity = capacity;
    }
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

static struct label_item *label_new(struct label_counts *table, struct span label, uint64_t hash)
{
    struct label_item item = {.hash = hash};
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
    if (UNLIKELY(!item))
        item = label_new(table, label, hash);
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

struct count_label *labels_report(const struct label_counts *table, size_t *count)
{
    struct count_label *rows = malloc((table->count * (size_t)REASON_COUNT + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    *count = 0;
    for (uint32_t k = 0; k < table->count; k++)
        for (unsigned reason = 0; reason < REASON_COUNT; reason++)
            if (table->items[k].reasons[reason])
                rows[(*count)++] = (struct count_label){
                    .label = table->items[k].label,
                    .reason = (enum reason)reason,
                    .count = table->items[k].reasons[reason],
                    .agreement = label_agrees(table->items[k].label, (enum reason)reason),
                };
    qsort(rows, *count, sizeof *rows, label_order);
    return rows;
}
