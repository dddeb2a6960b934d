#include "base/temporary.h"
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#define TEMPORARY_MARK  ".bouncemill-"
#define REMOVE_OPEN_MAX 16 /* folders that nftw keeps open at once */

void path_parent(const char *path, char parent[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
    if (!length) {
        (void)snprintf(parent, PATH_MAX, ".");
        return;
    }
    if (length >= PATH_MAX)
        length = PATH_MAX - 1; /* too long for the system, which will say so */
    memcpy(parent, path, length);
    parent[length] = 0;
}

static const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

enum bm_code temporary_path(const char *target, const char *ending, char path[PATH_MAX],
                            struct bm_error *error)
{
    uint64_t random;
    char parent[PATH_MAX];
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return fail_errno(error, BM_OUTPUT, "no random number for a temporary name");
    path_parent(target, parent);
    int length = snprintf(path, PATH_MAX, "%s%s.%s" TEMPORARY_MARK "%ld-%016llx%s", parent,
                          strcmp(parent, "/") == 0 ? "" : "/", path_name(target), (long)getpid(),
                          (unsigned long long)random, ending);
    if (length < 0 || length >= PATH_MAX)
        return fail(error, BM_OUTPUT, "the path of the output is too long: %.200s...", target);
    return BM_OK;
}

int temporary_lock(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)flock(fd, LOCK_EX | LOCK_NB);
    return fd;
}

/* Whether the run that made this is gone; its name ends in `suffix`, "PID-RANDOM". */
static bool leftover_is_dead(const char *path, const char *suffix)
{
    char *end;
    long pid = strtol(suffix, &end, 10);
    if (end == suffix || *end != '-' || pid <= 0)
        return false; /* not a name that we gave */
    if (pid != (long)getpid() && (kill((pid_t)pid, 0) == 0 || errno != ESRCH))
        return false;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool locked = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)close(fd);
    return !locked;
}

void temporaries_remove(const char *target, bool (*take)(const char *path, const char *target))
{
    char parent[PATH_MAX], prefix[NAME_MAX + 1], path[PATH_MAX];
    path_parent(target, parent);
    int length = snprintf(prefix, sizeof prefix, ".%s" TEMPORARY_MARK, path_name(target));
    DIR *listing = length < 0 || (size_t)length >= sizeof prefix ? NULL : opendir(parent);
    if (!listing)
        return;
    struct dirent *entry;
    while ((entry = readdir(listing)) != NULL) {
        if (strncmp(entry->d_name, prefix, (size_t)length) != 0)
            continue;
        int path_length = snprintf(path, sizeof path, "%s/%s", parent, entry->d_name);
        if (path_length > 0 && (size_t)path_length < sizeof path &&
            leftover_is_dead(path, entry->d_name + length) && !(take && take(path, target)))
            (void)tree_remove(path);
    }
    (void)closedir(listing);
}

static int entry_remove(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

bool tree_remove(const char *path)
{
    return nftw(path, entry_remove, REMOVE_OPEN_MAX, FTW_DEPTH | FTW_PHYS) == 0;
}

bool folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool done = fsync(fd) == 0;
    int number = errno;
    (void)close(fd); /* nothing was written through it */
    errno = number;
    return done;
}
