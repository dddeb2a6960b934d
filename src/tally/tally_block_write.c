/* Columns of a block.
 *
 * Values of one kind stand together, because they look alike: zstd then packs counts and dictionary indexes
 * to less than a byte each. What repeats within a block (the domain; kind, class, reason and codes of an
 * event; its campaign) goes through a dictionary in order of first appearance, so that an index of 0 can
 * stand for "the next one that was not seen yet": campaigns that never repeat cost a byte that packs to
 * nothing. The details are hashes, which do not pack: they stand behind the frame as they are, and cost no
 * time when a block is unpacked. */
#include "base/base.h"

#include "base/hash_factor.h"
#include "tally/tally_block.h"

#include "base/hash.h"
#include "tally/tally_block_values.h"
#include "tally/tally_bytes.h"

#include <zstd.h>

#define ZSTD_LEVEL  1
#define SLOTS_FIRST 256u

/* Numbers of 64-bit values in order of first appearance. */
struct dictionary {
    uint64_t *values;
    uint32_t *slots; /* number + 1 */
    uint32_t count, slot_count;
};

struct block_encoder {
    ZSTD_CCtx *context;
    struct text addresses; /* one behind the other */
    struct tally_entry entries[TALLY_BLOCK_ADDRESSES];
    struct tally_event events[TALLY_BLOCK_EVENTS];
    uint32_t entry_count, event_count;
    struct dictionary signatures, campaigns, domains; /* domains by hash */
    struct span domain_spans[TALLY_BLOCK_ADDRESSES];  /* by number */
    struct text domain_lengths, domain_bytes;
    struct text counts, shared, rest_lengths, rest_bytes, domain_indexes;
    struct text times, signature_indexes, campaign_indexes;
    struct text raw;
};

enum bm_code block_encoder_new(struct block_encoder **encoder, struct bm_error *error)
{
    struct block_encoder *made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory(error, "writing a tally file");
    made->context = ZSTD_createCCtx();
    if (!made->context ||
        ZSTD_isError(ZSTD_CCtx_setParameter(made->context, ZSTD_c_compressionLevel, ZSTD_LEVEL))) {
        block_encoder_free(made);
        return fail_memory(error, "writing a tally file");
    }
    *encoder = made;
    return BM_OK;
}

static void dictionary_free(struct dictionary *dictionary)
{
    free(dictionary->values);
    free(dictionary->slots);
}

/* The texts that a block begins empty. */
#define ENCODER_TEXTS 12
static void encoder_texts(struct block_encoder *encoder, struct text *texts[ENCODER_TEXTS])
{
    struct text *all[ENCODER_TEXTS] = {
        &encoder->addresses, &encoder->domain_lengths,    &encoder->domain_bytes,     &encoder->counts,
        &encoder->shared,    &encoder->rest_lengths,      &encoder->domain_indexes,   &encoder->rest_bytes,
        &encoder->times,     &encoder->signature_indexes, &encoder->campaign_indexes, &encoder->raw};
    memcpy(texts, all, sizeof all);
}

void block_encoder_free(struct block_encoder *encoder)
{
    if (!encoder)
        return;
    struct text *texts[ENCODER_TEXTS];
    encoder_texts(encoder, texts);
    for (unsigned k = 0; k < ENCODER_TEXTS; k++)
        text_free(texts[k]);
    dictionary_free(&encoder->signatures);
    dictionary_free(&encoder->campaigns);
    dictionary_free(&encoder->domains);
    (void)ZSTD_freeCCtx(encoder->context); /* cannot fail */
    free(encoder);
}

static void encoder_empty(struct block_encoder *encoder)
{
    struct text *texts[ENCODER_TEXTS];
    struct dictionary *dictionaries[] = {&encoder->signatures, &encoder->campaigns, &encoder->domains};
    encoder_texts(encoder, texts);
    for (unsigned k = 0; k < ENCODER_TEXTS; k++)
        texts[k]->length = 0;
    for (unsigned k = 0; k < COUNT_OF(dictionaries); k++) {
        dictionaries[k]->count = 0;
        if (dictionaries[k]->slot_count)
            memset(dictionaries[k]->slots, 0, dictionaries[k]->slot_count * sizeof(uint32_t));
    }
    encoder->entry_count = encoder->event_count = 0;
}

uint32_t block_encoder_events(const struct block_encoder *encoder)
{
    return encoder->event_count;
}

bool block_encoder_full(const struct block_encoder *encoder)
{
    return encoder->event_count == TALLY_BLOCK_EVENTS || encoder->entry_count == TALLY_BLOCK_ADDRESSES;
}

