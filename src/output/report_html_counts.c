/* What bounced, where and why, in report.html. */
#include "base/base.h"
#include "event/time.h"
#include "output/columns.h"
#include "output/html.h"
#include "output/pattern_text.h"
#include "output/ranking.h"
#include "output/report_html.h"

#define HTML_DOMAINS   25
#define HTML_CAMPAIGNS 15
#define HTML_PATTERNS  25
#define HTML_CODES     20
#define HTML_UNMATCHED 25
#define HTML_LABELS    20

static void write_marketo(struct writer *writer, int category)
{
    writer_text(writer, "<td class=\"n\">");
    if (category)
        writer_u64(writer, (uint64_t)category);
    writer_text(writer, "</td>");
}

static void write_ses(struct writer *writer, const struct reason_row *platforms)
{
    writer_text(writer, "<td class=\"name\">");
    html_text(writer, platforms->ses_type);
    if (platforms->ses_type && *platforms->ses_type && platforms->ses_subtype && *platforms->ses_subtype) {
        writer_text(writer, " / ");
        html_text(writer, platforms->ses_subtype);
    }
    writer_text(writer, "</td>");
}

static void write_reason(struct writer *writer, const struct reason_count *item, uint64_t bounces,
                         uint64_t largest)
{
    const struct reason_row *platforms = ranking_platforms(item);
    writer_text(writer, "<tr>");
    html_cell_text(writer, reason_table[item->reason].name);
    html_cell_class(writer, item->class_);
    html_cell_number(writer, item->count);
    html_cell_percent(writer, item->count, item->class_ == BM_NONE ? 0 : bounces);
    html_cell_bar(writer, item->class_, item->count, largest);
    html_cell_text(writer, platforms->sfmc_subcategory);
    write_marketo(writer, platforms->marketo_category);
    write_ses(writer, platforms);
    writer_text(writer, "</tr>\n");
}

void report_html_reasons(struct writer *writer, const struct report *report)
{
    struct reason_count ranking[RANKING_REASONS_MAX];
    size_t count = ranking_reasons(report, ranking);
    html_section_open(writer, "Reasons",
                      "Shares are of all bounces; automatic replies (class none) are no bounces. The last "
                      "columns are what other platforms call the same thing.");
    if (count)
        html_table_open(writer, "Reason|Class|#Count|#Share||Salesforce|#Marketo category|Amazon SES");
    for (size_t k = 0; k < count; k++)
        write_reason(writer, &ranking[k], cell_bounces(&report->total), ranking[0].count);
    if (count)
        html_table_close(writer);
    else
        html_nothing(writer, "No bounces.");
    html_section_close(writer);
}

static void write_named_row(struct writer *writer, const struct count_named *named, bool with_worst_day)
{
    const struct count_cell *cell = &named->cell;
    writer_text(writer, "<tr>");
    if (named->name.length)
        html_cell_span(writer, named->name);
    else
        writer_text(writer, "<td class=\"nothing\">(none)</td>");
    html_cell_number(writer, cell->kinds[BM_DELIVERED]);
    html_cell_number(writer, cell_bounces(cell));
    html_cell_percent(writer, cell_bounces(cell), cell_attempts(cell));
    for (int class_ = BM_HARD; class_ <= BM_UNKNOWN; class_++)
        html_cell_number(writer, cell->classes[class_]);
    html_cell_percent(writer, cell->kinds[BM_COMPLAINT], cell->kinds[BM_DELIVERED]);
    if (with_worst_day) {
        writer_text(writer, "<td class=\"n\">");
        if (named->worst_day >= 0)
            day_write(writer, named->worst_day);
        writer_text(writer, "</td>");
        html_cell_number(writer, named->worst_day_bounces);
    }
    writer_text(writer, "</tr>\n");
}

#define NAMED_HEADS "|#Delivered|#Bounces|#Bounce rate|#Hard|#Block|#Soft|#Technical|#Unknown|#Complaints"

