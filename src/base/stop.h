/* Stopping a job from outside: a signal handler sets a flag, and whatever takes long looks at it.
 *
 * The flag is never taken back. So whoever works in a loop may just leave it, with a result that is worth
 * nothing, as long as whoever called looks at the flag too before the result is used; no message has to be
 * handed up. It is looked at where a block of work ends that takes some milliseconds: a step of text, a part
 * of a file's rows, a buffer that is written, a few MiB that are hashed. What cannot be left are single calls
 * of the system: fsync takes what the disk takes. */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include "base/fail.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* `stop` may be NULL: nobody asks. */
static inline bool stop_asked(const volatile int *stop)
{
    return stop && *stop;
}

/* BM_INTERRUPTED. */
enum bm_code fail_stopped(struct bm_error *error);

/* read() that does not wait on for bytes when the job is to stop: then it returns -1 with ECANCELED, as it
 * does before the first byte. Takes descriptors that do not block, too. */
ssize_t stop_read(int fd, void *buffer, size_t room, const volatile int *stop);

#endif
