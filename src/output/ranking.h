/* The first of the many: what a page can show of tables that may have millions of rows. */
#ifndef OUTPUT_RANKING_H
#define OUTPUT_RANKING_H

#include "tally/report.h"

struct reason_count {
    enum reason reason;
    enum bm_class class_;
    uint64_t count;
};

#define RANKING_REASONS_MAX ((size_t)REASON_COUNT * BM_CLASS_COUNT)

/* Reasons that occurred: most frequent first, equals by name, then by class. Returns how many. */
size_t ranking_reasons(const struct report *report, struct reason_count ranking[RANKING_REASONS_MAX]);

/* The row that says how platforms name it: the reason's own, or its class's default where they differ. */
const struct reason_row *ranking_platforms(const struct reason_count *item);

/* The first `limit` of those with bounces, most bounces first, equals in their order in `items`. Returns how
 * many. */
size_t ranking_named(const struct count_named *items, size_t count, const struct count_named **top,
                     size_t limit);
size_t ranking_codes(const struct count_code *items, size_t count, const struct count_code **top,
                     size_t limit);

/* The first `limit` of the labels that disagree with the reasons, most bounces first. Returns how many. */
size_t ranking_labels(const struct report *report, const struct count_label **top, size_t limit);

/* The archives as the report shows them: by the last part of their paths, then by size and content, so that
 * neither the order nor the folder in which they were named shows. The caller frees; NULL when memory is
 * out. */
const struct input_report **ranking_inputs(const struct report *report);
const char *path_last_part(const char *path);

#endif
