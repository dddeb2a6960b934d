/* An address as the tallies and the outcomes keep it. */
#ifndef TALLY_ADDRESS_RECORD_H
#define TALLY_ADDRESS_RECORD_H

#include "base/base.h"
#include "base/span.h"

#define RECORD_LENGTH_BITS 8
#define RECORD_LENGTH_LONG 255u /* and more: the length is in the first two bytes */
#define RECORD_NUMBERS     (UINT32_C(1) << (32 - RECORD_LENGTH_BITS)) /* numbers are below this */
#define RECORD_ALIGN       4u

/* Number and length are one word, written at once: to change a part of it, the line would first be waited
 * for. */
struct address_record {
    uint32_t number_and_length;
    char bytes[];
};

/* Of the address within its shard, from 0. */
static inline uint32_t record_number(const struct address_record *record)
{
    return record->number_and_length >> RECORD_LENGTH_BITS;
}

/* Bytes of the record of an address of so many bytes. */
static inline size_t record_bytes(size_t length)
{
    size_t bytes = sizeof(struct address_record) + length;
    if (UNLIKELY(length >= RECORD_LENGTH_LONG))
        bytes += sizeof(uint16_t);
    return (bytes + RECORD_ALIGN - 1) & ~(size_t)(RECORD_ALIGN - 1);
}

/* Makes the record of an address; `record` has room for it. */
static inline void record_make(struct address_record *record, uint32_t number, struct span address)
{
    char *at = record->bytes;
    uint16_t length = (uint16_t)address.length;
    bool is_long = length >= RECORD_LENGTH_LONG;
    record->number_and_length = number << RECORD_LENGTH_BITS | (is_long ? RECORD_LENGTH_LONG : length);
    if (UNLIKELY(is_long)) {
        memcpy(at, &length, sizeof length);
        at += sizeof length;
    }
    memcpy(at, address.at, length);
}

static inline struct span record_address(const struct address_record *record)
{
    size_t length = record->number_and_length & RECORD_LENGTH_LONG;
    if (LIKELY(length < RECORD_LENGTH_LONG))
        return (struct span){record->bytes, length};
    uint16_t long_length;
    memcpy(&long_length, record->bytes, sizeof long_length);
    return (struct span){record->bytes + sizeof long_length, long_length};
}

#endif
