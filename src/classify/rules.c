#include "classify/rules.h"
#include "base/base.h"

#include "base/array.h"

#define NAMES_CHUNK_BYTES ((size_t)64 << 10)

static bool rules_grow(struct rules *rules)
{
    struct rule *list = array_room(rules->list, &rules->capacity, (size_t)rules->count + 1, sizeof *list);
    if (list)
        rules->list = list;
    return list != NULL;
}

enum bm_code rules_new(struct rules *rules, struct bm_error *error)
{
    *rules = (struct rules){.names = {.chunk_bytes = NAMES_CHUNK_BYTES}};
    if (!rules_grow(rules))
        return fail_memory(error, "classification rules");
    rules->list[0] = (struct rule){.name = "none",
                                   .table = "none",
                                   .reason = reason_find(SPAN("undetermined")),
                                   .strength = STRENGTH_VAGUE};
    rules->count = 1;
    return BM_OK;
}

void rules_free(struct rules *rules)
{
    free(rules->list);
    arena_free(&rules->names);
    rules->list = NULL;
    rules->count = 0;
}

enum bm_code rules_add(struct rules *rules, const char *prefix, struct span text, struct rule rule,
                       uint32_t *number, struct bm_error *error)
{
    if (rules->count >= RULES_MAX)
        return fail(error, BM_USAGE, "the classifier's tables have more than %d rules", RULES_MAX);
    size_t prefix_length = strlen(prefix);
    char *name = arena_take(&rules->names, prefix_length + 1 + text.length + 1, 1);
    if (!name || !rules_grow(rules))
        return fail_memory(error, "classification rules");
    memcpy(name, prefix, prefix_length);
    name[prefix_length] = ':';
    if (text.length)
        memcpy(name + prefix_length + 1, text.at, text.length);
    name[prefix_length + 1 + text.length] = 0;
    rule.name = name;
    *number = rules->count;
    rules->list[rules->count++] = rule;
    return BM_OK;
}
