/* Writing tally files. Partitions are encoded by any thread into an image of their own and handed to the
 * writer in order, so that the file is the same bytes whatever the threads. */
#include "base/base.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/temporary.h"
#include "base/writer.h"
#include "tally/tally_bytes.h"
#include "tally/tally_format.h"

#include <unistd.h>
#include <zstd.h>

#define SECTION_ZSTD_LEVEL 3

struct tally_writer {
    struct writer *writer; /* `own`, or the caller's */
    struct writer own;
    bool open, finished; /* of the own one */
    char path[PATH_MAX], temporary[PATH_MAX];
    int lock; /* of the temporary file (base/temporary.h); -1: none */
    uint64_t offset;
    unsigned next_partition;
    struct text partitions; /* their part of the index */
    struct text sections;
    uint64_t section_count;
};

static bool place_add(struct partition_image *image, const struct block_place *place)
{
    struct block_place *places =
        array_room(image->places, &image->capacity, image->count + 1, sizeof *places);
    if (!places)
        return false;
    image->places = places;
    image->places[image->count++] = *place;
    return true;
}

static enum bm_code block_flush(struct partition_builder *builder, struct bm_error *error)
{
    struct block_place place;
    enum bm_code code = block_encode(builder->encoder, &builder->image->bytes, &place, error);
    if (code == BM_OK && !place_add(builder->image, &place))
        code = fail_memory(error, "writing a tally file");
    return code;
}

enum bm_code partition_add(struct partition_builder *builder, struct span address,
                           const struct tally_event *events, size_t count, struct bm_error *error)
{
    while (count) {
        if (block_encoder_full(builder->encoder)) {
            enum bm_code code = block_flush(builder, error);
            if (code != BM_OK)
                return code;
        }
        size_t room = TALLY_BLOCK_EVENTS - block_encoder_events(builder->encoder);
        size_t fits = count < room ? count : room;
        if (!block_encoder_add(builder->encoder, address, events, fits))
            return fail_memory(error, "writing a tally file");
        events += fits;
        count -= fits;
    }
    return BM_OK;
}

enum bm_code partition_end(struct partition_builder *builder, struct bm_error *error)
{
    return block_encoder_events(builder->encoder) ? block_flush(builder, error) : BM_OK;
}

void partition_image_clear(struct partition_image *image)
{
    image->bytes.length = image->count = 0;
}

void partition_image_free(struct partition_image *image)
{
    text_free(&image->bytes);
    free(image->places);
    *image = (struct partition_image){0};
}

static void put(struct tally_writer *writer, const char *bytes, size_t length)
{
    writer_put(writer->writer, (struct span){bytes, length});
    writer->offset += length;
}

static void header_put(struct tally_writer *writer)
{
    char header[TALLY_HEADER_BYTES] = {0};
    memcpy(header, TALLY_MAGIC, 8);
    le_store(header + 8, TALLY_FORMAT_VERSION, 4);
    le_store(header + 24, XXH3_64bits(header, 24), 8);
    put(writer, header, sizeof header);
}

enum bm_code tally_writer_open(struct tally_writer **writer, const char *path, const volatile int *stop,
                               struct bm_error *error)
{
    struct tally_writer *made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory(error, "writing a tally file");
    int length = snprintf(made->path, sizeof made->path, "%s", path);
    enum bm_code code =
        length < 0 || (size_t)length >= sizeof made->path
            ? fail(error, BM_OUTPUT, "the path of the tally file is too long: %.200s...", path)
            : temporary_path(path, "", made->temporary, error);
    if (code == BM_OK) {
        temporaries_remove(path, NULL);
        code = writer_open(&made->own, made->temporary, error);
    }
    if (code != BM_OK) {
        free(made);
        return code;
    }
    made->lock = temporary_lock(made->temporary); /* where that cannot be, the process id says enough */
    made->open = true;
    made->own.stop = stop;
    made->writer = &made->own;
    header_put(made);
    *writer = made;
    return BM_OK;
}

enum bm_code tally_writer_over(struct tally_writer **writer, struct writer *opened, struct bm_error *error)
{
    struct tally_writer *made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory(error, "writing a tally file");
    made->writer = opened;
    made->lock = -1;
    header_put(made);
    *writer = made;
    return BM_OK;
}

