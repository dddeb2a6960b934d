/* report.html: one file that needs nothing else, neither scripts nor the network. */
#include "output/report_html.h"
#include "base/base.h"
#include "event/time.h"
#include "output/columns.h"
#include "output/html.h"

#include <bouncemill/version.h>

static void write_head(struct writer *writer)
{
    writer_text(writer, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        /* Hostile texts are escaped; should one ever get through, it can still do nothing. */
                        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                        "style-src 'unsafe-inline'\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                        "<meta name=\"generator\" content=\"bouncemill\">\n<title>Bounce report</title>\n");
    html_style(writer);
    writer_text(writer, "</head>\n<body>\n<main>\n");
}

static bool time_is_known(int64_t ms)
{
    return ms != INT64_MIN && ms != INT64_MAX;
}

static void write_header(struct writer *writer, const struct report *report, const struct run_facts *facts)
{
    writer_text(writer, "<header>\n<h1>Bounce report</h1>\n<p>");
    if (time_is_known(report->first_ms) && time_is_known(report->last_ms)) {
        time_write(writer, report->first_ms);
        writer_text(writer, " to ");
        time_write(writer, report->last_ms);
        writer_text(writer, " \xc2\xb7 ");
    }
    html_number(writer, report->input_count);
    writer_text(writer, report->input_count == 1 ? " archive" : " archives");
    if (time_is_known(facts->as_of_ms)) {
        writer_text(writer, " \xc2\xb7 statuses as of ");
        time_write(writer, facts->as_of_ms);
    }
    writer_text(writer, "</p>\n</header>\n");
}

static void tile_open(struct writer *writer, const char *label)
{
    writer_text(writer, "<div class=\"tile\"><span class=\"label\">");
    html_text(writer, label);
    writer_text(writer, "</span><b>");
}

static void tile_note(struct writer *writer)
{
    writer_text(writer, "</b><span>");
}

static void tile_close(struct writer *writer)
{
    writer_text(writer, "</span></div>\n");
}

static void tile_rate(struct writer *writer, const char *label, uint64_t part, uint64_t whole,
                      const char *sentence)
{
    tile_open(writer, label);
    html_percent(writer, part, whole);
    tile_note(writer);
    html_number(writer, part);
    writer_text(writer, " of ");
    html_number(writer, whole);
    writer_char(writer, ' ');
    html_text(writer, sentence);
    tile_close(writer);
}

static void write_tiles(struct writer *writer, const struct report *report, const struct run_facts *facts)
{
    const struct count_cell *total = &report->total;
    writer_text(writer, "<div class=\"tiles\">\n");
    tile_open(writer, "Rows");
    html_number(writer, report->rows);
    tile_note(writer);
    html_number(writer, report->addresses);
    writer_text(writer, " addresses tracked");
    tile_close(writer);
    tile_rate(writer, "Bounce rate", cell_bounces(total), cell_attempts(total), "attempts bounced");
    for (size_t k = 0; k < facts->policy_count; k++) {
        tile_open(writer, "Suppressed");
        html_number(writer, facts->policy_reports[k].suppressed);
        tile_note(writer);
        writer_text(writer, "addresses by policy ");
        html_text(writer, facts->policy_reports[k].policy);
        tile_close(writer);
    }
    tile_rate(writer, "Unrecognised", report->unrecognised, cell_bounces(total), "bounces");
    tile_rate(writer, "Complaint rate", total->kinds[BM_COMPLAINT], total->kinds[BM_DELIVERED], "deliveries");
    writer_text(writer, "</div>\n");
}

static void write_charts(struct writer *writer, const struct report *report)
{
    html_section_open(writer, "Bounces by class",
                      "Hard: the address is dead. Block: the sender is refused, the address may be good. "
                      "Soft and technical: temporary. Unknown: the reply does not say.");
    html_chart_classes(writer, &report->total);
    html_section_close(writer);
    html_section_open(writer, "Bounces by day", NULL);
    if (cell_bounces(&report->total))
        html_chart_days(writer, report->days, report->day_count);
    else
        html_nothing(writer, "No bounces.");
    html_section_close(writer);
}

void report_html_write(struct writer *writer, const struct report *report, const struct run_facts *facts,
                       const struct input_report *const *inputs)
{
    write_head(writer);
    write_header(writer, report, facts);
    write_tiles(writer, report, facts);
    write_charts(writer, report);
    report_html_policies(writer, facts);
    report_html_pairs(writer, facts);
    report_html_segments(writer, facts);
    report_html_reasons(writer, report);
    report_html_domains(writer, report);
    report_html_patterns(writer, report);
    report_html_campaigns(writer, report);
    report_html_codes(writer, report);
    report_html_labels(writer, report);
    report_html_unmatched(writer, report);
    report_html_rejects(writer, report);
    report_html_accounting(writer, report, inputs);
    writer_text(writer, "<footer>bouncemill ");
    html_text(writer, bm_version());
    writer_text(writer,
                " \xc2\xb7 times in UTC \xc2\xb7 the same numbers for programs: report.json</footer>\n"
                "</main>\n</body>\n</html>\n");
}