static void write_shown(struct writer *writer, size_t shown, size_t count)
{
    writer_text(writer, "<p class=\"note\">The ");
    html_number(writer, shown);
    writer_text(writer, " of ");
    html_number(writer, count);
    writer_text(writer, " with most bounces.</p>\n");
}

void report_html_domains(struct writer *writer, const struct report *report)
{
    const struct count_named *top[HTML_DOMAINS];
    size_t count = ranking_named(report->domains, report->domain_count, top, HTML_DOMAINS);
    html_section_open(writer, "Worst recipient domains", NULL);
    if (count) {
        write_shown(writer, count, report->domain_count);
        html_table_open(writer, "Domain" NAMED_HEADS "|#Worst day|#On it");
        for (size_t k = 0; k < count; k++)
            write_named_row(writer, top[k], true);
        html_table_close(writer);
    } else {
        html_nothing(writer, "No domain has bounces.");
    }
    html_section_close(writer);
}

void report_html_campaigns(struct writer *writer, const struct report *report)
{
    const struct count_named *top[HTML_CAMPAIGNS];
    size_t count = ranking_named(report->campaigns, report->campaign_count, top, HTML_CAMPAIGNS);
    html_section_open(writer, "Top campaigns", NULL);
    if (count) {
        write_shown(writer, count, report->campaign_count);
        html_table_open(writer, "Campaign" NAMED_HEADS);
        for (size_t k = 0; k < count; k++)
            write_named_row(writer, top[k], false);
        html_table_close(writer);
    } else {
        html_nothing(writer, "No campaign has bounces.");
    }
    html_section_close(writer);
}

static void cell_codes(struct writer *writer, uint16_t smtp_code, enhanced_code enhanced)
{
    char digits[11];
    writer_text(writer, "<td class=\"n\">");
    if (smtp_code)
        writer_u64(writer, smtp_code);
    writer_text(writer, "</td><td class=\"n\">");
    size_t length = enhanced_format(enhanced, digits);
    writer_put(writer, (struct span){digits, length});
    writer_text(writer, "</td>");
}

void report_html_codes(struct writer *writer, const struct report *report)
{
    const struct count_code *top[HTML_CODES];
    size_t count = ranking_codes(report->codes, report->code_count, top, HTML_CODES);
    html_section_open(writer, "Codes", NULL);
    if (count) {
        write_shown(writer, count, report->code_count);
        html_table_open(writer, "#Reply|#Enhanced|#Bounces|#Share|#Hard|#Block|#Soft|#Technical|#Unknown");
    } else {
        html_nothing(writer, "No bounces.");
    }
    for (size_t k = 0; k < count; k++) {
        uint64_t bounces = classes_bounces(top[k]->classes);
        writer_text(writer, "<tr>");
        cell_codes(writer, top[k]->smtp_code, top[k]->enhanced);
        html_cell_number(writer, bounces);
        html_cell_percent(writer, bounces, cell_bounces(&report->total));
        for (int class_ = BM_HARD; class_ <= BM_UNKNOWN; class_++)
            html_cell_number(writer, top[k]->classes[class_]);
        writer_text(writer, "</tr>\n");
    }
    if (count)
        html_table_close(writer);
    html_section_close(writer);
}

static void write_agreements(struct writer *writer, const struct report *report)
{
    static const char *const heads[LABEL_AGREEMENTS] = {
        [LABEL_SAME_REASON] = "the same reason",
        [LABEL_SAME_CLASS] = "another reason of the same class",
        [LABEL_DISAGREES] = "another class",
        [LABEL_SILENT] = "nothing, or a label that is not known",
    };
    uint64_t sum = 0;
    for (int k = 0; k < LABEL_AGREEMENTS; k++)
        sum += report->agreements[k];
    html_table_open(writer, "The label says|#Bounces|#Share");
    for (int k = LABEL_AGREEMENTS; k-- > 0;) {
        writer_text(writer, "<tr>");
        html_cell_text(writer, heads[k]);
        html_cell_number(writer, report->agreements[k]);
        html_cell_percent(writer, report->agreements[k], sum);
        writer_text(writer, "</tr>\n");
    }
    html_table_close(writer);
}

