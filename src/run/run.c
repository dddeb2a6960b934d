/* The public main job: options to stages, stages to files. */
#include "base/base.h"

#include "output/compare.h"
#include "output/outcomes.h"
#include "output/output.h"
#include "output/snapshots.h"
#include "run/merge.h"
#include "run/people.h"
#include "run/run_plan.h"
#include "run/scan.h"

#include <bouncemill/run.h>

#include <sys/resource.h>
#include <time.h>

struct run {
    struct run_plan plan;
    struct bm_run_summary *summary;
    struct policy_report *policy_reports; /* in the plan's order */
    struct comparison comparison;
    struct inputs inputs;
    struct scan_result scanned;
    struct merge_result merged;
    struct report report;
    struct export_report export_reports[EXPORT_COUNT];
    size_t export_count;
    struct folder folder;
    bool folder_open;
};

static double seconds_now(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void progress_stage(const struct run *run, const char *stage)
{
    struct bm_progress progress = {stage, run->inputs.bytes_total, run->inputs.bytes_total, run->report.rows};
    if (run->plan.options->progress)
        run->plan.options->progress(run->plan.options->progress_argument, &progress);
}

static enum bm_code scan_stage(struct run *run, struct bm_error *error)
{
    const struct bm_run_options *options = run->plan.options;
    struct scan_options scan_options = {
        .classifier = run->plan.classifier,
        .dialect = run->plan.dialect,
        .kinds = run->plan.policies.kinds,
        .limited = options->from || options->to,
        .from_ms = run->plan.from_ms,
        .to_ms = run->plan.to_ms,
        .threads = run->plan.threads,
        .simd = run->plan.simd,
        .keep_going = options->keep_going,
        .stop = options->stop,
        .progress = options->progress,
        .progress_argument = options->progress_argument,
    };
    enum bm_code code = inputs_open(&run->inputs, options, run->plan.threads, error);
    return code == BM_OK ? scan(&run->inputs, &scan_options, &run->scanned, error) : code;
}

/* Totals over the archives, and the check that no row was lost. */
static enum bm_code account(struct run *run, struct bm_error *error)
{
    struct report *report = &run->report;
    for (size_t k = 0; k < run->inputs.count; k++) {
        const struct input *input = &run->inputs.items[k];
        const struct input_report *sums = &input->report;
        if (sums->rows != sums->tallied + sums->ignored + sums->rejected)
            return fail(error, BM_INTERNAL, "%s: rows do not add up", sums->path);
        if (input->left_out)
            continue;
        report->rows += sums->rows;
        report->tallied += sums->tallied;
        report->ignored += sums->ignored;
        report->outside += sums->outside;
        report->rejected += sums->rejected;
        for (unsigned j = 0; j < REJECT_COUNT; j++)
            report->rejects[j] += input->rejects[j];
        report->sample_count += input->sample_count;
    }
    if (report->rows != report->tallied + report->ignored + report->rejected)
        return fail(error, BM_INTERNAL, "rows do not add up");
    return BM_OK;
}

static enum bm_code report_fill(struct run *run, struct bm_error *error)
{
    struct report *report = &run->report;
    enum bm_code code = account(run, error);
    if (code != BM_OK)
        return code;
    report->inputs = calloc(run->inputs.count, sizeof *report->inputs);
    report->samples = calloc(report->sample_count + 1, sizeof *report->samples);
    if (!report->inputs || !report->samples ||
        !counts_report(run->scanned.counts, run->plan.classifier, report))
        return fail_memory(error, "the report");
    size_t at = 0;
    for (size_t k = 0; k < run->inputs.count; k++) {
        const struct input *input = &run->inputs.items[k];
        report->inputs[k] = input->report;
        for (size_t j = 0; j < input->sample_count && !input->left_out; j++) {
            const struct input_sample *sample = &input->samples[j];
            report->samples[at++] = (struct reject_sample){(uint32_t)k, sample->line + 1, sample->offset,
                                                           sample->reason, sample->text};
        }
    }
    report->sample_count = at;
    report->input_count = run->inputs.count;
    return BM_OK;
}

static enum bm_code merge_stage(struct run *run, struct bm_error *error)
{
    enum bm_code code = report_fill(run, error);
    if (code != BM_OK)
        return code;
    progress_stage(run, "merge");
    if (run->plan.as_of_ms == TIME_NEVER && run->report.first_ms <= run->report.last_ms)
        run->plan.as_of_ms = run->report.last_ms;
    struct merge_options options = {
        .policies = run->plan.in_order,
        .policy_count = run->plan.policies.count,
        .classifier = run->plan.classifier,
        .as_of_ms = run->plan.as_of_ms,
        .dates_ms = run->plan.dates.ms,
        .date_count = run->plan.outputs >> OUTPUT_SNAPSHOTS & 1 ? run->plan.dates.count : 0,
        .history = run->plan.outputs >> OUTPUT_HISTORY & 1,
        .segments = run->plan.outputs & (people_outputs(&run->plan) | 1u << OUTPUT_REPORT),
        .more = people_outputs(&run->plan),
        .moments = people_outputs(&run->plan) >> OUTPUT_MOMENTS & 1,
        .patterns = run->plan.outputs & (1u << OUTPUT_PATTERNS | 1u << OUTPUT_REPORT),
        .threads = run->plan.threads,
        .stop = run->plan.options->stop,
    };
    code = merge(run->scanned.shards, &options, &run->merged, error);
    run->report.addresses = run->merged.addresses;
    run->report.duplicates = run->merged.duplicates;
    run->report.patterns = run->merged.patterns.items;
    run->report.pattern_count = run->merged.patterns.count;
    return code;
}

static enum bm_code report_files(struct run *run, const struct run_facts *facts, struct bm_error *error)
{
    static const struct {
        enum output output;
        enum bm_code (*write)(struct folder *, const struct report *, struct bm_error *);
    } files[] = {
        {OUTPUT_REASONS, output_reasons},     {OUTPUT_DOMAINS, output_domains},
        {OUTPUT_CAMPAIGNS, output_campaigns}, {OUTPUT_CODES, output_codes},
        {OUTPUT_DAILY, output_daily},         {OUTPUT_PATTERNS, output_patterns},
        {OUTPUT_UNMATCHED, output_unmatched}, {OUTPUT_RULES, output_rules},
        {OUTPUT_LABELS, output_labels},       {OUTPUT_REJECTS, output_rejects},
    };
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < COUNT_OF(files) && code == BM_OK; k++)
        if (run->plan.outputs >> files[k].output & 1)
            code = files[k].write(&run->folder, &run->report, error);
    if (code == BM_OK && run->plan.outputs >> OUTPUT_REPORT & 1)
        code = output_report(&run->folder, &run->report, facts, error);
    return code;
}

