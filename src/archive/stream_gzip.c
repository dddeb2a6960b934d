#include "base/base.h"

#include "archive/stream.h"

enum bm_code stream_gzip_start(struct text_stream *stream, struct bm_error *error)
{
    if (!stream->inflate_state)
        stream->inflate_state = stream->inflater->state_new();
    return stream->inflate_state ? BM_OK : fail_memory(error, "a gzip decoder");
}

void stream_gzip_free(struct text_stream *stream)
{
    if (stream->inflate_state)
        stream->inflater->state_free(stream->inflate_state);
}

/* Anything that does not look like a member behind the last one is an error, zeros too: they may be the rest
 * of a file that was never written. */
static enum bm_code member_start(struct text_stream *stream, struct bm_error *error)
{
    const unsigned char *at = stream->archive->bytes + stream->at;
    if (at[0] != 0x1f || (stream->end - stream->at > 1 && at[1] != 0x8b))
        return fail(error, BM_INPUT, "%s: trailing garbage behind the last gzip member at byte %zu",
                    stream->archive->path, stream->at);
    stream->inflater->member_start(stream->inflate_state);
    stream->frame = stream->at;
    stream->inside = true;
    return BM_OK;
}

static enum bm_code member_fail(const struct text_stream *stream, const char *problem, struct bm_error *error)
{
    return fail(error, BM_INPUT, "%s: corrupt gzip member at byte %zu: %s", stream->archive->path,
                stream->frame, problem);
}

static enum bm_code member_read(struct text_stream *stream, char *out, size_t room, size_t *length,
                                struct bm_error *error)
{
    size_t left = stream->end - stream->at;
    struct inflate_step step = {stream->archive->bytes + stream->at, left, (unsigned char *)out, room, NULL};
    enum inflate_result result = stream->inflater->step(stream->inflate_state, &step);
    stream->at = stream->end - step.in_bytes;
    *length = room - step.out_bytes;
    if (result == INFLATE_MEMORY)
        return fail_memory(error, "a gzip decoder");
    if (result == INFLATE_CORRUPT)
        return member_fail(stream, step.problem, error);
    stream->inside = result != INFLATE_END;
    if (stream->inside && *length == 0 && step.in_bytes == left)
        return fail(error, BM_INPUT, "%s: corrupt gzip member at byte %zu: input ends inside it, at byte %zu",
                    stream->archive->path, stream->frame, stream->end);
    return BM_OK;
}

enum bm_code stream_gzip_read(struct text_stream *stream, char *out, size_t room, size_t *length,
                              struct bm_error *error)
{
    *length = 0;
    while (*length < room && (stream->inside || stream->at < stream->end)) {
        enum bm_code code = stream->inside ? BM_OK : member_start(stream, error);
        size_t got = 0;
        if (code == BM_OK)
            code = member_read(stream, out + *length, room - *length, &got, error);
        if (code != BM_OK)
            return code;
        *length += got;
    }
    return BM_OK;
}
