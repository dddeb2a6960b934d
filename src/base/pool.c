#include "base/pool.h"
#include "base/base.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

struct pool_thread {
    pthread_t id;
    void (*work)(void *, unsigned);
    void *argument;
    unsigned worker;
};

static void *thread_main(void *argument)
{
    struct pool_thread *thread = argument;
    thread->work(thread->argument, thread->worker);
    return NULL;
}

/* Starts threads[0 .. wanted - 1] with all signals blocked that may go to any thread; those that a thread's
 * own access raises go to whatever handler the program has. Returns how many run; errno tells why fewer. */
static unsigned threads_start(struct pool_thread *threads, unsigned wanted)
{
    static const int own[] = {SIGBUS, SIGSEGV, SIGILL, SIGFPE};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t k = 0; k < COUNT_OF(own); k++)
        sigdelset(&blocked, own[k]);
    CHECK(pthread_sigmask(SIG_SETMASK, &blocked, &before) == 0);
    unsigned started = 0;
    int failure = 0;
    while (started < wanted &&
           !(failure = pthread_create(&threads[started].id, NULL, thread_main, &threads[started])))
        started++;
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    errno = failure;
    return started;
}

enum bm_code pool_run(unsigned threads, void (*work)(void *argument, unsigned worker), void *argument,
                      struct bm_error *error)
{
    ASSERT(threads > 0);
    unsigned others = threads - 1;
    struct pool_thread *list = calloc(threads, sizeof *list);
    if (!list)
        return fail_memory(error, "threads");
    for (unsigned k = 0; k < others; k++)
        list[k] = (struct pool_thread){.work = work, .argument = argument, .worker = k};
    unsigned started = threads_start(list, others);
    enum bm_code code = BM_OK;
    if (started < others)
        code = fail_errno(error, BM_RESOURCE, "cannot start thread %u of %u", started + 2, threads);
    else
        work(argument, others);
    for (unsigned k = 0; k < started; k++)
        CHECK(pthread_join(list[k].id, NULL) == 0);
    free(list);
    return code;
}
