#include "base/cpu.h"
#include "base/base.h"

#include "base/cgroup.h"

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

/* One group's own quota, of version 2 or 1; 0 where there is none ("max" or -1). */
static uint64_t group_quota(const char *folder)
{
    long long quota = 0, period = 0, unused;
    if (cgroup_numbers(folder, "cpu.max", &quota, &period) != 2 &&
        (cgroup_numbers(folder, "cpu.cfs_quota_us", &quota, &unused) != 1 ||
         cgroup_numbers(folder, "cpu.cfs_period_us", &period, &unused) != 1))
        return 0;
    if (quota <= 0 || period <= 0 || quota / period >= INT_MAX)
        return 0;
    return (uint64_t)(quota / period + (quota % period != 0));
}

unsigned cpu_quota(const char *mount, const char *membership)
{
    return (unsigned)cgroup_least(mount, membership, "cpu", group_quota);
}

unsigned cpu_threads(void)
{
    unsigned threads = affinity_threads();
    unsigned quota = cpu_quota(CGROUP_MOUNT, CGROUP_MEMBERSHIP);
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
