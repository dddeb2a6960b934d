#include "base/base.h"

#include "archive/inflate.h"

#include <zlib.h>

#define GZIP_WINDOW_BITS (15 + 16) /* the largest window, and nothing but the gzip wrapper */

static void *zlib_new(void)
{
    z_stream *zlib = calloc(1, sizeof *zlib);
    if (zlib && inflateInit2(zlib, GZIP_WINDOW_BITS) != Z_OK) {
        free(zlib);
        return NULL;
    }
    return zlib;
}

static void zlib_free(void *state)
{
    CHECK(inflateEnd(state) == Z_OK);
    free(state);
}

static void zlib_member_start(void *state)
{
    CHECK(inflateReset(state) == Z_OK);
}

static size_t step_bytes(size_t bytes)
{
    return bytes < INFLATE_STEP_BYTES_MAX ? bytes : INFLATE_STEP_BYTES_MAX;
}

static enum inflate_result zlib_step(void *state, struct inflate_step *step)
{
    z_stream *zlib = state;
    uInt in_bytes = (uInt)step_bytes(step->in_bytes), out_bytes = (uInt)step_bytes(step->out_bytes);
    zlib->next_in = (unsigned char *)(uintptr_t)step->in; /* zlib only reads it */
    zlib->avail_in = in_bytes;
    zlib->next_out = step->out;
    zlib->avail_out = out_bytes;
    int result = inflate(zlib, Z_NO_FLUSH);
    step->in += in_bytes - zlib->avail_in;
    step->in_bytes -= in_bytes - zlib->avail_in;
    step->out += out_bytes - zlib->avail_out;
    step->out_bytes -= out_bytes - zlib->avail_out;
    if (result == Z_OK || result == Z_BUF_ERROR)
        return INFLATE_MORE;
    if (result == Z_STREAM_END)
        return INFLATE_END;
    if (result == Z_MEM_ERROR)
        return INFLATE_MEMORY;
    step->problem = zlib->msg ? zlib->msg : "invalid data";
    return INFLATE_CORRUPT;
}

const struct inflater inflater_zlib = {"zlib", zlib_new, zlib_free, zlib_member_start, zlib_step};
