#include "base/base.h"

#include "base/pool.h"
#include "output/turns.h"

bool turns_take(struct turns *turns, size_t *part)
{
    CHECK(pthread_mutex_lock(&turns->lock) == 0);
    if (turns->next < turns->parts && stop_asked(turns->stop) && !turns->failed) {
        turns->failed = true;
        CHECK(pthread_cond_broadcast(&turns->turned) == 0);
    }
    bool left = turns->next < turns->parts && !turns->failed;
    *part = turns->next;
    turns->next += left;
    CHECK(pthread_mutex_unlock(&turns->lock) == 0);
    return left;
}

bool turns_wait(struct turns *turns, size_t part)
{
    CHECK(pthread_mutex_lock(&turns->lock) == 0);
    while (turns->turn != part && !turns->failed)
        CHECK(pthread_cond_wait(&turns->turned, &turns->lock) == 0);
    bool failed = turns->failed; /* then it may be nobody's turn */
    CHECK(pthread_mutex_unlock(&turns->lock) == 0);
    return !failed;
}

void turns_pass(struct turns *turns, bool failed)
{
    CHECK(pthread_mutex_lock(&turns->lock) == 0);
    turns->failed |= failed;
    turns->turn++;
    CHECK(pthread_cond_broadcast(&turns->turned) == 0);
    CHECK(pthread_mutex_unlock(&turns->lock) == 0);
}

enum bm_code turns_run(struct turns *turns, unsigned threads, void (*worker)(void *argument, unsigned worker),
                       void *argument, const char *purpose, struct bm_error *error)
{
    CHECK(pthread_mutex_init(&turns->lock, NULL) == 0);
    CHECK(pthread_cond_init(&turns->turned, NULL) == 0);
    enum bm_code code = pool_run(threads, worker, argument, error);
    CHECK(pthread_cond_destroy(&turns->turned) == 0);
    CHECK(pthread_mutex_destroy(&turns->lock) == 0);
    if (code == BM_OK && turns->failed)
        code = stop_asked(turns->stop) ? fail_stopped(error) : fail_memory(error, purpose);
    return code;
}
