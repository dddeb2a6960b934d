#include "tally/domain_hours.h"
#include "base/base.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/hash_factor.h"

#define SLOTS_FIRST       1024
#define PART_ENTRIES      ((size_t)32 << 10) /* read at a time */
#define LATELY_BITS       16
#define LATELY_SLOTS      ((size_t)1 << LATELY_BITS)
#define NAMES_CHUNK_BYTES ((size_t)64 << 10)

static bool domain_slots_grow(struct domain_hours *hours)
{
    uint32_t slot_count = hours->domain_slot_count ? 2 * hours->domain_slot_count : SLOTS_FIRST;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t k = 0; k < hours->domain_count; k++) {
        uint32_t at = (uint32_t)hours->domains[k].hash & (slot_count - 1);
        while (slots[at])
            at = (at + 1) & (slot_count - 1);
        slots[at] = k + 1;
    }
    free(hours->domain_slots);
    hours->domain_slots = slots;
    hours->domain_slot_count = slot_count;
    return true;
}

static bool domains_grow(struct domain_hours *hours)
{
    struct domain_name *domains =
        array_room(hours->domains, &hours->domain_capacity, (size_t)hours->domain_count + 1, sizeof *domains);
    if (domains)
        hours->domains = domains;
    return domains != NULL;
}

uint32_t domain_hours_find(struct domain_hours *hours, struct span name)
{
    if (hours->domain_count * UINT64_C(2) >= hours->domain_slot_count && !domain_slots_grow(hours))
        return DOMAIN_NONE;
    uint64_t hash = hash_span(name);
    uint32_t mask = hours->domain_slot_count - 1, at = (uint32_t)hash & mask;
    for (; hours->domain_slots[at]; at = (at + 1) & mask) {
        const struct domain_name *known = &hours->domains[hours->domain_slots[at] - 1];
        if (known->hash == hash && span_is(known->name, name))
            return hours->domain_slots[at] - 1;
    }
    if (!domains_grow(hours))
        return DOMAIN_NONE;
    struct domain_name *added = &hours->domains[hours->domain_count];
    *added = (struct domain_name){.hash = hash};
    hours->names.chunk_bytes = NAMES_CHUNK_BYTES;
    if (!arena_copy(&hours->names, name, &added->name))
        return DOMAIN_NONE;
    hours->domain_slots[at] = ++hours->domain_count;
    return hours->domain_count - 1;
}

static bool entries_grow(struct domain_hours *hours)
{
    struct domain_hour *entries =
        array_room(hours->entries, &hours->entry_capacity, hours->entry_count + 1, sizeof *entries);
    if (entries)
        hours->entries = entries;
    return entries != NULL;
}

static bool part_add(struct domain_hours *hours, struct domain_hours_part part)
{
    struct domain_hours_part *parts =
        array_room(hours->parts, &hours->part_capacity, hours->part_count + 1, sizeof *parts);
    if (!parts)
        return false;
    hours->parts = parts;
    hours->parts[hours->part_count++] = part;
    return true;
}

/* Moves the entries that are in memory to the file. */
static bool entries_spill(struct domain_hours *hours)
{
    struct domain_hours_part part = {.count = hours->entry_count};
    size_t bytes = hours->entry_count * sizeof *hours->entries;
    if (spill_file_take(hours->file, bytes, &part.offset, &hours->error) != BM_OK ||
        spill_file_put(hours->file, part.offset, (struct span){(const char *)hours->entries, bytes},
                       &hours->error) != BM_OK)
        return false;
    hours->entry_count = 0;
    memset(hours->lately, 0, LATELY_SLOTS * sizeof *hours->lately);
    return part_add(hours, part);
}

static uint32_t *lately_of(struct domain_hours *hours, struct domain_hour entry)
{
    uint64_t mixed = ((uint64_t)entry.domain << HOUR_BITS | entry.hour) * HASH_FACTOR;
    return &hours->lately[mixed >> (64 - LATELY_BITS)];
}

/* Adds failures to their entry where that is at hand, else as a new one. */
static bool entry_put(struct domain_hours *hours, struct domain_hour entry)
{
    if (!hours->lately && !(hours->lately = calloc(LATELY_SLOTS, sizeof *hours->lately)))
        return false;
    struct domain_name *domain = &hours->domains[entry.domain];
    uint32_t *lately = lately_of(hours, entry);
    struct domain_hour *known = *lately ? &hours->entries[*lately - 1] : NULL;
    if (known && known->domain == entry.domain && known->hour == entry.hour &&
        entry.failures <= ENTRY_FAILURES_MAX - known->failures) {
        known->failures = (known->failures + entry.failures) & ENTRY_FAILURES_MAX;
        domain->failures += entry.failures;
        return true;
    }
    if (hours->entries_max && hours->entry_count == hours->entries_max && !entries_spill(hours))
        return false;
    if (!entries_grow(hours))
        return false;
    hours->entries[hours->entry_count++] = entry;
    *lately = hours->entry_count <= UINT32_MAX ? (uint32_t)hours->entry_count : 0;
    domain->failures += entry.failures;
    domain->entries++;
    return true;
}

