/* report.json: what the page shows, for programs. Nothing of the machine, the run's speed or the place of its
 * files: equal inputs give equal bytes. */
#include "base/base.h"
#include "output/columns.h"
#include "output/json.h"
#include "output/pattern_text.h"
#include "output/ranking.h"
#include "output/report_files.h"

#define JSON_TOP 100 /* domains, campaigns, codes, rules, texts */

static void write_totals(struct json *json, const struct report *report)
{
    const struct count_cell *total = &report->total;
    json_object(json, "totals");
    json_count(json, "rows", report->rows);
    json_count(json, "tallied", report->tallied);
    json_count(json, "ignored", report->ignored);
    json_count(json, "rejected", report->rejected);
    json_count(json, "duplicates", report->duplicates);
    json_count(json, "addresses", report->addresses);
    json_count(json, "bounces", cell_bounces(total));
    json_count(json, "unrecognised", report->unrecognised);
    json_kinds(json, "kinds", total->kinds);
    json_classes(json, "classes", total->classes);
    json_close(json);

    json_object(json, "rates");
    json_share(json, "bounce_rate", cell_bounces(total), cell_attempts(total));
    json_share(json, "hard_bounce_rate", total->classes[BM_HARD], cell_attempts(total));
    json_share(json, "complaint_rate", total->kinds[BM_COMPLAINT], total->kinds[BM_DELIVERED]);
    json_share(json, "unrecognised_share", report->unrecognised, cell_bounces(total));
    json_close(json);
}

static void write_reasons(struct json *json, const struct report *report)
{
    struct reason_count ranking[RANKING_REASONS_MAX];
    size_t count = ranking_reasons(report, ranking);
    json_array(json, "reasons");
    for (size_t k = 0; k < count; k++) {
        const struct reason_row *platforms = ranking_platforms(&ranking[k]);
        json_object(json, NULL);
        json_text(json, "reason", reason_table[ranking[k].reason].name);
        json_text(json, "class", bm_class_name(ranking[k].class_));
        json_count(json, "count", ranking[k].count);
        json_share(json, "share", ranking[k].count,
                   ranking[k].class_ == BM_NONE ? 0 : cell_bounces(&report->total));
        json_text(json, "sfmc_category", platforms->sfmc_category);
        json_text(json, "sfmc_subcategory", platforms->sfmc_subcategory);
        json_code(json, "marketo_category", (unsigned)platforms->marketo_category);
        json_text(json, "ses_type", platforms->ses_type);
        json_text(json, "ses_subtype", platforms->ses_subtype);
        json_close(json);
    }
    json_close(json);
}

static void write_named(struct json *json, const char *key, const char *name_key,
                        const struct count_named *items, size_t item_count, bool with_worst_day)
{
    const struct count_named *top[JSON_TOP];
    size_t count = ranking_named(items, item_count, top, JSON_TOP);
    json_array(json, key);
    for (size_t k = 0; k < count; k++) {
        const struct count_cell *cell = &top[k]->cell;
        json_object(json, NULL);
        json_span(json, name_key, top[k]->name);
        json_count(json, "bounces", cell_bounces(cell));
        json_share(json, "bounce_rate", cell_bounces(cell), cell_attempts(cell));
        json_share(json, "complaint_rate", cell->kinds[BM_COMPLAINT], cell->kinds[BM_DELIVERED]);
        json_kinds(json, "kinds", cell->kinds);
        json_classes(json, "classes", cell->classes);
        json_time(json, "first", top[k]->first_ms);
        json_time(json, "last", top[k]->last_ms);
        if (with_worst_day) {
            json_day(json, "worst_day", top[k]->worst_day);
            json_count(json, "worst_day_bounces", top[k]->worst_day_bounces);
        }
        json_close(json);
    }
    json_close(json);
}

static void write_codes(struct json *json, const struct report *report)
{
    const struct count_code *top[JSON_TOP];
    size_t count = ranking_codes(report->codes, report->code_count, top, JSON_TOP);
    json_array(json, "codes");
    for (size_t k = 0; k < count; k++) {
        json_object(json, NULL);
        json_code(json, "smtp_code", top[k]->smtp_code);
        json_enhanced(json, "enhanced_code", top[k]->enhanced);
        json_count(json, "bounces", classes_bounces(top[k]->classes));
        json_classes(json, "classes", top[k]->classes);
        json_close(json);
    }
    json_close(json);
}

static void write_days(struct json *json, const struct report *report)
{
    json_array(json, "days");
    for (size_t k = 0; k < report->day_count; k++) {
        json_object(json, NULL);
        json_day(json, "day", report->days[k].day);
        json_count(json, "bounces", cell_bounces(&report->days[k].cell));
        json_kinds(json, "kinds", report->days[k].cell.kinds);
        json_classes(json, "classes", report->days[k].cell.classes);
        json_close(json);
    }
    json_close(json);
}

static void write_rules(struct json *json, const struct report *report)
{
    json_array(json, "rules");
    for (size_t k = 0; k < report->rule_count && k < JSON_TOP && report->rules[k].hits; k++) {
        json_object(json, NULL);
        json_text(json, "rule", report->rules[k].rule);
        json_text(json, "table", report->rules[k].table);
        json_count(json, "hits", report->rules[k].hits);
        json_close(json);
    }
    json_close(json);
}

