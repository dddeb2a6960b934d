#include "base/memory.h"
#include "base/base.h"

#include "base/cgroup.h"

#include <unistd.h>

/* A group's own limit, of version 2 or 1; 0 where there is none ("max", or a number beyond any machine). */
static uint64_t group_limit(const char *folder)
{
    long long bytes = 0, unused;
    if (cgroup_numbers(folder, "memory.max", &bytes, &unused) < 1 &&
        cgroup_numbers(folder, "memory.limit_in_bytes", &bytes, &unused) < 1)
        return 0;
    return bytes > 0 ? (uint64_t)bytes : 0;
}

uint64_t memory_limit(const char *mount, const char *membership)
{
    return cgroup_least(mount, membership, "memory", group_limit);
}

uint64_t memory_available(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t machine = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX;
    uint64_t limit = memory_limit(CGROUP_MOUNT, CGROUP_MEMBERSHIP);
    return limit && limit < machine ? limit : machine;
}
