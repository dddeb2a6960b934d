/* Frame boundaries of zstd files (RFC 8878, 3.1). */
#ifndef ARCHIVE_FRAMES_H
#define ARCHIVE_FRAMES_H

#include "archive/archive.h"

/* Whether `bytes` start with the magic number of a zstd frame or of a skippable frame. libzstd also reads the
 * formats of before its version 0.8, which have no checksums; nothing here does. */
bool frame_is_known(const unsigned char *bytes, size_t size);

/* Fails with libzstd's error `code` for the frame at byte `begin`; BM_RESOURCE when memory was out. */
enum bm_code frame_fail_error(const struct archive *archive, size_t begin, int code, struct bm_error *error)
    __attribute__((cold));

/* Fails: the input ends at byte `end`, inside the frame that started at byte `begin`. */
enum bm_code frame_fail_end(const struct archive *archive, size_t begin, size_t end, struct bm_error *error)
    __attribute__((cold));

#endif
