/* See folder.h for what is promised, and base/temporary.h for what is not finished. */
#include "output/folder.h"
#include "base/base.h"

#include "base/array.h"
#include "base/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST_HEAD_MAX ((size_t)64 << 10) /* ours names its format in the first line */
#define NAME_ATTEMPTS     8
#define ASIDE_ENDING      "-old" /* an output that was moved aside, not one that was being written */

enum target_state { TARGET_ABSENT, TARGET_EMPTY, TARGET_OURS, TARGET_FOREIGN, TARGET_NO_FOLDER };

/* snprintf for paths: what does not fit is an error and never cut. */
__attribute__((format(printf, 3, 4))) static bool path_format(char *out, size_t room, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(out, room, format, args);
    va_end(args);
    return length >= 0 && (size_t)length < room;
}

static const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Looks for "format": "bouncemill-output" with any blanks between. */
static bool text_names_format(const char *text)
{
    for (const char *at = text; (at = strstr(at, "\"format\"")) != NULL;) {
        at = skip_blanks(at + strlen("\"format\""));
        if (*at != ':')
            continue;
        at = skip_blanks(at + 1);
        if (strncmp(at, "\"" FOLDER_FORMAT "\"", strlen(FOLDER_FORMAT) + 2) == 0)
            return true;
    }
    return false;
}

/* Reads the start of a file; no file, or none that is one, reads as empty. */
static enum bm_code read_head(const char *path, char *head, struct bm_error *error)
{
    head[0] = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ELOOP || errno == ENXIO
                   ? BM_OK
                   : fail_errno(error, BM_OUTPUT, "cannot read %s", path);
    size_t length = 0;
    ssize_t got = 1;
    while (length < MANIFEST_HEAD_MAX && got != 0) {
        got = read(fd, head + length, MANIFEST_HEAD_MAX - length);
        if (got < 0 && errno != EINTR)
            break;
        if (got > 0)
            length += (size_t)got;
    }
    enum bm_code code = BM_OK;
    if (got < 0 && errno != EISDIR && errno != EAGAIN) /* a folder or a pipe of that name is no manifest */
        code = fail_errno(error, BM_OUTPUT, "cannot read %s", path);
    (void)close(fd);
    head[length] = 0;
    return code;
}

/* Whether a folder holds a manifest of ours. Not being able to look is an error, not an answer. */
static enum bm_code folder_is_ours(const char *path, bool *ours, struct bm_error *error)
{
    char manifest[PATH_MAX];
    *ours = false;
    if (!path_format(manifest, sizeof manifest, "%s/manifest.json", path))
        return BM_OK;
    char *head = malloc(MANIFEST_HEAD_MAX + 1);
    if (!head)
        return fail_memory(error, "the old manifest");
    enum bm_code code = read_head(manifest, head, error);
    *ours = code == BM_OK && text_names_format(head);
    free(head);
    return code;
}

static enum bm_code folder_is_empty(const char *path, bool *empty, struct bm_error *error)
{
    DIR *listing = opendir(path);
    if (!listing)
        return fail_errno(error, BM_OUTPUT, "cannot list the output folder %s", path);
    *empty = true;
    struct dirent *entry;
    while (errno = 0, *empty && (entry = readdir(listing)) != NULL)
        *empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    int number = errno;
    (void)closedir(listing);
    errno = number;
    return number ? fail_errno(error, BM_OUTPUT, "cannot list the output folder %s", path) : BM_OK;
}

static enum bm_code target_look(const char *target, enum target_state *state, struct bm_error *error)
{
    struct stat status;
    if (lstat(target, &status) != 0) {
        *state = TARGET_ABSENT;
        return errno == ENOENT ? BM_OK
                               : fail_errno(error, BM_OUTPUT, "cannot look at the output folder %s", target);
    }
    *state = TARGET_NO_FOLDER;
    if (!S_ISDIR(status.st_mode))
        return BM_OK;
    bool empty = false;
    enum bm_code code = folder_is_empty(target, &empty, error);
    bool ours = false;
    if (code == BM_OK && !empty)
        code = folder_is_ours(target, &ours, error);
    *state = empty ? TARGET_EMPTY : ours ? TARGET_OURS : TARGET_FOREIGN;
    return code;
}

/* Looks at the target, and fails when it is not ours to replace. */
static enum bm_code target_check(const char *target, enum target_state *state, struct bm_error *error)
{
    enum bm_code code = target_look(target, state, error);
    if (code != BM_OK)
        return code;
    if (*state == TARGET_NO_FOLDER) {
        fail(error, BM_USAGE, "output %s exists and is not a folder", target);
        return fail_hint(error, "name a folder that does not exist yet");
    }
    if (*state == TARGET_FOREIGN) {
        fail(error, BM_USAGE, "output folder %s is not empty and was not written by bouncemill", target);
        return fail_hint(error, "name a new or an empty folder, or one that an earlier run wrote");
    }
    return BM_OK;
}

