/* Tally files: what is known of every address, on disk.
 *
 * One format serves four uses: yesterday's state for tonight's run, the part of the work that another machine
 * did, what is spilled when memory is short, and looking again under other policies without reading the
 * archives. It is written in one pass, read through a memory map, and any partition of it can be read alone.
 *
 * All integers are little endian; "varint" is LEB128 (tally_bytes.h); a text is a varint of its length, then
 * its bytes. Every byte of a file is under a checksum (XXH3, 64 bits), and nothing stands between the parts:
 *
 *   header, 32 bytes
 *      0  8  the magic bytes "bmtally" and 0x1a
 *      8  4  TALLY_FORMAT_VERSION
 *     12  4  0
 *     16  8  0
 *     24  8  XXH3 of bytes 0 to 23
 *   blocks of partition 0, 1, ... 1023, one behind the other
 *   sections, one behind the other, each one zstd frame
 *   index, one zstd frame
 *   trailer, 56 bytes
 *      0  8  offset of the index
 *      8  8  bytes of the index, packed
 *     16  8  bytes of the index, unpacked
 *     24  8  XXH3 of the index, packed
 *     32  8  bytes of the whole file
 *     40  8  XXH3 of bytes 0 to 39
 *     48  8  the magic bytes again
 *
 * A partition holds the addresses whose XXH3 begins with the partition's number, ten bits: 1,024 of them,
 * eight to a shard (shards.h). Its blocks together are the addresses in byte order, each with its events in
 * the order of replay, without duplicates. An address whose events do not fit a block goes on in the next
 * one.
 *
 *   block
 *      one zstd frame, holding one behind the other
 *         varint   the earliest time of the block, in milliseconds
 *         varint   unit of all other times: 1000 milliseconds where all are multiples of it, else 1
 *         varints  bytes of each of the eight columns below
 *         domains  varint number; varint length of each; bytes of each
 *         signatures  varint number; 8 bytes each: enhanced code << 22 | kind << 18 | class << 15 |
 *                  reason << 9 | reply code, as in struct tally_event
 *         campaigns   varint number; 8 bytes each
 *         by address: varint events - 1
 *         by address: varint bytes shared with the local part of the address before; '@' is its last byte
 *         by address: varint further bytes of the local part
 *         by address: varint domain: 0 the next one not seen yet, else number + 1
 *         by address: the further bytes
 *         by event: varint time since that of the address's event before (the block's earliest for its first)
 *         by event: varint signature, as the domain
 *         by event: varint campaign, as the domain
 *      by event: 4 bytes detail, not packed
 *
 *   index
 *      varint   number of sections; for each: varint id, packed bytes, unpacked bytes; 8 bytes XXH3
 *      for each partition: varint number of blocks; for each: varint packed bytes of the frame, its unpacked
 *               bytes, addresses, events; 8 bytes XXH3 of frame and details
 *
 *   section 1: what was tallied (tally_meta.c says which bytes)
 *      kinds of events kept, versions of what the meaning depends on, every archive with size, XXH3,
 *      accounting and samples of rejected rows, and sums
 *   section 2: counts for the report (counts_file.c)
 *   section 3, in the report of a share only, which has no partitions: what --combine adds up (run/share.c)
 *
 * What was measured on 20 million generated rows (6.2 million events of 1.7 million addresses) is in the
 * README. Details and campaign keys are kept whole: with fewer bits, a file merged with another would take
 * different events for duplicates. */
#ifndef TALLY_TALLY_FILE_H
#define TALLY_TALLY_FILE_H

#include "base/writer.h"
#include "tally/shards.h"
#include "tally/tally_block.h"

#define TALLY_FORMAT_VERSION 1u
#define PARTITION_BITS       10
#define PARTITION_COUNT      (1u << PARTITION_BITS)
#define PARTITIONS_PER_SHARD (PARTITION_COUNT / SHARD_COUNT)

enum tally_section { TALLY_META = 1, TALLY_COUNTS = 2, TALLY_SHARE = 3, TALLY_SECTION_END };

static inline unsigned partition_of(uint64_t address_hash)
{
    return (unsigned)(address_hash >> (64 - PARTITION_BITS));
}

/* --- writing ------------------------------------------------------------------------------------------- */

/* A partition on its way into a file: its blocks' bytes and places. Zero-initialise. */
struct partition_image {
    struct text bytes;
    struct block_place *places;
    size_t count, capacity;
};

/* Puts a partition's addresses, in byte order, into an image. A thread has one of each. */
struct partition_builder {
    struct block_encoder *encoder;
    struct partition_image *image;
};

