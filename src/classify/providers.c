/* Domains are found from the right, label by label, so that the longest listed one wins only among those of
 * one name: "mx1.olc.protection.outlook.com" asks for itself, then for each name above it. The names are few
 * and the table half empty, so most questions end at an empty slot. Most names have none to be asked for: a
 * filter over their last six bytes tells so before any hash is made of them.
 *
 * A provider's code is looked up in a perfect hash as (provider, code); its phrases stand in the one tree
 * with all others, under the condition that the provider is theirs: no further pass over the text.
 */
#include "classify/providers.h"
#include "base/base.h"

#include "base/hash.h"
#include "base/hash_factor.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define PROVIDERS_MAX          127u /* what the key below has room for */
#define DOMAIN_BYTES_MAX       255  /* RFC 1035, 2.3.4 */
#define DOMAINS_MAX            ((size_t)1 << 24)
#define SLOTS_FIRST            256
#define TAIL_BYTES             6
#define TEXTS_CHUNK_BYTES      ((size_t)64 << 10)
#define PROVIDER_SHIFT         25 /* code keys are below 1 << 25 */
#define KEY_OF(provider, code) ((code_key)(code) | (code_key)(provider) << PROVIDER_SHIFT)

enum {
    COLUMN_PROVIDER,
    COLUMN_DOMAIN,
    COLUMN_CODE,
    COLUMN_PHRASE,
    COLUMN_REASON,
    COLUMN_STRENGTH,
    COLUMN_PRECEDENCE,
    COLUMNS
};
static const char *const column_names[] = {"provider", "domain",   "code",      "phrase",
                                           "reason",   "strength", "precedence"};
_Static_assert(COUNT_OF(column_names) == COLUMNS, "a name for every column");

struct reading {
    struct provider_table *table;
    struct phrase_table *phrases;
};

static bool in_name(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' ||
           byte == '.';
}

/* Bytes of a name from `at` on in lower case; returns how many there are before the first that no name has.
 */
static size_t name_bytes(struct span text, size_t at, char *out)
{
    for (; at < text.length; at++) {
        char byte = text.at[at];
        if (byte >= 'A' && byte <= 'Z')
            byte = (char)(byte + ('a' - 'A'));
        if (!in_name(byte))
            break;
        out[at] = byte;
    }
    return at;
}

#ifdef __SSE2__
/* Bytes from `first` on, `count` of them. */
static inline __m128i in_range(__m128i bytes, char first, char count)
{
    __m128i distance = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(distance, _mm_set1_epi8((char)(count - 1))), distance);
}

/* Sets a bit for each byte that no name has; the others, in lower case, are in *bytes. */
static inline unsigned name_ends(__m128i *bytes)
{
    __m128i lower = _mm_or_si128(*bytes, _mm_and_si128(in_range(*bytes, 'A', 26), _mm_set1_epi8(0x20)));
    __m128i letter = in_range(lower, 'a', 26), digit = in_range(lower, '0', 10);
    __m128i joint = _mm_or_si128(in_range(lower, '-', 2), _mm_cmpeq_epi8(lower, _mm_set1_epi8('_')));
    *bytes = lower;
    return ~(unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(letter, digit), joint)) & 0xffff;
}

