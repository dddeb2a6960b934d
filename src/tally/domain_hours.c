#include "tally/domain_hours.h"
#include "base/base.h"

#include "base/hash.h"

#define SLOTS_FIRST       1024
#define PART_FAILURES     ((size_t)32 << 10) /* read at a time */
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
    uint32_t capacity = hours->domain_capacity ? 2 * hours->domain_capacity : SLOTS_FIRST;
    struct domain_name *grown = reallocarray(hours->domains, capacity, sizeof *grown);
    if (!grown)
        return false;
    hours->domains = grown;
    hours->domain_capacity = capacity;
    return true;
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
    if (hours->domain_count == hours->domain_capacity && !domains_grow(hours))
        return DOMAIN_NONE;
    struct domain_name *added = &hours->domains[hours->domain_count];
    *added = (struct domain_name){.hash = hash};
    hours->names.chunk_bytes = NAMES_CHUNK_BYTES;
    if (!arena_copy(&hours->names, name, &added->name))
        return DOMAIN_NONE;
    hours->domain_slots[at] = ++hours->domain_count;
    return hours->domain_count - 1;
}

static bool failures_grow(struct domain_hours *hours, size_t wanted)
{
    size_t capacity = hours->failure_capacity ? 2 * hours->failure_capacity : SLOTS_FIRST;
    if (capacity < wanted)
        capacity = wanted;
    struct domain_hour *grown = reallocarray(hours->failures, capacity, sizeof *grown);
    if (!grown)
        return false;
    hours->failures = grown;
    hours->failure_capacity = capacity;
    return true;
}

static bool part_add(struct domain_hours *hours, struct domain_hours_part part)
{
    if (hours->part_count == hours->part_capacity) {
        size_t capacity = hours->part_capacity ? 2 * hours->part_capacity : 16;
        struct domain_hours_part *grown = reallocarray(hours->parts, capacity, sizeof *grown);
        if (!grown)
            return false;
        hours->parts = grown;
        hours->part_capacity = capacity;
    }
    hours->parts[hours->part_count++] = part;
    return true;
}

/* Moves the failures that are in memory to the file. */
static bool failures_spill(struct domain_hours *hours)
{
    struct domain_hours_part part = {.count = hours->failure_count};
    size_t bytes = hours->failure_count * sizeof *hours->failures;
    if (spill_file_take(hours->file, bytes, &part.offset, &hours->error) != BM_OK ||
        spill_file_put(hours->file, part.offset, (struct span){(const char *)hours->failures, bytes},
                       &hours->error) != BM_OK)
        return false;
    hours->failure_count = 0;
    return part_add(hours, part);
}

bool domain_hours_add(struct domain_hours *hours, uint32_t domain, uint32_t hour)
{
    if (hours->failures_max && hours->failure_count == hours->failures_max && !failures_spill(hours))
        return false;
    if (hours->failure_count == hours->failure_capacity && !failures_grow(hours, 0))
        return false;
    hours->failures[hours->failure_count++] = (struct domain_hour){domain, hour};
    hours->domains[domain].failures++;
    return true;
}

/* Reads what is in the file, some at a time, and hands it to `each`; writes it back where it was changed. */
static bool parts_each(struct domain_hours *hours, bool write,
                       void (*each)(void *argument, const struct domain_hour *failures, size_t count),
                       void *argument)
{
    if (!hours->part_count)
        return true;
    struct domain_hour *buffer = malloc(PART_FAILURES * sizeof *buffer);
    enum bm_code code = buffer ? BM_OK : BM_RESOURCE;
    for (size_t k = 0; k < hours->part_count && code == BM_OK; k++) {
        struct domain_hours_part part = hours->parts[k];
        while (part.count && code == BM_OK) {
            size_t count = part.count < PART_FAILURES ? part.count : PART_FAILURES;
            size_t bytes = count * sizeof *buffer;
            code = spill_file_get(hours->file, part.offset, buffer, bytes, &hours->error);
            if (code != BM_OK)
                break;
            each(argument, buffer, count);
            if (write)
                code = spill_file_put(hours->file, part.offset, (struct span){(char *)buffer, bytes},
                                      &hours->error);
            part.offset += bytes;
            part.count -= count;
        }
    }
    free(buffer);
    return code == BM_OK;
}

bool domain_hours_each(struct domain_hours *hours,
                       void (*each)(void *argument, const struct domain_hour *failures, size_t count),
                       void *argument)
{
    each(argument, hours->failures, hours->failure_count);
    return parts_each(hours, false, each, argument);
}

uint64_t domain_hours_count(const struct domain_hours *hours)
{
    uint64_t count = hours->failure_count;
    for (size_t k = 0; k < hours->part_count; k++)
        count += hours->parts[k].count;
    return count;
}

struct renumber {
    struct domain_hours *into;
    const uint32_t *numbers;
};

/* Gives failures in a buffer the numbers that their domains have in `into`, and counts them there. */
static void failures_renumber(void *argument, const struct domain_hour *failures, size_t count)
{
    struct renumber *renumber = argument;
    struct domain_hour *own = (struct domain_hour *)(uintptr_t)failures;
    for (size_t k = 0; k < count; k++) {
        own[k].domain = renumber->numbers[own[k].domain];
        renumber->into->domains[own[k].domain].failures++;
    }
}

static bool parts_move(struct domain_hours *into, struct domain_hours *from, const uint32_t *numbers)
{
    struct renumber renumber = {into, numbers};
    bool done = parts_each(from, true, failures_renumber, &renumber);
    for (size_t k = 0; k < from->part_count && done; k++)
        done = part_add(into, from->parts[k]);
    if (from->error.code != BM_OK)
        into->error = from->error;
    return done;
}

bool domain_hours_merge(struct domain_hours *into, struct domain_hours *from)
{
    if (!domain_hours_count(from))
        return true;
    size_t count = into->failure_count + from->failure_count;
    uint32_t *numbers = calloc(from->domain_count, sizeof *numbers); /* theirs to ours */
    bool done =
        numbers && (into->failures_max || count <= into->failure_capacity || failures_grow(into, count));
    for (uint32_t k = 0; k < from->domain_count && done; k++) {
        numbers[k] = domain_hours_find(into, from->domains[k].name);
        done = numbers[k] != DOMAIN_NONE;
    }
    for (size_t k = 0; k < from->failure_count && done; k++)
        done = domain_hours_add(into, numbers[from->failures[k].domain], from->failures[k].hour);
    done = done && parts_move(into, from, numbers);
    free(numbers);
    return done;
}

void domain_hours_forget(struct domain_hours *hours)
{
    free(hours->failures);
    free(hours->parts);
    hours->failures = NULL;
    hours->parts = NULL;
    hours->failure_count = hours->failure_capacity = hours->part_count = hours->part_capacity = 0;
}

void domain_hours_free(struct domain_hours *hours)
{
    free(hours->domains);
    free(hours->domain_slots);
    domain_hours_forget(hours);
    arena_free(&hours->names);
    *hours = (struct domain_hours){0};
}
