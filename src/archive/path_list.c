/* Lists of archives. A folder is read whole and sorted before its entries are visited, so that the order does
 * not depend on the file system. Folders are only ever reached by their own names, never through a link,
 * hence there are no cycles. */
#include "base/base.h"

#include "archive/archive.h"
#include "base/array.h"
#include "base/stop.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_READ_BYTES ((size_t)64 << 10)

/* Takes `path` (from malloc) over, on failure too. */
static enum bm_code list_append(struct path_list *list, char *path, struct bm_error *error)
{
    char **paths = path ? array_room(list->paths, &list->capacity, list->count + 1, sizeof *paths) : NULL;
    if (!paths) {
        free(path);
        return fail_memory(error, "a list of archives");
    }
    list->paths = paths;
    list->paths[list->count++] = path;
    return BM_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* folder/name, without doubling a slash; NULL when memory is out. */
static char *path_join(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    bool slash = length && folder[length - 1] == '/';
    char *path;
    return asprintf(&path, "%s%s%s", folder, slash ? "" : "/", name) < 0 ? NULL : path;
}

static enum bm_code folder_names(DIR *folder, const char *path, struct path_list *names,
                                 struct bm_error *error)
{
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(folder);
        if (!entry && errno)
            return fail_errno(error, BM_INPUT, "cannot read folder %s", path);
        if (!entry)
            break;
        if (entry->d_name[0] == '.')
            continue;
        enum bm_code code = list_append(names, strdup(entry->d_name), error);
        if (code != BM_OK)
            return code;
    }
    if (names->count)
        qsort(names->paths, names->count, sizeof *names->paths, compare_names);
    return BM_OK;
}

static enum bm_code add_folder(struct path_list *list, const char *path, struct bm_error *error);

/* Adds what is found in a folder; takes `path` over. */
static enum bm_code add_entry(struct path_list *list, char *path, struct bm_error *error)
{
    struct stat status;
    if (!path)
        return fail_memory(error, "a list of archives");
    bool found = lstat(path, &status) == 0;
    bool is_link = found && S_ISLNK(status.st_mode);
    if (is_link)
        found = stat(path, &status) == 0;
    enum bm_code code = BM_OK;
    if (!found) /* a link that leads nowhere is an archive that is missing */
        code = fail_errno(error, BM_INPUT, "cannot open %s", path);
    else if (S_ISREG(status.st_mode))
        return list_append(list, path, error);
    else if (S_ISDIR(status.st_mode) && !is_link)
        code = add_folder(list, path, error);
    free(path);
    return code;
}

/* Recurses as deep as the folders are nested, which the length of a path bounds (PATH_MAX). */
static enum bm_code add_folder(struct path_list *list, const char *path, struct bm_error *error)
{
    DIR *folder = opendir(path);
    if (!folder)
        return fail_errno(error, BM_INPUT, "cannot open folder %s", path);
    struct path_list names = {0};
    enum bm_code code = folder_names(folder, path, &names, error);
    (void)closedir(folder); /* read only: nothing can be lost */
    for (size_t k = 0; code == BM_OK && k < names.count; k++)
        code = add_entry(list, path_join(path, names.paths[k]), error);
    path_list_free(&names);
    return code;
}

enum bm_code path_list_add(struct path_list *list, const char *path, struct bm_error *error)
{
    struct stat status;
    if (strcmp(path, "-") == 0)
        return list_append(list, strdup(path), error);
    if (stat(path, &status) != 0)
        return fail_errno(error, BM_INPUT, "cannot open %s", path);
    if (S_ISDIR(status.st_mode))
        return add_folder(list, path, error);
    return list_append(list, strdup(path), error);
}

/* `line` without its end. Sets the place in front of the message. */
static enum bm_code add_line(struct path_list *list, const char *list_path, size_t number, char *line,
                             size_t length, struct bm_error *error)
{
    if (length && line[length - 1] == '\n')
        length--;
    if (length && line[length - 1] == '\r')
        length--;
    if (!length)
        return BM_OK;
    line[length] = 0;
    if (strlen(line) != length)
        return fail(error, BM_INPUT, "%s: line %zu: a path cannot hold a NUL byte", list_path, number);
    struct bm_error cause;
    enum bm_code code = path_list_add(list, line, &cause);
    return code == BM_OK ? BM_OK : fail(error, code, "%s: line %zu: %s", list_path, number, cause.message);
}

/* Adds the lines of text[0 .. length), behind which a byte may be written. */
static enum bm_code add_lines(struct path_list *list, const char *list_path, char *text, size_t length,
                              struct bm_error *error)
{
    enum bm_code code = BM_OK;
    for (size_t number = 1, at = 0, next; code == BM_OK && at < length; number++, at = next) {
        const char *newline = memchr(text + at, '\n', length - at);
        next = newline ? (size_t)(newline - text) + 1 : length;
        code = add_line(list, list_path, number, text + at, next - at, error);
    }
    return code;
}

/* Takes the list whole before its lines are looked at: lists are short, and waiting for a pipe must end when
 * the job is to stop. */
static enum bm_code add_list(struct path_list *list, const char *list_path, int fd, const volatile int *stop,
                             struct bm_error *error)
{
    struct text text = {0};
    enum bm_code code = BM_OK;
    for (ssize_t got = 1; got > 0; text.length += got > 0 ? (size_t)got : 0) {
        if (!text_reserve(&text, LIST_READ_BYTES + 1)) {
            code = fail_memory(error, "a list of archives");
            break;
        }
        got = stop_read(fd, text.at + text.length, LIST_READ_BYTES, stop);
        if (got < 0)
            code = errno == ECANCELED ? fail_stopped(error)
                                      : fail_errno(error, BM_INPUT, "cannot read %s", list_path);
    }
    if (code == BM_OK)
        code = add_lines(list, list_path, text.at, text.length, error);
    text_free(&text);
    return code;
}

enum bm_code path_list_add_file(struct path_list *list, const char *list_path, const volatile int *stop,
                                struct bm_error *error)
{
    if (strcmp(list_path, "-") == 0)
        return add_list(list, list_path, STDIN_FILENO, stop, error);
    int fd = open(list_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is waited for where it is read */
    if (fd < 0)
        return fail_errno(error, BM_INPUT, "cannot open %s", list_path);
    enum bm_code code = add_list(list, list_path, fd, stop, error);
    (void)close(fd); /* read only: nothing can be lost */
    return code;
}

void path_list_free(struct path_list *list)
{
    for (size_t k = 0; k < list->count; k++)
        free(list->paths[k]);
    free(list->paths);
    *list = (struct path_list){0};
}
