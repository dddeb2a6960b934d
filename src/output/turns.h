/* Parts that threads prepare at once and hand in one after the other, in order: how text is formatted on all
 * threads and still written as one thread would.
 *
 * A worker takes parts until none is left; for each it prepares what it can on its own, waits for the turn,
 * hands in, and passes the turn on. Parts are taken in order, so the one whose turn it is always has a
 * worker. */
#ifndef OUTPUT_TURNS_H
#define OUTPUT_TURNS_H

#include "base/stop.h"

#include <pthread.h>

/* Set `parts` and `stop`, the rest to zero. */
struct turns {
    size_t parts;
    const volatile int *stop; /* base/stop.h */
    size_t next, turn;
    bool failed; /* memory was out, or the job is to stop */
    pthread_mutex_t lock;
    pthread_cond_t turned;
};

/* Runs the workers. BM_RESOURCE when one of them failed, and `purpose` says what the memory was for;
 * BM_INTERRUPTED when *stop was set before all parts were handed in. */
enum bm_code turns_run(struct turns *turns, unsigned threads, void (*worker)(void *argument, unsigned worker),
                       void *argument, const char *purpose, struct bm_error *error);

/* Takes the next part; false when none is left, or when the job is to stop. */
bool turns_take(struct turns *turns, size_t *part);
/* Waits for the part's turn; false when another part failed: then nothing may be handed in. */
bool turns_wait(struct turns *turns, size_t part);
/* The part is handed in, or `failed`. Only after turns_wait said true. */
void turns_pass(struct turns *turns, bool failed);

#endif