static void write_labels(struct json *json, const struct report *report)
{
    const struct count_label *top[JSON_TOP];
    size_t count = ranking_labels(report, top, JSON_TOP);
    json_object(json, "labels");
    json_count(json, "same_reason", report->agreements[LABEL_SAME_REASON]);
    json_count(json, "same_class", report->agreements[LABEL_SAME_CLASS]);
    json_count(json, "disagree", report->agreements[LABEL_DISAGREES]);
    json_count(json, "silent", report->agreements[LABEL_SILENT]);
    json_close(json);
    json_array(json, "label_disagreements");
    for (size_t k = 0; k < count; k++) {
        json_object(json, NULL);
        json_span(json, "label", top[k]->label);
        json_text(json, "class", bm_class_name(reason_table[top[k]->reason].class_));
        json_text(json, "reason", reason_table[top[k]->reason].name);
        json_count(json, "count", top[k]->count);
        json_close(json);
    }
    json_close(json);
}

static void write_unmatched(struct json *json, const struct report *report)
{
    json_array(json, "unmatched");
    for (size_t k = 0; k < report->unmatched_count && k < JSON_TOP; k++) {
        const struct count_unmatched *item = &report->unmatched[k];
        json_object(json, NULL);
        json_count(json, "count", item->count);
        json_span(json, "masked_text", item->masked);
        json_span(json, "example", item->example);
        json_code(json, "smtp_code", item->smtp_code);
        json_enhanced(json, "enhanced_code", item->enhanced);
        json_close(json);
    }
    json_close(json);
}

static void write_archives(struct json *json, const struct report *report,
                           const struct input_report *const *inputs)
{
    json_array(json, "archives");
    for (size_t k = 0; k < report->input_count; k++) {
        const struct input_report *input = inputs[k];
        json_object(json, NULL);
        json_text(json, "archive", path_last_part(input->path));
        json_text(json, "state", input_state(input));
        json_count(json, "bytes", input->bytes);
        json_count(json, "rows", input->rows);
        json_count(json, "tallied", input->tallied);
        json_count(json, "ignored", input->ignored);
        json_count(json, "rejected", input->rejected);
        json_count(json, "extra_fields", input->extra_fields);
        json_close(json);
    }
    json_close(json);
}

void json_policies(struct json *json, const struct run_facts *facts)
{
    json_array(json, "policies");
    for (size_t k = 0; k < facts->policy_count; k++) {
        const struct policy_report *policy = &facts->policy_reports[k];
        json_object(json, NULL);
        json_text(json, "policy", policy->policy);
        json_count(json, "suppressed", policy->suppressed);
        json_object(json, "statuses");
        for (int status = 0; status < STATUS_COUNT; status++)
            if (policy->statuses[status])
                json_count(json, status_name((enum status)status), policy->statuses[status]);
        json_close(json);
        json_close(json);
    }
    json_close(json);
}

static void write_pairs(struct json *json, const struct run_facts *facts)
{
    json_array(json, "comparison");
    for (size_t k = 0; k < facts->pair_count; k++) {
        const struct policy_pair *pair = &facts->pairs[k];
        json_object(json, NULL);
        json_text(json, "policy_a", facts->policy_reports[pair->a].policy);
        json_text(json, "policy_b", facts->policy_reports[pair->b].policy);
        json_count(json, "both", pair->both);
        json_count(json, "only_a", pair->only_a);
        json_count(json, "only_b", pair->only_b);
        json_count(json, "neither", pair->neither);
        json_close(json);
    }
    json_close(json);
}

static void write_patterns(struct json *json, const struct report *report)
{
    const struct pattern *top[JSON_TOP];
    size_t count = patterns_top(report, top, JSON_TOP);
    json_array(json, "patterns");
    for (size_t k = 0; k < count; k++) {
        char text[BM_TIME_BYTES];
        const struct pattern *pattern = top[k];
        json_object(json, NULL);
        json_span(json, "domain", pattern->domain);
        json_text(json, "pattern", pattern_kind_name(pattern->kind));
        json_text(json, "first", pattern_place(pattern, pattern->first, text));
        json_text(json, "last", pattern_place(pattern, pattern->last, text));
        json_count(json, "failures", pattern->failures);
        json_tenths(json, "expected", pattern->expected);
        json_tenths(json, "score", pattern->score);
        json_count(json, "recurred", pattern->recurred);
        json_count(json, "of", pattern->of);
        json_close(json);
    }
    json_close(json);
}

static void write_segments(struct json *json, const struct run_facts *facts)
{
    json_array(json, "segments");
    for (unsigned s = 0; facts->segments && s < SEGMENT_COUNT; s++) {
        json_object(json, NULL);
        json_text(json, "segment", segment_name((enum segment)s));
        for (unsigned r = 0; r < RECENCY_COUNT; r++)
            json_count(json, recency_name((enum recency)r), facts->segments->addresses[s][r]);
        json_close(json);
    }
    json_close(json);
}

void report_json_write(struct writer *writer, const struct report *report, const struct run_facts *facts,
                       const struct input_report *const *inputs)
{
    struct json json = {.writer = writer};
    json_object(&json, NULL);
    json_text(&json, "format", "bouncemill-report");
    json_count(&json, "format_version", REPORT_FORMAT_VERSION);
    json_time(&json, "first", report->first_ms);
    json_time(&json, "last", report->last_ms);
    json_time(&json, "as_of", facts->as_of_ms);
    write_totals(&json, report);
    json_policies(&json, facts);
    write_pairs(&json, facts);
    write_segments(&json, facts);
    write_reasons(&json, report);
    write_named(&json, "domains", "domain", report->domains, report->domain_count, true);
    write_named(&json, "campaigns", "campaign", report->campaigns, report->campaign_count, false);
    write_patterns(&json, report);
    write_codes(&json, report);
    write_days(&json, report);
    write_rules(&json, report);
    write_labels(&json, report);
    write_unmatched(&json, report);
    json_rejects(&json, "rejects", report->rejects);
    write_archives(&json, report, inputs);
    json_close(&json);
}
