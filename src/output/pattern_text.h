/* How a pattern is written, in every file the same. */
#ifndef OUTPUT_PATTERN_TEXT_H
#define OUTPUT_PATTERN_TEXT_H

#include "base/writer.h"
#include "tally/report.h"

#include <bouncemill/event.h>

/* "2026-06-12", "03:00", "Tue 03:00": `place` is pattern->first or last. */
const char *pattern_place(const struct pattern *pattern, uint32_t place, char text[BM_TIME_BYTES]);

/* A number that is not negative, with one decimal and a point, whatever the locale. */
void tenths_write(struct writer *writer, double value);

/* The patterns with the highest scores, the highest first, equals in their order. Returns how many. */
size_t patterns_top(const struct report *report, const struct pattern **top, size_t limit);

#endif
