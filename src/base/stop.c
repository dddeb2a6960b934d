#include "base/stop.h"
#include "base/base.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Between two looks at the flag: a signal may come just before a call that waits, or go to another thread. */
#define LOOK_MS 100

enum bm_code fail_stopped(struct bm_error *error)
{
    return fail(error, BM_INTERRUPTED, "interrupted");
}

ssize_t stop_read(int fd, void *buffer, size_t room, const volatile int *stop)
{
    while (!stop_asked(stop)) {
        struct pollfd wanted = {.fd = fd, .events = POLLIN};
        int ready = poll(&wanted, 1, LOOK_MS);
        if (ready < 0 && errno != EINTR)
            return -1;
        if (ready <= 0)
            continue;
        ssize_t got = read(fd, buffer, room);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN))
            return got;
    }
    errno = ECANCELED;
    return -1;
}
