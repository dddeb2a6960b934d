/* report.html: one file that needs nothing else, neither scripts nor the network. */
#include "base/base.h"
#include "event/time.h"
#include "output/columns.h"
#include "output/html.h"
#include "output/pattern_text.h"
#include "output/ranking.h"
#include "output/report_files.h"

#include <bouncemill/version.h>

#define HTML_DOMAINS   25
#define HTML_CAMPAIGNS 15
#define HTML_PATTERNS  25
#define HTML_CODES     20
#define HTML_UNMATCHED 25
#define HTML_SAMPLES   20
#define HTML_LABELS    20

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

/* Whether any policy has an address of that status: the others need no column. */
static bool status_occurs(const struct run_facts *facts, int status)
{
    for (size_t k = 0; k < facts->policy_count; k++)
        if (facts->policy_reports[k].statuses[status])
            return true;
    return false;
}

static void write_policies(struct writer *writer, const struct run_facts *facts)
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

static void write_pairs(struct writer *writer, const struct run_facts *facts)
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

static void write_reasons(struct writer *writer, const struct report *report)
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

static void write_domains(struct writer *writer, const struct report *report)
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

static void write_campaigns(struct writer *writer, const struct report *report)
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

static void write_codes(struct writer *writer, const struct report *report)
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
static void write_labels(struct writer *writer, const struct report *report)
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

static void write_unmatched(struct writer *writer, const struct report *report)
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

static void write_rejects(struct writer *writer, const struct report *report)
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

static void write_accounting(struct writer *writer, const struct report *report,
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

static void cell_tenths(struct writer *writer, double value)
{
    writer_text(writer, "<td class=\"n\">");
    tenths_write(writer, value);
    writer_text(writer, "</td>");
}

static void write_patterns(struct writer *writer, const struct report *report)
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

static void write_segments(struct writer *writer, const struct run_facts *facts)
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

void report_html_write(struct writer *writer, const struct report *report, const struct run_facts *facts,
                       const struct input_report *const *inputs)
{
    write_head(writer);
    write_header(writer, report, facts);
    write_tiles(writer, report, facts);
    write_charts(writer, report);
    write_policies(writer, facts);
    write_pairs(writer, facts);
    write_segments(writer, facts);
    write_reasons(writer, report);
    write_domains(writer, report);
    write_patterns(writer, report);
    write_campaigns(writer, report);
    write_codes(writer, report);
    write_labels(writer, report);
    write_unmatched(writer, report);
    write_rejects(writer, report);
    write_accounting(writer, report, inputs);
    writer_text(writer, "<footer>bouncemill ");
    html_text(writer, bm_version());
    writer_text(writer,
                " \xc2\xb7 times in UTC \xc2\xb7 the same numbers for programs: report.json</footer>\n"
                "</main>\n</body>\n</html>\n");
}