static uint64_t peak_bytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

static struct run_facts facts_of(const struct run *run)
{
    const struct bm_run_options *options = run->plan.options;
    return (struct run_facts){
        .dialect = options->dialect ? options->dialect : "auto",
        .policies = options->policies ? options->policies : "sfmc",
        .as_of_given = options->as_of,
        .as_of_count = options->as_of_count,
        .from_given = options->from,
        .to_given = options->to,
        .settings = options->settings,
        .setting_count = options->setting_count,
        .as_of_ms = run->plan.as_of_ms,
        .simd = simd_name(run->plan.simd),
        .threads = run->plan.threads,
        .history = run->plan.outputs >> OUTPUT_HISTORY & 1,
        .keep_going = options->keep_going,
        .max_rejects = options->max_rejects,
        .tables = options->tables,
        .differences_max = options->differences_max,
        .kinds = run->plan.policies.kinds,
        .policy_reports = run->policy_reports,
        .policy_count = run->plan.policies.count,
        .segments = &run->merged.segments,
        .pairs = run->comparison.pairs,
        .pair_count = run->comparison.pair_count,
    };
}

/* The report tells of the pairs, too, whether or not they have files of their own. */
static enum bm_code compare_files(struct run *run, const struct outcome_list *list, struct bm_error *error)
{
    bool compare = run->plan.outputs >> OUTPUT_COMPARE & 1,
         differences = run->plan.outputs >> OUTPUT_DIFFERENCES & 1;
    bool report = run->plan.outputs >> OUTPUT_REPORT & 1;
    if (list->policy_count < 2 || !(compare || differences || report))
        return BM_OK;
    enum bm_code code = comparison_count(&run->comparison, list, run->plan.threads, error);
    if (code == BM_OK && compare)
        code = output_compare(&run->folder, &run->comparison, list, error);
    if (code == BM_OK && differences)
        code = output_differences(&run->folder, &run->comparison, list, run->plan.options->differences_max,
                                  run->plan.threads, error);
    return code;
}

static enum bm_code write_stage(struct run *run, double started, struct bm_error *error)
{
    progress_stage(run, "write");
    double write_started = seconds_now();
    struct outcome_list list = {run->merged.refs, run->merged.count, run->plan.names,
                                run->plan.policies.count};
    enum bm_code code = output_outcomes(&run->folder, &list, run->plan.outputs, run->plan.threads,
                                        run->policy_reports, error);
    if (code == BM_OK)
        code = compare_files(run, &list, error);
    if (code == BM_OK)
        code = people_write(&run->plan, &run->folder, &list, &run->report, error);
    struct run_facts facts = facts_of(run);
    if (code == BM_OK && run->plan.outputs >> OUTPUT_SNAPSHOTS & 1) {
        facts.snapshot_dates = run->plan.dates.count;
        code = output_snapshots(&run->folder, &list, run->plan.dates.ms, run->plan.dates.count,
                                run->plan.threads, &facts.snapshot_rows, error);
    }
    if (code == BM_OK)
        code = report_files(run, &facts, error);
    if (code == BM_OK)
        code = output_exports(&run->folder, &list, &run->plan.export_request, run->export_reports,
                              &run->export_count, error);
    if (code != BM_OK)
        return code;
    facts.export_reports = run->export_reports;
    facts.export_count = run->export_count;
    run->summary->write_seconds = seconds_now() - write_started;
    facts.scan_seconds = run->summary->scan_seconds;
    facts.merge_seconds = run->summary->merge_seconds;
    facts.write_seconds = run->summary->write_seconds;
    facts.peak_bytes = run->summary->peak_bytes = peak_bytes();
    run->summary->total_seconds = seconds_now() - started;
    if (run->plan.options->stop && *run->plan.options->stop)
        return fail(error, BM_INTERRUPTED, "interrupted");
    code = output_manifest(&run->folder, &run->report, &facts, run->plan.options->summary, error);
    return code == BM_OK ? folder_commit(&run->folder, error) : code;
}