static enum bm_code refuse_current(const char *target, struct bm_error *error)
{
    fail(error, BM_USAGE, "output folder \"%s\" cannot be replaced while it is in use", target);
    return fail_hint(error, "name a folder inside the current one, such as -o out");
}

/* Slashes at the end dropped, symbolic links to folders followed. */
static enum bm_code target_resolve(struct folder *folder, const char *target, struct bm_error *error)
{
    size_t length = strlen(target);
    while (length > 1 && target[length - 1] == '/')
        length--;
    if (length == 0)
        return fail(error, BM_USAGE, "the name of the output folder is empty");
    if (!path_format(folder->target, sizeof folder->target, "%.*s",
                     (int)(length < PATH_MAX ? length : PATH_MAX), target))
        return fail(error, BM_USAGE, "the path of the output folder is longer than %d bytes", PATH_MAX - 1);
    const char *name = path_name(folder->target);
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return refuse_current(target, error);

    struct stat status;
    char real[PATH_MAX], current[PATH_MAX];
    if (lstat(folder->target, &status) != 0)
        return BM_OK; /* absent, or target_check says why not */
    if (!realpath(folder->target, real))
        return fail_errno(error, BM_OUTPUT, "cannot follow the output folder %s", folder->target);
    if (getcwd(current, sizeof current) && strcmp(real, current) == 0)
        return refuse_current(target, error);
    if (S_ISLNK(status.st_mode) && !path_format(folder->target, sizeof folder->target, "%s", real))
        return fail(error, BM_USAGE, "the path of the output folder is too long");
    return BM_OK;
}

/* A run that was killed between the two renames of move_aside left no target but the old one aside: put it
 * back. */
static bool leftover_put_back(const char *path, const char *target)
{
    size_t length = strlen(path);
    struct stat status;
    return length > strlen(ASIDE_ENDING) && strcmp(path + length - strlen(ASIDE_ENDING), ASIDE_ENDING) == 0 &&
           lstat(target, &status) != 0 && errno == ENOENT && rename(path, target) == 0;
}

static enum bm_code make_temporary(struct folder *folder, struct bm_error *error)
{
    for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
        enum bm_code code = temporary_path(folder->target, "", folder->temporary, error);
        if (code != BM_OK)
            return code;
        if (mkdir(folder->temporary, 0777) == 0)
            return BM_OK;
        if (errno != EEXIST)
            break;
    }
    int number = errno;
    fail_errno(error, BM_OUTPUT, "cannot make a folder beside %s", folder->target);
    if (number == ENOENT)
        return fail_hint(error, "make the folder above it first");
    return error->code;
}

enum bm_code folder_open(struct folder *folder, const char *target, struct bm_error *error)
{
    *folder = (struct folder){.lock = -1};
    enum target_state state;
    enum bm_code code = target_resolve(folder, target, error);
    if (code == BM_OK)
        code = target_check(folder->target, &state, error);
    if (code != BM_OK)
        return code;
    temporaries_remove(folder->target, leftover_put_back);
    code = make_temporary(folder, error);
    if (code != BM_OK) {
        folder->temporary[0] = 0;
        return code;
    }
    folder->lock = temporary_lock(folder->temporary);
    if (folder->lock < 0) {
        code = fail_errno(error, BM_OUTPUT, "cannot open %s", folder->temporary);
        folder_abandon(folder);
        return code;
    }
    return BM_OK;
}

enum bm_code folder_subfolder_make(struct folder *folder, const char *name, struct bm_error *error)
{
    char path[PATH_MAX];
    CHECK(!folder->subfolder[0]);
    if (!path_format(folder->subfolder, sizeof folder->subfolder, "%s", name) ||
        !path_format(path, sizeof path, "%s/%s", folder->temporary, name))
        return fail(error, BM_OUTPUT, "the path of the output folder %.200s is too long", name);
    if (mkdir(path, 0777) != 0)
        return fail_errno(error, BM_OUTPUT, "cannot make the folder %s", path);
    return BM_OK;
}

enum bm_code folder_file_open(struct folder *folder, struct writer *writer, const char *name,
                              struct bm_error *error)
{
    char path[PATH_MAX];
    if (strlen(name) >= sizeof folder->files[0].name)
        return fail(error, BM_OUTPUT, "the name of an output file is too long: %.200s", name);
    if (!path_format(path, sizeof path, "%s/%s", folder->temporary, name))
        return fail(error, BM_OUTPUT, "the path of the output file %s is too long", name);
    enum bm_code code = writer_open(writer, path, error);
    if (code == BM_OK)
        writer->stop = folder->stop;
    return code;
}

static bool files_reserve(struct folder *folder)
{
    struct folder_file *files =
        array_room(folder->files, &folder->file_capacity, folder->file_count + 1, sizeof *files);
    if (files)
        folder->files = files;
    return files != NULL;
}