bool block_encoder_add(struct block_encoder *encoder, struct span address, const struct tally_event *events,
                       size_t count)
{
    ASSERT(!block_encoder_full(encoder) && count && count <= TALLY_BLOCK_EVENTS - encoder->event_count);
    ASSERT(address.length && address.length <= BM_ADDRESS_BYTES_MAX);
    size_t domain_at = address.length - address_domain(address).length;
    ASSERT(domain_at > 0);
    text_put(&encoder->addresses, address);
    memcpy(encoder->events + encoder->event_count, events, count * sizeof *events);
    encoder->event_count += (uint32_t)count;
    encoder->entries[encoder->entry_count++] = (struct tally_entry){.event_end = encoder->event_count,
                                                                    .length = (uint16_t)address.length,
                                                                    .domain_at = (uint16_t)domain_at};
    return !encoder->addresses.failed;
}

static uint64_t value_mix(uint64_t value)
{
    value *= HASH_FACTOR;
    return value ^ value >> 32;
}

static bool dictionary_grow(struct dictionary *dictionary)
{
    uint32_t slot_count = dictionary->slot_count ? 2 * dictionary->slot_count : SLOTS_FIRST;
    uint64_t *values = realloc(dictionary->values, slot_count / 2 * sizeof *values);
    if (!values)
        return false;
    dictionary->values = values;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t k = 0; k < dictionary->count; k++) {
        uint32_t at = (uint32_t)value_mix(values[k]) & (slot_count - 1);
        while (slots[at])
            at = (at + 1) & (slot_count - 1);
        slots[at] = k + 1;
    }
    free(dictionary->slots);
    dictionary->slots = slots;
    dictionary->slot_count = slot_count;
    return true;
}

/* What stands for a value in its column: 0 when it is new, else its number + 1; UINT32_MAX: memory is out. */
static uint32_t dictionary_index(struct dictionary *dictionary, uint64_t value)
{
    if (dictionary->count == dictionary->slot_count / 2 && !dictionary_grow(dictionary))
        return UINT32_MAX;
    uint32_t mask = dictionary->slot_count - 1, at = (uint32_t)value_mix(value) & mask;
    for (; dictionary->slots[at]; at = (at + 1) & mask)
        if (dictionary->values[dictionary->slots[at] - 1] == value)
            return dictionary->slots[at];
    dictionary->values[dictionary->count++] = value;
    dictionary->slots[at] = dictionary->count;
    return 0;
}

static uint64_t event_signature(const struct tally_event *event)
{
    return (uint64_t)event->enhanced << SIGNATURE_BITS | (event->when & SIGNATURE_MASK);
}

/* The earliest time, and the largest unit that all times are multiples of. */
static void times_survey(const struct block_encoder *encoder, uint64_t *base_ms, uint64_t *unit_ms)
{
    *base_ms = UINT64_MAX;
    *unit_ms = SECOND_MS;
    for (uint32_t k = 0; k < encoder->event_count; k++) {
        uint64_t time = encoder->events[k].when >> SIGNATURE_BITS;
        if (time < *base_ms)
            *base_ms = time;
        if (time % SECOND_MS)
            *unit_ms = 1;
    }
}

/* False when memory is out. */
static bool events_put(struct block_encoder *encoder, uint64_t base_ms, uint64_t unit_ms)
{
    size_t room = (size_t)VARINT_BYTES_MAX * encoder->event_count;
    if (!text_reserve(&encoder->times, room) || !text_reserve(&encoder->signature_indexes, room) ||
        !text_reserve(&encoder->campaign_indexes, room))
        return false;
    char *times = encoder->times.at, *signatures = encoder->signature_indexes.at;
    char *campaigns = encoder->campaign_indexes.at;
    for (uint32_t entry = 0, k = 0; entry < encoder->entry_count; entry++) {
        uint64_t before_ms = base_ms;
        for (; k < encoder->entries[entry].event_end; k++) {
            const struct tally_event *event = &encoder->events[k];
            uint64_t time_ms = event->when >> SIGNATURE_BITS;
            uint32_t signature = dictionary_index(&encoder->signatures, event_signature(event));
            uint32_t campaign = dictionary_index(&encoder->campaigns, event->campaign);
            if (signature == UINT32_MAX || campaign == UINT32_MAX)
                return false;
            times = varint_store(times, (time_ms - before_ms) / unit_ms);
            signatures = varint_store(signatures, signature);
            campaigns = varint_store(campaigns, campaign);
            before_ms = time_ms;
        }
    }
    encoder->times.length = (size_t)(times - encoder->times.at);
    encoder->signature_indexes.length = (size_t)(signatures - encoder->signature_indexes.at);
    encoder->campaign_indexes.length = (size_t)(campaigns - encoder->campaign_indexes.at);
    return true;
}

static size_t shared_length(struct span a, struct span b)
{
    size_t shorter = a.length < b.length ? a.length : b.length, k = 0;
    while (k < shorter && a.at[k] == b.at[k])
        k++;
    return k;
}

