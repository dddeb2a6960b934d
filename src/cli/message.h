/* What the program says: errors and hints to standard error, data to standard output. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <bouncemill/error.h>

#include <stdbool.h>
#include <stdint.h>

/* Fills an error, without a hint, and returns its code. */
enum bm_code error_set(struct bm_error *error, enum bm_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum bm_code error_hint(struct bm_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints "bouncemill: MESSAGE" and "hint: HINT"; returns the code as an exit code. */
int error_print(const struct bm_error *error);

/* Flushes standard output. Returns 0, or after a message the exit code for an output that was lost. */
int output_finish(void);

/* Whether standard error is a terminal that takes control sequences. */
bool terminal_is_capable(void);

/* A number with commas between the thousands. */
#define NUMBER_TEXT_BYTES 28
const char *number_text(uint64_t number, char text[NUMBER_TEXT_BYTES]);

#endif
