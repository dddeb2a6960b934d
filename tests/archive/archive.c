#include "samples.h"

#include "base/hash.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/bouncemill-test-XXXXXX");
    return !mkdtemp(folder) || chdir(folder) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "we");
    CHECK(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

/* Opens `path` and compares it with what it should hold. */
static void expect_bytes(const char *path, const void *bytes, size_t size, enum archive_format format)
{
    struct archive archive;
    struct bm_error error = {0};
    EXPECT(archive_open(&archive, path, NULL, &error) == BM_OK, "%s opens: %s", path, error.message);
    EXPECT(archive.size == size && (size == 0 || memcmp(archive.bytes, bytes, size) == 0),
           "%s holds its %zu bytes, got %zu", path, size, archive.size);
    EXPECT(archive.format == format, "%s is of format %d, got %d", path, (int)format, (int)archive.format);
    EXPECT(strcmp(archive.path, path) == 0, "the path is as given");
    EXPECT(archive_hash(&archive, NULL) == XXH3_64bits(size ? bytes : "", size),
           "the hash is XXH3 of the bytes");
    archive_close(&archive);
    archive_close(&archive); /* twice does no harm */
}

static void test_formats(void **state)
{
    (void)state;
    static const struct {
        unsigned char bytes[5];
        size_t size;
        enum archive_format format;
    } cases[] = {
        {{0x28, 0xb5, 0x2f, 0xfd}, 4, ARCHIVE_ZSTD},
        {{0x28, 0xb5, 0x2f, 0xfd, 9}, 5, ARCHIVE_ZSTD},
        {{0x50, 0x2a, 0x4d, 0x18}, 4, ARCHIVE_ZSTD},
        {{0x5f, 0x2a, 0x4d, 0x18}, 4, ARCHIVE_ZSTD},
        {{0x60, 0x2a, 0x4d, 0x18}, 4, ARCHIVE_PLAIN},
        {{0x4f, 0x2a, 0x4d, 0x18}, 4, ARCHIVE_PLAIN},
        {{0x27, 0xb5, 0x2f, 0xfd, 9}, 5, ARCHIVE_PLAIN},
        {{0x28, 0xb5, 0x2f}, 3, ARCHIVE_PLAIN},
        {{0x1f, 0x8b}, 2, ARCHIVE_GZIP},
        {{0x1f, 0x8b, 8}, 3, ARCHIVE_GZIP},
        {{0x1f}, 1, ARCHIVE_PLAIN},
        {{0x1f, 0x8c}, 2, ARCHIVE_PLAIN},
        {"time", 4, ARCHIVE_PLAIN},
    };
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        write_file("a.csv", cases[k].bytes, cases[k].size);
        expect_bytes("a.csv", cases[k].bytes, cases[k].size, cases[k].format);
    }
}

static void test_empty(void **state)
{
    (void)state;
    write_file("empty", "", 0);
    expect_bytes("empty", NULL, 0, ARCHIVE_PLAIN);
    expect_bytes("/dev/null", NULL, 0, ARCHIVE_PLAIN);
    struct archive archive;
    struct bm_error error;
    EXPECT(archive_open(&archive, "empty", NULL, &error) == BM_OK && !archive.bytes, "nothing is at NULL");
    archive_close(&archive);
}

static void test_large(void **state)
{
    (void)state;
    struct bytes text = sample_text(1000001, 3);
    write_file("large", text.at, text.size);
    expect_bytes("large", text.at, text.size, ARCHIVE_PLAIN);
    bytes_free(&text);
}

static void expect_refused(const char *path, enum bm_code wanted, const char *message)
{
    struct archive archive;
    struct bm_error error = {0};
    enum bm_code code = archive_open(&archive, path, NULL, &error);
    EXPECT(code == wanted && strcmp(error.message, message) == 0, "\"%s\", got %d \"%s\"", message, (int)code,
           error.message);
    archive_close(&archive); /* a refused archive is an empty one */
}

/* How many pages of the archive's are mapped (proc(5), pagemap: the top bit). */
static size_t pages_mapped(const struct archive *archive)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), mapped = 0;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    for (size_t at = 0; at < archive->size; at += page) {
        uint64_t entry;
        off_t offset = (off_t)(((uintptr_t)archive->bytes + at) / page * sizeof entry);
        CHECK(pread(fd, &entry, sizeof entry, offset) == (ssize_t)sizeof entry);
        mapped += entry >> 63;
    }
    CHECK(close(fd) == 0);
    return mapped;
}

/* Of what was read nothing stays mapped, nor of what the kernel maps around it. */
static void test_release(void **state)
{
    (void)state;
    enum { MIB = 1 << 20 };
    static const struct {
        size_t begin, end;
    } parts[] = {{0, 1}, {3 * MIB + 70000, 5 * MIB + 1}, {2 * MIB, 4 * MIB}, {7 * MIB, 8 * MIB + 10}};
    static unsigned char bytes[8 * MIB + 10];
    bytes[0] = 't';
    write_file("a.csv", bytes, sizeof bytes);
    struct archive archive;
    struct bm_error error = {0};
    EXPECT(archive_open(&archive, "a.csv", NULL, &error) == BM_OK, "it opens: %s", error.message);
    for (size_t k = 0; k < COUNT_OF(parts); k++) {
        uint64_t hash = XXH3_64bits(archive.bytes + parts[k].begin, parts[k].end - parts[k].begin);
        EXPECT(pages_mapped(&archive) > 0, "what is read is mapped");
        archive_release(&archive, parts[k].begin, parts[k].end);
        EXPECT(pages_mapped(&archive) == 0, "part %zu: %zu pages stay", k, pages_mapped(&archive));
        EXPECT(XXH3_64bits(archive.bytes + parts[k].begin, parts[k].end - parts[k].begin) == hash,
               "and comes back");
        archive_release(&archive, parts[k].begin, parts[k].end);
    }
    archive_close(&archive);
}

