/* A cluster's last step. Every share of a merge has read the same tally files and has the same counts, so
 * these are taken from one; what is of addresses is added up, and rows are merged. */
#include "run/combine.h"
#include "base/base.h"

#include "base/clock.h"
#include "run/job.h"
#include "run/people.h"
#include "run/rows_merge.h"
#include "run/share.h"

#include <limits.h>

struct combination {
    const char *const *folders;
    size_t count;
    struct tally_file *files;
    struct share *shares;
    struct bm_run_options options; /* as the shares were merged */
    struct run *run;
    struct domain_hours failures;
    uint64_t snapshot_rows;
};

static enum bm_code share_open(struct combination *all, size_t which, struct bm_error *error)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/" SHARE_FILE, all->folders[which]);
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(error, BM_USAGE, "the path is too long: %.200s...", all->folders[which]);
    struct tally_file *file = &all->files[which];
    enum bm_code code = tally_file_open(file, path, error);
    file->path = all->folders[which];
    if (code == BM_INPUT && !file->bytes && !error->hint[0])
        return fail_hint(error, "--combine adds up the output folders of merges with --partition");
    return code == BM_OK ? share_read(&all->shares[which], file, error) : code;
}

/* All shares of one whole, each once. */
static enum bm_code shares_check(const struct combination *all, struct bm_error *error)
{
    unsigned share_count = all->shares[0].share_count;
    const char *by_share[PARTITION_COUNT + 1] = {0};
    for (size_t k = 0; k < all->count; k++) {
        const struct share *share = &all->shares[k];
        if (!span_is(share->common, all->shares[0].common)) {
            (void)fail(error, BM_USAGE, "%s and %s are not shares of one merge", all->folders[0],
                       all->folders[k]);
            return fail_hint(error, "all shares are merged from the same tally files with the same options");
        }
        if (by_share[share->share])
            return fail(error, BM_USAGE, "%s and %s are both share %u", by_share[share->share],
                        all->folders[k], share->share);
        by_share[share->share] = all->folders[k];
    }
    for (unsigned k = 1; k <= share_count; k++)
        if (!by_share[k]) {
            (void)fail(error, BM_USAGE, "share %u of %u is missing", k, share_count);
            return fail_hint(error, "merge it with --partition %u/%u", k, share_count);
        }
    return BM_OK;
}

static enum bm_code shares_open(struct combination *all, const volatile int *stop, struct bm_error *error)
{
    all->files = calloc(all->count, sizeof *all->files);
    all->shares = calloc(all->count, sizeof *all->shares);
    if (!all->files || !all->shares)
        return fail_memory(error, "the shares");
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < all->count && code == BM_OK; k++)
        code = stop_asked(stop) ? fail_stopped(error) : share_open(all, k, error);
    return code == BM_OK ? shares_check(all, error) : code;
}

/* The options that the shares were merged with, and the few that are the caller's. */
static enum bm_code plan_make(struct combination *all, const struct bm_run_options *given,
                              struct bm_error *error)
{
    const struct share *share = &all->shares[0];
    all->options = *given;
    all->options.policies = share->policies;
    all->options.settings = (const char *const *)share->settings;
    all->options.setting_count = share->setting_count;
    all->options.as_of = (const char *const *)share->as_of_given;
    all->options.as_of_count = share->as_of_count;
    all->options.differences_max = share->differences_max;
    all->options.exports = all->options.export_policy = all->options.partition = NULL;
    enum bm_code code = run_plan_make(&all->run->plan, &all->options, error);
    all->run->plan.outputs = share->outputs;
    all->run->plan.as_of_ms = share->as_of_ms;
    if (code == BM_OK && all->run->plan.policies.count != share->policy_count)
        code = fail(error, BM_INPUT, "%s: its policies are not those that it names", all->folders[0]);
    return code;
}

/* What all shares say of the archives. */
static enum bm_code report_make(struct combination *all, struct bm_error *error)
{
    struct run *run = all->run;
    struct tally_set first = {.files = all->files, .count = 1};
    run->tallies.metas = calloc(1, sizeof *run->tallies.metas);
    if (!run->tallies.metas)
        return fail_memory(error, "the report");
    first.metas = run->tallies.metas;
    enum bm_code code = tally_meta_read(first.metas, &all->files[0], error);
    if (code == BM_OK)
        code = counts_new(&run->scanned.counts, bm_rule_count(run->plan.classifier), error);
    if (code == BM_OK)
        code = tally_set_counts(&first, run->scanned.counts, run->plan.classifier, error);
    if (code == BM_OK)
        code = input_list_make(&run->list, &first, &run->inputs, error);
    if (code == BM_OK)
        code = input_list_report(&run->list, &run->report, error);
    if (code == BM_OK && !counts_report(run->scanned.counts, run->plan.classifier, &run->report))
        code = fail_memory(error, "the report");
    return code;
}

