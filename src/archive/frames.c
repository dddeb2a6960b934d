#include "base/base.h"

#include "archive/frames.h"

#include <zstd.h>
#include <zstd_errors.h>

#define MAGIC_BYTES        4
#define BLOCK_HEADER_BYTES 3 /* last 1 bit, type 2 bits, size 21 bits */
#define BLOCK_REPEATED     1 /* one byte stands for all */
#define BLOCK_RESERVED     3
#define FRAME_CHECKSUM     4 /* in the descriptor */
#define CHECKSUM_BYTES     4

bool frame_is_known(const unsigned char *bytes, size_t size)
{
    if (size < MAGIC_BYTES)
        return false;
    uint32_t magic =
        (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    return magic == ZSTD_MAGICNUMBER || (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

enum bm_code frame_fail_error(const struct archive *archive, size_t begin, int code, struct bm_error *error)
{
    if (code == ZSTD_error_memory_allocation)
        return fail_memory(error, "a zstd window");
    return fail(error, BM_INPUT, "%s: corrupt zstd frame at byte %zu: %s", archive->path, begin,
                ZSTD_getErrorString((ZSTD_ErrorCode)code));
}

enum bm_code frame_fail_end(const struct archive *archive, size_t begin, size_t end, struct bm_error *error)
{
    return fail(error, BM_INPUT, "%s: corrupt zstd frame at byte %zu: input ends inside it, at byte %zu",
                archive->path, begin, end);
}

/* Bytes of a frame's header (RFC 8878, 3.1.1.1) behind its magic number. */
static size_t header_bytes(unsigned char descriptor)
{
    static const unsigned char dictionary[4] = {0, 1, 2, 4}, content[4] = {0, 2, 4, 8};
    bool single = descriptor >> 5 & 1;
    unsigned size = descriptor >> 6;
    return 1U + !single + dictionary[descriptor & 3] + (single && !size ? 1U : content[size]);
}

/* Finds a frame's end from block to block, as zstd does, but lets go of the pages that this touches: with one
 * frame in a large archive, these would be half of it. False for what is no frame that ends well. */
static bool blocks_walk(const struct archive *archive, size_t begin, size_t *end)
{
    const unsigned char *bytes = archive->bytes;
    size_t size = archive->size, at = begin + MAGIC_BYTES, kept = begin;
    if (size - begin <= MAGIC_BYTES ||
        ((uint32_t)bytes[begin] | (uint32_t)bytes[begin + 1] << 8 | (uint32_t)bytes[begin + 2] << 16 |
         (uint32_t)bytes[begin + 3] << 24) != ZSTD_MAGICNUMBER)
        return false;
    unsigned char descriptor = bytes[at];
    at += header_bytes(descriptor);
    for (bool last = false; !last;) {
        if (at > size || size - at < BLOCK_HEADER_BYTES)
            return false;
        uint32_t header = (uint32_t)bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16;
        unsigned type = header >> 1 & 3;
        last = header & 1;
        at += BLOCK_HEADER_BYTES + (type == BLOCK_REPEATED ? 1 : header >> 3);
        if (type == BLOCK_RESERVED)
            return false;
        if (at - kept >= ARCHIVE_RELEASE_BYTES && at <= size) {
            archive_release(archive, kept, at);
            kept = at;
        }
    }
    at += descriptor & FRAME_CHECKSUM ? CHECKSUM_BYTES : 0;
    *end = at;
    return at <= size;
}

static enum bm_code frame_end(const struct archive *archive, size_t begin, size_t *end,
                              struct bm_error *error)
{
    const unsigned char *bytes = archive->bytes + begin;
    size_t left = archive->size - begin;
    if (blocks_walk(archive, begin, end))
        return BM_OK;
    if (left >= MAGIC_BYTES && !frame_is_known(bytes, left))
        return frame_fail_error(archive, begin, ZSTD_error_prefix_unknown, error);
    size_t length = ZSTD_findFrameCompressedSize(bytes, left);
    if (!ZSTD_isError(length)) {
        *end = begin + length;
        return BM_OK;
    }
    int code = ZSTD_getErrorCode(length);
    if (code == ZSTD_error_srcSize_wrong)
        return frame_fail_end(archive, begin, archive->size, error);
    return frame_fail_error(archive, begin, code, error);
}

enum bm_code archive_run_end(const struct archive *archive, size_t begin, size_t bytes, size_t *end,
                             struct bm_error *error)
{
    ASSERT(begin <= archive->size);
    *end = archive->size;
    if (archive->format != ARCHIVE_ZSTD || begin == archive->size)
        return BM_OK;
    size_t at = begin, kept = begin;
    do {
        enum bm_code code = frame_end(archive, at, &at, error);
        if (code != BM_OK)
            return code;
        if (at - kept >= ARCHIVE_RELEASE_BYTES) {
            archive_release(archive, kept, at);
            kept = at;
        }
    } while (at < archive->size && at - begin < bytes);
    *end = at;
    return BM_OK;
}
