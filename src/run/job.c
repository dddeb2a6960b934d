#include "run/job.h"
#include "base/base.h"

#include "base/clock.h"
#include "classify/classifier.h"

void job_progress(const struct run *run, const char *stage)
{
    struct bm_progress progress = {stage, run->inputs.bytes_total, run->inputs.bytes_total, run->report.rows};
    if (run->plan.options->progress)
        run->plan.options->progress(run->plan.options->progress_argument, &progress);
}

uint32_t job_kinds(const struct run *run)
{
    return run->tallies.count ? run->tallies.metas[0].basis.kinds : run->plan.kinds;
}

struct tally_basis job_basis(const struct run *run)
{
    struct tally_basis basis = tally_basis_own();
    basis.kinds = job_kinds(run);
    basis.tables = run->tallies.count ? run->tallies.metas[0].basis.tables
                                      : classifier_tables_hash(run->plan.classifier);
    return basis;
}

enum bm_code job_policies_make(struct run *run, struct bm_error *error)
{
    size_t count = run->plan.policies.count;
    run->policy_reports = calloc(count, sizeof *run->policy_reports);
    if (!run->policy_reports)
        return fail_memory(error, "the policies");
    for (size_t k = 0; k < count; k++)
        run->policy_reports[k].policy = run->plan.names[k];
    return BM_OK;
}

uint64_t job_spilled_bytes(const struct run *run, uint64_t *runs)
{
    const struct outcome_spill *outcomes = &run->memory.outcomes;
    uint64_t bytes = run->memory.before_bytes + outcomes->bytes;
    *runs = run->memory.before_runs + outcomes->run_count;
    if (run->scanned.shards)
        bytes += shards_spilled_bytes(run->scanned.shards, runs);
    return bytes;
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
    summary->tallies = run->tallies.count - run->partials_taken;
    summary->partials_misfit = run->partials_misfit;
    summary->tallies_same = run->tallies.same;
    for (size_t k = 0; k < run->inputs.count; k++) {
        const struct input *input = &run->inputs.items[k];
        summary->archives_known += input->known && !input->resumed && !input->kept;
        summary->archives_resumed += input->resumed;
        summary->archives_same += input->report.same_as >= 0;
        summary->archives_failed += input->left_out;
        summary->archives += input->kept || input_wanted(input);
    }
    /* Those left out when the files were made are told by a merge; a nightly run has told them once. */
    for (size_t k = 0; k < run->list.count && !run->inputs.count; k++)
        summary->archives_failed += run->list.items[k].report.failure != NULL;
    for (size_t k = 0; k < run->plan.policies.count; k++)
        summary->suppressed += run->policy_reports[k].suppressed;
    summary->peak_bytes = peak_bytes();
    summary->spilled_bytes = job_spilled_bytes(run, &summary->spilled_runs);
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

enum bm_code job_finish(struct run *run, struct bm_error *error)
{
    run->summary->total_seconds = seconds_now() - run->started;
    summary_fill(run);
    return verdict(run, error);
}

void job_free(struct run *run)
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
    job_memory_close(&run->memory);
    inputs_close(&run->inputs);
    tally_set_close(&run->tallies);
    free(run->policy_reports);
    comparison_free(&run->comparison);
    run_plan_free(&run->plan);
}
