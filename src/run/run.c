/* The public jobs: options to stages, stages to files. All three are the same stages: `run` is `scan` and
 * `merge` without a file between them. */
#include "base/base.h"

#include "base/clock.h"
#include "base/temporary.h"
#include "classify/classifier.h"
#include "run/checkpoint.h"
#include "run/combine.h"
#include "run/expire.h"
#include "run/job.h"
#include "run/people.h"
#include "run/tally_save.h"

#include <limits.h>

static double round_seconds(const struct bm_run_options *options)
{
    if (!options->save_tally || options->checkpoint_seconds < 0)
        return 0;
    return options->checkpoint_seconds > 0 ? options->checkpoint_seconds : CHECKPOINT_SECONDS;
}

#define BIT(output) (UINT32_C(1) << (output))

/* Whether anything is made of the reports' counts: a file of theirs, the campaigns' names, or a file that
 * keeps them for later. */
static bool counts_wanted(const struct run *run)
{
    const uint32_t outputs = BIT(OUTPUT_REASONS) | BIT(OUTPUT_DOMAINS) | BIT(OUTPUT_CAMPAIGNS) |
                             BIT(OUTPUT_CODES) | BIT(OUTPUT_DAILY) | BIT(OUTPUT_UNMATCHED) |
                             BIT(OUTPUT_RULES) | BIT(OUTPUT_LABELS) | BIT(OUTPUT_REPORT) |
                             BIT(OUTPUT_MOMENTS);
    const struct bm_run_options *options = run->plan.options;
    return run->plan.outputs & outputs || !options->output || options->save_tally || run->plan.share_count;
}

static enum bm_code archives_scan(struct run *run, struct bm_error *error)
{
    const struct bm_run_options *options = run->plan.options;
    struct scan_options scan_options = {
        .classifier = run->plan.classifier,
        .dialect = run->plan.dialect,
        .kinds = job_kinds(run),
        .uncounted = !counts_wanted(run),
        .limited = options->from || options->to,
        .from_ms = run->plan.from_ms,
        .to_ms = run->plan.to_ms,
        .threads = run->plan.threads,
        .simd = run->plan.simd,
        .keep_going = options->keep_going,
        .memory_bytes = run->memory.scan_bytes,
        .spill = &run->memory.tallies,
        .round_seconds = round_seconds(options),
        .stop = options->stop,
        .progress = options->progress,
        .progress_argument = options->progress_argument,
    };
    enum bm_code code = tally_set_accepts(&run->tallies, classifier_tables_hash(run->plan.classifier), error);
    if (code == BM_OK)
        code = inputs_open(&run->inputs, options, run->plan.threads, error);
    if (code == BM_OK)
        code = tally_set_mark_known(&run->tallies, &run->inputs, run->plan.threads, error);
    if (code == BM_OK && options->save_tally)
        code = checkpoints_find(run, error);
    while (code == BM_OK) {
        code = scan(&run->inputs, &scan_options, &run->scanned, error);
        if (code != BM_OK || !run->scanned.more)
            break;
        code = checkpoint_write(run, error);
    }
    return code;
}

