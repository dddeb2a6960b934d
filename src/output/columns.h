/* What the report files share: the derived numbers, and the cells of a CSV row.
 *
 * "Bounces" means the same everywhere in the output: bounces of every class but none, because an automatic
 * reply reports no failure. */
#ifndef OUTPUT_COLUMNS_H
#define OUTPUT_COLUMNS_H

#include "base/writer.h"
#include "tally/report.h"

uint64_t classes_bounces(const uint64_t classes[BM_CLASS_COUNT]);
uint64_t cell_bounces(const struct count_cell *cell);
/* Deliveries that came to an end: delivered + bounces. */
uint64_t cell_attempts(const struct count_cell *cell);

/* Writes part / whole rounded to 6 decimals ("0.012346"), or nothing when whole is 0. Integers only: the
 * decimal point must not follow the caller's locale. */
void share_write(struct writer *writer, uint64_t part, uint64_t whole);

/* Cells after the first: a comma, then the value. */
void column_count(struct writer *writer, uint64_t value);
void column_share(struct writer *writer, uint64_t part, uint64_t whole);
void column_name(struct writer *writer, const char *name); /* of our own: never needs quotes */
/* Text from outside. NUL becomes U+2400 and bytes that are not UTF-8 become U+FFFD, because spreadsheets and
 * SQL engines refuse a whole file for one such byte. */
void column_text(struct writer *writer, struct span text);
void column_enhanced(struct writer *writer, enhanced_code code);  /* empty for none */
void column_smtp_code(struct writer *writer, uint16_t smtp_code); /* empty for none */

/* A string that may be NULL, which stands for the empty one. */
static inline struct span span_of(const char *text)
{
    return (struct span){text ? text : "", text ? strlen(text) : 0};
}

/* As column_text, for the first cell. */
void cell_text(struct writer *writer, struct span text);

/* The longest start of `text` that has at most `limit` bytes and does not end inside a character. */
struct span text_cut(struct span text, size_t limit);

/* The columns that domains.csv and campaigns.csv have in common, name and all. */
#define NAMED_COLUMNS                                                                                        \
    "sent,delivered,bounces,hard,block,soft,technical,unknown,complaints,unsubscribes,opens,clicks,"         \
    "bounce_rate,complaint_rate,first,last"
void columns_named(struct writer *writer, const struct count_named *named);

#endif