/* The domain's index; a new one is put into the dictionary's text. Two domains of one hash can be made on
 * purpose: the second then goes by the next number that is free. */
static bool domain_put(struct block_encoder *encoder, struct span domain)
{
    uint64_t key = hash_span(domain);
    uint32_t index = dictionary_index(&encoder->domains, key);
    while (index && index != UINT32_MAX && !span_is(encoder->domain_spans[index - 1], domain))
        index = dictionary_index(&encoder->domains, ++key);
    if (index == UINT32_MAX)
        return false;
    put_varint(&encoder->domain_indexes, index);
    if (index == 0) {
        encoder->domain_spans[encoder->domains.count - 1] = domain;
        put_varint(&encoder->domain_lengths, domain.length);
        text_put(&encoder->domain_bytes, domain);
    }
    return true;
}

/* False when memory is out. */
static bool entries_put(struct block_encoder *encoder)
{
    struct span before = {"", 0};
    uint32_t begin = 0;
    for (uint32_t k = 0; k < encoder->entry_count; k++) {
        const struct tally_entry *entry = &encoder->entries[k];
        struct span local = {entry->address, entry->domain_at};
        struct span domain = {entry->address + entry->domain_at, (size_t)entry->length - entry->domain_at};
        size_t shared = shared_length(before, local);
        put_varint(&encoder->counts, entry->event_end - begin - 1);
        put_varint(&encoder->shared, shared);
        put_varint(&encoder->rest_lengths, local.length - shared);
        text_put(&encoder->rest_bytes, (struct span){local.at + shared, local.length - shared});
        if (!domain_put(encoder, domain))
            return false;
        before = local;
        begin = entry->event_end;
    }
    return true;
}

static void put_text(struct text *to, const struct text *from)
{
    text_put(to, (struct span){from->at, from->length});
    to->failed |= from->failed;
}

static void put_values(struct text *to, const struct dictionary *dictionary)
{
    put_varint(to, dictionary->count);
    for (uint32_t k = 0; k < dictionary->count; k++)
        put_le(to, dictionary->values[k], 8);
}

static bool raw_make(struct block_encoder *encoder)
{
    uint64_t base_ms, unit_ms;
    const char *address = encoder->addresses.at;
    for (uint32_t k = 0; k < encoder->entry_count; k++) {
        encoder->entries[k].address = address;
        address += encoder->entries[k].length;
    }
    times_survey(encoder, &base_ms, &unit_ms);
    if (!entries_put(encoder) || !events_put(encoder, base_ms, unit_ms))
        return false;
    struct text *raw = &encoder->raw;
    put_varint(raw, base_ms);
    put_varint(raw, unit_ms);
    const struct text *columns[] = {
        &encoder->counts,     &encoder->shared, &encoder->rest_lengths,      &encoder->domain_indexes,
        &encoder->rest_bytes, &encoder->times,  &encoder->signature_indexes, &encoder->campaign_indexes};
    for (unsigned k = 0; k < COUNT_OF(columns); k++)
        put_varint(raw, columns[k]->length);
    put_varint(raw, encoder->domains.count);
    put_text(raw, &encoder->domain_lengths);
    put_text(raw, &encoder->domain_bytes);
    put_values(raw, &encoder->signatures);
    put_values(raw, &encoder->campaigns);
    for (unsigned k = 0; k < COUNT_OF(columns); k++)
        put_text(raw, columns[k]);
    return !raw->failed;
}

enum bm_code block_encode(struct block_encoder *encoder, struct text *out, struct block_place *place,
                          struct bm_error *error)
{
    ASSERT(encoder->event_count);
    size_t start = out->length;
    if (!raw_make(encoder) ||
        !text_reserve(out, ZSTD_compressBound(encoder->raw.length) + (size_t)4 * encoder->event_count))
        return fail_memory(error, "writing a tally file");
    size_t packed = ZSTD_compress2(encoder->context, out->at + start, out->capacity - start, encoder->raw.at,
                                   encoder->raw.length);
    if (ZSTD_isError(packed))
        return fail_memory(error, "packing a block of a tally file");
    out->length += packed;
    for (uint32_t k = 0; k < encoder->event_count; k++)
        put_le(out, encoder->events[k].detail, 4);
    if (out->failed)
        return fail_memory(error, "writing a tally file");
    *place = (struct block_place){.packed_bytes = (uint32_t)packed,
                                  .raw_bytes = (uint32_t)encoder->raw.length,
                                  .entries = encoder->entry_count,
                                  .events = encoder->event_count};
    place->xxh3 = XXH3_64bits(out->at + start, out->length - start);
    encoder_empty(encoder);
    return BM_OK;
}
