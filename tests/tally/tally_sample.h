/* Small tally files in memory, taken apart and put together again with what was changed in between under
 * right checksums; and all that reading one comes to, as bytes to compare. */
#ifndef TESTS_TALLY_TALLY_SAMPLE_H
#define TESTS_TALLY_TALLY_SAMPLE_H

#include "base/base.h"

#include "base/hash.h"
#include "tally/counts_file.h"
#include "tally/tally_bytes.h"
#include "tally/tally_format.h"
#include "tally/tally_meta.h"

#include <zstd.h>

#define PARTS_MAX 1200

/* A frame's content, and what the file says of it. */
struct part {
    struct text raw;
    struct span details; /* of a block: borrowed from the file */
    unsigned partition;  /* of a block; PARTITION_COUNT: a section */
    uint32_t entries, events;
};

struct parts {
    struct part items[PARTS_MAX];
    size_t count;
};

static inline struct text sample_unpack(const char *packed, size_t packed_bytes, size_t raw_bytes)
{
    struct text raw = {0};
    CHECK(text_reserve(&raw, raw_bytes + SECTION_PAD_BYTES));
    CHECK(ZSTD_decompress(raw.at, raw_bytes, packed, packed_bytes) == raw_bytes);
    raw.length = raw_bytes;
    return raw;
}

static inline void parts_take(const struct tally_file *file, struct parts *parts)
{
    parts->count = 0;
    for (unsigned partition = 0; partition < PARTITION_COUNT; partition++)
        for (uint32_t k = file->first_block[partition]; k < file->first_block[partition + 1]; k++) {
            const struct block_place *place = &file->blocks[k];
            const char *at = file->bytes + place->offset;
            CHECK(parts->count < PARTS_MAX - TALLY_SECTION_END);
            parts->items[parts->count++] =
                (struct part){sample_unpack(at, place->packed_bytes, place->raw_bytes),
                              {at + place->packed_bytes, (size_t)4 * place->events},
                              partition,
                              place->entries,
                              place->events};
        }
    for (unsigned k = 1; k <= TALLY_COUNTS; k++) {
        const struct tally_section_place *place = &file->sections[k];
        parts->items[parts->count++] = (struct part){
            .raw = sample_unpack(file->bytes + place->offset, place->packed_bytes, place->raw_bytes),
            .partition = PARTITION_COUNT};
    }
}

static inline void parts_free(struct parts *parts)
{
    for (size_t k = 0; k < parts->count; k++)
        text_free(&parts->items[k].raw);
    parts->count = 0;
}

static inline size_t sample_pack(struct text *to, const struct text *raw)
{
    CHECK(text_reserve(to, ZSTD_compressBound(raw->length)));
    size_t packed =
        ZSTD_compress(to->at + to->length, to->capacity - to->length, raw->at ? raw->at : "", raw->length, 1);
    CHECK(!ZSTD_isError(packed));
    to->length += packed;
    return packed;
}

/* A frame, the details behind it, and what the index says of both but for the numbers of a block. */
static inline void part_put(struct text *file, struct text *index, const struct part *part)
{
    size_t start = file->length, packed = sample_pack(file, &part->raw);
    text_put(file, part->details);
    put_varint(index, packed);
    put_varint(index, part->raw.length);
    if (part->partition < PARTITION_COUNT) {
        put_varint(index, part->entries);
        put_varint(index, part->events);
    }
    put_le(index, XXH3_64bits(file->at + start, file->length - start), 8);
}

/* Appends index and trailer. */
static inline void file_end(struct text *file, const struct text *index)
{
    char trailer[TALLY_TRAILER_BYTES];
    size_t offset = file->length, packed = sample_pack(file, index);
    le_store(trailer, offset, 8);
    le_store(trailer + 8, packed, 8);
    le_store(trailer + 16, index->length, 8);
    le_store(trailer + 24, XXH3_64bits(file->at + offset, packed), 8);
    le_store(trailer + 32, file->length + sizeof trailer, 8);
    le_store(trailer + 40, XXH3_64bits(trailer, 40), 8);
    memcpy(trailer + 48, TALLY_MAGIC, 8);
    text_put(file, (struct span){trailer, sizeof trailer});
}

/* The file that holds these parts. `index` gets the index's content. */
static inline struct text parts_join(const struct parts *parts, struct text *index)
{
    struct text file = {0}, sections = {0}, blocks = {0};
    char header[TALLY_HEADER_BYTES] = {0};
    memcpy(header, TALLY_MAGIC, 8);
    le_store(header + 8, TALLY_FORMAT_VERSION, 4);
    le_store(header + 24, XXH3_64bits(header, 24), 8);
    text_put(&file, (struct span){header, sizeof header});
    size_t k = 0;
    for (unsigned partition = 0; partition < PARTITION_COUNT; partition++) {
        size_t end = k;
        while (parts->items[end].partition == partition)
            end++;
        put_varint(&blocks, end - k);
        for (; k < end; k++)
            part_put(&file, &blocks, &parts->items[k]);
    }
    put_varint(&sections, TALLY_COUNTS);
    for (unsigned id = 1; id <= TALLY_COUNTS; id++) {
        put_varint(&sections, id);
        part_put(&file, &sections, &parts->items[k++]);
    }
    index->length = 0;
    text_put(index, (struct span){sections.at, sections.length});
    text_put(index, (struct span){blocks.at, blocks.length});
    file_end(&file, index);
    CHECK(!file.failed && !index->failed);
    text_free(&sections);
    text_free(&blocks);
    return file;
}

static inline const struct bm_classifier *classifier_shared(void)
{
    static struct bm_classifier *classifier;
    struct bm_error error;
    if (!classifier)
        CHECK(bm_classifier_new(&classifier, NULL, &error) == BM_OK);
    return classifier;
}

static inline enum bm_code partitions_dump(const struct tally_file *file, uint32_t kinds, struct text *out,
                                           struct bm_error *error)
{
    struct partition_reader reader = {0};
    enum bm_code code = BM_OK;
    for (unsigned partition = 0; partition < PARTITION_COUNT && code == BM_OK; partition++) {
        struct tally_run run = {.count = 1};
        code = partition_reader_start(&reader, file, partition, kinds, error);
        while (code == BM_OK && run.count) {
            code = partition_reader_next(&reader, &run, error);
            if (code != BM_OK || !run.count)
                break;
            put_span(out, run.address);
            put_varint(out, run.count);
            text_put(out, (struct span){(const char *)run.events, run.count * sizeof *run.events});
        }
    }
    partition_reader_free(&reader);
    return code;
}

/* Everything that a reader gets out of a file: addresses, events, accounting, counts. */
static inline enum bm_code file_dump(const char *bytes, size_t size, struct text *out, struct bm_error *error)
{
    struct tally_file file;
    struct tally_meta meta = {0};
    struct counts *counts = NULL;
    enum bm_code code = tally_file_over(&file, "sample", bytes, size, error);
    if (code == BM_OK)
        code = tally_meta_read(&meta, &file, error);
    if (code == BM_OK)
        code = partitions_dump(&file, meta.basis.kinds, out, error);
    if (code == BM_OK)
        code = counts_new(&counts, bm_rule_count(classifier_shared()), error);
    if (code == BM_OK)
        code = tally_file_counts(&file, counts, classifier_shared(), error);
    if (code == BM_OK) {
        tally_meta_put(&meta, out);
        counts_save(counts, classifier_shared(), out);
        CHECK(!out->failed);
    }
    counts_free(counts);
    tally_meta_free(&meta);
    tally_file_close(&file);
    return code;
}

#endif
