/* The columns of a block, read: nothing in them is believed before it is checked. */
#include "base/base.h"
#include "tally/tally_block.h"

#include "base/hash.h"
#include "event/reason.h"
#include "tally/tally_block_values.h"
#include "tally/tally_bytes.h"

#include <zstd.h>

#define CODE_CLASS_MAX  9u
#define CODE_DETAIL_MAX 999u

struct block_decoder {
    ZSTD_DCtx *context;
    char *raw;
    size_t raw_capacity;
    uint64_t *signatures, *campaigns; /* TALLY_BLOCK_EVENTS each */
    struct span domains[TALLY_BLOCK_ADDRESSES];
    struct tally_entry entries[TALLY_BLOCK_ADDRESSES];
    uint32_t domain_count, signature_count, campaign_count;
    struct tally_event *events; /* TALLY_BLOCK_EVENTS */
    char *addresses;            /* TALLY_BLOCK_ADDRESSES times BM_ADDRESS_BYTES_MAX; few of these pages are
                                   ever touched */
};

enum bm_code block_decoder_new(struct block_decoder **decoder, struct bm_error *error)
{
    struct block_decoder *made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory(error, "reading a tally file");
    made->context = ZSTD_createDCtx();
    made->signatures = malloc(TALLY_BLOCK_EVENTS * sizeof *made->signatures);
    made->campaigns = malloc(TALLY_BLOCK_EVENTS * sizeof *made->campaigns);
    made->events = malloc(TALLY_BLOCK_EVENTS * sizeof *made->events);
    made->addresses = malloc((size_t)TALLY_BLOCK_ADDRESSES * BM_ADDRESS_BYTES_MAX);
    if (!made->context || !made->signatures || !made->campaigns || !made->events || !made->addresses) {
        block_decoder_free(made);
        return fail_memory(error, "reading a tally file");
    }
    *decoder = made;
    return BM_OK;
}

void block_decoder_free(struct block_decoder *decoder)
{
    if (!decoder)
        return;
    (void)ZSTD_freeDCtx(decoder->context); /* cannot fail */
    free(decoder->raw);
    free(decoder->signatures);
    free(decoder->campaigns);
    free(decoder->events);
    free(decoder->addresses);
    free(decoder);
}

static enum bm_code bad_block(struct bm_error *error, const char *what)
{
    return fail(error, BM_INPUT, "%s", what);
}

static enum bm_code raw_unpack(struct block_decoder *decoder, const char *stored,
                               const struct block_place *place, struct bm_error *error)
{
    if (place->raw_bytes > TALLY_BLOCK_RAW_MAX)
        return bad_block(error, "it claims to be larger than blocks are");
    if (decoder->raw_capacity < place->raw_bytes + (size_t)VARINT_BYTES_MAX) {
        free(decoder->raw);
        decoder->raw_capacity = 0;
        decoder->raw = malloc(place->raw_bytes + (size_t)VARINT_BYTES_MAX);
        if (!decoder->raw)
            return fail_memory(error, "reading a tally file");
        decoder->raw_capacity = place->raw_bytes + (size_t)VARINT_BYTES_MAX;
    }
    size_t got =
        ZSTD_decompressDCtx(decoder->context, decoder->raw, place->raw_bytes, stored, place->packed_bytes);
    if (ZSTD_isError(got))
        return fail(error, BM_INPUT, "it cannot be unpacked: %s", ZSTD_getErrorName(got));
    if (got != place->raw_bytes)
        return bad_block(error, "it unpacks to another length than the index says");
    memset(decoder->raw + got, 0, VARINT_BYTES_MAX);
    return BM_OK;
}

#define TOP_BITS UINT64_C(0x8080808080808080)

/* A varint of more than one byte, all its bytes at once: how many there are cannot be foretold, and a branch
 * on each would be missed at every other event. Longer ones than eight bytes are in no column. */
static inline uint64_t column_wide(struct take *take)
{
    uint64_t word = le_load(take->at, 8), ends = ~word & TOP_BITS;
    take->bad |= ends == 0;
    unsigned bytes = ends ? ((unsigned)__builtin_ctzll(ends) >> 3) + 1 : 8;
    word &= (ends ^ (ends - 1)) & ~TOP_BITS; /* up to its last byte, seven bits of each */
    word = (word & UINT64_C(0x007f007f007f007f)) | (word & UINT64_C(0x7f007f007f007f00)) >> 1;
    word = (word & UINT64_C(0x00003fff00003fff)) | (word & UINT64_C(0x3fff00003fff0000)) >> 2;
    take->at += bytes;
    return (word & UINT64_C(0x0fffffff)) | (word & UINT64_C(0x0fffffff00000000)) >> 4;
}

/* One varint of a column; there are VARINT_BYTES_MAX bytes behind the end of what was unpacked. */
static inline uint64_t column_next(struct take *take)
{
    if (UNLIKELY(take->at >= take->end)) {
        take->bad = true;
        return 0;
    }
    unsigned char byte = (unsigned char)*take->at;
    if (byte >= 0x80)
        return column_wide(take);
    take->at++;
    return byte;
}

