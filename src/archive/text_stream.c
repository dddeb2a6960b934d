#include "base/base.h"

#include "archive/stream.h"
#include "config.h"

#include <xxhash.h>

enum bm_code text_stream_new(struct text_stream **stream, struct bm_error *error)
{
    *stream = calloc(1, sizeof **stream);
    if (!*stream)
        return fail_memory(error, "a text stream");
#if HAVE_ISAL
    (*stream)->inflater = &inflater_isal;
#else
    (*stream)->inflater = &inflater_zlib;
#endif
    return BM_OK;
}

void text_stream_free(struct text_stream *stream)
{
    if (!stream)
        return;
    (void)XXH3_freeState(stream->hash); /* takes NULL, and never fails */
    stream_zstd_free(stream);
    stream_gzip_free(stream);
    free(stream);
}

enum bm_code text_stream_start(struct text_stream *stream, const struct archive *archive, size_t begin,
                               size_t end, struct bm_error *error)
{
    ASSERT(begin <= end && end <= archive->size);
    stream->archive = archive;
    stream->at = begin;
    stream->frame = begin;
    stream->kept = begin;
    stream->end = end;
    stream->inside = false;
    stream->hashing = false;
    switch (archive->format) {
    case ARCHIVE_ZSTD:
        return stream_zstd_start(stream, error);
    case ARCHIVE_GZIP:
        return stream_gzip_start(stream, error);
    case ARCHIVE_PLAIN:
        break;
    }
    return BM_OK;
}

enum bm_code text_stream_hash_start(struct text_stream *stream, struct bm_error *error)
{
    ASSERT(stream->at == 0);
    if (!stream->hash)
        stream->hash = XXH3_createState();
    if (!stream->hash)
        return fail_memory(error, "a hash");
    CHECK(XXH3_64bits_reset(stream->hash) == XXH_OK);
    stream->hashing = true;
    stream->hashed = 0;
    return BM_OK;
}

static void hash_on(struct text_stream *stream, size_t end)
{
    if (end > stream->hashed) /* the bytes may be NULL where there are none */
        CHECK(XXH3_64bits_update(stream->hash, stream->archive->bytes + stream->hashed,
                                 end - stream->hashed) == XXH_OK);
    stream->hashed = end;
}

uint64_t text_stream_hash(struct text_stream *stream)
{
    ASSERT(stream->hashing);
    hash_on(stream, stream->archive->size);
    return XXH3_64bits_digest(stream->hash);
}

void text_stream_extend(struct text_stream *stream, size_t end)
{
    ASSERT(end >= stream->end && end <= stream->archive->size);
    stream->end = end;
}

static void read_plain(struct text_stream *stream, char *out, size_t room, size_t *length)
{
    size_t left = stream->end - stream->at;
    *length = left < room ? left : room;
    if (*length)
        memcpy(out, stream->archive->bytes + stream->at, *length);
    stream->at += *length;
}

void text_stream_release(struct text_stream *stream)
{
    archive_release(stream->archive, stream->kept, stream->at);
    stream->kept = stream->at;
}

static enum bm_code stream_read(struct text_stream *stream, char *out, size_t room, size_t *length,
                                struct bm_error *error)
{
    switch (stream->archive->format) {
    case ARCHIVE_ZSTD:
        return stream_zstd_read(stream, out, room, length, error);
    case ARCHIVE_GZIP:
        return stream_gzip_read(stream, out, room, length, error);
    case ARCHIVE_PLAIN:
        break;
    }
    read_plain(stream, out, room, length);
    return BM_OK;
}

enum bm_code text_stream_read(struct text_stream *stream, char *out, size_t room, size_t *length,
                              struct bm_error *error)
{
    ASSERT(room > 0);
    enum bm_code code = stream_read(stream, out, room, length, error);
    if (stream->hashing)
        hash_on(stream, stream->at);
    if (code != BM_OK || !*length || stream->at - stream->kept >= ARCHIVE_RELEASE_BYTES)
        text_stream_release(stream);
    return code;
}
