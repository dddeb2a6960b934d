/* Reads and writes that end when the flag is set. */
#include "base/base.h"

#include "base/stop.h"
#include "base/writer.h"

#include "../test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_asked(void **state)
{
    (void)state;
    volatile int flag = 0;
    struct bm_error error;
    EXPECT(!stop_asked(NULL) && !stop_asked(&flag), "nobody asks");
    flag = 15;
    EXPECT(stop_asked(&flag), "somebody does");
    EXPECT(fail_stopped(&error) == BM_INTERRUPTED && error.code == BM_INTERRUPTED,
           "it has a code of its own");
}

static void test_read(void **state)
{
    (void)state;
    int ends[2];
    char bytes[8];
    volatile int flag = 0;
    CHECK(pipe(ends) == 0);
    EXPECT(write(ends[1], "text", 4) == 4, "a pipe holds bytes");
    EXPECT(stop_read(ends[0], bytes, sizeof bytes, &flag) == 4 && memcmp(bytes, "text", 4) == 0, "they come");
    CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && write(ends[1], "more", 4) == 4);
    EXPECT(stop_read(ends[0], bytes, sizeof bytes, NULL) == 4, "without a flag, and without blocking, too");
    flag = 2;
    CHECK(write(ends[1], "late", 4) == 4);
    EXPECT(stop_read(ends[0], bytes, sizeof bytes, &flag) == -1 && errno == ECANCELED,
           "with the flag set nothing is read");
    flag = 0;
    CHECK(close(ends[1]) == 0);
    EXPECT(stop_read(ends[0], bytes, sizeof bytes, &flag) == 4 &&
               stop_read(ends[0], bytes, sizeof bytes, &flag) == 0,
           "an end is an end");
    CHECK(close(ends[0]) == 0);
    EXPECT(stop_read(ends[0], bytes, sizeof bytes, &flag) == -1 && errno == EBADF, "an error is an error");
}

struct waiting {
    int fd;
    volatile int flag;
    ssize_t got;
    int number;
};

static void *wait_for_bytes(void *argument)
{
    struct waiting *waiting = argument;
    char byte;
    waiting->got = stop_read(waiting->fd, &byte, 1, &waiting->flag);
    waiting->number = errno;
    return NULL;
}

/* No signal comes to the thread that waits: it must look by itself. */
static void test_wait_ends(void **state)
{
    (void)state;
    int ends[2];
    pthread_t thread;
    CHECK(pipe(ends) == 0);
    struct waiting waiting = {.fd = ends[0]};
    CHECK(pthread_create(&thread, NULL, wait_for_bytes, &waiting) == 0);
    CHECK(usleep(20000) == 0);
    waiting.flag = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    EXPECT(waiting.got == -1 && waiting.number == ECANCELED, "the wait ends although nothing came");
    CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void test_pipe_without_writer(void **state)
{
    (void)state;
    char folder[] = "/tmp/bouncemill-test-XXXXXX", path[64];
    pthread_t thread;
    CHECK(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/pipe", folder);
    CHECK(mkfifo(path, 0600) == 0);
    struct waiting waiting = {.fd = open(path, O_RDONLY | O_NONBLOCK)};
    CHECK(waiting.fd >= 0 && pthread_create(&thread, NULL, wait_for_bytes, &waiting) == 0);
    CHECK(usleep(20000) == 0);
    int writer = open(path, O_WRONLY);
    CHECK(writer >= 0 && write(writer, "x", 1) == 1);
    CHECK(pthread_join(thread, NULL) == 0);
    EXPECT(waiting.got == 1, "a named pipe is waited for until somebody writes, got %zd", waiting.got);
    CHECK(close(writer) == 0 && close(waiting.fd) == 0 && unlink(path) == 0 && rmdir(folder) == 0);
}

static void test_writer(void **state)
{
    (void)state;
    char path[] = "/tmp/bouncemill-test-XXXXXX";
    static struct writer writer;
    struct bm_error error = {0};
    struct stat status;
    volatile int flag = 0;
    int fd = mkstemp(path);
    CHECK(fd >= 0 && close(fd) == 0);
    EXPECT(writer_open(&writer, path, &error) == BM_OK, "%s", error.message);
    writer.stop = &flag;
    writer_text(&writer, "text");
    flag = 2;
    EXPECT(writer_close(&writer, NULL, NULL, &error) == BM_INTERRUPTED, "got \"%s\"", error.message);
    EXPECT(stat(path, &status) == 0 && status.st_size == 0, "nothing is written any more");
    CHECK(unlink(path) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asked),     cmocka_unit_test(test_read),
        cmocka_unit_test(test_wait_ends), cmocka_unit_test(test_pipe_without_writer),
        cmocka_unit_test(test_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
