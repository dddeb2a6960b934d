/* SIGINT and SIGTERM end a run in good order. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <bouncemill/error.h>

/* From here on the first such signal sets the flag; a second one kills. A signal that is ignored, as SIGINT
 * is in what a shell's script runs in the background, stays so. Returns the flag. */
const volatile int *interrupt_watch(void);

/* The exit code: 128 and the signal that came where that ended the work, else the code itself. */
int interrupt_exit_code(enum bm_code code);

#endif
