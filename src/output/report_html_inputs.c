/* The archives and their rejected rows, in report.html. */
#include "base/base.h"
#include "output/columns.h"
#include "output/html.h"
#include "output/ranking.h"
#include "output/report_html.h"

#define HTML_SAMPLES 20

static void write_sample(struct writer *writer, const struct report *report,
                         const struct reject_sample *sample)
{
    CHECK(sample->archive < report->input_count);
    writer_text(writer, "<tr>");
    html_cell_text(writer, path_last_part(report->inputs[sample->archive].path));
    html_cell_number(writer, sample->line);
    html_cell_number(writer, sample->offset);
    html_cell_text(writer, reject_name(sample->reason));
    html_cell_long(writer, sample->text);
    writer_text(writer, "</tr>\n");
}

void report_html_rejects(struct writer *writer, const struct report *report)
{
    html_section_open(writer, "Rejected rows", NULL);
    if (!report->rejected) {
        html_nothing(writer, "No row was rejected.");
        html_section_close(writer);
        return;
    }
    html_table_open(writer, "Why|#Rows|#Share of all rows");
    for (int reject = 0; reject < REJECT_COUNT; reject++) {
        if (!report->rejects[reject])
            continue;
        writer_text(writer, "<tr>");
        html_cell_text(writer, reject_name((enum reject)reject));
        html_cell_number(writer, report->rejects[reject]);
        html_cell_percent(writer, report->rejects[reject], report->rows);
        writer_text(writer, "</tr>\n");
    }
    html_table_close(writer);
    if (report->sample_count) {
        html_table_open(writer, "Archive|#Line|#Byte offset|Why|Sample");
        for (size_t k = 0; k < report->sample_count && k < HTML_SAMPLES; k++)
            write_sample(writer, report, &report->samples[k]);
        html_table_close(writer);
    }
    html_section_close(writer);
}

static void cells_accounting(struct writer *writer, uint64_t rows, uint64_t tallied, uint64_t ignored,
                             uint64_t rejected)
{
    html_cell_number(writer, rows);
    html_cell_number(writer, tallied);
    html_cell_number(writer, ignored);
    html_cell_number(writer, rejected);
}

void report_html_accounting(struct writer *writer, const struct report *report,
                            const struct input_report *const *inputs)
{
    html_section_open(writer, "Row accounting",
                      "Rows = tallied + ignored (kinds that no chosen policy looks at, and times outside of "
                      "--from and --to) + rejected, for every archive.");
    html_table_open(writer, "Archive|State|#Rows|#Tallied|#Ignored|#Rejected");
    for (size_t k = 0; k < report->input_count; k++) {
        writer_text(writer, "<tr>");
        html_cell_text(writer, path_last_part(inputs[k]->path));
        html_cell_text(writer, input_state(inputs[k]));
        cells_accounting(writer, inputs[k]->rows, inputs[k]->tallied, inputs[k]->ignored,
                         inputs[k]->rejected);
        writer_text(writer, "</tr>\n");
    }
    writer_text(writer, "<tr class=\"sum\"><td>All</td><td></td>");
    cells_accounting(writer, report->rows, report->tallied, report->ignored, report->rejected);
    writer_text(writer, "</tr>\n");
    html_table_close(writer);
    if (report->duplicates) {
        writer_text(writer, "<p class=\"note\">");
        html_number(writer, report->duplicates);
        writer_text(writer, " tallied rows were exact duplicates of others and count once in the "
                            "statuses.</p>\n");
    }
    html_section_close(writer);
}