/* As name_bytes, for 8 to 32 bytes from the start: two vectors or two halves of one, which may overlap. */
static inline size_t name_bytes_some(struct span text, char *out)
{
    size_t step = text.length >= sizeof(__m128i) ? sizeof(__m128i) : sizeof(__m128i) / 2;
    const char *last = text.at + text.length - step;
    uint64_t ends;
    if (step == sizeof(__m128i)) {
        __m128i front = _mm_loadu_si128((const __m128i_u *)(const void *)text.at);
        __m128i back = _mm_loadu_si128((const __m128i_u *)(const void *)last);
        ends = name_ends(&front) | (uint64_t)name_ends(&back) << (text.length - step);
        _mm_storeu_si128((__m128i_u *)(void *)out, front);
        _mm_storeu_si128((__m128i_u *)(void *)(out + text.length - step), back);
    } else {
        uint64_t front, back;
        memcpy(&front, text.at, sizeof front);
        memcpy(&back, last, sizeof back);
        __m128i both = _mm_set_epi64x((long long)back, (long long)front);
        unsigned bits = name_ends(&both);
        ends = (bits & 0xff) | (uint64_t)(bits >> 8) << (text.length - step);
        _mm_storel_epi64((__m128i_u *)(void *)out, both);
        _mm_storel_epi64((__m128i_u *)(void *)(out + text.length - step), _mm_unpackhi_epi64(both, both));
    }
    return ends ? (size_t)__builtin_ctzll(ends) : text.length;
}
#endif

/* The name at the front of text, in lower case and without a dot at the end. */
static inline struct span name_take(struct span text, char out[DOMAIN_BYTES_MAX])
{
    size_t length;
    if (text.length > DOMAIN_BYTES_MAX)
        text.length = DOMAIN_BYTES_MAX;
#ifdef __SSE2__
    if (LIKELY(text.length >= 8 && text.length <= 32))
        length = name_bytes_some(text, out);
    else
#endif
        length = name_bytes(text, 0, out);
    while (length && out[length - 1] == '.')
        length--;
    return (struct span){out, length};
}

/* The bit of a name's last bytes; one that is shorter has a dot before it, as names below it have. */
static inline unsigned tail_bit(struct span name)
{
    uint64_t tail = 0;
    if (LIKELY(name.length >= sizeof tail)) {
        memcpy(&tail, name.at + name.length - sizeof tail, sizeof tail);
    } else {
        for (size_t i = 0; i < name.length; i++)
            tail = tail >> 8 | (uint64_t)(unsigned char)name.at[i] << 56;
        if (name.length < TAIL_BYTES)
            tail |= (uint64_t)'.' << (56 - 8 * name.length);
    }
    tail >>= 64 - 8 * TAIL_BYTES;
    return (unsigned)(tail * HASH_FACTOR >> 40) & (PROVIDER_TAIL_BITS - 1);
}

/* Names below one of less than TAIL_BYTES - 1 bytes end in any byte and a dot and it. */
static void tail_add(struct provider_table *table, struct span name)
{
    unsigned bit = tail_bit(name);
    table->tails[bit / 64] |= UINT64_C(1) << bit % 64;
    if (name.length < TAIL_BYTES - 1)
        memset(table->tails, 0xff, sizeof table->tails);
}

static struct provider_domain *domain_slot(const struct provider_table *table, struct span name)
{
    size_t slot = hash_span(name) & (table->domain_slots - 1);
    while (table->domains[slot].provider && !span_is(table->domains[slot].name, name))
        slot = (slot + 1) & (table->domain_slots - 1);
    return &table->domains[slot];
}

/* Makes room for one more. */
static bool domains_grow(struct provider_table *table)
{
    if (table->domain_count * 2 < table->domain_slots)
        return true;
    struct provider_table grown = *table;
    grown.domain_slots = table->domain_slots ? table->domain_slots * 2 : SLOTS_FIRST;
    grown.domains = calloc(grown.domain_slots, sizeof *grown.domains);
    if (!grown.domains)
        return false;
    for (size_t i = 0; i < table->domain_slots; i++)
        if (table->domains[i].provider)
            *domain_slot(&grown, table->domains[i].name) = table->domains[i];
    free(table->domains);
    *table = grown;
    return true;
}

