/* Reading tally files. Nothing in them is believed: every offset is derived from lengths that must add up to
 * the file's size, every part is hashed before it is unpacked, and what is unpacked is checked again, because
 * a checksum only says that a file is as it was written. */
#include "base/base.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/map_release.h"
#include "tally/tally_bytes.h"
#include "tally/tally_format.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

static enum bm_code damaged(const struct tally_file *file, uint64_t offset, const char *what,
                            struct bm_error *error)
{
    (void)fail(error, BM_INPUT, "%s: damaged at byte %llu: %s", file->path, (unsigned long long)offset, what);
    return fail_hint(error, "make it again from its archives");
}

static enum bm_code header_check(const struct tally_file *file, struct bm_error *error)
{
    if (file->size < 8 || memcmp(file->bytes, TALLY_MAGIC, 8) != 0) {
        (void)fail(error, BM_INPUT, "%s: not a tally file, at byte 0", file->path);
        return fail_hint(error, "`bouncemill scan` writes tally files");
    }
    if (file->size < TALLY_HEADER_BYTES + TALLY_TRAILER_BYTES)
        return damaged(file, file->size, "the file ends in its header", error);
    if (XXH3_64bits(file->bytes, 24) != le_load(file->bytes + 24, 8))
        return damaged(file, 0, "the header's checksum does not fit", error);
    uint64_t version = le_load(file->bytes + 8, 4);
    if (version != TALLY_FORMAT_VERSION) {
        (void)fail(error, BM_USAGE, "%s: format version %llu, and this program reads version %u", file->path,
                   (unsigned long long)version, TALLY_FORMAT_VERSION);
        return fail_hint(error, "scan the archives again, or use the program that wrote the file");
    }
    if (le_load(file->bytes + 12, 4) || le_load(file->bytes + 16, 8))
        return damaged(file, 12, "the header has flags that this version does not know", error);
    return BM_OK;
}

/* Unpacks a frame that must give raw_bytes. */
static enum bm_code frame_unpack(const struct tally_file *file, const struct tally_section_place *place,
                                 const char *what, struct text *content, struct bm_error *error)
{
    const char *packed = file->bytes + place->offset;
    *content = (struct text){0};
    if (XXH3_64bits(packed, place->packed_bytes) != place->xxh3)
        return fail(error, BM_INPUT, "%s: damaged at byte %llu: the checksum of the %s does not fit",
                    file->path, (unsigned long long)place->offset, what);
    if (place->raw_bytes > SECTION_RAW_MAX ||
        ZSTD_getFrameContentSize(packed, place->packed_bytes) != place->raw_bytes)
        return damaged(file, place->offset, "a frame has another length than the index says", error);
    if (!text_reserve(content, (size_t)place->raw_bytes + SECTION_PAD_BYTES))
        return fail_memory(error, "reading a tally file");
    size_t got = ZSTD_decompress(content->at, (size_t)place->raw_bytes, packed, place->packed_bytes);
    if (ZSTD_isError(got) || got != place->raw_bytes) {
        text_free(content);
        return damaged(file, place->offset, "a frame cannot be unpacked", error);
    }
    content->length = got;
    memset(content->at + got, 0, SECTION_PAD_BYTES);
    return BM_OK;
}

static enum bm_code trailer_read(const struct tally_file *file, struct tally_section_place *index,
                                 struct bm_error *error)
{
    uint64_t at = file->size - TALLY_TRAILER_BYTES;
    const char *trailer = file->bytes + at;
    if (memcmp(trailer + 48, TALLY_MAGIC, 8) != 0)
        return damaged(file, file->size, "the file does not end as it should: it is cut, or goes on", error);
    if (XXH3_64bits(trailer, 40) != le_load(trailer + 40, 8))
        return damaged(file, at, "the trailer's checksum does not fit", error);
    *index = (struct tally_section_place){le_load(trailer, 8), le_load(trailer + 8, 8),
                                          le_load(trailer + 16, 8), le_load(trailer + 24, 8)};
    if (le_load(trailer + 32, 8) != file->size)
        return damaged(file, at, "the file has another size than it says", error);
    if (index->offset < TALLY_HEADER_BYTES || index->offset > at || index->packed_bytes != at - index->offset)
        return damaged(file, at, "the index is not where the trailer says", error);
    return BM_OK;
}

