/* Archives made in memory, and reading them back. Bytes lie right before a page that cannot be touched, so
 * that a decoder which reads or writes one byte too many stops the test. */
#ifndef TESTS_ARCHIVE_SAMPLES_H
#define TESTS_ARCHIVE_SAMPLES_H

#include "base/base.h"

#include "archive/stream.h"
#include "config.h"

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "../test.h"

struct bytes {
    unsigned char *at;
    size_t size;
    size_t capacity;
};

static inline unsigned char *bytes_room(struct bytes *bytes, size_t room)
{
    if (bytes->capacity - bytes->size < room) {
        bytes->capacity = (bytes->size + room) * 2;
        bytes->at = realloc(bytes->at, bytes->capacity);
        CHECK(bytes->at);
    }
    return bytes->at + bytes->size;
}

static inline void bytes_add(struct bytes *bytes, const void *at, size_t size)
{
    if (size)
        memcpy(bytes_room(bytes, size), at, size);
    bytes->size += size;
}

static inline void bytes_free(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){0};
}

static inline bool bytes_same(const struct bytes *a, const struct bytes *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->at, b->at, a->size) == 0);
}

/* Rows that compress, but not to nothing. */
static inline struct bytes sample_text(size_t size, uint64_t seed)
{
    struct bytes text = {0};
    char row[128];
    while (text.size < size) {
        int length = snprintf(row, sizeof row, "%llu,delivered,user%llu@example.org,250,2.0.0\n",
                              1700000000 + (unsigned long long)text.size,
                              (unsigned long long)test_random(&seed) % 100000);
        size_t left = size - text.size;
        bytes_add(&text, row, (size_t)length < left ? (size_t)length : left);
    }
    return text;
}

static inline void zstd_add_with(struct bytes *archive, ZSTD_CCtx *context, const void *text, size_t size)
{
    size_t room = ZSTD_compressBound(size);
    size_t length = ZSTD_compress2(context, bytes_room(archive, room), room, text, size);
    CHECK(!ZSTD_isError(length));
    archive->size += length;
}

/* A frame with a checksum. */
static inline void zstd_add(struct bytes *archive, const void *text, size_t size, bool content_size)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    CHECK(context);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, content_size);
    zstd_add_with(archive, context, text, size);
    ZSTD_freeCCtx(context);
}

/* A skippable frame of `size` bytes, of the kind 0 .. 15. */
static inline void skippable_add(struct bytes *archive, unsigned kind, size_t size)
{
    unsigned char header[8] = {
        (unsigned char)(0x50 | kind), 0x2a, 0x4d, 0x18, (unsigned char)size, (unsigned char)(size >> 8),
        (unsigned char)(size >> 16)};
    bytes_add(archive, header, sizeof header);
    for (size_t k = 0; k < size; k++)
        bytes_add(archive, &(unsigned char){(unsigned char)(k * 7)}, 1);
}

static inline void gzip_add(struct bytes *archive, const void *text, size_t size)
{
    z_stream zlib = {0};
    CHECK(deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&zlib, size) + 64;
    zlib.next_in = (unsigned char *)(uintptr_t)text;
    zlib.avail_in = (uInt)size;
    zlib.next_out = bytes_room(archive, room);
    zlib.avail_out = (uInt)room;
    CHECK(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
    archive->size += zlib.total_out;
    CHECK(deflateEnd(&zlib) == Z_OK);
}

/* Memory whose last byte is followed by a page that nobody may touch. */
struct guarded {
    unsigned char *at;
    void *map;
    size_t map_bytes;
};

static inline struct guarded guarded_new(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t body = (size + page - 1) / page * page;
    struct guarded memory = {.map_bytes = body + page};
    memory.map = mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory.map != MAP_FAILED);
    CHECK(mprotect((char *)memory.map + body, page, PROT_NONE) == 0);
    memory.at = (unsigned char *)memory.map + body - size;
    return memory;
}

static inline struct guarded guarded_copy(const void *at, size_t size)
{
    struct guarded memory = guarded_new(size);
    if (size)
        memcpy(memory.at, at, size);
    return memory;
}

static inline void guarded_free(struct guarded *memory)
{
    CHECK(munmap(memory->map, memory->map_bytes) == 0);
}

static inline struct text_stream *sample_stream(const struct inflater *inflater)
{
    struct bm_error error;
    struct text_stream *stream;
    CHECK(text_stream_new(&stream, &error) == BM_OK);
    if (inflater)
        stream->inflater = inflater;
    return stream;
}

/* Appends what a started stream still holds to `text`, `room` bytes at a time; every read but the last must
 * be full. */