static enum bm_code domain_add(struct provider_table *table, const struct table_row *row, unsigned provider)
{
    char lower[DOMAIN_BYTES_MAX];
    struct span text = row->fields[COLUMN_DOMAIN], name = name_take(text, lower);
    if (!name.length || name.length != text.length || name.at[0] == '.')
        return table_bad(row, COLUMN_DOMAIN, "\"%.*s\" is no domain",
                         text.length > 100 ? 100 : (int)text.length, text.at);
    if (table->domain_count >= DOMAINS_MAX)
        return table_bad(row, COLUMN_DOMAIN, "there are more than %zu domains", DOMAINS_MAX);
    struct provider_domain entry = {.provider = provider};
    if (!domains_grow(table) || !arena_copy(&table->texts, name, &entry.name))
        return fail_memory(row->error, "the providers");
    struct provider_domain *slot = domain_slot(table, name);
    if (slot->provider)
        return BM_OK;
    *slot = entry;
    tail_add(table, entry.name);
    table->domain_count++;
    return BM_OK;
}

static enum bm_code provider_number(struct provider_table *table, const struct table_row *row,
                                    unsigned *number)
{
    struct span name = row->fields[COLUMN_PROVIDER];
    if (!name.length)
        return table_bad(row, COLUMN_PROVIDER, "a row needs its provider");
    for (*number = 1; *number <= table->count; ++*number)
        if (span_is(table->names[*number - 1], name))
            return BM_OK;
    if (table->count == PROVIDERS_MAX)
        return table_bad(row, COLUMN_PROVIDER, "there are more than %u providers", PROVIDERS_MAX);
    if (!table->names && !(table->names = malloc(PROVIDERS_MAX * sizeof *table->names)))
        return fail_memory(row->error, "the providers");
    if (!arena_copy(&table->texts, name, &table->names[table->count]))
        return fail_memory(row->error, "the providers");
    *number = ++table->count;
    return BM_OK;
}

/* A reply code or an enhanced code; both empty where the cell is. */
static bool code_parse_cell(struct span text, struct phrase_when *when)
{
    unsigned ignored = 1;
    if (text.length == REPLY_CODE_DIGITS)
        return (when->reply = code_parse_reply(text)) != 0;
    return !text.length || (when->enhanced = code_parse_enhanced(text, &ignored)) != 0;
}

/* "provider:google 5.7.1 some words" */
static enum bm_code rule_name(struct rules *rules, const struct table_row *row, struct rule rule,
                              uint32_t *number)
{
    char name[512];
    struct span provider = row->fields[COLUMN_PROVIDER], code = row->fields[COLUMN_CODE],
                phrase = row->fields[COLUMN_PHRASE];
    int length =
        snprintf(name, sizeof name, "%.*s%s%.*s%s%.*s", (int)(provider.length & 0xff), provider.at,
                 code.length ? " " : "", (int)(code.length & 0xff), code.at, phrase.length ? " " : "",
                 phrase.length > 200 ? 200 : (int)phrase.length, phrase.at);
    if (length < 0)
        return fail_memory(row->error, "the providers");
    size_t used = (size_t)length < sizeof name ? (size_t)length : sizeof name - 1;
    return rules_add(rules, "provider", (struct span){name, used}, rule, number, row->error);
}

