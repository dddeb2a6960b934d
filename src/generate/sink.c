#include "generate/sink.h"
#include "base/base.h"

#include <unistd.h>

#define CHUNK_BYTES ((size_t)1 << 20)
#define CHUNK_BYTES_MAX                                                                                      \
    ((size_t)8 << 20) /* a frame up to this size is compressed whole, so its header says how large it is */
#define ZSTD_LEVEL  3
#define GZIP_LEVEL  6
#define GZIP_WINDOW (15 + 16) /* zlib's way of asking for a gzip header */
#define GZIP_MEMORY 8         /* zlib's default */

const char *compression_ending(enum compression compression)
{
    static const char *const endings[COMPRESSION_COUNT] = {"", ".zst", ".gz"};
    return endings[compression];
}

static enum bm_code zstd_open(struct sink *sink, struct bm_error *error)
{
    sink->zstd = ZSTD_createCCtx();
    if (!sink->zstd ||
        ZSTD_isError(ZSTD_CCtx_setParameter(sink->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(sink->zstd, ZSTD_c_checksumFlag, 1)))
        return fail_memory(error, "the zstd compressor");
    return BM_OK;
}

static enum bm_code zlib_open(struct sink *sink, struct bm_error *error)
{
    if (deflateInit2(&sink->zlib, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return fail_memory(error, "the gzip compressor");
    sink->zlib_open = true;
    return BM_OK;
}

static enum bm_code compressor_open(struct sink *sink, struct bm_error *error)
{
    sink->text = malloc(sink->chunk_bytes + SINK_ROOM_BYTES);
    sink->packed_bytes = CHUNK_BYTES;
    sink->packed = malloc(sink->packed_bytes);
    if (!sink->text || !sink->packed)
        return fail_memory(error, "an archive's text");
    if (sink->compression == COMPRESSION_ZST)
        return zstd_open(sink, error);
    return sink->compression == COMPRESSION_GZ ? zlib_open(sink, error) : BM_OK;
}

static void compressor_free(struct sink *sink)
{
    free(sink->text);
    free(sink->packed);
    ZSTD_freeCCtx(sink->zstd);
    if (sink->zlib_open)
        (void)deflateEnd(&sink->zlib); /* reports data that was thrown away: sink_drop does */
}

enum bm_code sink_open(struct sink *sink, const char *path, enum compression compression,
                       uint64_t frame_bytes, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = writer_open(&writer, path, error);
    if (code != BM_OK)
        return code;
    bool whole = frame_bytes && frame_bytes <= CHUNK_BYTES_MAX;
    *sink = (struct sink){.writer = writer,
                          .compression = compression,
                          .chunk_bytes = whole ? (size_t)frame_bytes : CHUNK_BYTES,
                          .frame_bytes = frame_bytes,
                          .frame_left = frame_bytes};
    code = compressor_open(sink, error);
    if (code != BM_OK)
        sink_drop(sink);
    return code;
}

static enum bm_code zstd_feed(struct sink *sink, struct span text, bool end, struct bm_error *error)
{
    ZSTD_inBuffer in = {text.at, text.length, 0};
    size_t left;
    do {
        ZSTD_outBuffer out = {sink->packed, sink->packed_bytes, 0};
        left = ZSTD_compressStream2(sink->zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return fail(error, BM_RESOURCE, "cannot compress %s: %s", sink->writer.path,
                        ZSTD_getErrorName(left));
        writer_put(&sink->writer, (struct span){sink->packed, out.pos});
    } while (end ? left != 0 : in.pos < in.size);
    return BM_OK;
}

static enum bm_code zlib_feed(struct sink *sink, struct span text, bool end, struct bm_error *error)
{
    sink->zlib.next_in = (Bytef *)(uintptr_t)text.at; /* zlib does not write there, but does not say const */
    sink->zlib.avail_in = (uInt)text.length;
    int result;
    do {
        sink->zlib.next_out = (Bytef *)sink->packed;
        sink->zlib.avail_out = (uInt)sink->packed_bytes;
        result = deflate(&sink->zlib, end ? Z_FINISH : Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return fail(error, BM_INTERNAL, "cannot compress %s: zlib reports %d", sink->writer.path, result);
        writer_put(&sink->writer, (struct span){sink->packed, sink->packed_bytes - sink->zlib.avail_out});
    } while (end ? result != Z_STREAM_END : sink->zlib.avail_in > 0);
    if (end && deflateReset(&sink->zlib) != Z_OK)
        return fail(error, BM_INTERNAL, "cannot restart the compression of %s", sink->writer.path);
    return BM_OK;
}

static enum bm_code feed(struct sink *sink, struct span text, bool end, struct bm_error *error)
{
    sink->frame_open = !end;
    sink->frame_left = end ? sink->frame_bytes : sink->frame_left - text.length;
    if (sink->compression == COMPRESSION_ZST)
        return zstd_feed(sink, text, end, error);
    if (sink->compression == COMPRESSION_GZ)
        return zlib_feed(sink, text, end, error);
    writer_put(&sink->writer, text);
    return BM_OK;
}

/* Hands on whole chunks, or with `last` everything, and ends frames where they are full. */
static enum bm_code flush(struct sink *sink, bool last, struct bm_error *error)
{
    size_t at = 0;
    enum bm_code code = BM_OK;
    while (code == BM_OK) {
        size_t left = sink->text_used - at;
        if (left < sink->chunk_bytes && !(last && (left || sink->frame_open)))
            break;
        size_t length = left < sink->chunk_bytes ? left : sink->chunk_bytes;
        if (sink->frame_bytes && length > sink->frame_left)
            length = (size_t)sink->frame_left;
        bool full = sink->frame_bytes && length == sink->frame_left;
        code = feed(sink, (struct span){sink->text + at, length}, full || (last && length == left), error);
        at += length;
    }
    memmove(sink->text, sink->text + at, sink->text_used - at);
    sink->text_used -= at;
    return code;
}

enum bm_code sink_commit(struct sink *sink, const char *end, struct bm_error *error)
{
    ASSERT((size_t)(end - sink_room(sink)) <= SINK_ROOM_BYTES);
    sink->text_used = (size_t)(end - sink->text);
    return sink->text_used < sink->chunk_bytes ? BM_OK : flush(sink, false, error);
}

enum bm_code sink_close(struct sink *sink, struct bm_error *error)
{
    enum bm_code code = flush(sink, true, error);
    if (code != BM_OK) {
        sink_drop(sink);
        return code;
    }
    compressor_free(sink);
    code = writer_close(&sink->writer, NULL, NULL, error);
    if (code != BM_OK)
        (void)unlink(sink->writer.path);
    return code;
}

void sink_drop(struct sink *sink)
{
    struct bm_error ignored; /* the caller reports what went wrong before */
    compressor_free(sink);
    (void)writer_close(&sink->writer, NULL, NULL, &ignored);
    (void)unlink(sink->writer.path); /* half an archive is none */
}