static void summary_fill(struct run *run)
{
    struct bm_run_summary *summary = run->summary;
    summary->rows = run->report.rows;
    summary->tallied = run->report.tallied;
    summary->ignored = run->report.ignored;
    summary->rejected = run->report.rejected;
    summary->duplicates = run->report.duplicates;
    summary->addresses = run->report.addresses;
    for (size_t k = 0; k < run->inputs.count; k++) {
        const struct input *input = &run->inputs.items[k];
        summary->archives_failed += input->left_out;
        summary->archives_same += input->report.same_as >= 0;
        summary->archives += !input->left_out && input->report.same_as < 0;
    }
    for (size_t k = 0; k < run->plan.policies.count; k++)
        summary->suppressed += run->policy_reports[k].suppressed;
}

/* What the exit code says of a finished run. */
static enum bm_code verdict(const struct run *run, struct bm_error *error)
{
    const struct bm_run_summary *summary = run->summary;
    if (summary->archives_failed)
        return fail(error, BM_INPUT, "%llu of %zu archives were left out; the manifest says which and why",
                    (unsigned long long)summary->archives_failed, run->inputs.count);
    double limit = run->plan.rejects_max_share * (double)summary->rows;
    bool above = run->plan.rejects_max_share >= 0 ? (double)summary->rejected > limit
                                                  : summary->rejected > run->plan.rejects_max;
    if (above)
        return fail(error, BM_REJECTS,
                    "%llu of %llu rows were rejected, more than --max-rejects %s; see rejects.csv",
                    (unsigned long long)summary->rejected, (unsigned long long)summary->rows,
                    run->plan.options->max_rejects);
    return BM_OK;
}

static enum bm_code policy_reports_make(struct run *run, struct bm_error *error)
{
    size_t count = run->plan.policies.count;
    run->policy_reports = calloc(count, sizeof *run->policy_reports);
    if (!run->policy_reports)
        return fail_memory(error, "the policies");
    for (size_t k = 0; k < count; k++)
        run->policy_reports[k].policy = run->plan.names[k];
    return BM_OK;
}

static enum bm_code run_stages(struct run *run, const struct bm_run_options *options, struct bm_error *error)
{
    double started = seconds_now();
    enum bm_code code = run_plan_make(&run->plan, options, error);
    if (code == BM_OK)
        code = policy_reports_make(run, error);
    if (code == BM_OK && !options->output)
        code = fail(error, BM_USAGE, "no output folder");
    if (code == BM_OK)
        code = folder_open(&run->folder, run->plan.options->output, error);
    if (code != BM_OK)
        return code;
    run->folder_open = true;
    code = scan_stage(run, error);
    double scanned = seconds_now();
    run->summary->scan_seconds = scanned - started;
    if (code == BM_OK)
        code = merge_stage(run, error);
    run->summary->merge_seconds = seconds_now() - scanned;
    if (code == BM_OK)
        code = write_stage(run, started, error);
    if (code != BM_OK)
        return code;
    run->folder_open = false;
    summary_fill(run);
    return verdict(run, error);
}

static void run_free(struct run *run)
{
    if (run->folder_open)
        folder_abandon(&run->folder);
    counts_report_free(&run->report);
    free(run->report.inputs);
    free(run->report.samples);
    merge_result_free(&run->merged);
    scan_result_free(&run->scanned);
    inputs_close(&run->inputs);
    free(run->policy_reports);
    comparison_free(&run->comparison);
    run_plan_free(&run->plan);
}

enum bm_code bm_run(const struct bm_run_options *options, struct bm_run_summary *summary,
                    struct bm_error *error)
{
    struct bm_run_summary unused = {0};
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return fail_memory(error, "a run");
    run->summary = summary ? summary : &unused;
    *run->summary = (struct bm_run_summary){0};
    enum bm_code code = run_stages(run, options, error);
    run_free(run);
    free(run);
    return code;
}

const char *bm_dialect_name(unsigned k)
{
    unsigned count = 0;
    while (dialects[count])
        count++;
    return k < count ? dialects[k]->name : NULL;
}

const char *bm_dialect_summary(unsigned k)
{
    return bm_dialect_name(k) ? dialects[k]->summary : NULL;
}
