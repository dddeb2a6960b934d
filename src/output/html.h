/* Pieces of the report page. Whatever comes from outside goes through html_text or html_span: diagnostics,
 * campaign and domain names are written by strangers. */
#ifndef OUTPUT_HTML_H
#define OUTPUT_HTML_H

#include "base/writer.h"
#include "tally/report.h"

/* Escaped text; control characters and bytes that are not UTF-8 become U+FFFD. */
void html_span(struct writer *writer, struct span text);
void html_text(struct writer *writer, const char *text);
/* The same, cut to about `limit` bytes with an ellipsis. */
void html_cut(struct writer *writer, struct span text, size_t limit);

void html_number(struct writer *writer, uint64_t value);                 /* 1,234,567 */
void html_percent(struct writer *writer, uint64_t part, uint64_t whole); /* 3.27 %, or a dash for n of 0 */
void html_css_percent(struct writer *writer, uint64_t part, uint64_t whole); /* 3.270%, for style="" */

/* A table that scrolls sideways on its own. `heads` are separated by '|'; a leading '#' right-aligns. */
void html_table_open(struct writer *writer, const char *heads);
void html_table_close(struct writer *writer);

/* Cells. A row is <tr>, cells, </tr>. */
void html_cell_number(struct writer *writer, uint64_t value);
void html_cell_percent(struct writer *writer, uint64_t part, uint64_t whole);
void html_cell_span(struct writer *writer, struct span text);
void html_cell_text(struct writer *writer, const char *text);
void html_cell_long(struct writer *writer, struct span text);      /* monospaced, may wrap anywhere, cut */
void html_cell_class(struct writer *writer, enum bm_class class_); /* with its colour */
void html_cell_bar(struct writer *writer, enum bm_class class_, uint64_t part, uint64_t whole);

/* A section with a heading and, unless NULL, a sentence below it. */
void html_section_open(struct writer *writer, const char *heading, const char *note);
void html_section_close(struct writer *writer);
void html_nothing(struct writer *writer, const char *sentence);

/* The style sheet, with its <style> tags. */
void html_style(struct writer *writer);

/* Bars of bounces by class: one for all, and one for each day (or as many days as it takes to keep the bars
 * apart). */
void html_chart_classes(struct writer *writer, const struct count_cell *total);
void html_chart_days(struct writer *writer, const struct count_day *days, size_t count);

#endif