/* Counts the index's blocks, so that memory for them is taken once. */
static uint32_t blocks_count(struct take take, uint64_t *sections)
{
    uint64_t count = 0;
    *sections = take_count(&take, 11);
    for (uint64_t k = 0; k < *sections; k++) {
        for (unsigned j = 0; j < 3; j++)
            (void)take_varint(&take);
        (void)take_le(&take, 8);
    }
    for (unsigned partition = 0; partition < PARTITION_COUNT; partition++) {
        size_t blocks = take_count(&take, 12);
        count += blocks;
        for (size_t k = 0; k < blocks; k++) {
            for (unsigned j = 0; j < 4; j++)
                (void)take_varint(&take);
            (void)take_le(&take, 8);
        }
    }
    return take.bad || take.at != take.end || count > UINT32_MAX - 1 ? UINT32_MAX : (uint32_t)count;
}

static void sections_take(struct tally_file *file, struct take *take, uint64_t offset)
{
    uint64_t count = take_varint(take);
    for (uint64_t k = 0; k < count; k++) {
        uint64_t id = take_varint(take);
        struct tally_section_place place = {.offset = offset,
                                            .packed_bytes = take_at_most(take, file->size),
                                            .raw_bytes = take_varint(take),
                                            .xxh3 = take_le(take, 8)};
        offset += place.packed_bytes;
        if (id < TALLY_SECTION_END && !file->sections[id].packed_bytes) /* others are of a later version */
            file->sections[id] = place;
    }
}

static void blocks_take(struct tally_file *file, struct take *take)
{
    uint64_t offset = TALLY_HEADER_BYTES;
    uint32_t used = 0;
    for (unsigned partition = 0; partition < PARTITION_COUNT; partition++) {
        file->first_block[partition] = used;
        for (uint64_t blocks = take_varint(take); blocks > 0; blocks--) {
            struct block_place *place = &file->blocks[used++];
            *place = (struct block_place){.offset = offset};
            place->packed_bytes = (uint32_t)take_at_most(take, UINT32_MAX);
            place->raw_bytes = (uint32_t)take_at_most(take, TALLY_BLOCK_RAW_MAX);
            place->entries = (uint32_t)take_at_most(take, TALLY_BLOCK_ADDRESSES);
            place->events = (uint32_t)take_at_most(take, TALLY_BLOCK_EVENTS);
            place->xxh3 = take_le(take, 8);
            offset += block_stored_bytes(place);
            if (offset > file->size)
                take->bad = true;
            file->events += place->events;
            file->addresses += place->entries;
        }
    }
    file->first_block[PARTITION_COUNT] = used;
}

/* Blocks, then sections, then the index: without gaps. */
static bool parts_adjoin(const struct tally_file *file, uint64_t index_offset)
{
    uint32_t blocks = file->first_block[PARTITION_COUNT];
    uint64_t end = TALLY_HEADER_BYTES;
    if (blocks)
        end = file->blocks[blocks - 1].offset + block_stored_bytes(&file->blocks[blocks - 1]);
    for (unsigned k = 1; k < TALLY_SECTION_END; k++) {
        bool missing = !file->sections[k].packed_bytes;
        if (missing ? k != TALLY_SHARE : file->sections[k].offset != end)
            return false;
        end += file->sections[k].packed_bytes;
    }
    return end == index_offset;
}

static enum bm_code index_read(struct tally_file *file, const struct tally_section_place *index,
                               struct bm_error *error)
{
    struct text content;
    enum bm_code code = frame_unpack(file, index, "index", &content, error);
    if (code != BM_OK)
        return code;
    struct take take = {content.at, content.at + content.length, false};
    uint64_t sections;
    uint32_t blocks = blocks_count(take, &sections);
    file->blocks = blocks == UINT32_MAX ? NULL : malloc(((size_t)blocks + 1) * sizeof *file->blocks);
    if (blocks == UINT32_MAX) {
        code = damaged(file, index->offset, "the index has another length than its content", error);
    } else if (!file->blocks) {
        code = fail_memory(error, "the index of a tally file");
    } else {
        struct take sections_at = take;
        take = (struct take){content.at, content.at + content.length, false};
        (void)take_varint(&take); /* the sections are walked over, for the blocks tell where they begin */
        for (uint64_t k = 0; k < sections; k++) {
            for (unsigned j = 0; j < 3; j++)
                (void)take_varint(&take);
            (void)take_le(&take, 8);
        }
        blocks_take(file, &take);
        uint64_t end = TALLY_HEADER_BYTES;
        if (blocks)
            end = file->blocks[blocks - 1].offset + block_stored_bytes(&file->blocks[blocks - 1]);
        sections_take(file, &sections_at, end);
        if (take.bad || sections_at.bad || !parts_adjoin(file, index->offset))
            code = damaged(file, index->offset, "the index does not fit the file", error);
    }
    text_free(&content);
    return code;
}

