/* Included first by every source file: the checks, and the functions that nobody here may call. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ASSERT finds our own mistakes in debug builds; CHECK survives in release builds and stops the program. */
#define ASSERT(condition) assert(condition)
#define CHECK(condition)  ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))
_Noreturn void check_failed(const char *condition, const char *file, int line);

#define LIKELY(x)       __builtin_expect(!!(x), 1)
#define UNLIKELY(x)     __builtin_expect(!!(x), 0)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Starts to bring a cache line in. The empty statement keeps gcc from taking a function that does nothing
 * else for one without effect, and leaving its calls out. */
#define FETCH(address)                                                                                       \
    do {                                                                                                     \
        __builtin_prefetch(address);                                                                         \
        __asm__ volatile("");                                                                                \
    } while (0)

#pragma GCC poison sprintf vsprintf strcpy strcat strncpy strncat strtok gets tmpnam

#endif
