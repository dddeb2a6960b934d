/* One perfect hash holds the three kinds of rule: a name is looked up as it stands; without its last label,
 * where that is a country's; and each name above it, for the suffix rules. Every look-up compares the bytes,
 * so that a name that merely hashes alike is not trusted. Kinds that the list has no rule of are not looked
 * up. */
#include "classify/trust.h"
#include "base/base.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/hash_factor.h"

#define DOMAIN_BYTES_MAX 255 /* RFC 1035, 2.3.4 */
#define SEEDS_MAX        16
#define COUNTRY          ".{cc}"
#define COUNTRY_LETTERS  2

enum kind { KIND_NONE, KIND_EXACT, KIND_COUNTRY, KIND_SUFFIX };

struct trust_entry {
    struct span name; /* without the {cc} or *. */
    enum kind kind;
};

static uint64_t key_of(struct span name, enum kind kind, uint64_t seed)
{
    return hash_span_seed(name, seed + (uint64_t)kind);
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Letters, digits, hyphens and underscores in labels between single dots. */
static bool is_name(struct span name)
{
    if (!name.length || name.length > DOMAIN_BYTES_MAX)
        return false;
    char before = '.';
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.at[i];
        bool in_label = is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
        if (!in_label && (byte != '.' || before == '.'))
            return false;
        before = byte;
    }
    return before != '.';
}

static struct trust_entry entry_of(struct span rule)
{
    size_t country = sizeof COUNTRY - 1;
    if (rule.length > 1 && rule.at[rule.length - 1] == '.')
        rule.length--;
    if (rule.length > 2 && memcmp(rule.at, "*.", 2) == 0)
        return (struct trust_entry){{rule.at + 2, rule.length - 2}, KIND_SUFFIX};
    if (rule.length > country && memcmp(rule.at + rule.length - country, COUNTRY, country) == 0)
        return (struct trust_entry){{rule.at, rule.length - country}, KIND_COUNTRY};
    return (struct trust_entry){rule, KIND_EXACT};
}

static bool entry_push(struct trust *trust, struct trust_entry entry)
{
    struct trust_entry *entries =
        array_room(trust->entries, &trust->capacity, trust->count + 1, sizeof *entries);
    if (!entries)
        return false;
    trust->entries = entries;
    trust->entries[trust->count++] = entry;
    return true;
}

