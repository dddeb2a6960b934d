/* Writing files: one large buffer, numbers without printf, CSV and JSON quoting, and a running XXH3 of what
 * was written.
 *
 * A writer remembers its first error; the calls in between return nothing, and writer_close reports it. */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include "base/fail.h"
#include "base/span.h"
#include "base/stop.h"

#include <stdint.h>

struct writer {
    char *buffer;
    size_t used;
    size_t capacity;
    int fd;
    int first_errno;           /* 0 while all is well */
    uint64_t bytes;            /* written so far */
    uint64_t handed_over;      /* of them, to the disk */
    const volatile int *stop;  /* set once it is open: what is asked to stop is not written, nor synced */
    struct XXH3_state_s *hash; /* of the bytes written so far; NULL when nobody asked */
    char path[4096];
};

/* Creates (truncates) path. */
enum bm_code writer_open(struct writer *writer, const char *path, struct bm_error *error);

/* Writes to a descriptor that the caller keeps and closes (standard output). `name` is for messages. */
enum bm_code writer_open_fd(struct writer *writer, int fd, const char *name, struct bm_error *error);

void writer_put(struct writer *writer, struct span bytes);
void writer_text(struct writer *writer, const char *text);
void writer_char(struct writer *writer, char byte);
void writer_u64(struct writer *writer, uint64_t value);
/* A CSV field, quoted when it holds a comma, quote, CR, LF, or starts or ends with a blank (RFC 4180, 2.6).
 */
void writer_csv(struct writer *writer, struct span field);
/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD, and what may steer a terminal is
 * escaped. */
void writer_json(struct writer *writer, struct span text);
/* The length of the well-formed UTF-8 character at `at` (RFC 3629, 4), or 0; `left` is at least 1. */
size_t utf8_length(const unsigned char *at, size_t left);
/* Whether the character, whose length is what utf8_length says, may steer a terminal. C1 characters too: it
 * takes U+009B for ESC [, and where it reads single bytes, 0x9b. */
bool utf8_is_control(const unsigned char *at, size_t length);
/* printf for cold places. */
void writer_format(struct writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes what is left, syncs the file (not a borrowed descriptor) and closes it. Sets *bytes and *xxh3 where
 * not NULL. Must be called once after every successful open; reports the first error of all calls. */
enum bm_code writer_close(struct writer *writer, uint64_t *bytes, uint64_t *xxh3, struct bm_error *error);

#endif
