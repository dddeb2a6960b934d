/* Counting by name is done for every row, twice, so it is laid out by cache lines: a slot, then one line with all that a row
 * changes, then the name's bytes to compare. Names that many rows have stay in the first-level cache. */
#include "base/base.h"
#include "tally/named_counts.h"

#define SLOTS_FIRST 256u
#define COUNT_MAX   (UINT32_MAX / 4)
#define LINE_BYTES  64

static_assert(sizeof(struct named_hot) == LINE_BYTES, "a row's counts are one cache line");

static struct span name_of(const struct named_hot *hot)
{
    uint32_t length;
    memcpy(&length, hot->name - sizeof length, sizeof length);
    return (struct span){hot->name, length};
}

static bool slots_grow(struct named_counts *table)
{
    size_t count = table->slot_count ? 2 * table->slot_count : SLOTS_FIRST;
    struct named_slot *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t k = 0; k < table->count; k++) {
        size_t at = table->cold[k].hash & (count - 1);
        while (slots[at].number_plus_1)
            at = (at + 1) & (count - 1);
        slots[at] = (struct named_slot){(uint32_t)(table->cold[k].hash >> 32), k + 1};
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    return true;
}

static bool items_grow(struct named_counts *table)
{
    if (table->count < table->capacity)
        return true;
    uint32_t capacity = table->capacity ? 2 * table->capacity : 64;
    struct named_hot *hot = aligned_alloc(LINE_BYTES, capacity * sizeof *hot);
    if (!hot)
        return false;
    if (table->count)
        memcpy(hot, table->hot, table->count * sizeof *hot);
    free(table->hot);
    table->hot = hot;
    struct named_cold *cold = realloc(table->cold, capacity * sizeof *cold);
    if (!cold)
        return false;
    table->cold = cold;
    table->capacity = capacity;
    return true;
}

static bool item_add(struct named_counts *table, struct span name, uint64_t hash)
{
    uint32_t length = (uint32_t)name.length;
    if (table->count >= COUNT_MAX || !items_grow(table))
        return false;
    char *copy = arena_take(&table->text, sizeof length + name.length, sizeof length);
    if (!copy)
        return false;
    memcpy(copy, &length, sizeof length);
    if (name.length)
        memcpy(copy + sizeof length, name.at, name.length);
    table->hot[table->count] =
        (struct named_hot){.name = copy + sizeof length, .first_ms = INT64_MAX, .last_ms = INT64_MIN};
    table->cold[table->count] = (struct named_cold){.hash = hash};
    table->count++;
    return true;
}

uint32_t named_find(struct named_counts *table, struct span name, uint64_t hash)
{
    if (UNLIKELY((size_t)table->count * 4 >= table->slot_count * 3) && !slots_grow(table))
        return NAMED_NONE;
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t mask = table->slot_count - 1, at = hash & mask;
    for (; table->slots[at].number_plus_1; at = (at + 1) & mask) {
        uint32_t number = table->slots[at].number_plus_1 - 1;
        if (table->slots[at].tag == tag && span_is(name_of(&table->hot[number]), name))
            return number;
    }
    if (!item_add(table, name, hash))
        return NAMED_NONE;
    table->slots[at] = (struct named_slot){tag, table->count};
    return table->count - 1;
}

/* Makes the days reach from `first` to `last` at least; both ends grow by doubling. */
static bool days_grow(struct named_cold *cold, int32_t first, int32_t last)
{
    uint32_t wanted = (uint32_t)(last - first) + 1, room = cold->day_count ? 2 * cold->day_count : 8;
    if (room < wanted)
        room = wanted;
    if (cold->day_count && first < cold->day_first) /* grows at the front: days before are more likely wanted */
        first = last - (int32_t)room + 1;
    uint32_t *days = calloc(room, sizeof *days);
    if (!days)
        return false;
    if (cold->day_count)
        memcpy(days + (cold->day_first - first), cold->day_bounces, cold->day_count * sizeof *days);
    free(cold->day_bounces);
    cold->day_bounces = days;
    cold->day_first = first;
    cold->day_count = room;
    return true;
}

