/* The inside of a text_stream, shared by the formats. */
#ifndef ARCHIVE_STREAM_H
#define ARCHIVE_STREAM_H

#include "archive/archive.h"
#include "archive/inflate.h"

struct text_stream {
    const struct archive *archive;
    size_t at;    /* the next byte of the archive */
    size_t end;   /* of the range */
    size_t kept;  /* where the pages begin that were read and are still mapped */
    size_t frame; /* where the frame or member that is being read begins */
    bool hashing; /* what was read goes into the hash, up to: */
    size_t hashed;
    struct XXH3_state_s *hash; /* made at first use, then kept */
    bool inside;               /* a frame or member has begun and has not ended */

    uint64_t frame_text;   /* bytes of text that the zstd frame has given */
    uint64_t frame_wanted; /* and what its header announced, or ZSTD_CONTENTSIZE_UNKNOWN */

    /* Made at first use, then kept. */
    struct ZSTD_DCtx_s *zstd;
    const struct inflater *inflater; /* which one; set before the first use */
    void *inflate_state;
};

/* Makes the context where there is none. */
enum bm_code stream_zstd_start(struct text_stream *stream, struct bm_error *error);
enum bm_code stream_gzip_start(struct text_stream *stream, struct bm_error *error);

/* As text_stream_read. */
enum bm_code stream_zstd_read(struct text_stream *stream, char *out, size_t room, size_t *length,
                              struct bm_error *error);
enum bm_code stream_gzip_read(struct text_stream *stream, char *out, size_t room, size_t *length,
                              struct bm_error *error);

void stream_zstd_free(struct text_stream *stream);
void stream_gzip_free(struct text_stream *stream);

#endif
