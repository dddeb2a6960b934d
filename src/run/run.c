/* The public jobs: options to stages, stages to files. All three are the same stages: `run` is `scan` and
 * `merge` without a file between them. */
#include "base/base.h"

#include "classify/classifier.h"
#include "output/compare.h"
#include "output/outcomes.h"
#include "output/output.h"
#include "run/input_list.h"
#include "run/merge.h"
#include "run/run_plan.h"
#include "run/scan.h"
#include "run/tally_save.h"

#include <bouncemill/run.h>

#include <sys/resource.h>
#include <time.h>

struct run {
    struct run_plan plan;
    struct bm_run_summary *summary;
    struct policy_report *policy_reports; /* in the plan's order */
    struct comparison comparison;
    struct tally_set tallies;
    struct inputs inputs;
    struct scan_result scanned; /* without shards when no archives are read */
    struct input_list list;
    struct merge_result merged;
    struct report report;
    struct export_report export_reports[EXPORT_COUNT];
    size_t export_count;
    struct folder folder;
    bool folder_open;
    struct tally_writer *save; /* NULL: nothing is saved */
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

/* Kinds of events to tally: the same as in the files, so that what is saved is of one kind. */
static uint32_t kinds_kept(const struct run *run)
{
    return run->tallies.count ? run->tallies.metas[0].basis.kinds : run->plan.policies.kinds;
}

static enum bm_code archives_scan(struct run *run, struct bm_error *error)
{
    const struct bm_run_options *options = run->plan.options;
    struct scan_options scan_options = {
        .classifier = run->plan.classifier,
        .dialect = run->plan.dialect,
        .kinds = kinds_kept(run),
        .threads = run->plan.threads,
        .simd = run->plan.simd,
        .keep_going = options->keep_going,
        .stop = options->stop,
        .progress = options->progress,
        .progress_argument = options->progress_argument,
    };
    enum bm_code code = tally_set_accepts(&run->tallies, classifier_tables_hash(run->plan.classifier), error);
    if (code == BM_OK)
        code = inputs_open(&run->inputs, options, run->plan.threads, error);
    if (code == BM_OK)
        code = tally_set_mark_known(&run->tallies, &run->inputs, run->plan.threads, error);
    return code == BM_OK ? scan(&run->inputs, &scan_options, &run->scanned, error) : code;
}

static enum bm_code scan_stage(struct run *run, bool archives, struct bm_error *error)
{
    enum bm_code code = archives
                            ? archives_scan(run, error)
                            : counts_new(&run->scanned.counts, bm_rule_count(run->plan.classifier), error);
    if (code == BM_OK)
        code = tally_set_counts(&run->tallies, run->scanned.counts, run->plan.classifier, error);
    return code == BM_OK ? input_list_make(&run->list, &run->tallies, &run->inputs, error) : code;
}

static enum bm_code report_fill(struct run *run, struct bm_error *error)
{
    enum bm_code code = input_list_report(&run->list, &run->report, error);
    if (code == BM_OK && !counts_report(run->scanned.counts, run->plan.classifier, &run->report))
        code = fail_memory(error, "the report");
    return code;
}

static uint64_t duplicates_before(const struct run *run)
{
    uint64_t duplicates = 0;
    for (size_t k = 0; k < run->tallies.count; k++)
        duplicates += run->tallies.metas[k].duplicates;
    return duplicates;
}

/* Whether only what is suppressed is written, so that other outcomes need not be kept. */
static bool suppressed_only(const struct run *run)
{
    uint32_t others = 1u << OUTPUT_STATUS | 1u << OUTPUT_HISTORY;
    if (run->plan.policies.count > 1) /* which are compared over all addresses */
        others |= 1u << OUTPUT_COMPARE | 1u << OUTPUT_DIFFERENCES | 1u << OUTPUT_REPORT;
    return !(run->plan.outputs & others);
}

/* Adds the outcomes that were not kept to what the policies made of the addresses. */
static void left_out_add(struct run *run)
{
    for (size_t k = 0; run->merged.left_out && k < run->plan.policies.count; k++)
        for (unsigned status = 0; status < STATUS_COUNT; status++)
            run->policy_reports[k].statuses[status] += run->merged.left_out[k].statuses[status];
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
        .history = run->plan.outputs >> OUTPUT_HISTORY & 1,
        .threads = run->plan.threads,
        .stop = run->plan.options->stop,
        .replay = run->folder_open,
        .suppressed_only = suppressed_only(run),
        .files = run->tallies.files,
        .file_count = run->tallies.count,
        .file_kinds = kinds_kept(run),
        .save = run->save,
        .partition_end = PARTITION_COUNT,
    };
    code = merge(run->scanned.shards, &options, &run->merged, error);
    left_out_add(run);
    run->report.addresses = run->merged.addresses;
    run->report.duplicates = duplicates_before(run) + run->merged.duplicates;
    return code;
}