static void test_refused(void **state)
{
    (void)state;
    CHECK(mkdir("folder", 0777) == 0);
    expect_refused("nowhere", BM_INPUT, "cannot open nowhere: No such file or directory");
    expect_refused("folder", BM_INPUT, "folder is a folder, not an archive");
}

struct feed {
    int fd;
    const struct bytes *bytes;
};

/* Writes odd pieces into a pipe, then closes it. */
static void *feed_main(void *argument)
{
    const struct feed *feed = argument;
    uint64_t seed = 1;
    for (size_t at = 0; at < feed->bytes->size;) {
        size_t left = feed->bytes->size - at, piece = test_random(&seed) % 50000 + 1;
        ssize_t written = write(feed->fd, feed->bytes->at + at, piece < left ? piece : left);
        CHECK(written > 0);
        at += (size_t)written;
    }
    CHECK(close(feed->fd) == 0);
    return NULL;
}

static void *feed_fifo(void *argument)
{
    struct feed *feed = argument;
    feed->fd = open("fifo", O_WRONLY | O_CLOEXEC);
    CHECK(feed->fd >= 0);
    return feed_main(feed);
}

static void test_fifo(void **state)
{
    (void)state;
    struct bytes text = sample_text(700000, 3), archive = {0};
    zstd_add(&archive, text.at, text.size, true);
    CHECK(mkfifo("fifo", 0666) == 0);
    struct feed feed = {-1, &archive};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, feed_fifo, &feed) == 0);
    expect_bytes("fifo", archive.at, archive.size, ARCHIVE_ZSTD);
    CHECK(pthread_join(thread, NULL) == 0);
    bytes_free(&archive);
    bytes_free(&text);
}

static void test_stdin_pipe(void **state)
{
    (void)state;
    struct bytes text = sample_text(700000, 3);
    int ends[2];
    CHECK(pipe(ends) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO && close(ends[0]) == 0);
    struct feed feed = {ends[1], &text};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, feed_main, &feed) == 0);
    expect_bytes("-", text.at, text.size, ARCHIVE_PLAIN);
    CHECK(pthread_join(thread, NULL) == 0);
    bytes_free(&text);
}

static void stdin_from(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO && close(fd) == 0);
}

/* From the start, and from where another program left off. */
static void test_stdin_file(void **state)
{
    (void)state;
    write_file("file", "0123456789", 10);
    stdin_from("file");
    expect_bytes("-", "0123456789", 10, ARCHIVE_PLAIN);
    CHECK(lseek(STDIN_FILENO, 4, SEEK_SET) == 4);
    expect_bytes("-", "456789", 6, ARCHIVE_PLAIN);
    CHECK(mkdir("folder2", 0777) == 0);
    stdin_from("folder2");
    expect_refused("-", BM_INPUT, "- is a folder, not an archive");
}

static void test_temporary_folder(void **state)
{
    (void)state;
    write_file("file", "0123456789", 10);
    stdin_from("file");
    CHECK(lseek(STDIN_FILENO, 4, SEEK_SET) == 4);
    CHECK(setenv("TMPDIR", "/nowhere/at/all", 1) == 0);
    expect_refused("-", BM_RESOURCE,
                   "cannot create a temporary file in /nowhere/at/all to read -: No such file or directory");
    CHECK(setenv("TMPDIR", folder, 1) == 0);
    expect_bytes("-", "456789", 6, ARCHIVE_PLAIN);
    CHECK(unsetenv("TMPDIR") == 0);
}

/* The temporary file stops growing half way, as on a full disk. */
static void test_copy_fails(void **state)
{
    (void)state;
    struct bytes text = sample_text(30000, 3);
    int ends[2];
    CHECK(pipe(ends) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO && close(ends[0]) == 0);
    feed_main(&(struct feed){ends[1], &text}); /* fits into the pipe */
    struct rlimit before, small;
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0 && signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    small = before;
    small.rlim_cur = 5000;
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    struct archive archive;
    struct bm_error error = {0};
    enum bm_code code = archive_open(&archive, "-", NULL, &error);
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    EXPECT(code == BM_RESOURCE &&
               strcmp(error.message, "cannot copy - to a temporary file: File too large") == 0,
           "a copy that cannot be written is BM_RESOURCE, got %d \"%s\"", (int)code, error.message);
    bytes_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_release),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_fifo),
        cmocka_unit_test(test_stdin_pipe),
        cmocka_unit_test(test_stdin_file),
        cmocka_unit_test(test_temporary_folder),
        cmocka_unit_test(test_copy_fails),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
