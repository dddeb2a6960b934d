/* Lists of archives. A folder is read whole and sorted before its entries are visited, so that the order does
 * not depend on the file system. Folders are only ever reached by their own names, never through a link,
 * hence there are no cycles. */
#include "base/base.h"

#include "archive/archive.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

/* Takes `path` (from malloc) over, on failure too. */
static enum bm_code list_append(struct path_list *list, char *path, struct bm_error *error)
{
    if (path && list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        char **paths = reallocarray(list->paths, capacity, sizeof *paths);
        if (!paths) {
            free(path);
            path = NULL;
        } else {
            list->paths = paths;
            list->capacity = capacity;
        }
    }
    if (!path)
        return fail_memory(error, "a list of archives");
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

static enum bm_code add_lines(struct path_list *list, const char *list_path, FILE *file,
                              struct bm_error *error)
{
    char *line = NULL;
    size_t capacity = 0;
    enum bm_code code = BM_OK;
    for (size_t number = 1; code == BM_OK; number++) {
        errno = 0;
        ssize_t length = getline(&line, &capacity, file);
        if (length < 0 && (ferror(file) || errno))
            code = fail_errno(error, BM_INPUT, "cannot read %s", list_path);
        if (length < 0)
            break;
        code = add_line(list, list_path, number, line, (size_t)length, error);
    }
    free(line);
    return code;
}

enum bm_code path_list_add_file(struct path_list *list, const char *list_path, struct bm_error *error)
{
    if (strcmp(list_path, "-") == 0)
        return add_lines(list, list_path, stdin, error);
    FILE *file = fopen(list_path, "re");
    if (!file)
        return fail_errno(error, BM_INPUT, "cannot open %s", list_path);
    enum bm_code code = add_lines(list, list_path, file, error);
    (void)fclose(file); /* read only: nothing can be lost */
    return code;
}

void path_list_free(struct path_list *list)
{
    for (size_t k = 0; k < list->count; k++)
        free(list->paths[k]);
    free(list->paths);
    *list = (struct path_list){0};
}
