#include "tally/domain_hours.h"
#include "base/base.h"

#include "base/hash.h"

#define SLOTS_FIRST       1024
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

bool domain_hours_add(struct domain_hours *hours, uint32_t domain, uint32_t hour)
{
    if (hours->failure_count == hours->failure_capacity && !failures_grow(hours, 0))
        return false;
    hours->failures[hours->failure_count++] = (struct domain_hour){domain, hour};
    hours->domains[domain].failures++;
    return true;
}

bool domain_hours_merge(struct domain_hours *into, const struct domain_hours *from)
{
    if (!from->failure_count)
        return true;
    size_t count = into->failure_count + from->failure_count;
    uint32_t *numbers = calloc(from->domain_count, sizeof *numbers); /* theirs to ours */
    bool done = numbers && (count <= into->failure_capacity || failures_grow(into, count));
    for (uint32_t k = 0; k < from->domain_count && done; k++) {
        numbers[k] = domain_hours_find(into, from->domains[k].name);
        done = numbers[k] != DOMAIN_NONE;
    }
    for (size_t k = 0; k < from->failure_count && done; k++)
        done = domain_hours_add(into, numbers[from->failures[k].domain], from->failures[k].hour);
    free(numbers);
    return done;
}

void domain_hours_forget(struct domain_hours *hours)
{
    free(hours->failures);
    hours->failures = NULL;
    hours->failure_count = hours->failure_capacity = 0;
}

void domain_hours_free(struct domain_hours *hours)
{
    free(hours->domains);
    free(hours->domain_slots);
    domain_hours_forget(hours);
    arena_free(&hours->names);
    *hours = (struct domain_hours){0};
}
