/* Opening archives.
 *
 * Everything behind this file works on one stretch of memory: frames can be found, read and read again in any
 * order by any thread, without descriptors, offsets or buffers to share. A regular file is mapped; what
 * cannot be mapped (a pipe, a terminal) is copied to a temporary file without a name, which the page cache
 * serves as fast as the pipe did and which may be larger than memory.
 *
 * The price of a map is that a file which is cut short while it is read raises SIGBUS. What to do then is the
 * program's business (cli/lost_page.c), not the library's: archives are files that are complete. */
#include "base/base.h"

#include "archive/archive.h"
#include "archive/frames.h"
#include "base/hash.h"
#include "base/map_release.h"
#include "base/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)

static enum archive_format format_of(const unsigned char *bytes, size_t size)
{
    if (frame_is_known(bytes, size))
        return ARCHIVE_ZSTD;
    if (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
        return ARCHIVE_GZIP;
    return ARCHIVE_PLAIN;
}

void archive_over(struct archive *archive, const char *name, const unsigned char *bytes, size_t size)
{
    *archive = (struct archive){.path = name,
                                .bytes = size ? bytes : NULL,
                                .size = size,
                                .format = size ? format_of(bytes, size) : ARCHIVE_PLAIN};
}

static enum bm_code map_file(struct archive *archive, const char *path, int fd, off_t size,
                             struct bm_error *error)
{
    if (size == 0) {
        archive_over(archive, path, NULL, 0);
        return BM_OK;
    }
    if ((uintmax_t)size > SIZE_MAX)
        return fail(error, BM_RESOURCE, "%s: larger than the address space", path);
    void *bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return fail_errno(error, BM_INPUT, "cannot map %s", path);
    (void)madvise(bytes, (size_t)size, MADV_SEQUENTIAL); /* advice only */
    archive_over(archive, path, bytes, (size_t)size);
    archive->mapped = true;
    return BM_OK;
}

static bool write_all(int fd, const char *at, size_t length)
{
    while (length) {
        ssize_t written = write(fd, at, length);
        if (written > 0) {
            at += written;
            length -= (size_t)written;
        } else if (written == 0) {
            errno = EIO;
            return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

static enum bm_code copy_all(int from, int to, const char *path, const volatile int *stop, off_t *size,
                             char *buffer, struct bm_error *error)
{
    for (*size = 0;;) {
        ssize_t length = stop_read(from, buffer, COPY_BYTES, stop);
        if (length == 0)
            return BM_OK;
        if (length < 0 && errno == ECANCELED)
            return fail_stopped(error);
        if (length < 0)
            return fail_errno(error, BM_INPUT, "cannot read %s", path);
        if (!write_all(to, buffer, (size_t)length))
            return fail_errno(error, BM_RESOURCE, "cannot copy %s to a temporary file", path);
        *size += length;
    }
}

/* A temporary file without a name. Returns its descriptor, or -1 with errno. */
static int temporary_file(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    char *name; /* file systems without O_TMPFILE say so in several ways: try the old one */
    if (asprintf(&name, "%s/bouncemill-XXXXXX", folder) < 0) {
        errno = ENOMEM;
        return -1;
    }
    fd = mkostemp(name, O_CLOEXEC);
    int number = errno;
    if (fd >= 0 && unlink(name) != 0) {
        number = errno;
        (void)close(fd);
        fd = -1;
    }
    free(name);
    errno = number;
    return fd;
}

static enum bm_code map_copy(struct archive *archive, const char *path, int from, const volatile int *stop,
                             struct bm_error *error)
{
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
    int to = temporary_file(folder);
    if (to < 0)
        return fail_errno(error, BM_RESOURCE, "cannot create a temporary file in %s to read %s", folder,
                          path);
    char *buffer = malloc(COPY_BYTES);
    off_t size = 0;
    enum bm_code code = buffer ? copy_all(from, to, path, stop, &size, buffer, error)
                               : fail_memory(error, "reading from a pipe");
    free(buffer);
    if (code == BM_OK)
        code = map_file(archive, path, to, size, error);
    (void)close(to); /* the map stays */
    return code;
}

static enum bm_code map_descriptor(struct archive *archive, const char *path, int fd,
                                   const volatile int *stop, struct bm_error *error)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return fail_errno(error, BM_INPUT, "cannot examine %s", path);
    if (S_ISDIR(status.st_mode))
        return fail(error, BM_INPUT, "%s is a folder, not an archive", path);
    /* Redirected standard input may be a file from which somebody has already read a part. */
    if (S_ISREG(status.st_mode) && lseek(fd, 0, SEEK_CUR) == 0)
        return map_file(archive, path, fd, status.st_size, error);
    return map_copy(archive, path, fd, stop, error);
}

enum bm_code archive_open(struct archive *archive, const char *path, const volatile int *stop,
                          struct bm_error *error)
{
    archive_over(archive, path, NULL, 0);
    if (strcmp(path, "-") == 0)
        return map_descriptor(archive, path, STDIN_FILENO, stop, error);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is waited for where it is read */
    if (fd < 0)
        return fail_errno(error, BM_INPUT, "cannot open %s", path);
    enum bm_code code = map_descriptor(archive, path, fd, stop, error);
    (void)close(fd); /* read only: nothing can be lost */
    return code;
}

void archive_close(struct archive *archive)
{
    if (archive->bytes)
        CHECK(munmap((void *)(uintptr_t)archive->bytes, archive->size) == 0);
    archive->bytes = NULL;
    archive->size = 0;
}

void archive_release(const struct archive *archive, size_t begin, size_t end)
{
    if (archive->mapped)
        map_release(archive->bytes, archive->size, begin, end);
}

uint64_t archive_hash(const struct archive *archive, const volatile int *stop)
{
    XXH3_state_t state;
    CHECK(XXH3_64bits_reset(&state) == XXH_OK);
    for (size_t at = 0, next; at < archive->size && !stop_asked(stop); at = next) {
        next = archive->size - at < ARCHIVE_RELEASE_BYTES ? archive->size : at + ARCHIVE_RELEASE_BYTES;
        CHECK(XXH3_64bits_update(&state, archive->bytes + at, next - at) == XXH_OK);
        archive_release(archive, at, next);
    }
    return XXH3_64bits_digest(&state);
}
