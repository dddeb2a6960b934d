/* Calls that fail when a test says so. The linker hands the library's own calls of these to the functions
 * below. */
#ifndef TESTS_RUN_FAULT_CALLS_H
#define TESTS_RUN_FAULT_CALLS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#define CALLS_MAX 100000 /* more than a run makes: the end of a loop that never succeeds */

static atomic_long countdown; /* calls until one fails; 0 and below: none */
static atomic_bool then_all;  /* and all of its kind after it */
static atomic_bool only_memory;
static atomic_bool armed;
static atomic_long failed;

/* For thousands of runs in one process: what one frees the next takes again, in small pages. Given back, the
 * system would clear it each time, which took most of a test's time. */
static inline void memory_keep(void)
{
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20); /* not of the sanitizers' malloc: 0, and no harm */
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
    (void)mallopt(M_TOP_PAD, 64 << 20);
}

static bool call_fails(bool memory, int number)
{
    if (!atomic_load(&armed) || (!memory && atomic_load(&only_memory)))
        return false;
    long left = atomic_fetch_sub(&countdown, 1);
    bool fails = left == 1 || (left < 1 && atomic_load(&then_all));
    if (fails) {
        atomic_fetch_add(&failed, 1);
        errno = number;
    }
    return fails;
}

/* FAULT(type, name, parameters, arguments, failure value, memory or not, errno) */
#define FAULT(type, name, parameters, arguments, failure, memory, number)                                    \
    type __real_##name parameters;                                                                           \
    type __wrap_##name parameters;                                                                           \
    type __wrap_##name parameters                                                                            \
    {                                                                                                        \
        return call_fails(memory, number) ? (failure) : __real_##name arguments;                             \
    }

FAULT(void *, malloc, (size_t size), (size), NULL, true, ENOMEM)
FAULT(void *, calloc, (size_t count, size_t size), (count, size), NULL, true, ENOMEM)
FAULT(void *, realloc, (void *old, size_t size), (old, size), NULL, true, ENOMEM)
FAULT(void *, reallocarray, (void *old, size_t count, size_t size), (old, count, size), NULL, true, ENOMEM)
FAULT(void *, aligned_alloc, (size_t align, size_t size), (align, size), NULL, true, ENOMEM)
FAULT(char *, strdup, (const char *text), (text), NULL, true, ENOMEM)
FAULT(void *, mmap64, (void *at, size_t size, int protection, int flags, int fd, off_t offset),
      (at, size, protection, flags, fd, offset), MAP_FAILED, true, ENOMEM)
FAULT(ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size), -1, false, ENOSPC)
FAULT(int, fsync, (int fd), (fd), -1, false, EIO)
FAULT(int, rename, (const char *from, const char *to), (from, to), -1, false, EIO)
FAULT(int, renameat2, (int from_at, const char *from, int to_at, const char *to, unsigned flags),
      (from_at, from, to_at, to, flags), -1, false, EIO)
FAULT(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, false, EACCES)
FAULT(DIR *, opendir, (const char *path), (path), NULL, false, EMFILE)
FAULT(ssize_t, getrandom, (void *to, size_t size, unsigned flags), (to, size, flags), -1, false, EIO)
FAULT(char *, realpath, (const char *path, char *real), (path, real), NULL, false, EIO)

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                          void *argument)
{
    return call_fails(false, EAGAIN) ? EAGAIN : __real_pthread_create(thread, attributes, start, argument);
}

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return call_fails(false, EMFILE) ? -1 : __real_open64(path, flags, mode);
}

#endif
