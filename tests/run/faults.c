/* Every call that may fail does, once: the run says so, the old output stays whole, and nothing is left
 * behind.
 *
 * The calls are those that the library makes itself; the linker hands them to the functions below. */
#include "base/base.h"

#include "folder_support.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/random.h>

#define CALLS_MAX 100000 /* more than a run makes: the end of a loop that never succeeds */

static atomic_long countdown; /* calls until one fails; 0 and below: none */
static atomic_bool then_all;  /* and all of its kind after it */
static atomic_bool only_memory;
static atomic_bool armed;
static atomic_long failed;

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

static struct scratch scratch;
static char plain_archive[SCRATCH_BYTES + 16];
static struct bytes wanted;    /* the output, without the manifest */
static struct bytes old_whole; /* that of the run before, with it */

static void archives_make(unsigned from)
{
    static const char *const texts[] = {"no such user", "zqx is not known", "mailbox full", "\"two\nlines\""};
    struct bytes text = {0}, archive = {0};
    char row[256];
    for (unsigned k = 0; k < 120; k++) {
        int length = snprintf(row, sizeof row, "%s%u,%s,a%u@d%u.example,c%u,550,%s\n",
                              k ? "" : "time,event,address,campaign,smtp_code,diagnostic\n",
                              1700000000 + from + k * 90000, k % 5 ? "bounce" : "complaint", k % 17, k % 3,
                              k % 4, texts[k % COUNT_OF(texts)]);
        bytes_add(&text, row, (size_t)length);
    }
    bytes_add(&text, "17,short\n", 9);
    zstd_add(&archive, text.at, text.size / 2, true);
    zstd_add(&archive, text.at + text.size / 2, text.size - text.size / 2, true);
    file_write(scratch.archive, archive.at, archive.size);
    file_write(plain_archive, text.at, text.size / 3);
    bytes_free(&text);
    bytes_free(&archive);
}

static enum bm_code run(struct bm_error *error)
{
    struct bm_run_options options;
    bm_run_options_init(&options);
    const char *archives[] = {scratch.archive, plain_archive};
    options.output = scratch.output;
    options.archives = archives;
    options.archive_count = COUNT_OF(archives);
    options.policies = "sfmc,marketo"; /* several: they are compared, too */
    options.threads = 2;
    options.history = 1;
    options.exports = "sha256,ses";
    options.export_policy = "sfmc";
    static const char *const as_of[] = {"2023-12-01/1w/2024-06-01", "2024-06-01T00:00:00Z"};
    options.as_of = as_of;
    options.as_of_count = COUNT_OF(as_of);
    return bm_run(&options, NULL, error);
}

/* The output of a run on other archives, which the runs under test would replace. */
static void old_make(void)
{
    struct bm_error error;
    archives_make(7);
    EXPECT(run(&error) == BM_OK, "a run without faults succeeds: %s", error.message);
    bytes_free(&old_whole);
    old_whole = folder_bytes(scratch.output, true);
    archives_make(0);
}

static int setup(void **state)
{
    (void)state;
    struct bm_error error;
    scratch_make(&scratch);
    (void)snprintf(plain_archive, sizeof plain_archive, "%s/plain", scratch.path);
    archives_make(0);
    CHECK(run(&error) == BM_OK);
    wanted = folder_bytes(scratch.output, false);
    old_make();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bytes_free(&wanted);
    bytes_free(&old_whole);
    folder_remove(scratch.path);
    return 0;
}

/* A folder whose manifest cannot be read is not known to be ours, and is refused as somebody else's. */
static bool code_fits(const struct bm_error *error)
{
    return error->code == BM_RESOURCE || error->code == BM_OUTPUT;
}

static void expect_whole(long call, enum bm_code code, const struct bm_error *error)
{
    char names[8192];
    folder_list(scratch.path, names, sizeof names);
    struct bytes now = folder_bytes(scratch.output, code != BM_OK);
    if (code == BM_OK) {
        EXPECT(bytes_same(&now, &wanted), "call %ld: what succeeds has written the right output", call);
        old_make(); /* this also removes what could not be removed */
    } else {
        EXPECT(code == error->code && code_fits(error),
               "call %ld: a code for want of resources or output, got %d: %s", call, (int)code,
               error->message);
        EXPECT(bytes_same(&now, &old_whole), "call %ld: the old output is whole after: %s", call,
               error->message);
    }
    bytes_free(&now);
    if (code == BM_OK)
        folder_list(scratch.path, names, sizeof names);
    EXPECT(strcmp(names, "archive\nout\nplain\n") == 0, "call %ld: nothing is left behind: %s", call, names);
}

/* Makes call 1, 2, ... fail, until a run has fewer of them. */
static void fail_all(bool memory, bool after)
{
    atomic_store(&only_memory, memory);
    atomic_store(&then_all, after);
    long call = 1, failures = 0;
    for (long before = -1; before != 0 && call < CALLS_MAX; call++) {
        struct bm_error error = {0};
        atomic_store(&failed, 0);
        atomic_store(&countdown, call);
        atomic_store(&armed, true);
        enum bm_code code = run(&error);
        atomic_store(&armed, false);
        before = atomic_load(&failed);
        failures += code != BM_OK;
        EXPECT(before > 0 || code == BM_OK, "call %ld: a run without faults succeeds: %s", call,
               error.message);
        expect_whole(call, code, &error);
    }
    EXPECT(failures > 100 && call < CALLS_MAX, "many calls were made to fail: %ld of %ld", failures, call);
    print_message("%ld calls, %ld runs failed\n", call, failures);
}

static void test_each_call(void **state)
{
    (void)state;
    fail_all(false, false);
}

static void test_memory_out_for_good(void **state)
{
    (void)state;
    fail_all(true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call),
        cmocka_unit_test(test_memory_out_for_good),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
