/* What this process may use: processors, vector instructions, memory. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stddef.h>

enum simd { SIMD_SCALAR, SIMD_AVX2, SIMD_AVX512, SIMD_COUNT };

/* Processors that the affinity mask and the cgroup's quota leave to this process; at least 1. */
unsigned cpu_threads(void);

/* The processors that the cgroup's quota leaves, rounded up; 0 where there is none. For tests: `mount` is the
 * folder of the cgroup file systems (/sys/fs/cgroup), `membership` the process's list of its groups
 * (/proc/self/cgroup). */
unsigned cpu_quota(const char *mount, const char *membership);

/* The best level that this processor runs. */
enum simd cpu_simd(void);

const char *simd_name(enum simd level);

#endif
