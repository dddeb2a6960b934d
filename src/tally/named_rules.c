#include "tally/named_rules.h"
#include "base/base.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/hash_factor.h"

#define SLOTS_FIRST 1024u
#define OTHERS_MAX  (UINT32_C(1) << 30)

struct rule_name {
    struct span rule, table;
};

/* What all the functions look at. */
struct known {
    struct named_rules *rules;
    const struct bm_classifier *classifier;
    uint32_t own_count;
};

static struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static struct rule_name name_of(const struct known *known, uint32_t number)
{
    if (number < known->own_count)
        return (struct rule_name){span_of(bm_rule_name(known->classifier, number)),
                                  span_of(bm_rule_table(known->classifier, number))};
    const struct count_rule *other = &known->rules->others[number - known->own_count];
    return (struct rule_name){span_of(other->rule), span_of(other->table)};
}

/* The slot of a rule, or the free one where it would be. */
static uint32_t *slot_find(const struct known *known, struct rule_name name)
{
    const struct named_rules *rules = known->rules;
    uint64_t hash = (hash_span(name.rule) ^ hash_span(name.table) * HASH_FACTOR) * HASH_FACTOR;
    uint32_t mask = rules->slot_count - 1, at = (uint32_t)(hash >> 32) & mask;
    for (; rules->slots[at]; at = (at + 1) & mask) {
        struct rule_name there = name_of(known, rules->slots[at] - 1);
        if (span_is(there.rule, name.rule) && span_is(there.table, name.table))
            break;
    }
    return &rules->slots[at];
}

/* Room for one more at less than half full. The first of the classifier's rules with a name stands for it. */
static bool slots_grow(const struct known *known)
{
    struct named_rules *rules = known->rules;
    uint32_t used = known->own_count + rules->other_count;
    if ((uint64_t)used * 2 < rules->slot_count)
        return true;
    uint32_t wanted = rules->slot_count ? rules->slot_count : SLOTS_FIRST;
    while (wanted <= (uint64_t)used * 2)
        wanted *= 2;
    uint32_t *slots = calloc(wanted, sizeof *slots);
    if (!slots)
        return false;
    free(rules->slots);
    rules->slots = slots;
    rules->slot_count = wanted;
    for (uint32_t number = 0; number < used; number++) {
        uint32_t *slot = slot_find(known, name_of(known, number));
        if (!*slot)
            *slot = number + 1;
    }
    return true;
}

static bool others_grow(struct named_rules *rules)
{
    struct count_rule *others =
        array_room(rules->others, &rules->other_capacity, (size_t)rules->other_count + 1, sizeof *others);
    if (others)
        rules->others = others;
    return others != NULL;
}

static char *text_copy(struct arena *arena, struct span text)
{
    char *copy = arena_take(arena, text.length + 1, 1);
    if (copy) {
        memcpy(copy, text.at, text.length);
        copy[text.length] = 0;
    }
    return copy;
}

uint32_t named_rules_find(struct named_rules *rules, const struct bm_classifier *classifier,
                          uint32_t own_count, struct span rule, struct span table)
{
    struct known known = {rules, classifier, own_count};
    if (rules->other_count >= OTHERS_MAX - own_count || !slots_grow(&known))
        return RULE_NONE;
    uint32_t *slot = slot_find(&known, (struct rule_name){rule, table});
    if (*slot)
        return *slot - 1;
    if (!others_grow(rules))
        return RULE_NONE;
    struct count_rule other = {text_copy(&rules->text, rule), text_copy(&rules->text, table), 0};
    if (!other.rule || !other.table)
        return RULE_NONE;
    rules->others[rules->other_count++] = other;
    *slot = own_count + rules->other_count;
    return *slot - 1;
}

void named_rules_free(struct named_rules *rules)
{
    free(rules->others);
    free(rules->slots);
    arena_free(&rules->text);
    *rules = (struct named_rules){0};
}
