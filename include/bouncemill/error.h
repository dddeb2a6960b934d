/* Errors: a code that is also the program's exit code, a message that names the place, and a hint. */
#ifndef BOUNCEMILL_ERROR_H
#define BOUNCEMILL_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers are the exit codes of the program and never change. */
enum bm_code {
    BM_OK = 0,
    BM_REJECTS = 1,      /* done, but more rows were rejected than the caller allowed */
    BM_USAGE = 2,        /* a bad option, table, setting or name */
    BM_INPUT = 3,        /* an input is missing or corrupt */
    BM_OUTPUT = 4,       /* an output could not be written */
    BM_RESOURCE = 5,     /* out of memory, disk or threads: worth retrying */
    BM_INTERNAL = 6,     /* a check of our own failed: a bug */
    BM_INTERRUPTED = 130 /* the caller asked to stop */
};

/* Filled by every function that takes one and does not return BM_OK. The caller owns it; it holds no
 * pointers. */
struct bm_error {
    enum bm_code code;
    char message[1024]; /* what happened and where: archive, line, byte offset, column */
    char hint[256];     /* what to do about it; may be empty */
};

#ifdef __cplusplus
}
#endif

#endif