bool named_count_day(struct named_counts *table, uint32_t number, int32_t day, uint32_t bounces)
{
    struct named_cold *cold = &table->cold[number];
    if (!cold->day_count || day < cold->day_first || day >= cold->day_first + (int32_t)cold->day_count) {
        int32_t last = cold->day_first + (int32_t)cold->day_count - 1;
        int32_t from = cold->day_count && cold->day_first < day ? cold->day_first : day;
        int32_t to = cold->day_count && last > day ? last : day;
        if (!days_grow(cold, from, to))
            return false;
    }
    cold->day_bounces[day - cold->day_first] += bounces;
    return true;
}

static bool days_merge(struct named_counts *into, uint32_t number, const struct named_cold *from)
{
    for (uint32_t k = 0; k < from->day_count; k++)
        if (from->day_bounces[k] &&
            !named_count_day(into, number, from->day_first + (int32_t)k, from->day_bounces[k]))
            return false;
    return true;
}

bool named_merge(struct named_counts *into, const struct named_counts *from)
{
    for (uint32_t k = 0; k < from->count; k++) {
        const struct named_hot *other = &from->hot[k];
        uint32_t number = named_find(into, name_of(other), from->cold[k].hash);
        if (number == NAMED_NONE || !days_merge(into, number, &from->cold[k]))
            return false;
        struct named_hot *hot = &into->hot[number];
        struct named_cold *cold = &into->cold[number];
        hot->first_ms = other->first_ms < hot->first_ms ? other->first_ms : hot->first_ms;
        hot->last_ms = other->last_ms > hot->last_ms ? other->last_ms : hot->last_ms;
        for (unsigned kind = 0; kind < BM_KIND_COUNT; kind++) {
            hot->kinds[kind] += other->kinds[kind];
            cold->wraps[kind] += from->cold[k].wraps[kind] + (hot->kinds[kind] < other->kinds[kind]);
        }
        for (unsigned c = 0; c < BM_CLASS_COUNT; c++)
            cold->classes[c] += from->cold[k].classes[c];
    }
    return true;
}

static int name_order(const void *a, const void *b)
{
    const struct count_named *x = a, *y = b;
    return span_compare(x->name, y->name);
}

static void worst_day_set(struct count_named *row, const struct named_cold *cold)
{
    row->worst_day = -1;
    for (uint32_t k = 0; k < cold->day_count; k++) {
        if (cold->day_bounces[k] <= row->worst_day_bounces)
            continue;
        row->worst_day = cold->day_first + (int32_t)k;
        row->worst_day_bounces = cold->day_bounces[k];
    }
}

struct count_named *named_report(const struct named_counts *table, size_t *count)
{
    struct count_named *rows = calloc((size_t)table->count + 1, sizeof *rows);
    if (!rows)
        return NULL;
    for (uint32_t k = 0; k < table->count; k++) {
        rows[k].name = name_of(&table->hot[k]);
        rows[k].first_ms = table->hot[k].first_ms;
        rows[k].last_ms = table->hot[k].last_ms;
        for (unsigned kind = 0; kind < BM_KIND_COUNT; kind++)
            rows[k].cell.kinds[kind] = (uint64_t)table->cold[k].wraps[kind] << 32 | table->hot[k].kinds[kind];
        memcpy(rows[k].cell.classes, table->cold[k].classes, sizeof rows[k].cell.classes);
        worst_day_set(&rows[k], &table->cold[k]);
    }
    *count = table->count;
    qsort(rows, *count, sizeof *rows, name_order);
    return rows;
}

void named_free(struct named_counts *table)
{
    for (uint32_t k = 0; k < table->count; k++)
        free(table->cold[k].day_bounces);
    free(table->slots);
    free(table->hot);
    free(table->cold);
    arena_free(&table->text);
    *table = (struct named_counts){0};
}