enum bm_code tally_file_over(struct tally_file *file, const char *name, const char *bytes, size_t size,
                             struct bm_error *error)
{
    *file = (struct tally_file){.path = name, .bytes = bytes, .size = size};
    struct tally_section_place index = {0};
    enum bm_code code = header_check(file, error);
    if (code == BM_OK)
        code = trailer_read(file, &index, error);
    if (code == BM_OK)
        code = index_read(file, &index, error);
    file->xxh3 = index.xxh3;
    return code;
}

static enum bm_code file_map(const char *path, int fd, char **bytes, size_t *size, struct bm_error *error)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return fail_errno(error, BM_INPUT, "cannot read %s", path);
    if (!S_ISREG(about.st_mode)) {
        (void)fail(error, BM_INPUT, "%s: not a file", path);
        return fail_hint(error, "a tally file is read through a memory map, which pipes do not have");
    }
    *size = (size_t)about.st_size;
    *bytes = NULL;
    if (!*size)
        return BM_OK;
    *bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (*bytes == MAP_FAILED)
        return fail_errno(error, BM_INPUT, "cannot map %s", path);
    return BM_OK;
}

enum bm_code tally_file_is(const char *path, bool *is, struct bm_error *error)
{
    char start[sizeof TALLY_MAGIC - 1];
    struct stat status;
    *is = false;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return BM_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(error, BM_INPUT, "cannot open %s", path);
    ssize_t got = pread(fd, start, sizeof start, 0);
    enum bm_code code = got < 0 ? fail_errno(error, BM_INPUT, "cannot read %s", path) : BM_OK;
    (void)close(fd); /* only read from */
    *is = got == sizeof start && memcmp(start, TALLY_MAGIC, sizeof start) == 0;
    return code;
}

enum bm_code tally_file_open(struct tally_file *file, const char *path, struct bm_error *error)
{
    char *bytes = NULL;
    size_t size = 0;
    *file = (struct tally_file){.path = path};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a fifo would block here */
    if (fd < 0)
        return fail_errno(error, BM_INPUT, "cannot open %s", path);
    enum bm_code code = file_map(path, fd, &bytes, &size, error);
    (void)close(fd); /* only read from */
    if (code != BM_OK)
        return code;
    code = tally_file_over(file, path, bytes ? bytes : "", size, error);
    file->mapped = bytes != NULL;
    if (code != BM_OK)
        tally_file_close(file);
    return code;
}

void tally_file_close(struct tally_file *file)
{
    if (file->mapped)
        (void)munmap((char *)(uintptr_t)file->bytes, file->size);
    free(file->blocks);
    *file = (struct tally_file){0};
}

bool tally_file_is_whole(const struct tally_file *file, const volatile int *stop)
{
    bool whole = true;
    for (uint32_t k = 0; k < file->first_block[PARTITION_COUNT] && whole && !stop_asked(stop); k++) {
        const struct block_place *place = &file->blocks[k];
        whole = XXH3_64bits(file->bytes + place->offset, block_stored_bytes(place)) == place->xxh3;
    }
    for (unsigned k = 0; k < TALLY_SECTION_END && whole; k++) {
        const struct tally_section_place *place = &file->sections[k];
        whole = !place->packed_bytes ||
                XXH3_64bits(file->bytes + place->offset, place->packed_bytes) == place->xxh3;
    }
    return whole && !stop_asked(stop);
}

enum bm_code tally_file_section(const struct tally_file *file, enum tally_section section,
                                struct text *content, struct bm_error *error)
{
    return frame_unpack(file, &file->sections[section],
                        section == TALLY_META     ? "accounting"
                        : section == TALLY_COUNTS ? "counts"
                                                  : "share",
                        content, error);
}

/* --- partitions ---------------------------------------------------------------------------------------- */

enum bm_code partition_reader_start(struct partition_reader *reader, const struct tally_file *file,
                                    unsigned partition, uint32_t kinds, struct bm_error *error)
{
    if (!reader->decoder) {
        enum bm_code code = block_decoder_new(&reader->decoder, error);
        if (code != BM_OK)
            return code;
    }
    reader->file = file;
    reader->kinds = kinds;
    reader->partition = partition;
    reader->block = file->first_block[partition];
    reader->block_end = file->first_block[partition + 1];
    reader->content = (struct tally_block){0};
    reader->entry = 0;
    reader->address_length = 0;
    return BM_OK;
}

static enum bm_code block_damaged(const struct partition_reader *reader, const char *what,
                                  struct bm_error *error)
{
    const struct block_place *place = &reader->file->blocks[reader->block - 1];
    uint32_t number = reader->block - 1 - reader->file->first_block[reader->partition];
    (void)fail(error, BM_INPUT, "%s: partition %u, block %u, at byte %llu: damaged: %s", reader->file->path,
               reader->partition, number, (unsigned long long)place->offset, what);
    return fail_hint(error, "make it again from its archives");
}

