/* Text out of zstd frames.
 *
 * ZSTD_decompressStream decodes into a window of its own (2 MiB at level 3) and copies from there into the
 * caller's buffer; a frame that fits whole into what room is left is decoded straight into it. What the copy
 * costs, on 200 MB of event rows at level 3, one core, best of five:
 *   streaming into 256 KiB                1.00 (64 KiB: 0.98, 1 MiB: 1.03)
 *   one call into 200 MB, no copy         1.00: its writes miss the cache, as much as the copy costs
 *   ZSTD_decompressContinue, own window   0.95: no copy, but the reader would have to follow a ring, and the
 *                                         function is outside of the stable interface
 * Hence the stable interface.
 *
 * Frames are counted here and not left to libzstd, which would go on to the next one by itself: errors name
 * the byte at which the frame begins, the formats of old are turned away, and a frame without an end is told
 * from the end of the range. So is the length of the text compared with the one that the header announces:
 * libzstd (1.5.4) forgets to when it streams and the last block is empty. */
#include "base/base.h"

#include "archive/frames.h"
#include "archive/stream.h"

#include <zstd.h>
#include <zstd_errors.h>

enum bm_code stream_zstd_start(struct text_stream *stream, struct bm_error *error)
{
    if (stream->zstd)
        return BM_OK;
    stream->zstd = ZSTD_createDCtx();
    if (!stream->zstd)
        return fail_memory(error, "a zstd decoder");
    size_t result = ZSTD_DCtx_setParameter(stream->zstd, ZSTD_d_windowLogMax, ARCHIVE_WINDOW_LOG_MAX);
    CHECK(!ZSTD_isError(result));
    return BM_OK;
}

void stream_zstd_free(struct text_stream *stream)
{
    (void)ZSTD_freeDCtx(stream->zstd); /* takes NULL, and only fails for contexts in static memory */
}

static enum bm_code frame_start(struct text_stream *stream, struct bm_error *error)
{
    stream->frame = stream->at;
    size_t left = stream->end - stream->at;
    if (left < 4)
        return frame_fail_end(stream->archive, stream->at, stream->end, error);
    if (!frame_is_known(stream->archive->bytes + stream->at, left))
        return frame_fail_error(stream->archive, stream->at, ZSTD_error_prefix_unknown, error);
    CHECK(!ZSTD_isError(ZSTD_DCtx_reset(stream->zstd, ZSTD_reset_session_only)));
    stream->frame_wanted = ZSTD_getFrameContentSize(stream->archive->bytes + stream->at, left);
    if (stream->frame_wanted == ZSTD_CONTENTSIZE_ERROR)
        stream->frame_wanted = ZSTD_CONTENTSIZE_UNKNOWN; /* the decoder will say what is wrong */
    stream->frame_text = 0;
    stream->inside = true;
    return BM_OK;
}

static bool length_is_wrong(const struct text_stream *stream)
{
    return stream->frame_wanted != ZSTD_CONTENTSIZE_UNKNOWN && stream->frame_text != stream->frame_wanted;
}

static enum bm_code frame_read(struct text_stream *stream, char *out, size_t room, size_t *length,
                               struct bm_error *error)
{
    size_t left = stream->end - stream->at;
    ZSTD_inBuffer in = {stream->archive->bytes + stream->at, left, 0};
    ZSTD_outBuffer to = {out, room, 0};
    size_t result = ZSTD_decompressStream(stream->zstd, &to, &in);
    stream->at += in.pos;
    *length = to.pos;
    if (ZSTD_isError(result))
        return frame_fail_error(stream->archive, stream->frame, ZSTD_getErrorCode(result), error);
    stream->frame_text += to.pos;
    stream->inside = result != 0;
    if (!stream->inside && length_is_wrong(stream))
        return frame_fail_error(stream->archive, stream->frame, ZSTD_error_corruption_detected, error);
    if (stream->inside && to.pos == 0 && in.pos == 0)
        return frame_fail_end(stream->archive, stream->frame, stream->end, error);
    return BM_OK;
}

enum bm_code stream_zstd_read(struct text_stream *stream, char *out, size_t room, size_t *length,
                              struct bm_error *error)
{
    *length = 0;
    while (*length < room && (stream->inside || stream->at < stream->end)) {
        enum bm_code code = stream->inside ? BM_OK : frame_start(stream, error);
        size_t got = 0;
        if (code == BM_OK)
            code = frame_read(stream, out + *length, room - *length, &got, error);
        if (code != BM_OK)
            return code;
        *length += got;
    }
    return BM_OK;
}
