/* Counting by name is done for every row, twice, so it is laid out by cache lines: a slot, then two
 * neighbouring lines with all that a row changes and the name to compare. (With the name elsewhere, its miss
 * could only start when the line's was over.)
 *
 * Tried and left: a table of 512 recent names that are told by their bytes, without a hash. It knew five of
 * six names, a row took 71 instructions less, and a run as long as before. Nor did it change with one line
 * instead of two (counters of 16 bits), with slots in lines as those of addresses are, with all names of a
 * group found before the first is counted, or in large pages. */
#include "tally/named_counts.h"
#include "base/base.h"

#define SLOTS_FIRST   256u
#define COUNT_MAX     (UINT32_MAX / 4)
#define HOT_BYTES     128
#define BOUNCES_BYTES 64

static_assert(sizeof(struct named_hot) == HOT_BYTES, "a row's counts are two cache lines");
static_assert(sizeof(struct named_bounces) == BOUNCES_BYTES, "a bounce's counts are one cache line");

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
    struct named_hot *hot = aligned_alloc(HOT_BYTES, capacity * sizeof *hot);
    if (!hot)
        return false;
    if (table->count)
        memcpy(hot, table->hot, table->count * sizeof *hot);
    free(table->hot);
    table->hot = hot;
    struct named_bounces *bounces = aligned_alloc(BOUNCES_BYTES, capacity * sizeof *bounces);
    if (!bounces)
        return false;
    if (table->count)
        memcpy(bounces, table->bounces, table->count * sizeof *bounces);
    free(table->bounces);
    table->bounces = bounces;
    struct named_cold *cold = realloc(table->cold, capacity * sizeof *cold);
    if (!cold)
        return false;
    table->cold = cold;
    table->capacity = capacity;
    return true;
}

static bool item_add(struct named_counts *table, struct span name, uint64_t hash)
{
    if (table->count >= COUNT_MAX || !items_grow(table))
        return false;
    char *copy = arena_take(&table->text, name.length + NAMED_PAD_BYTES, 1);
    if (!copy)
        return false;
    if (name.length)
        memcpy(copy, name.at, name.length);
    struct named_hot *hot = &table->hot[table->count];
    *hot = (struct named_hot){.first_ms = INT64_MAX, .last_ms = INT64_MIN, .length = (uint32_t)name.length};
    if (name.length && name.length <= NAMED_INLINE_BYTES)
        memcpy(hot->name, name.at, name.length);
    table->bounces[table->count] = (struct named_bounces){0};
    table->cold[table->count] = (struct named_cold){.hash = hash, .name = {copy, name.length}};
    table->count++;
    return true;
}

uint32_t named_find_further(struct named_counts *table, struct span name, uint64_t hash)
{
    if (UNLIKELY((size_t)table->count * 4 >= table->slot_count) && !slots_grow(table))
        return NAMED_NONE;
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t mask = table->slot_count - 1, at = hash & mask;
    for (; table->slots[at].number_plus_1; at = (at + 1) & mask) {
        uint32_t number = table->slots[at].number_plus_1 - 1;
        if (table->slots[at].tag == tag && named_is(table, number, name))
            return number;
    }
    if (!item_add(table, name, hash))
        return NAMED_NONE;
    table->slots[at] = (struct named_slot){tag, table->count};
    return table->count - 1;
}

/* Makes the days reach from `first` to `last` at least; both ends grow by doubling. */
static bool days_grow(struct named_bounces *own, int32_t first, int32_t last)
{
    uint32_t wanted = (uint32_t)(last - first) + 1, room = own->day_count ? 2 * own->day_count : 8;
    if (room < wanted)
        room = wanted;
    if (own->day_count && first < own->day_first) /* grows at the front: days before are more likely wanted */
        first = last - (int32_t)room + 1;
    uint32_t *days = calloc(room, sizeof *days);
    if (!days)
        return false;
    if (own->day_count)
        memcpy(days + (own->day_first - first), own->days, own->day_count * sizeof *days);
    free(own->days);
    own->days = days;
    own->day_first = first;
    own->day_count = room;
    return true;
}

bool named_count_day(struct named_counts *table, uint32_t number, int32_t day, uint32_t bounces)
{
    struct named_bounces *own = &table->bounces[number];
    if (!own->day_count || day < own->day_first || day >= own->day_first + (int32_t)own->day_count) {
        int32_t last = own->day_first + (int32_t)own->day_count - 1;
        int32_t from = own->day_count && own->day_first < day ? own->day_first : day;
        int32_t to = own->day_count && last > day ? last : day;
        if (!days_grow(own, from, to))
            return false;
    }
    own->days[day - own->day_first] += bounces;
    return true;
}

static bool days_merge(struct named_counts *into, uint32_t number, const struct named_bounces *from)
{
    for (uint32_t k = 0; k < from->day_count; k++)
        if (from->days[k] && !named_count_day(into, number, from->day_first + (int32_t)k, from->days[k]))
            return false;
    return true;
}

bool named_merge(struct named_counts *into, const struct named_counts *from)
{
    for (uint32_t k = 0; k < from->count; k++) {
        const struct named_hot *other = &from->hot[k];
        uint32_t number = named_find(into, from->cold[k].name, from->cold[k].hash);
        if (number == NAMED_NONE || !days_merge(into, number, &from->bounces[k]))
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
            into->bounces[number].classes[c] += from->bounces[k].classes[c];
    }
    return true;
}

static int name_order(const void *a, const void *b)
{
    const struct count_named *x = a, *y = b;
    return span_compare(x->name, y->name);
}

static void worst_day_set(struct count_named *row, const struct named_bounces *own)
{
    row->worst_day = -1;
    for (uint32_t k = 0; k < own->day_count; k++) {
        if (own->days[k] <= row->worst_day_bounces)
            continue;
        row->worst_day = own->day_first + (int32_t)k;
        row->worst_day_bounces = own->days[k];
    }
}

struct count_named *named_report(const struct named_counts *table, size_t *count)
{
    struct count_named *rows = calloc((size_t)table->count + 1, sizeof *rows);
    if (!rows)
        return NULL;
    for (uint32_t k = 0; k < table->count; k++) {
        rows[k].name = table->cold[k].name;
        rows[k].first_ms = table->hot[k].first_ms;
        rows[k].last_ms = table->hot[k].last_ms;
        for (unsigned kind = 0; kind < BM_KIND_COUNT; kind++)
            rows[k].cell.kinds[kind] = (uint64_t)table->cold[k].wraps[kind] << 32 | table->hot[k].kinds[kind];
        memcpy(rows[k].cell.classes, table->bounces[k].classes, sizeof rows[k].cell.classes);
        worst_day_set(&rows[k], &table->bounces[k]);
    }
    *count = table->count;
    qsort(rows, *count, sizeof *rows, name_order);
    return rows;
}

void named_free(struct named_counts *table)
{
    for (uint32_t k = 0; k < table->count; k++)
        free(table->bounces[k].days);
    free(table->slots);
    free(table->hot);
    free(table->bounces);
    free(table->cold);
    arena_free(&table->text);
    *table = (struct named_counts){0};
}