static struct span entry_address(const struct tally_entry *entry)
{
    return (struct span){entry->address, entry->length};
}

/* Addresses belong where their hash says: a file in which they do not would be merged wrongly. */
static bool partition_holds(const struct partition_reader *reader)
{
    for (uint32_t k = 0; k < reader->content.entry_count; k++)
        if (partition_of(hash_span(entry_address(&reader->content.entries[k]))) != reader->partition)
            return false;
    return true;
}

static void block_release(const struct tally_file *file, const struct block_place *place)
{
    size_t begin = (size_t)place->offset;
    if (file->mapped)
        map_release(file->bytes, file->size, begin, begin + (size_t)block_stored_bytes(place));
}

/* Decodes the next block; content is empty behind the last. */
static enum bm_code block_next(struct partition_reader *reader, struct bm_error *error)
{
    struct span last = {reader->address, reader->address_length};
    reader->content = (struct tally_block){0};
    reader->entry = 0;
    if (reader->block == reader->block_end)
        return BM_OK;
    const struct block_place *place = &reader->file->blocks[reader->block++];
    struct bm_error inner;
    enum bm_code code = block_decode(reader->decoder, reader->file->bytes + place->offset, place,
                                     reader->kinds, &reader->content, &inner);
    block_release(reader->file, place);
    if (code == BM_INPUT)
        return block_damaged(reader, inner.message, error);
    if (code != BM_OK) {
        *error = inner;
        return code;
    }
    if (!partition_holds(reader))
        return block_damaged(reader, "an address belongs to another partition", error);
    if (last.length && span_compare(last, entry_address(&reader->content.entries[0])) > 0)
        return block_damaged(reader, "its addresses come before those of the block before", error);
    return BM_OK;
}

static bool joined_add(struct partition_reader *reader, const struct tally_event *events, size_t count)
{
    struct tally_event *joined =
        array_room(reader->joined, &reader->joined_capacity, reader->joined_count + count, sizeof *joined);
    if (!joined)
        return false;
    reader->joined = joined;
    memcpy(reader->joined + reader->joined_count, events, count * sizeof *events);
    reader->joined_count += count;
    return true;
}

static void run_set(const struct partition_reader *reader, uint32_t which, struct tally_run *run)
{
    const struct tally_entry *entry = &reader->content.entries[which];
    uint32_t begin = which ? entry[-1].event_end : 0;
    *run = (struct tally_run){entry_address(entry), reader->content.events + begin, entry->event_end - begin};
}

static void address_keep(struct partition_reader *reader, struct span address)
{
    memcpy(reader->address, address.at, address.length);
    reader->address_length = address.length;
}

/* The last address of a block: whether it goes on is known when the next block is there. */
static enum bm_code run_join(struct partition_reader *reader, struct tally_run *run, struct bm_error *error)
{
    bool more = true;
    address_keep(reader, run->address);
    reader->joined_count = 0;
    while (more) {
        if (reader->joined_count &&
            tally_event_compare(&reader->joined[reader->joined_count - 1], run->events) >= 0)
            return block_damaged(reader, "an address's events come before those of the block before", error);
        if (!joined_add(reader, run->events, run->count))
            return fail_memory(error, "reading a tally file");
        if (reader->entry < reader->content.entry_count)
            break;
        enum bm_code code = block_next(reader, error);
        if (code != BM_OK)
            return code;
        more = reader->content.entry_count && span_is((struct span){reader->address, reader->address_length},
                                                      entry_address(&reader->content.entries[0]));
        if (more)
            run_set(reader, reader->entry++, run);
    }
    run->address = (struct span){reader->address, reader->address_length};
    run->events = reader->joined;
    run->count = reader->joined_count;
    return BM_OK;
}

enum bm_code partition_reader_next(struct partition_reader *reader, struct tally_run *run,
                                   struct bm_error *error)
{
    *run = (struct tally_run){0};
    if (reader->entry == reader->content.entry_count && reader->block < reader->block_end) {
        enum bm_code code = block_next(reader, error); /* the first one: later ones come with run_join */
        if (code != BM_OK)
            return code;
    }
    if (reader->entry == reader->content.entry_count)
        return BM_OK;
    run_set(reader, reader->entry++, run);
    if (reader->entry == reader->content.entry_count && reader->block < reader->block_end)
        return run_join(reader, run, error);
    return BM_OK;
}

void partition_reader_free(struct partition_reader *reader)
{
    block_decoder_free(reader->decoder);
    free(reader->joined);
    *reader = (struct partition_reader){0};
}
