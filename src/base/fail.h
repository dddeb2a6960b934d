/* Filling a bm_error. Every fallible function returns an enum bm_code and takes a struct bm_error. */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <bouncemill/error.h>

/* Sets code and message (printf), empties the hint, and returns the code: `return fail(error, BM_INPUT,
 * ...)`. */
enum bm_code fail(struct bm_error *error, enum bm_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* As fail, with ": strerror(errno)" behind the message. ENOSPC, EDQUOT, ENOMEM, EMFILE, ENFILE and EAGAIN
 * turn the code into BM_RESOURCE. */
enum bm_code fail_errno(struct bm_error *error, enum bm_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* BM_RESOURCE with "out of memory" and what the memory was for. */
enum bm_code fail_memory(struct bm_error *error, const char *purpose) __attribute__((cold));

/* Adds the hint to a filled error and returns its code. */
enum bm_code fail_hint(struct bm_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));

#endif
