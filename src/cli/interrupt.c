/* The one place with a variable that changes at file scope: a signal handler can reach nothing else. */
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
    struct sigaction action = {.sa_handler = signal_take, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL); /* fails only for numbers that are no signals */
    (void)sigaction(SIGTERM, &action, NULL);
    return &signal_seen;
}

int interrupt_exit_code(void)
{
    return signal_seen ? 128 + signal_seen : 0;
}
