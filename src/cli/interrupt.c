/* A variable that changes at file scope: a signal handler can reach nothing else. */
#include "cli.h"

#include "interrupt.h"

#include <signal.h>

static volatile int signal_seen;

static void signal_take(int number)
{
    signal_seen = number;
}

const volatile int *interrupt_watch(void)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = signal_take, .sa_flags = (int)SA_RESETHAND}, before;
    sigemptyset(&action.sa_mask);
    for (size_t k = 0; k < sizeof signals / sizeof signals[0]; k++) /* fails only for what is no signal */
        if (sigaction(signals[k], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            (void)sigaction(signals[k], &action, NULL);
    return &signal_seen;
}

int interrupt_exit_code(enum bm_code code)
{
    return code == BM_INTERRUPTED && signal_seen ? 128 + signal_seen : (int)code;
}
