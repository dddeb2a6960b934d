#include "tally/name_table.h"
#include "base/base.h"

#define NAME_SLOTS_FIRST 256u
#define NAME_COUNT_MAX   (UINT32_MAX / 4)

bool items_reserve(void **items, uint32_t *capacity, uint32_t count, size_t bytes)
{
    if (count <= *capacity)
        return true;
    uint32_t wanted = *capacity ? *capacity : 64;
    while (wanted < count)
        wanted *= 2;
    char *grown = realloc(*items, (size_t)wanted * bytes);
    if (!grown)
        return false;
    memset(grown + (size_t)*capacity * bytes, 0, (size_t)(wanted - *capacity) * bytes);
    *items = grown;
    *capacity = wanted;
    return true;
}

static bool slots_grow(struct name_table *table)
{
    size_t count = table->slot_count ? 2 * table->slot_count : NAME_SLOTS_FIRST;
    struct name_slot *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t k = 0; k < table->count; k++) {
        size_t at = table->hashes[k] & (count - 1);
        while (slots[at].number_plus_1)
            at = (at + 1) & (count - 1);
        slots[at] = (struct name_slot){(uint32_t)(table->hashes[k] >> 32), k + 1};
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    return true;
}

static bool names_grow(struct name_table *table)
{
    uint32_t before = table->capacity;
    if (!items_reserve((void **)&table->names, &table->capacity, table->count + 1, sizeof *table->names))
        return false;
    return items_reserve((void **)&table->hashes, &before, table->count + 1, sizeof *table->hashes);
}

uint32_t name_table_find(struct name_table *table, struct span name, uint64_t hash, bool *added)
{
    *added = false;
    if ((size_t)table->count * 4 >= table->slot_count * 3 && !slots_grow(table))
        return NAME_NUMBER_NONE;
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t mask = table->slot_count - 1, at = hash & mask;
    for (; table->slots[at].number_plus_1; at = (at + 1) & mask) {
        uint32_t number = table->slots[at].number_plus_1 - 1;
        if (table->slots[at].tag == tag && span_is(table->names[number], name))
            return number;
    }
    struct span copy;
    if (table->count >= NAME_COUNT_MAX || !names_grow(table) || !arena_copy(&table->text, name, &copy))
        return NAME_NUMBER_NONE;
    table->names[table->count] = copy;
    table->hashes[table->count] = hash;
    table->slots[at] = (struct name_slot){tag, ++table->count};
    *added = true;
    return table->count - 1;
}

void name_table_free(struct name_table *table)
{
    free(table->slots);
    free(table->names);
    free(table->hashes);
    arena_free(&table->text);
    *table = (struct name_table){0};
}