static inline enum bm_code stream_drain(struct text_stream *stream, size_t room, struct bytes *text,
                                        struct bm_error *error)
{
    struct guarded out = guarded_new(room);
    enum bm_code code = BM_OK;
    bool was_short = false;
    for (;;) {
        size_t length = SIZE_MAX;
        code = text_stream_read(stream, (char *)out.at, room, &length, error);
        if (code != BM_OK || length == 0)
            break;
        EXPECT(length <= room, "a read of %zu bytes gives no more, got %zu", room, length);
        EXPECT(!was_short, "only the last read is short");
        was_short = length < room;
        bytes_add(text, out.at, length);
    }
    guarded_free(&out);
    return code;
}

static inline enum bm_code range_read(struct text_stream *stream, const struct archive *archive, size_t begin,
                                      size_t end, size_t room, struct bytes *text, struct bm_error *error)
{
    enum bm_code code = text_stream_start(stream, archive, begin, end, error);
    return code == BM_OK ? stream_drain(stream, room, text, error) : code;
}

/* Reads bytes as an archive named "sample". */
static inline enum bm_code sample_read(struct text_stream *stream, const void *at, size_t size, size_t room,
                                       struct bytes *text, struct bm_error *error)
{
    struct guarded copy = guarded_copy(at, size);
    struct archive archive;
    archive_over(&archive, "sample", copy.at, size);
    enum bm_code code = range_read(stream, &archive, 0, size, room, text, error);
    EXPECT(stream->at <= size, "no more is read than there is: %zu bytes of %zu", stream->at, size);
    guarded_free(&copy);
    return code;
}

/* The archive gives `text`, whatever the room. */
static inline void expect_text(struct text_stream *stream, const struct bytes *archive,
                               const struct bytes *text)
{
    static const size_t rooms[] = {1, 7, 4096, 65537, (size_t)1 << 20};
    for (size_t k = text->size > 100000 ? 2 : 0; k < COUNT_OF(rooms); k++) {
        struct bytes got = {0};
        struct bm_error error = {0};
        enum bm_code code = sample_read(stream, archive->at, archive->size, rooms[k], &got, &error);
        EXPECT(code == BM_OK, "it reads at room %zu: %s", rooms[k], error.message);
        EXPECT(bytes_same(&got, text), "the text comes back at room %zu", rooms[k]);
        bytes_free(&got);
    }
}

/* The archive is refused with `message`. */
static inline void expect_failure(struct text_stream *stream, const struct bytes *archive,
                                  const char *message)
{
    struct bytes got = {0};
    struct bm_error error = {0};
    enum bm_code code = sample_read(stream, archive->at, archive->size, 4096, &got, &error);
    EXPECT(code == BM_INPUT, "\"%s\" is BM_INPUT, got %d", message, (int)code);
    EXPECT(strcmp(error.message, message) == 0, "\"%s\", got \"%s\"", message, error.message);
    bytes_free(&got);
}

/* Every shorter archive is refused or gives a beginning of the text at one of the allowed ends; no other. */
static inline void expect_truncations_fail(struct text_stream *stream, const struct bytes *archive,
                                           enum archive_format format, const size_t *ends, size_t end_count)
{
    for (size_t size = 1; size < archive->size; size++) {
        struct archive shape;
        archive_over(&shape, "sample", archive->at, size);
        bool allowed = shape.format != format;
        for (size_t k = 0; k < end_count; k++)
            allowed |= ends[k] == size;
        struct bytes got = {0};
        struct bm_error error = {0};
        enum bm_code code = sample_read(stream, archive->at, size, 64, &got, &error);
        EXPECT(allowed ? code == BM_OK : code == BM_INPUT, "cut at %zu: %s", size,
               allowed ? error.message : "refused");
        bytes_free(&got);
    }
}

/* Every flipped bit is refused, changes nothing, or hides the format. Returns how many were refused. */
static inline size_t expect_flips_told(struct text_stream *stream, const struct bytes *archive,
                                       enum archive_format format, const struct bytes *text)
{
    size_t refused = 0;
    for (size_t bit = 0; bit < archive->size * 8; bit++) {
        unsigned char *byte = archive->at + bit / 8, before = *byte;
        *byte ^= (unsigned char)(1u << bit % 8);
        struct archive shape;
        archive_over(&shape, "sample", archive->at, archive->size);
        struct bytes got = {0};
        struct bm_error error = {0};
        enum bm_code code = sample_read(stream, archive->at, archive->size, 4096, &got, &error);
        EXPECT(code == BM_OK || code == BM_INPUT, "bit %zu: BM_OK or BM_INPUT, got %d", bit, (int)code);
        EXPECT(code != BM_OK || shape.format != format || bytes_same(&got, text),
               "bit %zu: no other text with success", bit);
        refused += code != BM_OK;
        bytes_free(&got);
        *byte = before;
    }
    return refused;
}

#endif
