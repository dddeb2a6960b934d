/* What the control groups around this process allow it, of version 1 or 2. */
#ifndef BASE_CGROUP_H
#define BASE_CGROUP_H

#include <stdint.h>

/* Reads up to two numbers of a file of a group; returns how many there were. */
int cgroup_numbers(const char *folder, const char *name, long long *first, long long *second);

/* The least limit of the process's group and the groups around it; 0 where there is none. `limit` gives a
 * group's own (0: none). `mount` is the folder of the cgroup file systems, `membership` the process's list of
 * its groups, `controller` the name of a hierarchy of version 1. */
uint64_t cgroup_least(const char *mount, const char *membership, const char *controller,
                      uint64_t (*limit)(const char *folder));

#define CGROUP_MOUNT      "/sys/fs/cgroup"
#define CGROUP_MEMBERSHIP "/proc/self/cgroup"

#endif