static enum bm_code pairs_add(struct combination *all, struct bm_error *error)
{
    struct comparison *sum = &all->run->comparison;
    size_t count = all->shares[0].pair_count;
    sum->pairs = calloc(count + 1, sizeof *sum->pairs);
    if (!sum->pairs)
        return fail_memory(error, "comparing policies");
    sum->pair_count = count;
    for (size_t k = 0; k < all->count; k++)
        for (size_t j = 0; j < count; j++) {
            if (all->shares[k].pair_count != count)
                return fail(error, BM_INPUT, "%s: it compares other policies", all->folders[k]);
            const struct policy_pair *pair = &all->shares[k].pairs[j];
            sum->pairs[j].a = pair->a;
            sum->pairs[j].b = pair->b;
            sum->pairs[j].both += pair->both;
            sum->pairs[j].only_a += pair->only_a;
            sum->pairs[j].only_b += pair->only_b;
            sum->pairs[j].neither += pair->neither;
        }
    return BM_OK;
}

/* Patterns are found in the failures of all shares. */
static enum bm_code patterns_add(struct combination *all, struct bm_error *error)
{
    struct run *run = all->run;
    bool done = true;
    for (size_t k = 0; k < all->count && done; k++) {
        done = domain_hours_merge(&all->failures, &all->shares[k].failures);
        for (unsigned segment = 0; segment < SEGMENT_COUNT; segment++)
            for (unsigned recency = 0; recency < RECENCY_COUNT; recency++)
                run->merged.segments.addresses[segment][recency] +=
                    all->shares[k].segments.addresses[segment][recency];
    }
    if (!done || !patterns_find(&all->failures, &run->merged.patterns))
        return fail_memory(error, "the patterns");
    run->report.patterns = run->merged.patterns.items;
    run->report.pattern_count = run->merged.patterns.count;
    return BM_OK;
}

static enum bm_code shares_add(struct combination *all, struct bm_error *error)
{
    struct run *run = all->run;
    uint64_t events = 0;
    run->report.duplicates = all->shares[0].duplicates_before;
    for (size_t k = 0; k < all->count; k++) {
        const struct share *share = &all->shares[k];
        run->report.addresses += share->addresses;
        run->report.duplicates += share->duplicates;
        events += share->events;
        for (size_t policy = 0; policy < share->policy_count; policy++) {
            run->policy_reports[policy].suppressed += share->policy_reports[policy].suppressed;
            for (unsigned status = 0; status < STATUS_COUNT; status++)
                run->policy_reports[policy].statuses[status] +=
                    share->policy_reports[policy].statuses[status];
        }
    }
    if (run->report.tallied != events + run->report.duplicates + all->shares[0].expired)
        return fail(error, BM_INPUT, "%s and the other shares: the events do not add up to the rows tallied",
                    all->folders[0]);
    enum bm_code code = patterns_add(all, error);
    return code == BM_OK ? pairs_add(all, error) : code;
}

/* Rows that the shares' files must have together; UINT64_MAX: not known. */
static uint64_t rows_expected(const struct run *run, enum output output)
{
    uint64_t suppressed = 0, listed = 0;
    for (size_t k = 0; k < run->plan.policies.count; k++) {
        suppressed += run->policy_reports[k].suppressed;
        for (unsigned status = 0; status < STATUS_COUNT; status++)
            listed += run->policy_reports[k].statuses[status];
    }
    return output == OUTPUT_SUPPRESSION ? suppressed : output == OUTPUT_STATUS ? listed : UINT64_MAX;
}