/* Only where an archive has labels. */
void report_html_labels(struct writer *writer, const struct report *report)
{
    const struct count_label *top[HTML_LABELS];
    size_t count = ranking_labels(report, top, HTML_LABELS);
    if (!report->label_count)
        return;
    html_section_open(writer, "The source system's own labels",
                      "What the system that sent the mail called a bounce, beside the class and reason found "
                      "here. Below: the labels that stand for other classes, most bounces first.");
    write_agreements(writer, report);
    if (count)
        html_table_open(writer, "Label|Class|Reason|#Bounces");
    for (size_t k = 0; k < count; k++) {
        writer_text(writer, "<tr>");
        html_cell_span(writer, top[k]->label);
        html_cell_class(writer, reason_table[top[k]->reason].class_);
        html_cell_text(writer, reason_table[top[k]->reason].name);
        html_cell_number(writer, top[k]->count);
        writer_text(writer, "</tr>\n");
    }
    if (count)
        html_table_close(writer);
    html_section_close(writer);
}

void report_html_unmatched(struct writer *writer, const struct report *report)
{
    size_t count = report->unmatched_count < HTML_UNMATCHED ? report->unmatched_count : HTML_UNMATCHED;
    html_section_open(writer, "Texts that no phrase matched",
                      "Numbers, addresses and ids are masked, so that one template is one row. Codes may "
                      "have decided these bounces all the same.");
    if (count)
        html_table_open(writer, "#Count|Masked text|Example|#Reply|#Enhanced");
    else
        html_nothing(writer, "Every text was matched.");
    for (size_t k = 0; k < count; k++) {
        const struct count_unmatched *item = &report->unmatched[k];
        writer_text(writer, "<tr>");
        html_cell_number(writer, item->count);
        html_cell_long(writer, item->masked);
        html_cell_long(writer, item->example);
        cell_codes(writer, item->smtp_code, item->enhanced);
        writer_text(writer, "</tr>\n");
    }
    if (count)
        html_table_close(writer);
    html_section_close(writer);
}

static void cell_tenths(struct writer *writer, double value)
{
    writer_text(writer, "<td class=\"n\">");
    tenths_write(writer, value);
    writer_text(writer, "</td>");
}

void report_html_patterns(struct writer *writer, const struct report *report)
{
    const struct pattern *top[HTML_PATTERNS];
    size_t count = patterns_top(report, top, HTML_PATTERNS);
    html_section_open(
        writer, "Patterns of domains",
        "Days on which a domain's failures (bounces that are not hard) stand out from its own past, "
        "and hours of the day or the week (UTC, from Monday) in which they recur: maintenance, "
        "peak hours. What is expected follows from the domain's share in all other domains' "
        "failures at the time, so that the volume of mail cancels out; the score is the excess in "
        "standard deviations.");
    if (count)
        html_table_open(writer, "Domain|Pattern|First|Last|#Failures|#Expected|#Score|#Recurred|#Of");
    else
        html_nothing(writer, "No domain stands out.");
    for (size_t k = 0; k < count; k++) {
        char text[BM_TIME_BYTES];
        const struct pattern *pattern = top[k];
        writer_text(writer, "<tr>");
        html_cell_span(writer, pattern->domain);
        html_cell_text(writer, pattern_kind_name(pattern->kind));
        html_cell_text(writer, pattern_place(pattern, pattern->first, text));
        html_cell_text(writer, pattern_place(pattern, pattern->last, text));
        html_cell_number(writer, pattern->failures);
        cell_tenths(writer, pattern->expected);
        cell_tenths(writer, pattern->score);
        html_cell_number(writer, pattern->recurred);
        html_cell_number(writer, pattern->of);
        writer_text(writer, "</tr>\n");
    }
    if (count)
        html_table_close(writer);
    html_section_close(writer);
}