enum bm_code folder_file_close(struct folder *folder, struct writer *writer, const char *name,
                               struct bm_error *error)
{
    struct folder_file file = {0};
    enum bm_code code = writer_close(writer, &file.bytes, &file.xxh3, error);
    if (code != BM_OK)
        return code;
    if (!path_format(file.name, sizeof file.name, "%s", name))
        return fail(error, BM_INTERNAL, "no room to note the output file %.200s", name);
    if (!files_reserve(folder))
        return fail_memory(error, "a list of the output files");
    folder->files[folder->file_count++] = file;
    return BM_OK;
}

static enum bm_code fail_move(const struct folder *folder, struct bm_error *error)
{
    return fail_errno(error, BM_OUTPUT, "cannot move the new output to %s", folder->target);
}

static enum bm_code sync_parent(const struct folder *folder, struct bm_error *error)
{
    char parent[PATH_MAX];
    path_parent(folder->target, parent);
    return folder_sync(parent) ? BM_OK : fail_errno(error, BM_OUTPUT, "cannot sync the folder %s", parent);
}

/* Where nothing is replaced: rename also takes the place of an empty folder, and of nothing else. */
static enum bm_code move_in(const struct folder *folder, struct bm_error *error)
{
    if (rename(folder->temporary, folder->target) != 0)
        return fail_move(folder, error);
    enum bm_code code = sync_parent(folder, error);
    if (code != BM_OK)
        (void)rename(folder->target, folder->temporary);
    return code;
}

static bool exchange_is_unknown(int number)
{
    return number == EINVAL || number == ENOSYS || number == EOPNOTSUPP;
}

static enum bm_code move_aside(const struct folder *folder, struct bm_error *error)
{
    char aside[PATH_MAX];
    enum bm_code code = temporary_path(folder->target, ASIDE_ENDING, aside, error);
    if (code != BM_OK)
        return code;
    if (rename(folder->target, aside) != 0)
        return fail_move(folder, error);
    code = move_in(folder, error);
    if (code == BM_OK)
        (void)tree_remove(aside); /* else the next run does */
    else if (rename(aside, folder->target) != 0)
        fail_hint(error, "the old output is in %.200s", aside);
    return code;
}

static enum bm_code move_exchange(const struct folder *folder, struct bm_error *error)
{
    if (renameat2(AT_FDCWD, folder->temporary, AT_FDCWD, folder->target, RENAME_EXCHANGE) != 0)
        return exchange_is_unknown(errno) ? move_aside(folder, error) : fail_move(folder, error);
    enum bm_code code = sync_parent(folder, error);
    if (code != BM_OK)
        (void)renameat2(AT_FDCWD, folder->temporary, AT_FDCWD, folder->target, RENAME_EXCHANGE);
    else
        (void)tree_remove(folder->temporary); /* the old output, under our temporary name */
    return code;
}

static enum bm_code sync_subfolder(const struct folder *folder, struct bm_error *error)
{
    char path[PATH_MAX];
    if (!folder->subfolder[0])
        return BM_OK;
    CHECK(path_format(path, sizeof path, "%s/%s", folder->temporary, folder->subfolder));
    return folder_sync(path) ? BM_OK : fail_errno(error, BM_OUTPUT, "cannot sync the folder %s", path);
}

static enum bm_code commit(const struct folder *folder, enum folder_move move, struct bm_error *error)
{
    enum target_state state;
    /* Again: hours may have passed since folder_open looked. */
    enum bm_code code = target_check(folder->target, &state, error);
    if (code == BM_OK)
        code = sync_subfolder(folder, error);
    if (code != BM_OK)
        return code;
    if (fsync(folder->lock) != 0)
        return fail_errno(error, BM_OUTPUT, "cannot sync the folder %s", folder->temporary);
    if (state != TARGET_OURS)
        return move_in(folder, error);
    return move == FOLDER_EXCHANGE ? move_exchange(folder, error) : move_aside(folder, error);
}

/* What it holds while the run lives: the lock, and the list of files. */
static void folder_release(struct folder *folder)
{
    free(folder->files);
    folder->files = NULL;
    folder->file_count = folder->file_capacity = 0;
    if (folder->lock >= 0)
        (void)close(folder->lock); /* nothing was written through it */
    folder->lock = -1;
}

enum bm_code folder_commit_by(struct folder *folder, enum folder_move move, struct bm_error *error)
{
    CHECK(folder->temporary[0] && folder->lock >= 0);
    enum bm_code code = commit(folder, move, error);
    if (code != BM_OK) {
        folder_abandon(folder);
        return code;
    }
    folder_release(folder);
    folder->temporary[0] = 0;
    return BM_OK;
}

enum bm_code folder_commit(struct folder *folder, struct bm_error *error)
{
    return folder_commit_by(folder, FOLDER_EXCHANGE, error);
}

void folder_abandon(struct folder *folder)
{
    if (folder->temporary[0])
        (void)tree_remove(folder->temporary);
    folder->temporary[0] = 0;
    folder_release(folder);
}