static enum bm_code scan_stage(struct run *run, bool archives, struct bm_error *error)
{
    enum bm_code code = archives
                            ? archives_scan(run, error)
                            : counts_new(&run->scanned.counts, bm_rule_count(run->plan.classifier), error);
    if (code == BM_OK)
        code = tally_set_accepts_from(&run->tallies, counts_first_ms(run->scanned.counts), error);
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

/* Whether only what is suppressed is written, so that other outcomes need not be kept. */
static bool suppressed_only(const struct run *run)
{
    uint32_t others = 1u << OUTPUT_STATUS | 1u << OUTPUT_HISTORY | 1u << OUTPUT_SNAPSHOTS |
                      1u << OUTPUT_SEGMENTS | 1u << OUTPUT_DETAILS | 1u << OUTPUT_MOMENTS;
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

/* Older events may go from what is saved; -1: none. Ages count from the last event, from --as-of where that
 * is earlier, and never from the future: one row of a wrong clock must not expire everything. */
static int64_t expire_before_ms(const struct run *run)
{
    if (!run->save || run->plan.expire_ms < 0 || run->plan.as_of_ms == TIME_NEVER)
        return -1;
    int64_t now_ms = (int64_t)time(NULL) * 1000, from_ms = run->plan.as_of_ms;
    from_ms = run->report.last_ms < from_ms ? run->report.last_ms : from_ms;
    from_ms = now_ms < from_ms ? now_ms : from_ms;
    return from_ms > run->plan.expire_ms ? from_ms - run->plan.expire_ms : -1;
}

static enum bm_code merge_stage(struct run *run, struct bm_error *error)
{
    enum bm_code code = report_fill(run, error);
    if (code != BM_OK)
        return code;
    job_progress(run, "merge");
    if (run->plan.as_of_ms == TIME_NEVER && run->report.first_ms <= run->report.last_ms)
        run->plan.as_of_ms = run->report.last_ms;
    int64_t earliest_ms = run->plan.dates.count ? run->plan.dates.ms[0] : run->plan.as_of_ms;
    code = tally_set_accepts_as_of(&run->tallies, earliest_ms, error);
    if (code != BM_OK)
        return code;
    run->expire_before_ms = expire_before_ms(run);
    bool patterns = run->plan.outputs & (1u << OUTPUT_PATTERNS | 1u << OUTPUT_REPORT);
    struct merge_options options = {
        .policies = run->plan.in_order,
        .policy_count = run->plan.policies.count,
        .classifier = run->plan.classifier,
        .as_of_ms = run->plan.as_of_ms,
        .dates_ms = run->plan.dates.ms,
        .date_count = run->plan.outputs >> OUTPUT_SNAPSHOTS & 1 ? run->plan.dates.count : 0,
        .history = run->plan.outputs >> OUTPUT_HISTORY & 1,
        .segments = people_outputs(&run->plan) ||
                    (run->plan.outputs >> OUTPUT_REPORT & 1 && segments_known(run->plan.kinds)),
        .more = people_outputs(&run->plan),
        .moments = people_outputs(&run->plan) >> OUTPUT_MOMENTS & 1,
        .patterns = patterns && !run->plan.share_count,
        .failures = patterns && run->plan.share_count,
        .threads = run->plan.threads,
        .stop = run->plan.options->stop,
        .replay = run->folder_open,
        .suppressed_only = suppressed_only(run),
        .files = run->tallies.files,
        .file_count = run->tallies.count,
        .file_kinds = job_kinds(run),
        .save = run->save,
        .expire_before_ms = run->expire_before_ms,
        .expire_kinds = run->expire_before_ms < 0 ? 0 : expire_kinds(&run->plan.policies),
        .partition_begin = run->plan.partition_begin,
        .partition_end = run->plan.partition_end,
        .memory_bytes = run->memory.bytes,
        .spill = &run->memory.outcomes,
    };
    code = merge(run->scanned.shards, &options, &run->merged, error);
    spill_file_empty(&run->memory.tallies);
    left_out_add(run);
    run->report.addresses = run->merged.addresses;
    run->report.duplicates = tally_set_duplicates(&run->tallies) + run->merged.duplicates;
    run->report.patterns = run->merged.patterns.items;
    run->report.pattern_count = run->merged.patterns.count;
    return code;
}

/* Writes what a tally file has beside its partitions, which the merge wrote. */
static enum bm_code save_stage(struct run *run, struct bm_error *error)
{
    struct tally_meta meta = {
        .basis = job_basis(run),
        .addresses = run->merged.addresses,
        .events = run->merged.events - run->merged.expired,
        .duplicates = run->report.duplicates,
        .expired = tally_set_expired(&run->tallies) + run->merged.expired,
        .expired_ms = tally_set_expired_ms(&run->tallies),
        .expired_kinds = tally_set_expired_kinds(&run->tallies),
        .first_ms = run->report.first_ms,
        .inputs = run->list.items,
        .input_count = run->list.count,
    };
    if (run->expire_before_ms > meta.expired_ms)
        meta.expired_ms = run->expire_before_ms;
    if (run->expire_before_ms >= 0)
        meta.expired_kinds |= expire_kinds(&run->plan.policies) & job_kinds(run);
    return tally_save_finish(run->save, &meta, run->scanned.counts, run->plan.classifier, error);
}

/* What is spilled goes where the output does. */
static enum bm_code memory_open(struct run *run, struct bm_error *error)
{
    char folder[PATH_MAX];
    const char *path = run->plan.options->save_tally;
    path_parent(path ? path : "", folder);
    return job_memory_open(&run->memory, run->plan.memory_bytes, run->plan.options->memory != NULL,
                           run->plan.threads, run->folder_open ? run->folder.temporary : folder,
                           run->plan.policies.count, error);
}

/* Opens what is read and written, so that what cannot be is found before the work. */
static enum bm_code files_open(struct run *run, struct bm_error *error)
{
    const struct bm_run_options *options = run->plan.options;
    enum bm_code code = tally_set_open(&run->tallies, options->tallies, options->tally_count,
                                       &run->plan.policies, run->plan.kinds, options->stop, error);
    if (code == BM_OK && options->output) {
        code = folder_open(&run->folder, options->output, error);
        run->folder_open = code == BM_OK;
        run->folder.stop = options->stop;
    }
    if (code == BM_OK && options->save_tally)
        code = tally_writer_open(&run->save, options->save_tally, options->stop, error);
    return code == BM_OK ? memory_open(run, error) : code;
}

static enum bm_code run_stages(struct run *run, const struct bm_run_options *options, bool archives,
                               struct bm_error *error)
{
    run->started = seconds_now();
    enum bm_code code = run_plan_make(&run->plan, options, error);
    if (code == BM_OK)
        code = job_policies_make(run, error);
    if (code == BM_OK)
        code = files_open(run, error);
    if (code == BM_OK)
        code = scan_stage(run, archives, error);
    double scanned = seconds_now();
    run->summary->scan_seconds = scanned - run->started;
    if (code == BM_OK)
        code = merge_stage(run, error);
    if (code == BM_OK && run->save)
        code = save_stage(run, error);
    run->summary->merge_seconds = seconds_now() - scanned;
    if (code == BM_OK && run->folder_open)
        code = job_write(run, error);
    if (code == BM_OK)
        code = job_commit(run, error);
    if (code != BM_OK && stop_asked(options->stop)) { /* whatever it has stumbled over */
        code = fail_stopped(error);
        checkpoints_hint(run, error);
    }
    if (code != BM_OK)
        return code;
    checkpoints_remove(run);
    return job_finish(run, error);
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
    job_free(run);
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
    if (options->combine)
        return combine(options, summary, error);
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