bool domain_hours_add(struct domain_hours *hours, uint32_t domain, uint32_t hour)
{
    ASSERT(hour <= ENTRY_HOUR_MAX);
    return entry_put(hours,
                     (struct domain_hour){.domain = domain, .hour = hour & ENTRY_HOUR_MAX, .failures = 1});
}

/* Reads a part that is in the file, some at a time, and hands it to `each`; writes it back where it was
 * changed. */
static enum bm_code
file_part_each(struct domain_hours *hours, struct domain_hours_part part, bool write,
               void (*each)(void *argument, const struct domain_hour *entries, size_t count), void *argument)
{
    struct domain_hour *buffer = malloc(PART_ENTRIES * sizeof *buffer);
    enum bm_code code = buffer ? BM_OK : BM_RESOURCE;
    while (part.count && code == BM_OK) {
        size_t count = part.count < PART_ENTRIES ? part.count : PART_ENTRIES;
        size_t bytes = count * sizeof *buffer;
        code = spill_file_get(hours->file, part.offset, buffer, bytes, &hours->error);
        if (code != BM_OK)
            break;
        each(argument, buffer, count);
        if (write)
            code =
                spill_file_put(hours->file, part.offset, (struct span){(char *)buffer, bytes}, &hours->error);
        part.offset += bytes;
        part.count -= count;
    }
    free(buffer);
    return code;
}

static bool parts_each(struct domain_hours *hours, bool write,
                       void (*each)(void *argument, const struct domain_hour *entries, size_t count),
                       void *argument)
{
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < hours->part_count && code == BM_OK; k++) {
        struct domain_hours_part part = hours->parts[k];
        if (part.entries)
            each(argument, part.entries, part.count);
        else
            code = file_part_each(hours, part, write, each, argument);
    }
    return code == BM_OK;
}

bool domain_hours_each(struct domain_hours *hours,
                       void (*each)(void *argument, const struct domain_hour *entries, size_t count),
                       void *argument)
{
    each(argument, hours->entries, hours->entry_count);
    return parts_each(hours, false, each, argument);
}

uint64_t domain_hours_count(const struct domain_hours *hours)
{
    uint64_t count = hours->entry_count;
    for (size_t k = 0; k < hours->part_count; k++)
        count += hours->parts[k].count;
    return count;
}

struct renumber {
    struct domain_hours *into;
    const uint32_t *numbers;
};

/* Gives entries in a buffer the numbers that their domains have in `into`, and counts them there. */
static void entries_renumber(void *argument, const struct domain_hour *entries, size_t count)
{
    struct renumber *renumber = argument;
    struct domain_hour *own = (struct domain_hour *)(uintptr_t)entries;
    for (size_t k = 0; k < count; k++) {
        own[k].domain = renumber->numbers[own[k].domain];
        renumber->into->domains[own[k].domain].failures += own[k].failures;
        renumber->into->domains[own[k].domain].entries++;
    }
}

bool domain_hours_merge(struct domain_hours *into, struct domain_hours *from)
{
    if (!domain_hours_count(from))
        return true;
    uint32_t *numbers = calloc(from->domain_count, sizeof *numbers); /* theirs to ours */
    bool done = numbers != NULL;
    for (uint32_t k = 0; k < from->domain_count && done; k++) {
        numbers[k] = domain_hours_find(into, from->domains[k].name);
        done = numbers[k] != DOMAIN_NONE;
    }
    if (done && from->entry_count) {
        done =
            part_add(from, (struct domain_hours_part){.count = from->entry_count, .entries = from->entries});
        if (done) {
            from->entries = NULL;
            from->entry_count = from->entry_capacity = 0;
        }
    }
    struct renumber renumber = {into, numbers};
    done = done && parts_each(from, true, entries_renumber, &renumber);
    for (; from->part_count && done; from->part_count -= done)
        done = part_add(into, from->parts[from->part_count - 1]);
    if (from->error.code != BM_OK)
        into->error = from->error;
    free(numbers);
    return done;
}

void domain_hours_forget(struct domain_hours *hours)
{
    for (size_t k = 0; k < hours->part_count; k++)
        free(hours->parts[k].entries);
    free(hours->entries);
    free(hours->lately);
    free(hours->parts);
    hours->entries = NULL;
    hours->lately = NULL;
    hours->parts = NULL;
    hours->entry_count = hours->entry_capacity = hours->part_count = hours->part_capacity = 0;
}

void domain_hours_free(struct domain_hours *hours)
{
    free(hours->domains);
    free(hours->domain_slots);
    domain_hours_forget(hours);
    arena_free(&hours->names);
    *hours = (struct domain_hours){0};
}
