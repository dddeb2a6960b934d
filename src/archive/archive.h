/* Archives: files of compressed or plain text, mapped into memory, cut into runs that can be read alone. */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include "base/fail.h"
#include "base/span.h"

#include <stdint.h>

enum archive_format { ARCHIVE_PLAIN, ARCHIVE_ZSTD, ARCHIVE_GZIP };

struct archive {
    const char *path;           /* as given; "-" is standard input */
    const unsigned char *bytes; /* NULL for an empty file */
    size_t size;
    enum archive_format format; /* by magic bytes */
    bool mapped;                /* the bytes are a file's */
};

/* Maps a file (standard input and pipes are copied to an unlinked temporary file first). `path` must outlive
 * the archive. Waiting for the bytes of a pipe ends when *stop is set (base/stop.h). */
enum bm_code archive_open(struct archive *archive, const char *path, const volatile int *stop,
                          struct bm_error *error);
void archive_close(struct archive *archive);

/* Describes bytes that the caller keeps, for tests and fuzzing: never closed. */
void archive_over(struct archive *archive, const char *name, const unsigned char *bytes, size_t size);

/* Lets go of the pages of a part that was read, and of those that the kernel mapped around it; they come back
 * from the file when they are read again. Keeps the resident set to what is being worked on. */
void archive_release(const struct archive *archive, size_t begin, size_t end);

/* XXH3 of the file's bytes, whose pages it lets go of again. Of no meaning when *stop is set. */
uint64_t archive_hash(const struct archive *archive, const volatile int *stop);

#define ARCHIVE_RELEASE_BYTES                                                                                \
    ((size_t)4 << 20) /* that readers go on before they let go of what they read                             \
                       */

/* The end of a run of whole zstd frames (skippable ones too) that starts at the frame boundary `begin` and
 * holds at least `bytes` compressed bytes, or the archive's size when less is left. Walks block headers only.
 * For other formats always the size. Fails (BM_INPUT) on a truncated or corrupt frame, naming archive and
 * byte offset. */
enum bm_code archive_run_end(const struct archive *archive, size_t begin, size_t bytes, size_t *end,
                             struct bm_error *error);

/* The largest window that a frame may ask for (zstd's own limit for --long=27 without a flag). */
#define ARCHIVE_WINDOW_LOG_MAX 27

/* A stream of text out of part of an archive. */
struct text_stream;

/* Streams archive[begin .. end); both are frame boundaries (plain: any offset). */
enum bm_code text_stream_new(struct text_stream **stream, struct bm_error *error);
void text_stream_free(struct text_stream *stream);

/* Starts on a new range; the stream's buffers and contexts are kept. */
enum bm_code text_stream_start(struct text_stream *stream, const struct archive *archive, size_t begin,
                               size_t end, struct bm_error *error);

/* From here on the archive's bytes are hashed as they are read, while they are in the cache. Only for a range
 * that begins where the archive does. */
enum bm_code text_stream_hash_start(struct text_stream *stream, struct bm_error *error);

/* XXH3 of the whole archive; what of it was not read is now. As archive_hash. */
uint64_t text_stream_hash(struct text_stream *stream);

/* Moves the end of the range forward, after a read returned 0 bytes or before. */
void text_stream_extend(struct text_stream *stream, size_t end);

/* Reads up to `room` bytes; sets *length, 0 only at the end of the range. A truncated or corrupt frame or
 * member, a wrong checksum, trailing garbage: BM_INPUT with archive and byte offset in the archive. */
enum bm_code text_stream_read(struct text_stream *stream, char *out, size_t room, size_t *length,
                              struct bm_error *error);

/* Lets go of the archive's pages that were read: for who stops before the end of the range. */
void text_stream_release(struct text_stream *stream);

/* A list of archive paths, in the order in which they will be named: arguments in order, folders walked in
 * name order. */
struct path_list {
    char **paths;
    size_t count;
    size_t capacity;
};

/* Adds a file, "-", or every regular file below a folder (names starting with '.' are left out; symbolic
 * links to files are followed, to folders not). A path that does not exist is BM_INPUT. */
enum bm_code path_list_add(struct path_list *list, const char *path, struct bm_error *error);

/* Adds every line of a file ("-": standard input). Empty lines are skipped. Waiting for a pipe ends when
 * *stop is set (base/stop.h). */
enum bm_code path_list_add_file(struct path_list *list, const char *list_path, const volatile int *stop,
                                struct bm_error *error);
void path_list_free(struct path_list *list);

#endif
