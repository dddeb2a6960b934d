#include "base/cpu.h"
#include "base/base.h"

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

/* The cgroup's quota in processors, rounded up; 0 where there is none. Version 2 first, then version 1. */
static unsigned cgroup_threads(void)
{
    long long quota = 0, period = 0;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (file) {
        if (fscanf(file, "%lld %lld", &quota, &period) != 2)
            quota = 0; /* "max": no quota */
        (void)fclose(file);
    } else if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re"))) {
        if (fscanf(file, "%lld", &quota) != 1)
            quota = 0;
        (void)fclose(file);
        if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re"))) {
            if (fscanf(file, "%lld", &period) != 1)
                period = 0;
            (void)fclose(file);
        }
    }
    if (quota <= 0 || period <= 0)
        return 0;
    return (unsigned)((quota + period - 1) / period);
}

unsigned cpu_threads(void)
{
    unsigned threads = affinity_threads();
    unsigned quota = cgroup_threads();
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
