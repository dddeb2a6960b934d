#include "output/pattern_text.h"
#include "base/base.h"
#include "event/time.h"

#define TENTHS_MAX 1e15
#define DATE_BYTES 10

const char *pattern_place(const struct pattern *pattern, uint32_t place, char text[BM_TIME_BYTES])
{
    static const char *const days[] = {"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "};
    if (pattern->kind == PATTERN_DAY) {
        (void)bm_time_format((int64_t)place * DAY_MS, text);
        text[DATE_BYTES] = 0;
        return text;
    }
    (void)snprintf(text, BM_TIME_BYTES, "%s%02u:00",
                   pattern->kind == PATTERN_HOUR_OF_WEEK ? days[place / HOURS_DAY] : "",
                   (unsigned)(place % HOURS_DAY));
    return text;
}

void tenths_write(struct writer *writer, double value)
{
    uint64_t tenths = (uint64_t)((value < TENTHS_MAX ? value : TENTHS_MAX) * 10 + 0.5);
    writer_u64(writer, tenths / 10);
    writer_char(writer, '.');
    writer_char(writer, (char)('0' + tenths % 10));
}

size_t patterns_top(const struct report *report, const struct pattern **top, size_t limit)
{
    size_t count = 0;
    for (size_t k = 0; k < report->pattern_count; k++) {
        const struct pattern *pattern = &report->patterns[k];
        size_t at = count < limit ? count : limit;
        while (at > 0 && top[at - 1]->score < pattern->score)
            at--;
        if (at == limit)
            continue;
        size_t moved = (count < limit ? count : limit - 1) - at;
        memmove(&top[at + 1], &top[at], moved * sizeof *top);
        top[at] = pattern;
        count += count < limit;
    }
    return count;
}