enum bm_code tally_writer_partition(struct tally_writer *writer, unsigned partition,
                                    const struct partition_image *image, struct bm_error *error)
{
    ASSERT(partition >= writer->next_partition && partition < PARTITION_COUNT);
    for (; writer->next_partition < partition; writer->next_partition++)
        put_varint(&writer->partitions, 0);
    writer->next_partition++;
    put_varint(&writer->partitions, image->count);
    for (size_t k = 0; k < image->count; k++) {
        const struct block_place *place = &image->places[k];
        put_varint(&writer->partitions, place->packed_bytes);
        put_varint(&writer->partitions, place->raw_bytes);
        put_varint(&writer->partitions, place->entries);
        put_varint(&writer->partitions, place->events);
        put_le(&writer->partitions, place->xxh3, 8);
    }
    put(writer, image->bytes.at, image->bytes.length);
    return writer->partitions.failed ? fail_memory(error, "the index of a tally file") : BM_OK;
}

static bool pack(struct text *to, const struct text *from)
{
    if (from->failed || !text_reserve(to, ZSTD_compressBound(from->length)))
        return false;
    size_t packed =
        ZSTD_compress(to->at, to->capacity, from->at ? from->at : "", from->length, SECTION_ZSTD_LEVEL);
    if (ZSTD_isError(packed))
        return false;
    to->length = packed;
    return true;
}

enum bm_code tally_writer_section(struct tally_writer *writer, enum tally_section section,
                                  const struct text *content, struct bm_error *error)
{
    struct text packed = {0};
    if (content->length > SECTION_RAW_MAX)
        return fail(error, BM_RESOURCE, "a section of the tally file would be over %llu bytes",
                    (unsigned long long)SECTION_RAW_MAX);
    if (!pack(&packed, content)) {
        text_free(&packed);
        return fail_memory(error, "writing a tally file");
    }
    writer->section_count++;
    put_varint(&writer->sections, section);
    put_varint(&writer->sections, packed.length);
    put_varint(&writer->sections, content->length);
    put_le(&writer->sections, XXH3_64bits(packed.at, packed.length), 8);
    put(writer, packed.at, packed.length);
    text_free(&packed);
    return BM_OK;
}

static void trailer_put(struct tally_writer *writer, uint64_t index_offset, const struct text *packed,
                        size_t raw_bytes)
{
    char trailer[TALLY_TRAILER_BYTES];
    le_store(trailer, index_offset, 8);
    le_store(trailer + 8, packed->length, 8);
    le_store(trailer + 16, raw_bytes, 8);
    le_store(trailer + 24, XXH3_64bits(packed->at, packed->length), 8);
    le_store(trailer + 32, writer->offset + sizeof trailer, 8);
    le_store(trailer + 40, XXH3_64bits(trailer, 40), 8);
    memcpy(trailer + 48, TALLY_MAGIC, 8);
    put(writer, trailer, sizeof trailer);
}

enum bm_code tally_writer_finish(struct tally_writer *writer, struct bm_error *error)
{
    for (; writer->next_partition < PARTITION_COUNT; writer->next_partition++)
        put_varint(&writer->partitions, 0);
    struct text index = {0}, packed = {0};
    put_varint(&index, writer->section_count);
    text_put(&index, (struct span){writer->sections.at, writer->sections.length});
    text_put(&index, (struct span){writer->partitions.at, writer->partitions.length});
    index.failed |= writer->sections.failed || writer->partitions.failed;
    enum bm_code code = pack(&packed, &index) ? BM_OK : fail_memory(error, "the index of a tally file");
    if (code == BM_OK) {
        uint64_t offset = writer->offset;
        put(writer, packed.at, packed.length);
        trailer_put(writer, offset, &packed, index.length);
        if (writer->open)
            code = writer_close(&writer->own, NULL, NULL, error);
        writer->finished = writer->open && code == BM_OK;
        writer->open = false;
    }
    text_free(&index);
    text_free(&packed);
    return code;
}

enum bm_code tally_writer_commit(struct tally_writer *writer, struct bm_error *error)
{
    ASSERT(writer->finished);
    if (rename(writer->temporary, writer->path) != 0)
        return fail_errno(error, BM_OUTPUT, "cannot write %s", writer->path);
    writer->temporary[0] = 0;
    char folder[PATH_MAX];
    path_parent(writer->path, folder);
    return folder_sync(folder) ? BM_OK : fail_errno(error, BM_OUTPUT, "cannot sync the folder %s", folder);
}

void tally_writer_free(struct tally_writer *writer)
{
    struct bm_error ignored; /* what is abandoned may as well be incomplete */
    if (!writer)
        return;
    if (writer->open)
        (void)writer_close(&writer->own, NULL, NULL, &ignored);
    if (writer->temporary[0])
        (void)unlink(writer->temporary);
    if (writer->lock >= 0)
        (void)close(writer->lock); /* nothing was written through it */
    text_free(&writer->partitions);
    text_free(&writer->sections);
    free(writer);
}
