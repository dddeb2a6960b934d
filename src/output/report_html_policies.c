/* What the policies made of the addresses, in report.html. */
#include "base/base.h"
#include "output/columns.h"
#include "output/html.h"
#include "output/report_html.h"

/* Whether any policy has an address of that status: the others need no column. */
static bool status_occurs(const struct run_facts *facts, int status)
{
    for (size_t k = 0; k < facts->policy_count; k++)
        if (facts->policy_reports[k].statuses[status])
            return true;
    return false;
}

void report_html_policies(struct writer *writer, const struct run_facts *facts)
{
    html_section_open(writer, "Subscriber statuses",
                      "Addresses with a bounce, unsubscribe, complaint, delete or resubscribe, by what each "
                      "policy makes of them.");
    writer_text(writer, "<div class=\"scroll\"><table>\n<thead><tr><th>Policy</th><th class=\"n\">Suppressed"
                        "</th>");
    for (int status = 0; status < STATUS_COUNT; status++) {
        if (!status_occurs(facts, status))
            continue;
        writer_text(writer, "<th class=\"n\">");
        html_text(writer, status_name((enum status)status));
        writer_text(writer, "</th>");
    }
    writer_text(writer, "</tr></thead>\n<tbody>\n");
    for (size_t k = 0; k < facts->policy_count; k++) {
        writer_text(writer, "<tr>");
        html_cell_text(writer, facts->policy_reports[k].policy);
        html_cell_number(writer, facts->policy_reports[k].suppressed);
        for (int status = 0; status < STATUS_COUNT; status++)
            if (status_occurs(facts, status))
                html_cell_number(writer, facts->policy_reports[k].statuses[status]);
        writer_text(writer, "</tr>\n");
    }
    html_table_close(writer);
    html_section_close(writer);
}

static size_t pair_index(size_t policies, size_t a, size_t b)
{
    return a * (2 * policies - a - 1) / 2 + (b - a - 1);
}

static void cell_pair(struct writer *writer, const struct run_facts *facts, size_t row, size_t column)
{
    size_t a = row < column ? row : column, b = row < column ? column : row;
    if (a == b) {
        html_cell_text(writer, "");
        return;
    }
    const struct policy_pair *pair = &facts->pairs[pair_index(facts->policy_count, a, b)];
    html_cell_number(writer, a == row ? pair->only_a : pair->only_b);
}

void report_html_pairs(struct writer *writer, const struct run_facts *facts)
{
    if (!facts->pair_count)
        return;
    html_section_open(writer, "Policies compared",
                      "Addresses that the row's policy suppresses and the column's does not.");
    writer_text(writer, "<div class=\"scroll\"><table>\n<thead><tr><th>Policy</th>");
    for (size_t k = 0; k < facts->policy_count; k++) {
        writer_text(writer, "<th class=\"n\">not ");
        html_text(writer, facts->policy_reports[k].policy);
        writer_text(writer, "</th>");
    }
    writer_text(writer, "</tr></thead>\n<tbody>\n");
    for (size_t row = 0; row < facts->policy_count; row++) {
        writer_text(writer, "<tr>");
        html_cell_text(writer, facts->policy_reports[row].policy);
        for (size_t column = 0; column < facts->policy_count; column++)
            cell_pair(writer, facts, row, column);
        writer_text(writer, "</tr>\n");
    }
    html_table_close(writer);
    html_section_close(writer);
}

void report_html_segments(struct writer *writer, const struct run_facts *facts)
{
    if (!facts->segments)
        return;
    html_section_open(
        writer, "Segments for re-engagement",
        "Addresses whose mail fails now: with a bounce and no open, click or opt-in since, by what "
        "most of those bounces say (one hard bounce outweighs them), and by the days since the "
        "last. segments.csv names them, with --outputs all,segments.");
    html_table_open(writer, "Segment|#0-7 days|#8-30|#31-90|#Over 90|What to do");
    for (unsigned s = 0; s < SEGMENT_COUNT; s++) {
        writer_text(writer, "<tr>");
        html_cell_text(writer, segment_name((enum segment)s));
        for (unsigned r = 0; r < RECENCY_COUNT; r++)
            html_cell_number(writer, facts->segments->addresses[s][r]);
        html_cell_text(writer, segment_advice((enum segment)s));
        writer_text(writer, "</tr>\n");
    }
    html_table_close(writer);
    html_section_close(writer);
}
