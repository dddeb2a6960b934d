#include "base/base.h"

#include "archive/frames.h"

#include <zstd.h>
#include <zstd_errors.h>

#define MAGIC_BYTES 4

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

static enum bm_code frame_end(const struct archive *archive, size_t begin, size_t *end,
                              struct bm_error *error)
{
    const unsigned char *bytes = archive->bytes + begin;
    size_t left = archive->size - begin;
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
    size_t at = begin;
    do {
        enum bm_code code = frame_end(archive, at, &at, error);
        if (code != BM_OK)
            return code;
    } while (at < archive->size && at - begin < bytes);
    *end = at;
    return BM_OK;
}
