#include "run/moments.h"
#include "base/base.h"

#include "base/array.h"
#include "event/time.h"

#include <bouncemill/event.h>

#define DATE_BYTES    10 /* 2026-07-01 */
#define STEP_MAX_DAYS 36500

static enum bm_code fail_moment(const char *option, struct span text, struct bm_error *error)
{
    (void)fail(error, BM_USAGE, "%s %.*s: not a time", option, (int)text.length, text.at);
    return fail_hint(error, "write it as 2026-07-01T00:00:00Z, as 2026-07-01, or in seconds since 1970");
}

/* "2026-07-01" is its first instant. */
static bool date_parse(struct span text, int64_t *ms)
{
    char instant[DATE_BYTES + sizeof "T00:00:00Z"];
    if (text.length != DATE_BYTES || text.at[4] != '-')
        return false;
    (void)snprintf(instant, sizeof instant, "%.*sT00:00:00Z", DATE_BYTES, text.at);
    return bm_time_parse(instant, sizeof instant - 1, 1, ms);
}

enum bm_code moment_parse(const char *option, struct span text, int64_t *ms, struct bm_error *error)
{
    if (bm_time_parse(text.at, text.length, 0, ms) || date_parse(text, ms))
        return BM_OK;
    return fail_moment(option, text, error);
}

/* "1d", "12h", "1w". */
static enum bm_code step_parse(const char *option, struct span text, int64_t *step_ms, struct bm_error *error)
{
    int64_t number = 0;
    size_t at = 0;
    for (; at < text.length && text.at[at] >= '0' && text.at[at] <= '9' && number <= STEP_MAX_DAYS * 24; at++)
        number = 10 * number + (text.at[at] - '0');
    char unit = at && at + 1 == text.length ? text.at[at] : 0;
    int64_t unit_ms = unit == 'h' ? HOUR_MS : unit == 'd' ? DAY_MS : unit == 'w' ? 7 * DAY_MS : 0;
    *step_ms = number * unit_ms;
    if (*step_ms > 0 && *step_ms <= STEP_MAX_DAYS * DAY_MS)
        return BM_OK;
    (void)fail(error, BM_USAGE, "%s: '%.*s' is not a step from one time to the next", option,
               (int)text.length, text.at);
    return fail_hint(error, "write hours, days or weeks, such as 12h, 1d or 1w");
}

static enum bm_code moments_add(struct moments *moments, size_t *capacity, const char *option, int64_t ms,
                                struct bm_error *error)
{
    if (moments->count == MOMENTS_MAX)
        return fail(error, BM_USAGE, "%s: more than %u times", option, MOMENTS_MAX);
    int64_t *times = array_room(moments->ms, capacity, moments->count + 1, sizeof *times);
    if (!times)
        return fail_memory(error, "the times of snapshots");
    moments->ms = times;
    moments->ms[moments->count++] = ms;
    return BM_OK;
}

static enum bm_code series_add(struct moments *moments, size_t *capacity, const char *option,
                               const char *text, struct bm_error *error)
{
    struct span parts[3];
    const char *at = text;
    for (unsigned k = 0; k < COUNT_OF(parts); k++) {
        size_t length = k < 2 ? strcspn(at, "/") : strlen(at);
        parts[k] = (struct span){at, length};
        at += length + (at[length] == '/');
    }
    int64_t start_ms = 0, step_ms = 0, end_ms = 0;
    enum bm_code code = moment_parse(option, parts[0], &start_ms, error);
    if (code == BM_OK)
        code = step_parse(option, parts[1], &step_ms, error);
    if (code == BM_OK)
        code = moment_parse(option, parts[2], &end_ms, error);
    if (code == BM_OK && start_ms > end_ms)
        return fail(error, BM_USAGE, "%s %s: it ends before it starts", option, text);
    for (int64_t ms = start_ms; code == BM_OK && ms <= end_ms; ms += step_ms)
        code = moments_add(moments, capacity, option, ms, error);
    return code;
}

static int moment_order(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

enum bm_code moments_parse(const char *option, const char *const *texts, size_t count,
                           struct moments *moments, struct bm_error *error)
{
    *moments = (struct moments){.series = count > 1};
    size_t capacity = 0;
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < count && code == BM_OK; k++) {
        int64_t ms = 0;
        if (strchr(texts[k], '/')) {
            moments->series = true;
            code = series_add(moments, &capacity, option, texts[k], error);
            continue;
        }
        code = moment_parse(option, (struct span){texts[k], strlen(texts[k])}, &ms, error);
        if (code == BM_OK)
            code = moments_add(moments, &capacity, option, ms, error);
    }
    if (code != BM_OK || !moments->count)
        return code;
    qsort(moments->ms, moments->count, sizeof *moments->ms, moment_order);
    size_t kept = 1;
    for (size_t k = 1; k < moments->count; k++)
        if (moments->ms[k] != moments->ms[kept - 1])
            moments->ms[kept++] = moments->ms[k];
    moments->count = kept;
    return BM_OK;
}

void moments_free(struct moments *moments)
{
    free(moments->ms);
    *moments = (struct moments){0};
}
