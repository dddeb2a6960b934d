#include "base/base.h"

#include "base/pool.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "../test.h"

enum { WORKERS_MAX = 64 };

/* Stands before the real one: fails once `starts_left` threads have been started. */
static int starts_left = INT_MAX;

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*start)(void *), void *restrict argument)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    CHECK(create);
    return starts_left-- > 0 ? create(thread, attributes, start, argument) : EAGAIN;
}

struct record {
    atomic_uint runs[WORKERS_MAX];
    pthread_t threads[WORKERS_MAX];
    atomic_uint blocked; /* workers with SIGINT blocked */
};

static void work(void *argument, unsigned worker)
{
    struct record *record = argument;
    CHECK(worker < WORKERS_MAX);
    sigset_t mask;
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0);
    atomic_fetch_add(&record->blocked, (unsigned)sigismember(&mask, SIGINT));
    record->threads[worker] = pthread_self();
    atomic_fetch_add(&record->runs[worker], 1);
}

static void test_all_run_once(void **state)
{
    (void)state;
    static const unsigned counts[] = {1, 2, 3, 8, WORKERS_MAX};
    for (size_t k = 0; k < COUNT_OF(counts); k++) {
        struct record record = {0};
        struct bm_error error;
        EXPECT(pool_run(counts[k], work, &record, &error) == BM_OK, "%u threads run", counts[k]);
        for (unsigned worker = 0; worker < WORKERS_MAX; worker++)
            EXPECT(record.runs[worker] == (worker < counts[k]), "worker %u of %u runs once, got %u", worker,
                   counts[k], record.runs[worker]);
        EXPECT(pthread_equal(record.threads[counts[k] - 1], pthread_self()), "the last one is the caller's");
        EXPECT(record.blocked == counts[k] - 1, "only the caller gets signals");
    }
}

/* Two workers that wait for each other: they are threads, not turns. */
static void meet(void *argument, unsigned worker)
{
    (void)worker;
    (void)pthread_barrier_wait(argument);
}

static void test_at_the_same_time(void **state)
{
    (void)state;
    pthread_barrier_t barrier;
    struct bm_error error;
    CHECK(pthread_barrier_init(&barrier, NULL, 4) == 0);
    EXPECT(pool_run(4, meet, &barrier, &error) == BM_OK, "four meet");
    CHECK(pthread_barrier_destroy(&barrier) == 0);
}

static void test_start_fails(void **state)
{
    (void)state;
    for (int started = 0; started < 4; started++) {
        struct record record = {0};
        struct bm_error error = {0};
        char wanted[100];
        snprintf(wanted, sizeof wanted, "cannot start thread %d of 5: %s", started + 2, strerror(EAGAIN));
        starts_left = started;
        EXPECT(pool_run(5, work, &record, &error) == BM_RESOURCE, "start %d fails", started);
        starts_left = INT_MAX;
        EXPECT(strcmp(error.message, wanted) == 0, "\"%s\", got \"%s\"", wanted, error.message);
        for (int worker = 0; worker < 5; worker++)
            EXPECT(record.runs[worker] == (worker < started), "those that run are waited for");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_run_once),
                                       cmocka_unit_test(test_at_the_same_time),
                                       cmocka_unit_test(test_start_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
