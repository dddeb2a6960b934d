#include "base/cpu.h"
#include "base/base.h"

#include <limits.h>
#include <sched.h>

static unsigned affinity_threads(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1; /* more processors than cpu_set_t holds, or no answer: --threads decides */
    int count = CPU_COUNT(&set);
    return count > 0 ? (unsigned)count : 1;
}

/* Reads up to two numbers of a file of the group; returns how many there were. */
static int read_numbers(const char *folder, const char *name, long long *first, long long *second)
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

/* One group's own quota, of version 2 or 1; 0 where there is none ("max" or -1). */
static unsigned group_quota(const char *folder)
{
    long long quota = 0, period = 0, unused;
    if (read_numbers(folder, "cpu.max", &quota, &period) != 2 &&
        (read_numbers(folder, "cpu.cfs_quota_us", &quota, &unused) != 1 ||
         read_numbers(folder, "cpu.cfs_period_us", &period, &unused) != 1))
        return 0;
    if (quota <= 0 || period <= 0 || quota / period >= INT_MAX)
        return 0;
    return (unsigned)(quota / period + (quota % period != 0));
}

/* The least quota of a group and the groups around it, up to `mount`. Cuts `folder` down. */
static unsigned least_quota(char *folder, size_t mount_length)
{
    unsigned least = 0;
    for (;;) {
        unsigned quota = group_quota(folder);
        if (quota && (!least || quota < least))
            least = quota;
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < mount_length)
            return least;
        *slash = 0;
    }
}

/* A line is ID:CONTROLLERS:PATH, without controllers in version 2. In a container the path may be that of the
 * host, which is not mounted: the walk up ends at the mount, where the container's own group is. */
static unsigned line_quota(const char *mount, char *line)
{
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path)
        return 0;
    *path++ = 0;
    const char *hierarchy = *++controllers ? "/cpu" : "";
    if (*controllers && strcmp(controllers, "cpu") != 0 && strncmp(controllers, "cpu,", 4) != 0)
        return 0;
    char *folder;
    if (asprintf(&folder, "%s%s%s", mount, hierarchy, path) < 0)
        return 0;
    unsigned quota = least_quota(folder, strlen(mount) + strlen(hierarchy));
    free(folder);
    return quota;
}

unsigned cpu_quota(const char *mount, const char *membership)
{
    FILE *file = fopen(membership, "re");
    if (!file)
        return 0;
    char *line = NULL;
    size_t capacity = 0;
    unsigned least = 0;
    while (getline(&line, &capacity, file) >= 0) {
        unsigned quota = line_quota(mount, line);
        if (quota && (!least || quota < least))
            least = quota;
    }
    free(line);
    (void)fclose(file);
    return least;
}

unsigned cpu_threads(void)
{
    unsigned threads = affinity_threads();
    unsigned quota = cpu_quota("/sys/fs/cgroup", "/proc/self/cgroup");
    return quota && quota < threads ? quota : threads;
}

enum simd cpu_simd(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
                __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
                  __builtin_cpu_supports("avx512vbmi2");
    return avx512 ? SIMD_AVX512 : avx2 ? SIMD_AVX2 : SIMD_SCALAR;
#else
    return SIMD_SCALAR;
#endif
}

const char *simd_name(enum simd level)
{
    static const char *const names[SIMD_COUNT] = {"scalar", "avx2", "avx512"};
    ASSERT(level < SIMD_COUNT);
    return names[level];
}
