#include "base/cgroup.h"
#include "base/base.h"

int cgroup_numbers(const char *folder, const char *name, long long *first, long long *second)
{
    char *path;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return 0;
    FILE *file = fopen(path, "re");
    free(path);
    if (!file)
        return 0;
    int count = fscanf(file, "%lld %lld", first, second);
    (void)fclose(file);
    return count < 0 ? 0 : count;
}

/* Of a group and the groups around it, up to `mount`. Cuts `folder` down. */
static uint64_t folders_least(char *folder, size_t mount_length, uint64_t (*limit)(const char *folder))
{
    uint64_t least = 0;
    for (;;) {
        uint64_t own = limit(folder);
        if (own && (!least || own < least))
            least = own;
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < mount_length)
            return least;
        *slash = 0;
    }
}

/* Whether a controller is in a list "cpu,cpuacct". */
static bool list_has(const char *list, const char *list_end, const char *controller)
{
    size_t length = strlen(controller);
    while (list < list_end) {
        size_t name = strcspn(list, ",:");
        if (name == length && memcmp(list, controller, length) == 0)
            return true;
        list += name + 1;
    }
    return false;
}

/* A line is ID:CONTROLLERS:PATH, without controllers in version 2. In a container the path may be that of the
 * host, which is not mounted: the walk up ends at the mount, where the container's own group is. */
static uint64_t line_least(const char *mount, char *line, const char *controller,
                           uint64_t (*limit)(const char *folder))
{
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path)
        return 0;
    controllers++;
    bool second = controllers == path;
    if (!second && !list_has(controllers, path, controller))
        return 0;
    char *folder;
    if (asprintf(&folder, "%s%s%s%s", mount, second ? "" : "/", second ? "" : controller, path + 1) < 0)
        return 0;
    size_t mount_length = strlen(mount) + (second ? 0 : 1 + strlen(controller));
    uint64_t least = folders_least(folder, mount_length, limit);
    free(folder);
    return least;
}

uint64_t cgroup_least(const char *mount, const char *membership, const char *controller,
                      uint64_t (*limit)(const char *folder))
{
    FILE *file = fopen(membership, "re");
    if (!file)
        return 0;
    char *line = NULL;
    size_t capacity = 0;
    uint64_t least = 0;
    while (getline(&line, &capacity, file) >= 0) {
        uint64_t own = line_least(mount, line, controller, limit);
        if (own && (!least || own < least))
            least = own;
    }
    free(line);
    (void)fclose(file);
    return least;
}