/* As column_next, for columns whose values are mostly wide. */
static inline uint64_t column_next_wide(struct take *take)
{
    if (UNLIKELY(take->at >= take->end)) {
        take->bad = true;
        return 0;
    }
    return column_wide(take);
}

static bool domains_take(struct block_decoder *decoder, struct take *take, uint32_t entries)
{
    decoder->domain_count = (uint32_t)take_at_most(take, entries);
    for (uint32_t k = 0; k < decoder->domain_count; k++)
        decoder->domains[k].length = (size_t)take_at_most(take, BM_ADDRESS_BYTES_MAX);
    for (uint32_t k = 0; k < decoder->domain_count && !take->bad; k++) {
        decoder->domains[k] = take_bytes(take, decoder->domains[k].length);
        if (!decoder->domains[k].length || memchr(decoder->domains[k].at, '@', decoder->domains[k].length))
            take->bad = true;
    }
    return !take->bad;
}

static bool signature_valid(uint64_t signature, uint32_t kinds)
{
    struct tally_event event = {.when = signature & SIGNATURE_MASK};
    uint64_t enhanced = signature >> SIGNATURE_BITS;
    return tally_kind(&event) < BM_KIND_COUNT && kinds >> tally_kind(&event) & 1 &&
           tally_class(&event) < BM_CLASS_COUNT && tally_reason(&event) < REASON_COUNT &&
           tally_smtp_code(&event) <= SMTP_CODE_LAST && ENHANCED_CLASS(enhanced) <= CODE_CLASS_MAX &&
           ENHANCED_SUBJECT(enhanced) <= CODE_DETAIL_MAX && ENHANCED_DETAIL(enhanced) <= CODE_DETAIL_MAX;
}

static uint32_t values_take(struct take *take, uint64_t *values, uint32_t limit)
{
    uint32_t count = (uint32_t)take_at_most(take, limit);
    for (uint32_t k = 0; k < count; k++)
        values[k] = take_le(take, 8);
    return count;
}

/* The number of a dictionary's entry that a column's index stands for; `seen` counts those that were. */
static inline uint32_t index_resolve(struct take *take, uint64_t index, uint32_t *seen, uint32_t count)
{
    if (index == 0 && *seen < count)
        return (*seen)++;
    if (UNLIKELY(index == 0 || index > *seen)) {
        take->bad = true;
        return 0;
    }
    return (uint32_t)index - 1;
}

/* Puts an address together from what it shares with the one before, the rest of its local part with the '@',
 * and its domain. NULL when the parts cannot be. */
static char *address_join(char *to, const struct tally_entry *before, uint64_t shared, struct span rest,
                          struct span domain, struct tally_entry *entry)
{
    uint64_t local = shared + rest.length;
    if ((before ? shared > before->domain_at : shared > 0) || local < 2 ||
        local + domain.length > BM_ADDRESS_BYTES_MAX)
        return NULL;
    if (shared)
        memcpy(to, before->address, shared);
    memcpy(to + shared, rest.at, rest.length);
    memcpy(to + local, domain.at, domain.length);
    if (to[local - 1] != '@')
        return NULL;
    entry->address = to;
    entry->length = (uint16_t)(local + domain.length);
    entry->domain_at = (uint16_t)local;
    return to + entry->length;
}

enum column {
    BY_COUNT,
    BY_SHARED,
    BY_LENGTH,
    BY_DOMAIN,
    BY_BYTES,
    BY_TIME,
    BY_SIGNATURE,
    BY_CAMPAIGN,
    COLUMNS
};

/* Columns stand one behind the other to the end; `lengths` says where they meet. */
static bool columns_split(struct take *take, const size_t lengths[COLUMNS], struct take columns[COLUMNS])
{
    for (unsigned k = 0; k < COLUMNS; k++) {
        struct span bytes = take_bytes(take, lengths[k]);
        columns[k] = (struct take){bytes.at, bytes.at + bytes.length, false};
    }
    return !take->bad && take->at == take->end;
}

static bool entries_take(struct block_decoder *decoder, struct take columns[COLUMNS],
                         const struct block_place *place)
{
    char *to = decoder->addresses;
    uint32_t seen = 0;
    uint64_t end = 0;
    for (uint32_t k = 0; k < place->entries; k++) {
        struct tally_entry *entry = &decoder->entries[k];
        const struct tally_entry *before = k ? entry - 1 : NULL;
        end += column_next(&columns[BY_COUNT]) + 1;
        uint64_t length = column_next(&columns[BY_LENGTH]), shared = column_next(&columns[BY_SHARED]);
        uint32_t domain = index_resolve(&columns[BY_DOMAIN], column_next(&columns[BY_DOMAIN]), &seen,
                                        decoder->domain_count);
        if (end > place->events || length > BM_ADDRESS_BYTES_MAX || columns[BY_DOMAIN].bad)
            return false;
        entry->event_end = (uint32_t)end;
        struct span rest = take_bytes(&columns[BY_BYTES], (size_t)length);
        to = address_join(to, before, shared, rest, decoder->domains[domain], entry);
        if (!to || (before && span_compare((struct span){before->address, before->length},
                                           (struct span){entry->address, entry->length}) >= 0))
            return false;
    }
    for (unsigned k = BY_COUNT; k <= BY_BYTES; k++)
        if (columns[k].bad || columns[k].at != columns[k].end)
            return false;
    return end == place->events && seen == decoder->domain_count;
}

