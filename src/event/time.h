/* Times in outputs, and days. Parsing and formatting themselves are public (bouncemill/event.h). */
#ifndef EVENT_TIME_H
#define EVENT_TIME_H

#include "base/writer.h"

#include <stdint.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  INT64_C(86400000)

/* Writes a time as bm_time_format does. */
void time_write(struct writer *writer, int64_t ms);

/* Writes the date of a day since 1970-01-01: "2026-01-31". */
void day_write(struct writer *writer, int32_t day);

/* bm_time_parse for a hot loop: memos of the last date and of the last minute make the common form
 * "YYYY-MM-DDThh:mm:ssZ" cheap while they do not change. Zero-initialise one per thread. */
struct time_memo {
    char minute[16]; /* "YYYY-MM-DDThh:mm", its first byte 0: none yet */
    int64_t minute_ms;
    char date[10];
    int64_t date_ms;
};
int time_parse_memo(struct time_memo *memo, const char *text, size_t length, int assume_utc, int64_t *ms);

#endif