static enum bm_code rows_files(struct combination *all, struct bm_error *error)
{
    const struct {
        enum output output;
        const char *name;
        struct rows_order order;
    } files[] = {{OUTPUT_SUPPRESSION, "suppression.csv", {1, 1, UINT64_MAX}},
                 {OUTPUT_STATUS, "status.csv", {1, 1, UINT64_MAX}},
                 {OUTPUT_HISTORY, "history.csv", {0, 1, UINT64_MAX}},
                 {OUTPUT_SNAPSHOTS, "snapshots.csv", {2, 2, UINT64_MAX}},
                 {OUTPUT_SEGMENTS, "segments.csv", {1, 1, UINT64_MAX}},
                 {OUTPUT_DETAILS, "details.csv", {1, 1, UINT64_MAX}},
                 {OUTPUT_MOMENTS, "moments.csv", {0, 0, UINT64_MAX}},
                 {OUTPUT_DIFFERENCES, "differences.csv", {2, 2, all->options.differences_max}}};
    struct run *run = all->run;
    uint32_t people = 1u << OUTPUT_SEGMENTS | 1u << OUTPUT_DETAILS | 1u << OUTPUT_MOMENTS;
    uint32_t outputs = (run->plan.outputs & ~people) | people_outputs(&run->plan);
    for (size_t k = 0; k < COUNT_OF(files); k++) {
        uint64_t rows, expected = rows_expected(run, files[k].output);
        if (!(outputs >> files[k].output & 1) ||
            (files[k].output == OUTPUT_DIFFERENCES && run->plan.policies.count < 2))
            continue;
        enum bm_code code =
            rows_merge(&run->folder, files[k].name, all->folders, all->count, &files[k].order, &rows, error);
        if (files[k].output == OUTPUT_SNAPSHOTS)
            all->snapshot_rows = rows;
        if (code == BM_OK && expected != UINT64_MAX && rows != expected)
            code = fail(error, BM_INPUT, "%s: the shares have %llu rows of it, and say that they have %llu",
                        files[k].name, (unsigned long long)rows, (unsigned long long)expected);
        if (code != BM_OK)
            return code;
    }
    return BM_OK;
}

static enum bm_code folder_write(struct combination *all, struct bm_error *error)
{
    struct run *run = all->run;
    struct outcome_list list = {.policies = run->plan.names, .policy_count = run->plan.policies.count};
    double started = seconds_now();
    enum bm_code code = rows_files(all, error);
    if (code == BM_OK && list.policy_count > 1 && run->plan.outputs >> OUTPUT_COMPARE & 1)
        code = output_compare(&run->folder, &run->comparison, &list, error);
    struct run_facts facts = job_facts(run);
    facts.kinds = all->shares[0].kinds;
    facts.segments = segments_known(facts.kinds) ? &run->merged.segments : NULL;
    facts.snapshot_rows = all->snapshot_rows;
    if (code == BM_OK)
        code = job_report_files(run, &facts, error);
    run->summary->write_seconds = seconds_now() - started;
    if (code == BM_OK)
        code = job_manifest(run, &facts, error);
    return code == BM_OK ? job_commit(run, error) : code;
}

static enum bm_code combination_do(struct combination *all, const struct bm_run_options *options,
                                   struct bm_error *error)
{
    struct run *run = all->run;
    run->started = seconds_now();
    enum bm_code code = shares_open(all, options->stop, error);
    if (code == BM_OK)
        code = plan_make(all, options, error);
    if (code == BM_OK)
        code = job_policies_make(run, error);
    if (code == BM_OK) {
        code = folder_open(&run->folder, options->output, error);
        run->folder_open = code == BM_OK;
        run->folder.stop = options->stop;
    }
    if (code == BM_OK)
        code = report_make(all, error);
    if (code == BM_OK)
        code = shares_add(all, error);
    if (code == BM_OK)
        code = folder_write(all, error);
    if (code != BM_OK)
        return stop_asked(options->stop) ? fail_stopped(error) : code;
    return job_finish(run, error);
}

enum bm_code combine(const struct bm_run_options *options, struct bm_run_summary *summary,
                     struct bm_error *error)
{
    struct bm_run_summary unused = {0};
    struct combination all = {.folders = options->tallies, .count = options->tally_count};
    if (!options->output)
        return fail(error, BM_USAGE, "no output folder");
    all.run = calloc(1, sizeof *all.run);
    if (!all.run)
        return fail_memory(error, "a run");
    all.run->summary = summary ? summary : &unused;
    *all.run->summary = (struct bm_run_summary){0};
    enum bm_code code = combination_do(&all, options, error);
    if (all.run->tallies.metas)
        tally_meta_free(all.run->tallies.metas);
    job_free(all.run);
    for (size_t k = 0; k < all.count; k++) {
        if (all.files)
            tally_file_close(&all.files[k]);
        if (all.shares)
            share_free(&all.shares[k]);
    }
    domain_hours_free(&all.failures);
    free(all.files);
    free(all.shares);
    free(all.run);
    return code;
}
