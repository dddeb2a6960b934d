/* Addresses with their events, as bytes: the content of one block of a tally file. The form is described in
 * tally_file.h. */
#ifndef TALLY_TALLY_BLOCK_H
#define TALLY_TALLY_BLOCK_H

#include "base/fail.h"
#include "base/text.h"
#include "tally/tally_event.h"

#include <bouncemill/event.h>

/* A block is closed when it holds this much, and may hold no more than BLOCK_RAW_BYTES_MAX unpacked. */
#define TALLY_BLOCK_EVENTS    8192u
#define TALLY_BLOCK_ADDRESSES 4096u
#define TALLY_BLOCK_RAW_MAX   ((size_t)16 << 20)

struct tally_entry {
    const char *address;
    uint32_t event_end; /* in the block's events; an entry's begin where the one before ends */
    uint16_t length;
    uint16_t domain_at;
};

/* Entries in byte order of their addresses, each with one event or more, in the order of replay, none twice.
 */
struct tally_block {
    struct tally_entry *entries;
    uint32_t entry_count;
    const struct tally_event *events;
};

/* How a block stands in a file: packed columns, then the details as they are. */
struct block_place {
    uint64_t offset;
    uint32_t packed_bytes; /* of the zstd frame */
    uint32_t raw_bytes;    /* of the frame's content */
    uint32_t entries, events;
    uint64_t xxh3; /* of the frame and the details */
};

static inline uint64_t block_stored_bytes(const struct block_place *place)
{
    return (uint64_t)place->packed_bytes + UINT64_C(4) * place->events;
}

struct block_encoder;
enum bm_code block_encoder_new(struct block_encoder **encoder, struct bm_error *error);
void block_encoder_free(struct block_encoder *encoder);

/* Adds an address's events, which are copied. An address may come several times in a row, with later events
 * each time. Returns false when memory is out. */
bool block_encoder_add(struct block_encoder *encoder, struct span address, const struct tally_event *events,
                       size_t count);
uint32_t block_encoder_events(const struct block_encoder *encoder);
bool block_encoder_full(const struct block_encoder *encoder);

/* Appends what was added, as a block, to `out`, describes it in *place (but for the offset), and starts anew.
 */
enum bm_code block_encode(struct block_encoder *encoder, struct text *out, struct block_place *place,
                          struct bm_error *error);

struct block_decoder;
enum bm_code block_decoder_new(struct block_decoder **decoder, struct bm_error *error);
void block_decoder_free(struct block_decoder *decoder);

/* Reads a block whose bytes are block_stored_bytes(place) at `stored`. The block is the decoder's until its
 * next use. `kinds`: bits of enum bm_kind that may occur. On anything that no encoder writes: BM_INPUT with
 * what is wrong, which the caller prefixes with the place. */
enum bm_code block_decode(struct block_decoder *decoder, const char *stored, const struct block_place *place,
                          uint32_t kinds, struct tally_block *block, struct bm_error *error);

#endif
