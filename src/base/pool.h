/* Run one function on N threads, and wait for all of them. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/fail.h"

/* Runs work(argument, k) for k = 0 .. threads - 1, the last one on the calling thread, and returns when all
 * have returned. Signals are blocked in the new threads, so that they reach the caller. When a thread cannot
 * be started, those already running are waited for and BM_RESOURCE is returned: `work` must therefore not
 * wait for a fixed number of others. */
enum bm_code pool_run(unsigned threads, void (*work)(void *argument, unsigned worker), void *argument,
                      struct bm_error *error);

#endif
