#include "base/spill_file.h"
#include "base/base.h"
#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void spill_file_init(struct spill_file *file, const char *folder)
{
    *file = (struct spill_file){.fd = -1};
    (void)snprintf(file->folder, sizeof file->folder, "%s", folder);
    CHECK(pthread_mutex_init(&file->lock, NULL) == 0);
}

/* Where there are no files without a name. */
static int named_open(const char *folder)
{
    struct bm_error unused;
    char target[PATH_MAX], path[PATH_MAX];
    int length = snprintf(target, sizeof target, "%s/spill", folder);
    if (length < 0 || (size_t)length >= sizeof target || temporary_path(target, "", path, &unused) != BM_OK) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || unlink(path) == 0)
        return fd;
    int number = errno;
    (void)close(fd); /* nothing was written yet */
    errno = number;
    return -1;
}

static enum bm_code file_open(struct spill_file *file, struct bm_error *error)
{
    file->fd = open(file->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOENT))
        file->fd = named_open(file->folder);
    if (file->fd >= 0)
        return BM_OK;
    (void)fail_errno(error, BM_OUTPUT, "cannot make a temporary file in %s", file->folder);
    return fail_hint(error, "what exceeds --memory is kept beside the output until the run is done");
}

enum bm_code spill_file_take(struct spill_file *file, uint64_t bytes, uint64_t *offset,
                             struct bm_error *error)
{
    CHECK(pthread_mutex_lock(&file->lock) == 0);
    enum bm_code code = file->fd < 0 ? file_open(file, error) : BM_OK;
    if (code == BM_OK) {
        *offset = file->bytes;
        file->bytes += bytes;
    }
    CHECK(pthread_mutex_unlock(&file->lock) == 0);
    return code;
}

enum bm_code spill_file_put(const struct spill_file *file, uint64_t offset, struct span bytes,
                            struct bm_error *error)
{
    while (bytes.length) {
        ssize_t written = pwrite(file->fd, bytes.at, bytes.length, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            errno = written ? errno : EIO;
            (void)fail_errno(error, BM_OUTPUT, "cannot write a temporary file in %s", file->folder);
            return fail_hint(error, "free disk space there, or allow more --memory");
        }
        bytes.at += written;
        bytes.length -= (size_t)written;
        offset += (uint64_t)written;
    }
    return BM_OK;
}

enum bm_code spill_file_get(const struct spill_file *file, uint64_t offset, void *to, size_t bytes,
                            struct bm_error *error)
{
    for (char *at = to; bytes;) {
        ssize_t got = pread(file->fd, at, bytes, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got ? errno : EIO;
            return fail_errno(error, BM_OUTPUT, "cannot read a temporary file in %s", file->folder);
        }
        at += got;
        bytes -= (size_t)got;
        offset += (uint64_t)got;
    }
    return BM_OK;
}

void spill_file_empty(struct spill_file *file)
{
    if (file->fd >= 0)
        (void)close(file->fd); /* its bytes are of no use to anybody now */
    file->fd = -1;
    file->bytes = 0;
}

void spill_file_free(struct spill_file *file)
{
    spill_file_empty(file);
    CHECK(pthread_mutex_destroy(&file->lock) == 0);
}