static enum bm_code rule_line(void *context, const struct table_row *row)
{
    struct trust *trust = context;
    struct span rule = row->fields[0];
    struct trust_entry entry = entry_of(rule);
    if (!is_name(entry.name)) {
        table_bad(row, 0, "\"%.*s\" is no domain", rule.length > 256 ? 256 : (int)rule.length, rule.at);
        return fail_hint(row->error, "Rules are gmail.com, hotmail.{cc} or *.rr.com, in ASCII (xn-- names).");
    }
    /* Lower case, in our own copy of the text: the built-in one cannot be written to. */
    char *copy = trust->names + (entry.name.at - trust->text.bytes.at);
    for (size_t i = 0; i < entry.name.length; i++) {
        char byte = entry.name.at[i];
        copy[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
    }
    entry.name.at = copy;
    trust->has_country |= entry.kind == KIND_COUNTRY;
    trust->has_suffix |= entry.kind == KIND_SUFFIX;
    return entry_push(trust, entry) ? BM_OK : fail_memory(row->error, "trusted domains");
}

/* Fills the slots; false when two different rules share one (their hashes are alike: another seed). */
static bool slots_fill(struct trust *trust)
{
    memset(trust->slots, 0, trust->hash.slots * sizeof *trust->slots);
    for (size_t i = 0; i < trust->count; i++) {
        const struct trust_entry *entry = &trust->entries[i];
        uint64_t key = key_of(entry->name, entry->kind, trust->seed);
        struct trust_entry *slot = &trust->slots[perfect_hash_slot(&trust->hash, key)];
        if (slot->kind != KIND_NONE && (slot->kind != entry->kind || !span_is(slot->name, entry->name)))
            return false;
        *slot = *entry;
    }
    return true;
}

static enum bm_code seed_try(struct trust *trust, uint64_t *keys, bool *done, struct bm_error *error)
{
    for (size_t i = 0; i < trust->count; i++)
        keys[i] = key_of(trust->entries[i].name, trust->entries[i].kind, trust->seed);
    enum bm_code code = perfect_hash_build(&trust->hash, keys, trust->count, error);
    if (code != BM_OK)
        return code;
    trust->slots = calloc(trust->hash.slots, sizeof *trust->slots);
    if (!trust->slots)
        return fail_memory(error, "trusted domains");
    *done = slots_fill(trust);
    return BM_OK;
}

static enum bm_code trust_index(struct trust *trust, struct bm_error *error)
{
    uint64_t *keys = malloc((trust->count + 1) * sizeof *keys);
    if (!keys)
        return fail_memory(error, "trusted domains");
    bool done = false;
    enum bm_code code = BM_OK;
    for (int attempt = 0; attempt < SEEDS_MAX && !done && code == BM_OK; attempt++) {
        perfect_hash_free(&trust->hash);
        free(trust->slots);
        trust->slots = NULL;
        trust->seed = (uint64_t)attempt * HASH_FACTOR;
        code = seed_try(trust, keys, &done, error);
    }
    free(keys);
    if (code == BM_OK && !done)
        return fail(error, BM_INTERNAL, "the trusted domains hash alike under %d seeds", SEEDS_MAX);
    return code;
}

enum bm_code trust_new(struct trust *trust, struct table_text text, struct bm_error *error)
{
    *trust = (struct trust){.text = text, .names = malloc(text.bytes.length + 1)};
    enum bm_code code = trust->names ? table_read_lines(&trust->text, rule_line, trust, error)
                                     : fail_memory(error, "trusted domains");
    if (code == BM_OK)
        code = trust_index(trust, error);
    table_unload(&trust->text); /* names has what is needed of it */
    free(trust->entries);
    trust->entries = NULL;
    if (code != BM_OK)
        trust_free(trust);
    return code;
}

void trust_free(struct trust *trust)
{
    perfect_hash_free(&trust->hash);
    free(trust->slots);
    free(trust->entries);
    free(trust->names);
    table_unload(&trust->text);
    trust->slots = trust->entries = NULL;
    trust->names = NULL;
}

static bool has_rule(const struct trust *trust, struct span name, enum kind kind)
{
    uint64_t key = key_of(name, kind, trust->seed);
    const struct trust_entry *slot = &trust->slots[perfect_hash_slot(&trust->hash, key)];
    return slot->kind == kind && span_is(slot->name, name);
}

static bool country_trusted(const struct trust *trust, struct span domain)
{
    size_t tail = COUNTRY_LETTERS + 1;
    if (domain.length <= tail || domain.at[domain.length - tail] != '.')
        return false;
    if (!is_letter(domain.at[domain.length - 1]) || !is_letter(domain.at[domain.length - 2]))
        return false;
    return has_rule(trust, (struct span){domain.at, domain.length - tail}, KIND_COUNTRY);
}

static bool suffix_trusted(const struct trust *trust, struct span domain)
{
    for (size_t i = 1; i < domain.length; i++)
        if (domain.at[i] == '.' &&
            has_rule(trust, (struct span){domain.at + i + 1, domain.length - i - 1}, KIND_SUFFIX))
            return true;
    return false;
}

bool trust_contains(const struct trust *trust, struct span domain)
{
    if (!domain.length || domain.length > DOMAIN_BYTES_MAX)
        return false;
    return has_rule(trust, domain, KIND_EXACT) || (trust->has_country && country_trusted(trust, domain)) ||
           (trust->has_suffix && suffix_trusted(trust, domain));
}
