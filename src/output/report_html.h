/* The sections of report.html, in the order of the page; one with nothing to say writes nothing, or says so.
 */
#ifndef OUTPUT_REPORT_HTML_H
#define OUTPUT_REPORT_HTML_H

#include "output/report_files.h"

void report_html_policies(struct writer *writer, const struct run_facts *facts);
void report_html_pairs(struct writer *writer, const struct run_facts *facts);
void report_html_segments(struct writer *writer, const struct run_facts *facts);
void report_html_reasons(struct writer *writer, const struct report *report);
void report_html_domains(struct writer *writer, const struct report *report);
void report_html_patterns(struct writer *writer, const struct report *report);
void report_html_campaigns(struct writer *writer, const struct report *report);
void report_html_codes(struct writer *writer, const struct report *report);
void report_html_labels(struct writer *writer, const struct report *report);
void report_html_unmatched(struct writer *writer, const struct report *report);
void report_html_rejects(struct writer *writer, const struct report *report);
void report_html_accounting(struct writer *writer, const struct report *report,
                            const struct input_report *const *inputs);

#endif
