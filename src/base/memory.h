/* How much memory this process may use. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdint.h>

/* Bytes that the cgroup allows and the machine has, whichever is less; UINT64_MAX where nobody says. */
uint64_t memory_available(void);

/* The cgroup's limit; 0 where there is none. For tests: as in cgroup_least. */
uint64_t memory_limit(const char *mount, const char *membership);

#endif