/* Adds an address with its events (sorted, no duplicates). */
enum bm_code partition_add(struct partition_builder *builder, struct span address,
                           const struct tally_event *events, size_t count, struct bm_error *error);

/* Encodes what is left. */
enum bm_code partition_end(struct partition_builder *builder, struct bm_error *error);
void partition_image_clear(struct partition_image *image);
void partition_image_free(struct partition_image *image);

struct tally_writer;

/* Starts a file under a temporary name beside `path`. Nothing more is written when *stop is set
 * (base/stop.h). */
enum bm_code tally_writer_open(struct tally_writer **writer, const char *path, const volatile int *stop,
                               struct bm_error *error);

/* Writes into a file that the caller has opened and will close. */
enum bm_code tally_writer_over(struct tally_writer **writer, struct writer *opened, struct bm_error *error);

/* Adds a partition; partitions come in order, and those left out are empty. */
enum bm_code tally_writer_partition(struct tally_writer *writer, unsigned partition,
                                    const struct partition_image *image, struct bm_error *error);

/* Adds a section, after the last partition. */
enum bm_code tally_writer_section(struct tally_writer *writer, enum tally_section section,
                                  const struct text *content, struct bm_error *error);

/* Writes index and trailer and syncs the file, which still has its temporary name. */
enum bm_code tally_writer_finish(struct tally_writer *writer, struct bm_error *error);

/* Gives the finished file its name. */
enum bm_code tally_writer_commit(struct tally_writer *writer, struct bm_error *error);

/* Frees the writer, and removes the temporary file unless it was committed. `writer` may be NULL. */
void tally_writer_free(struct tally_writer *writer);

/* --- reading ------------------------------------------------------------------------------------------- */

struct tally_section_place {
    uint64_t offset, packed_bytes, raw_bytes, xxh3;
};

/* An open file. Blocks of partition k are those from first_block[k] to first_block[k + 1] - 1. */
struct tally_file {
    const char *path; /* borrowed */
    const char *bytes;
    size_t size;
    bool mapped;
    struct tally_section_place sections[TALLY_SECTION_END];
    struct block_place *blocks;
    uint32_t first_block[PARTITION_COUNT + 1];
    uint64_t events;
    uint64_t addresses; /* entries: an address that goes on in another block counts there too */
    uint64_t xxh3;      /* of the index, and with it of everything */
};

/* Whether a file begins as a tally file does. No for what is no regular file: looking at a pipe would take
 * its bytes away. */
enum bm_code tally_file_is(const char *path, bool *is, struct bm_error *error);

/* Maps a file and checks header, trailer and index. Errors: BM_INPUT with the place; BM_USAGE for a format
 * version that this program does not read. */
enum bm_code tally_file_open(struct tally_file *file, const char *path, struct bm_error *error);

/* The same over bytes that the caller keeps. */
enum bm_code tally_file_over(struct tally_file *file, const char *name, const char *bytes, size_t size,
                             struct bm_error *error);
void tally_file_close(struct tally_file *file);

/* Whether the checksums of all blocks and sections fit; false, too, when *stop is set (base/stop.h). */
bool tally_file_is_whole(const struct tally_file *file, const volatile int *stop);

#define SECTION_PAD_BYTES                                                                                    \
    32 /* zeros behind a section's content, for readers that look at more than they need */

/* Unpacks a section; the text is the caller's to free. */
enum bm_code tally_file_section(const struct tally_file *file, enum tally_section section,
                                struct text *content, struct bm_error *error);

/* An address and its events: all of them, in the order of replay, none twice. */
struct tally_run {
    struct span address;
    const struct tally_event *events;
    size_t count;
};

/* A partition of a file as a stream in byte order of addresses. Zero-initialise, free at the end; from
 * partition to partition the memory is kept. */
struct partition_reader {
    const struct tally_file *file;
    struct block_decoder *decoder;
    uint32_t kinds;
    unsigned partition;
    uint32_t block, block_end; /* the next to decode, and the partition's end */
    struct tally_block content;
    uint32_t entry;             /* the next of content */
    struct tally_event *joined; /* events of an address that goes on in the next block */
    size_t joined_count, joined_capacity;
    char address[BM_ADDRESS_BYTES_MAX]; /* of it, and the last one of the block before */
    size_t address_length;
};

enum bm_code partition_reader_start(struct partition_reader *reader, const struct tally_file *file,
                                    unsigned partition, uint32_t kinds, struct bm_error *error);

/* The next address; count 0 at the end. Valid until the next call. */
enum bm_code partition_reader_next(struct partition_reader *reader, struct tally_run *run,
                                   struct bm_error *error);
void partition_reader_free(struct partition_reader *reader);

#endif