/* Writes what a tally file has beside its partitions, which the merge wrote. */
static enum bm_code save_stage(struct run *run, struct bm_error *error)
{
    struct tally_meta meta = {
        .basis = tally_basis_own(),
        .addresses = run->merged.addresses,
        .events = run->merged.events,
        .duplicates = run->report.duplicates,
        .expired_ms = -1,
        .inputs = run->list.items,
        .input_count = run->list.count,
    };
    meta.basis.kinds = kinds_kept(run);
    meta.basis.tables = run->tallies.count ? run->tallies.metas[0].basis.tables
                                           : classifier_tables_hash(run->plan.classifier);
    return tally_save_finish(run->save, &meta, run->scanned.counts, run->plan.classifier, error);
}

static enum bm_code report_files(struct run *run, const struct run_facts *facts, struct bm_error *error)
{
    static const struct {
        enum output output;
        enum bm_code (*write)(struct folder *, const struct report *, struct bm_error *);
    } files[] = {
        {OUTPUT_REASONS, output_reasons},     {OUTPUT_DOMAINS, output_domains},
        {OUTPUT_CAMPAIGNS, output_campaigns}, {OUTPUT_CODES, output_codes},
        {OUTPUT_DAILY, output_daily},         {OUTPUT_UNMATCHED, output_unmatched},
        {OUTPUT_RULES, output_rules},         {OUTPUT_REJECTS, output_rejects},
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
        .settings = options->settings,
        .setting_count = options->setting_count,
        .as_of_ms = run->plan.as_of_ms,
        .simd = simd_name(run->plan.simd),
        .threads = run->plan.threads,
        .history = run->plan.outputs >> OUTPUT_HISTORY & 1,
        .keep_going = options->keep_going,
        .max_rejects = options->max_rejects,
        .differences_max = options->differences_max,
        .kinds = run->plan.policies.kinds,
        .policy_reports = run->policy_reports,
        .policy_count = run->plan.policies.count,
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
    struct run_facts facts = facts_of(run);
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
    return output_manifest(&run->folder, &run->report, &facts, run->plan.options->summary, error);
}

/* Puts in place what was written. The tally file first: with it there and the folder not, the next run with
 * it skips the archives that it holds and writes the folder that is missing. */
static enum bm_code commit_stage(struct run *run, struct bm_error *error)
{
    if (run->plan.options->stop && *run->plan.options->stop)
        return fail(error, BM_INTERRUPTED, "interrupted");
    enum bm_code code = run->save ? tally_writer_commit(run->save, error) : BM_OK;
    if (code == BM_OK && run->folder_open) {
        code = folder_commit(&run->folder, error);
        run->folder_open = code != BM_OK;
    }
    return code;
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
    summary->tallies = run->tallies.count;
    summary->tallies_same = run->tallies.same;
    for (size_t k = 0; k < run->inputs.count; k++) {
        const struct input *input = &run->inputs.items[k];
        summary->archives_known += input->known;
        summary->archives_same += input->report.same_as >= 0;
        summary->archives_failed += input->left_out;
        summary->archives += !input->left_out && !input->known && input->report.same_as < 0;
    }
    /* Those left out when the files were made are told by a merge; a nightly run has told them once. */
    for (size_t k = 0; k < run->list.count && !run->inputs.count; k++)
        summary->archives_failed += run->list.items[k].report.failure != NULL;
    for (size_t k = 0; k < run->plan.policies.count; k++)
        summary->suppressed += run->policy_reports[k].suppressed;
    summary->peak_bytes = peak_bytes();
}

/* What the exit code says of a finished run. */
static enum bm_code verdict(const struct run *run, struct bm_error *error)
{
    const struct bm_run_summary *summary = run->summary;
    if (summary->archives_failed)
        return fail(error, BM_INPUT, "%llu of %zu archives were left out; the manifest says which and why",
                    (unsigned long long)summary->archives_failed, run->list.count);
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

/* Opens what is read and written, so that what cannot be is found before the work. */
static enum bm_code files_open(struct run *run, struct bm_error *error)
{
    const struct bm_run_options *options = run->plan.options;
    enum bm_code code = tally_set_open(&run->tallies, options->tallies, options->tally_count,
                                       run->plan.policies.kinds, error);
    if (code == BM_OK && options->output) {
        code = folder_open(&run->folder, options->output, error);
        run->folder_open = code == BM_OK;
    }
    return code == BM_OK && options->save_tally ? tally_writer_open(&run->save, options->save_tally, error)
                                                : code;
}

static enum bm_code run_stages(struct run *run, const struct bm_run_options *options, bool archives,
                               struct bm_error *error)
{
    double started = seconds_now();
    enum bm_code code = run_plan_make(&run->plan, options, error);
    if (code == BM_OK)
        code = policy_reports_make(run, error);
    if (code == BM_OK)
        code = files_open(run, error);
    if (code == BM_OK)
        code = scan_stage(run, archives, error);
    double scanned = seconds_now();
    run->summary->scan_seconds = scanned - started;
    if (code == BM_OK)
        code = merge_stage(run, error);
    if (code == BM_OK && run->save)
        code = save_stage(run, error);
    run->summary->merge_seconds = seconds_now() - scanned;
    if (code == BM_OK && run->folder_open)
        code = write_stage(run, started, error);
    if (code == BM_OK)
        code = commit_stage(run, error);
    if (code != BM_OK)
        return code;
    run->summary->total_seconds = seconds_now() - started;
    summary_fill(run);
    return verdict(run, error);
}

static void run_free(struct run *run)
{
    if (run->folder_open)
        folder_abandon(&run->folder);
    tally_writer_free(run->save);
    counts_report_free(&run->report);
    free(run->report.inputs);
    free(run->report.samples);
    input_list_free(&run->list);
    merge_result_free(&run->merged);
    scan_result_free(&run->scanned);
    inputs_close(&run->inputs);
    tally_set_close(&run->tallies);
    free(run->policy_reports);
    comparison_free(&run->comparison);
    run_plan_free(&run->plan);
}

static enum bm_code job_do(const struct bm_run_options *options, bool archives,
                           struct bm_run_summary *summary, struct bm_error *error)
{
    struct bm_run_summary unused = {0};
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return fail_memory(error, "a run");
    run->summary = summary ? summary : &unused;
    *run->summary = (struct bm_run_summary){0};
    enum bm_code code = run_stages(run, options, archives, error);
    run_free(run);
    free(run);
    return code;
}

enum bm_code bm_run(const struct bm_run_options *options, struct bm_run_summary *summary,
                    struct bm_error *error)
{
    if (!options->output)
        return fail(error, BM_USAGE, "no output folder");
    return job_do(options, true, summary, error);
}

enum bm_code bm_scan(const struct bm_run_options *options, struct bm_run_summary *summary,
                     struct bm_error *error)
{
    if (!options->save_tally)
        return fail(error, BM_USAGE, "no tally file to write");
    struct bm_run_options scan_options = *options;
    scan_options.output = NULL;
    return job_do(&scan_options, true, summary, error);
}

enum bm_code bm_merge(const struct bm_run_options *options, struct bm_run_summary *summary,
                      struct bm_error *error)
{
    if (!options->output && !options->save_tally)
        return fail(error, BM_USAGE, "no output folder");
    if (!options->tally_count)
        return fail(error, BM_USAGE, "no tally files to merge");
    return job_do(options, false, summary, error);
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