static enum bm_code rule_row(const struct reading *reading, const struct table_row *row, unsigned provider)
{
    struct span reason = row->fields[COLUMN_REASON], strength = row->fields[COLUMN_STRENGTH];
    struct span code_text = row->fields[COLUMN_CODE];
    struct rule rule = {.table = "providers", .reason = reason_find(reason)};
    struct phrase_when when = {.provider = provider};
    if (rule.reason == REASON_COUNT)
        return table_bad(row, COLUMN_REASON, "there is no reason \"%.*s\"",
                         reason.length > 100 ? 100 : (int)reason.length, reason.at);
    if (!code_parse_cell(code_text, &when))
        return table_bad(row, COLUMN_CODE, "\"%.*s\" is neither a reply code nor an enhanced code",
                         code_text.length > 100 ? 100 : (int)code_text.length, code_text.at);
    rule.strength = span_is(strength, SPAN("vague")) ? STRENGTH_VAGUE : STRENGTH_SPECIFIC;
    if (rule.strength == STRENGTH_SPECIFIC && strength.length && !span_is(strength, SPAN("specific")))
        return table_bad(row, COLUMN_STRENGTH, "\"%.*s\" is none of specific, vague",
                         strength.length > 100 ? 100 : (int)strength.length, strength.at);
    uint32_t number;
    enum bm_code code = rule_name(reading->phrases->rules, row, rule, &number);
    if (code != BM_OK)
        return code;
    if (row->fields[COLUMN_PHRASE].length)
        return phrases_add(reading->phrases, row, (struct phrase_columns){COLUMN_PHRASE, COLUMN_PRECEDENCE},
                           when, number);
    if (!code_text.length)
        return table_bad(row, COLUMN_CODE, "a rule needs a code or a phrase");
    code_key key = when.reply ? CODE_KEY_REPLY(when.reply) : when.enhanced;
    return code_list_push(&reading->table->list, (struct code_entry){KEY_OF(provider, key), number})
               ? BM_OK
               : fail_memory(row->error, "the providers");
}

static enum bm_code provider_row(void *context, const struct table_row *row)
{
    const struct reading *reading = context;
    unsigned provider = 0;
    enum bm_code code = provider_number(reading->table, row, &provider);
    if (code != BM_OK)
        return code;
    bool is_domain = row->fields[COLUMN_DOMAIN].length, is_rule = row->fields[COLUMN_REASON].length;
    if (is_domain == is_rule)
        return table_bad(row, COLUMN_DOMAIN, "a row has either a domain or a reason");
    return is_domain ? domain_add(reading->table, row, provider) : rule_row(reading, row, provider);
}

enum bm_code providers_read(struct provider_table *table, struct phrase_table *phrases,
                            const struct table_text *text, struct bm_error *error)
{
    struct reading reading = {table, phrases};
    table->texts.chunk_bytes = TEXTS_CHUNK_BYTES;
    return table_read(text, column_names, COLUMNS, COLUMN_PROVIDER + 1, provider_row, &reading, error);
}

enum bm_code providers_build(struct provider_table *table, struct bm_error *error)
{
    for (size_t i = 0; i < table->domain_slots; i++)
        if (table->domains[i].name.length > table->longest)
            table->longest = (unsigned)table->domains[i].name.length;
    enum bm_code code = codes_build(&table->codes, &table->list, error);
    code_list_free(&table->list);
    return code;
}

void providers_free(struct provider_table *table)
{
    free(table->names);
    free(table->domains);
    code_list_free(&table->list);
    codes_free(&table->codes);
    arena_free(&table->texts);
    table->names = NULL;
    table->domains = NULL;
}

unsigned providers_find(const struct provider_table *table, struct span text)
{
    if (!text.length || !table->domain_slots)
        return 0;
    char lower[DOMAIN_BYTES_MAX];
    struct span name = name_take(text, lower);
    unsigned bit = tail_bit(name);
    if (!(table->tails[bit / 64] >> bit % 64 & 1))
        return 0;
    for (;;) {
        unsigned provider = name.length <= table->longest ? domain_slot(table, name)->provider : 0;
        const char *dot = provider ? NULL : memchr(name.at, '.', name.length);
        if (!dot)
            return provider;
        name.length -= (size_t)(dot + 1 - name.at);
        name.at = dot + 1;
    }
}

uint32_t providers_rule(const struct provider_table *table, unsigned provider, struct codes_found codes)
{
    uint32_t rule = 0;
    if (codes.enhanced)
        rule = codes_find(&table->codes, KEY_OF(provider, codes.enhanced));
    if (!rule && codes.reply)
        rule = codes_find(&table->codes, KEY_OF(provider, CODE_KEY_REPLY(codes.reply)));
    return rule;
}