/* Long for speed: every event of every merge comes through here, and its state stays in registers. */
static bool events_take(struct block_decoder *decoder, struct take columns[COLUMNS],
                        const struct block_place *place, uint64_t base_ms, uint64_t unit_ms,
                        const char *details)
{
    struct take times = columns[BY_TIME], signatures = columns[BY_SIGNATURE],
                campaigns = columns[BY_CAMPAIGN];
    uint32_t signatures_seen = 0, campaigns_seen = 0;
    struct tally_event *event = decoder->events;
    bool ascend = true, in_time = true;
    for (uint32_t entry = 0, k = 0; entry < place->entries; entry++) {
        uint64_t time_ms = base_ms;
        for (uint32_t first = k; k < decoder->entries[entry].event_end; k++, event++) {
            time_ms += column_next_wide(&times) * unit_ms;
            uint32_t signature = index_resolve(&signatures, column_next(&signatures), &signatures_seen,
                                               decoder->signature_count);
            uint32_t campaign =
                index_resolve(&campaigns, column_next(&campaigns), &campaigns_seen, decoder->campaign_count);
            uint64_t value = decoder->signatures[signature];
            in_time &= time_ms < TALLY_TIME_LIMIT_MS;
            event->when = time_ms << SIGNATURE_BITS | (value & SIGNATURE_MASK);
            event->enhanced = (uint32_t)(value >> SIGNATURE_BITS);
            event->campaign = decoder->campaigns[campaign];
            event->detail = (uint32_t)le_load(details + 4 * (size_t)k, 4);
            if (k > first)
                ascend &= event[-1].when < event->when || tally_event_compare(event - 1, event) < 0;
        }
    }
    return in_time && ascend && !times.bad && !signatures.bad && !campaigns.bad && times.at == times.end &&
           signatures.at == signatures.end && campaigns.at == campaigns.end &&
           signatures_seen == decoder->signature_count && campaigns_seen == decoder->campaign_count;
}

static enum bm_code raw_read(struct block_decoder *decoder, const struct block_place *place, uint32_t kinds,
                             const char *details, struct bm_error *error)
{
    struct take take = {decoder->raw, decoder->raw + place->raw_bytes, false}, columns[COLUMNS];
    size_t lengths[COLUMNS];
    uint64_t base_ms = take_at_most(&take, TALLY_TIME_LIMIT_MS - 1), unit_ms = take_at_most(&take, SECOND_MS);
    for (unsigned k = 0; k < COLUMNS; k++)
        lengths[k] = (size_t)take_at_most(&take, place->raw_bytes);
    if (take.bad || (unit_ms != 1 && unit_ms != SECOND_MS))
        return bad_block(error, "its times have no beginning or unit");
    if (!domains_take(decoder, &take, place->entries))
        return bad_block(error, "its domains are damaged");
    decoder->signature_count = values_take(&take, decoder->signatures, place->events);
    decoder->campaign_count = values_take(&take, decoder->campaigns, place->events);
    for (uint32_t k = 0; k < decoder->signature_count; k++)
        if (!signature_valid(decoder->signatures[k], kinds))
            return bad_block(error, "an event has a kind, class, reason or code that cannot be");
    if (!decoder->signature_count || !decoder->campaign_count || !columns_split(&take, lengths, columns))
        return bad_block(error, "its columns have other lengths than it says");
    if (!entries_take(decoder, columns, place))
        return bad_block(error, "its addresses are damaged or out of order");
    if (!events_take(decoder, columns, place, base_ms, unit_ms, details))
        return bad_block(error, "its events are damaged or out of order");
    return BM_OK;
}

enum bm_code block_decode(struct block_decoder *decoder, const char *stored, const struct block_place *place,
                          uint32_t kinds, struct tally_block *block, struct bm_error *error)
{
    if (!place->entries || place->entries > place->events || place->entries > TALLY_BLOCK_ADDRESSES ||
        place->events > TALLY_BLOCK_EVENTS)
        return bad_block(error, "it claims more addresses or events than blocks hold");
    if (XXH3_64bits(stored, (size_t)block_stored_bytes(place)) != place->xxh3)
        return bad_block(error, "its checksum does not fit");
    enum bm_code code = raw_unpack(decoder, stored, place, error);
    if (code == BM_OK)
        code = raw_read(decoder, place, kinds, stored + place->packed_bytes, error);
    if (code == BM_OK)
        *block = (struct tally_block){decoder->entries, place->entries, decoder->events};
    return code;
}
