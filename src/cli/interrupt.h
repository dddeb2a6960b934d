/* SIGINT and SIGTERM end a run in good order. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

/* From here on the first such signal sets the flag; a second one kills. Returns the flag. */
const volatile int *interrupt_watch(void);

/* 128 and the signal that came, or 0. */
int interrupt_exit_code(void);

#endif
