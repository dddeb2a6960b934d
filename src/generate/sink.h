/* Where an archive's text goes: compressed in frames of a set size, into a file. */
#ifndef GENERATE_SINK_H
#define GENERATE_SINK_H

#include "base/writer.h"

#include <zlib.h>
#include <zstd.h>

enum compression { COMPRESSION_NONE, COMPRESSION_ZST, COMPRESSION_GZ, COMPRESSION_COUNT };

/* What a caller may write between two calls of sink_commit. */
#define SINK_ROOM_BYTES ((size_t)4096)

struct sink {
    struct writer writer;
    enum compression compression;
    char *text; /* what is not compressed yet */
    size_t text_used;
    size_t chunk_bytes;   /* text handed to the compressor at a time */
    uint64_t frame_bytes; /* 0: one frame */
    uint64_t frame_left;  /* text bytes that the open frame still takes */
    bool frame_open;      /* text of it has been handed on */
    char *packed;         /* the compressor's output */
    size_t packed_bytes;
    ZSTD_CCtx *zstd;
    z_stream zlib;
    bool zlib_open;
};

/* The ending of a file so compressed: ".zst", ".gz", "". */
const char *compression_ending(enum compression compression);

/* Creates path. Call sink_close after success and sink_drop on any error in between. */
enum bm_code sink_open(struct sink *sink, const char *path, enum compression compression,
                       uint64_t frame_bytes, struct bm_error *error);

/* Room for SINK_ROOM_BYTES bytes of text. */
static inline char *sink_room(struct sink *sink)
{
    return sink->text + sink->text_used;
}

/* Takes over the text from sink_room up to `end`. */
enum bm_code sink_commit(struct sink *sink, const char *end, struct bm_error *error);

enum bm_code sink_close(struct sink *sink, struct bm_error *error);

/* Removes the file. */
void sink_drop(struct sink *sink);

#endif
