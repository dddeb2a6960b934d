/* The taxonomy of bounce reasons. The table (classify/tables/reasons.csv) is the source; reason_table.c is
 * made from it at build. Reasons are numbered in byte order of their names, so that comparing numbers
 * compares names. */
#ifndef EVENT_REASON_H
#define EVENT_REASON_H

#include "base/span.h"
#include "event/reason_names.h" /* generated: enum reason { REASON_ADMIN, ..., REASON_COUNT } */

#include <bouncemill/event.h>

/* Whose trouble it is (column industry_side). */
enum reason_side { SIDE_NONE, SIDE_ADDRESS, SIDE_MAILBOX, SIDE_SERVER };

struct reason_row {
    const char *name;
    enum bm_class class_;
    const char *meaning;
    int sfmc_category_id; /* 0: none, here and below */
    const char *sfmc_category;
    int sfmc_subcategory_id;
    const char *sfmc_subcategory;
    const char *blackbaud_reason;
    int blackbaud_limit;
    int marketo_category;
    const char *ses_type;
    const char *ses_subtype;
    int sparkpost_code;
    const char *powermta_category;
    const char *kumomta_class;
    enum reason_side industry_side;
    const char *retry; /* "yes", "fix", "no" or "" */
};

extern const struct reason_row reason_table[REASON_COUNT];

/* The reason of that name, or REASON_COUNT. */
enum reason reason_find(struct span name);

/* Where a given class contradicts a reason's own, further attributes come from this class's default reason.
 */
enum reason reason_class_default(enum bm_class class_);

#endif
