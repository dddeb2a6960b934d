#include "base/fail.h"
#include "base/base.h"

#include <errno.h>
#include <stdarg.h>

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "bouncemill: internal error: %s (%s:%d)\n", condition, file, line);
    abort();
}

enum bm_code fail(struct bm_error *error, enum bm_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    error->code = code;
    error->hint[0] = 0;
    return code;
}

static bool errno_is_resource(int number)
{
    return number == ENOSPC || number == EDQUOT || number == ENOMEM || number == EMFILE || number == ENFILE ||
           number == EAGAIN;
}

enum bm_code fail_errno(struct bm_error *error, enum bm_code code, const char *format, ...)
{
    int number = errno;
    va_list args;
    va_start(args, format);
    int written = vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    if (written >= 0 && (size_t)written < sizeof error->message)
        snprintf(error->message + written, sizeof error->message - (size_t)written, ": %s", strerror(number));
    error->code = errno_is_resource(number) ? BM_RESOURCE : code;
    error->hint[0] = 0;
    return error->code;
}

enum bm_code fail_memory(struct bm_error *error, const char *purpose)
{
    return fail(error, BM_RESOURCE, "out of memory for %s", purpose);
}

enum bm_code fail_hint(struct bm_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->hint, sizeof error->hint, format, args);
    va_end(args);
    return error->code;
}
