/* Whole runs in a scratch folder: archives in, output folders out. */
#ifndef TESTS_RUN_FOLDER_SUPPORT_H
#define TESTS_RUN_FOLDER_SUPPORT_H

#include "../archive/samples.h"

#include <bouncemill/run.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define SCRATCH_BYTES 256

struct scratch {
    char path[SCRATCH_BYTES];
    char archive[SCRATCH_BYTES + 16];
    char output[SCRATCH_BYTES + 16];
};

static inline void scratch_make(struct scratch *scratch)
{
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(scratch->path, sizeof scratch->path, "%s/bouncemill-test-XXXXXX", parent);
    CHECK(mkdtemp(scratch->path));
    (void)snprintf(scratch->archive, sizeof scratch->archive, "%s/archive", scratch->path);
    (void)snprintf(scratch->output, sizeof scratch->output, "%s/out", scratch->path);
}

/* The names in a folder, sorted, one a line; `names` has room for `room` bytes. */
static inline size_t folder_list(const char *path, char *names, size_t room)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    CHECK(count >= 0);
    size_t used = 0, listed = 0;
    names[0] = 0;
    for (int k = 0; k < count; k++) {
        const char *name = entries[k]->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            used += (size_t)snprintf(names + used, room - used, "%s\n", name);
            CHECK(used < room);
            listed++;
        }
        free(entries[k]);
    }
    free(entries);
    return listed;
}

static inline void folder_remove(const char *path)
{
    char names[8192];
    folder_list(path, names, sizeof names);
    char *rest = NULL;
    for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest)) {
        char below[PATH_MAX];
        CHECK(snprintf(below, sizeof below, "%s/%s", path, name) < (int)sizeof below);
        if (unlink(below) != 0)
            folder_remove(below);
    }
    CHECK(rmdir(path) == 0);
}

static inline void file_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    CHECK(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static inline void file_append(const char *folder, const char *name, struct bytes *to)
{
    char path[PATH_MAX];
    CHECK(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    for (ssize_t got = 1; got > 0;) {
        got = read(fd, bytes_room(to, 4096), 4096);
        CHECK(got >= 0);
        to->size += (size_t)got;
    }
    CHECK(close(fd) == 0);
}

static inline void folder_append(const char *path, bool manifest, struct bytes *all)
{
    char names[8192];
    folder_list(path, names, sizeof names);
    char *rest = NULL;
    for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest)) {
        if (!manifest && strcmp(name, "manifest.json") == 0)
            continue;
        bytes_add(all, name, strlen(name) + 1);
        char below[PATH_MAX];
        struct stat status;
        CHECK(snprintf(below, sizeof below, "%s/%s", path, name) < (int)sizeof below);
        CHECK(lstat(below, &status) == 0);
        if (S_ISDIR(status.st_mode))
            folder_append(below, manifest, all);
        else
            file_append(path, name, all);
    }
}

/* All files of an output folder and below, names and bytes; the manifest, which holds times, only where asked
 * for. */
static inline struct bytes folder_bytes(const char *path, bool manifest)
{
    struct bytes all = {0};
    folder_append(path, manifest, &all);
    return all;
}

#endif
