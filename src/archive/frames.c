/* Walking from frame to frame by their block headers.
 *
 * ZSTD_findFrameCompressedSize does the same, but in one go: a frame of gigabytes would be mapped whole
 * before any of it is read. Here what was walked over is let go of. Whatever else may be wrong with a frame,
 * the decoder will say. */
#include "base/base.h"

#include "archive/frames.h"
#include "base/little_endian.h"

#include <zstd.h>
#include <zstd_errors.h>

#define MAGIC_BYTES            4
#define SKIPPABLE_HEADER_BYTES 8
#define BLOCK_HEADER_BYTES     3
#define CHECKSUM_BYTES         4

enum block_type { BLOCK_RAW, BLOCK_RLE, BLOCK_COMPRESSED, BLOCK_RESERVED };

bool frame_is_known(const unsigned char *bytes, size_t size)
{
    if (size < MAGIC_BYTES)
        return false;
    uint64_t magic = le_load(bytes, MAGIC_BYTES);
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

/* Bytes of a frame's header by its descriptor (RFC 8878, 3.1.1.1): magic, descriptor, window, dictionary and
 * content size. */
static size_t header_bytes(unsigned descriptor)
{
    static const unsigned char dictionary_bytes[] = {0, 1, 2, 4}, content_bytes[] = {0, 2, 4, 8};
    bool single_segment = descriptor >> 5 & 1;
    size_t content = content_bytes[descriptor >> 6];
    if (single_segment)
        content += content == 0;
    return MAGIC_BYTES + 1 + !single_segment + dictionary_bytes[descriptor & 3] + content;
}

/* The end of the last of the blocks that begin at *at; false when the archive ends before. */
static bool blocks_walk(const struct archive *archive, size_t begin, size_t *at, struct bm_error *error)
{
    size_t kept = *at;
    for (bool last = false; !last;) {
        if (*at > archive->size || archive->size - *at < BLOCK_HEADER_BYTES)
            return frame_fail_end(archive, begin, archive->size, error) == BM_OK;
        uint64_t header = le_load(archive->bytes + *at, BLOCK_HEADER_BYTES);
        enum block_type type = header >> 1 & 3;
        if (type == BLOCK_RESERVED)
            return frame_fail_error(archive, begin, ZSTD_error_corruption_detected, error) == BM_OK;
        last = header & 1;
        *at += BLOCK_HEADER_BYTES + (type == BLOCK_RLE ? 1 : header >> 3);
        if (*at - kept >= ARCHIVE_RELEASE_BYTES && *at < archive->size) {
            archive_release(archive, kept, *at);
            kept = *at;
        }
    }
    return true;
}

static enum bm_code frame_end(const struct archive *archive, size_t begin, size_t *end,
                              struct bm_error *error)
{
    const unsigned char *bytes = archive->bytes + begin;
    size_t left = archive->size - begin, at = begin;
    if (left >= MAGIC_BYTES && !frame_is_known(bytes, left))
        return frame_fail_error(archive, begin, ZSTD_error_prefix_unknown, error);
    if (left < SKIPPABLE_HEADER_BYTES)
        return frame_fail_end(archive, begin, archive->size, error);
    if (le_load(bytes, MAGIC_BYTES) == ZSTD_MAGICNUMBER) {
        at += header_bytes(bytes[MAGIC_BYTES]);
        if (!blocks_walk(archive, begin, &at, error))
            return BM_INPUT;
        at += bytes[MAGIC_BYTES] >> 2 & 1 ? CHECKSUM_BYTES : 0;
    } else {
        at += SKIPPABLE_HEADER_BYTES +
              (size_t)le_load(bytes + MAGIC_BYTES, SKIPPABLE_HEADER_BYTES - MAGIC_BYTES);
    }
    if (at > archive->size)
        return frame_fail_end(archive, begin, archive->size, error);
    *end = at;
    return BM_OK;
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
        if (at - kept < ARCHIVE_RELEASE_BYTES)
            continue;
        archive_release(archive, kept, at);
        kept = at;
    } while (at < archive->size && at - begin < bytes);
    archive_release(archive, kept, at); /* short frames, too, and short runs */
    *end = at;
    return BM_OK;
}
