#include "cli.h"

#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

enum bm_code error_set(struct bm_error *error, enum bm_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    error->hint[0] = 0;
    return error->code = code;
}

enum bm_code error_hint(struct bm_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->hint, sizeof error->hint, format, args);
    va_end(args);
    return error->code;
}

bool terminal_is_capable(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

/* https://no-color.org: any value but an empty one turns colours off. */
static bool colours_wanted(void)
{
    const char *no_color = getenv("NO_COLOR");
    return terminal_is_capable() && !(no_color && *no_color);
}

int error_print(const struct bm_error *error)
{
    bool colours = colours_wanted();
    fprintf(stderr, "%sbouncemill:%s %s\n", colours ? "\033[1;31m" : "", colours ? "\033[0m" : "",
            error->message);
    if (error->hint[0])
        fprintf(stderr, "%shint:%s %s\n", colours ? "\033[1m" : "", colours ? "\033[0m" : "", error->hint);
    return (int)error->code;
}

int output_finish(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return BM_OK;
    struct bm_error error;
    error_set(&error, errno == ENOSPC ? BM_RESOURCE : BM_OUTPUT, "cannot write standard output: %s",
              strerror(errno));
    return error_print(&error);
}

const char *number_text(uint64_t number, char text[NUMBER_TEXT_BYTES])
{
    char *at = text + NUMBER_TEXT_BYTES;
    *--at = 0;
    unsigned digits = 0;
    do {
        if (digits && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + number % 10);
        number /= 10;
        digits++;
    } while (number);
    return at;
}
