/* What a job leaves behind: the files of the output folder, and their move into place. */
#include "base/base.h"

#include "base/clock.h"
#include "output/snapshots.h"
#include "run/job.h"
#include "run/people.h"
#include "run/share.h"

#include <sys/resource.h>

enum bm_code job_report_files(struct run *run, const struct run_facts *facts, struct bm_error *error)
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
        if (stop_asked(run->folder.stop))
            code = fail_stopped(error);
        else if (run->plan.outputs >> files[k].output & 1)
            code = files[k].write(&run->folder, &run->report, error);
    if (code == BM_OK && run->plan.outputs >> OUTPUT_REPORT & 1)
        code = output_report(&run->folder, &run->report, facts, error);
    return code;
}

/* That of this program: what getrusage tells includes the process that started it. */
uint64_t peak_bytes(void)
{
    struct rusage usage;
    char line[256];
    unsigned long long kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "re");
    while (status && !kilobytes && fgets(line, sizeof line, status))
        (void)sscanf(line, "VmHWM: %llu kB", &kilobytes);
    if (status)
        (void)fclose(status);
    if (!kilobytes && getrusage(RUSAGE_SELF, &usage) == 0)
        kilobytes = (unsigned long long)usage.ru_maxrss;
    return kilobytes * 1024;
}

struct run_facts job_facts(const struct run *run)
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
        .kinds = run->plan.kinds,
        .policy_reports = run->policy_reports,
        .policy_count = run->plan.policies.count,
        .segments = segments_known(run->plan.kinds) ? &run->merged.segments : NULL,
        .pairs = run->comparison.pairs,
        .pair_count = run->comparison.pair_count,
        .snapshot_dates = run->plan.outputs >> OUTPUT_SNAPSHOTS & 1 ? run->plan.dates.count : 0,
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

/* The files that a share of the partitions has: what is of single addresses, and what --combine adds up. */
static enum bm_code share_files(struct run *run, const struct outcome_list *list, struct bm_error *error)
{
    if (list->policy_count > 1) {
        enum bm_code code = comparison_count(&run->comparison, list, run->plan.threads, error);
        if (code == BM_OK && run->plan.outputs >> OUTPUT_DIFFERENCES & 1)
            code = output_differences(&run->folder, &run->comparison, list,
                                      run->plan.options->differences_max, run->plan.threads, error);
        if (code != BM_OK)
            return code;
    }
    return share_save(run, error);
}

static enum bm_code whole_files(struct run *run, const struct outcome_list *list, struct bm_error *error)
{
    enum bm_code code = compare_files(run, list, error);
    struct run_facts facts = job_facts(run);
    if (code == BM_OK)
        code = job_report_files(run, &facts, error);
    if (code == BM_OK)
        code = output_exports(&run->folder, list, &run->plan.export_request, run->export_reports,
                              &run->export_count, error);
    return code;
}

enum bm_code job_manifest(struct run *run, struct run_facts *facts, struct bm_error *error)
{
    struct bm_run_summary *summary = run->summary;
    facts->export_reports = run->export_reports;
    facts->export_count = run->export_count;
    facts->scan_seconds = summary->scan_seconds;
    facts->merge_seconds = summary->merge_seconds;
    facts->write_seconds = summary->write_seconds;
    facts->peak_bytes = peak_bytes();
    facts->spilled_bytes = job_spilled_bytes(run, &facts->spilled_runs);
    return output_manifest(&run->folder, &run->report, facts, run->plan.options->summary, error);
}

enum bm_code job_write(struct run *run, struct bm_error *error)
{
    job_progress(run, "write");
    double started = seconds_now();
    struct outcome_spill *spill = &run->memory.outcomes;
    struct outcome_list list = {run->merged.refs, run->merged.refs ? NULL : spill, run->merged.count,
                                run->plan.names, run->plan.policies.count};
    enum bm_code code = output_outcomes(&run->folder, &list, run->plan.outputs, run->plan.threads,
                                        run->policy_reports, error);
    if (code == BM_OK)
        code = people_write(&run->plan, &run->folder, &list, &run->report, error);
    uint64_t snapshot_rows = 0;
    if (code == BM_OK && run->plan.outputs >> OUTPUT_SNAPSHOTS & 1)
        code = output_snapshots(&run->folder, &list, run->plan.dates.ms, run->plan.dates.count,
                                run->plan.threads, &snapshot_rows, error);
    if (code == BM_OK)
        code = run->plan.share_count ? share_files(run, &list, error) : whole_files(run, &list, error);
    run->summary->write_seconds = seconds_now() - started;
    if (code != BM_OK && spill->error.code != BM_OK) /* the files' writers only know that something failed */
        *error = spill->error;
    if (code != BM_OK)
        return error->code;
    struct run_facts facts = job_facts(run);
    facts.snapshot_rows = snapshot_rows;
    return job_manifest(run, &facts, error);
}

/* Puts in place what was written. The tally file first: with it there and the folder not, the next run with
 * it skips the archives that it holds and writes the folder that is missing. */
enum bm_code job_commit(struct run *run, struct bm_error *error)
{
    if (stop_asked(run->plan.options->stop))
        return fail_stopped(error);
    enum bm_code code = run->save ? tally_writer_commit(run->save, error) : BM_OK;
    if (code == BM_OK && run->folder_open) {
        code = folder_commit(&run->folder, error);
        run->folder_open = code != BM_OK;
    }
    return code;
}
