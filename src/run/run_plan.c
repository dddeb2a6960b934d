/* What a run was asked to do, checked: everything that can be wrong with the options is found here, before
 * anything is read or written. */
#include "run/run_plan.h"
#include "base/base.h"

#include "base/cpu.h"
#include "output/output.h"
#include "policy/segment.h"
#include "run/job_memory.h"
#include "tally/tally_file.h"

#define THREADS_MAX     1024u
#define EXPIRE_DAYS_MAX 100000u
#define HOUR_MS         INT64_C(3600000)
#define DIFFERENCES_MAX 1000u /* rows a pair of policies, unless told otherwise */

void bm_run_options_init(struct bm_run_options *options)
{
    *options = (struct bm_run_options){
        .policies = "sfmc", .dialect = "auto", .simd = "auto", .differences_max = DIFFERENCES_MAX};
}

static enum bm_code simd_set(struct run_plan *plan, struct bm_error *error)
{
    const char *name = plan->options->simd ? plan->options->simd : "auto";
    plan->simd = cpu_simd();
    if (strcmp(name, "auto") == 0)
        return BM_OK;
    for (unsigned level = 0; level < SIMD_COUNT; level++) {
        if (strcmp(name, simd_name(level)) != 0)
            continue;
        if (level > plan->simd) {
            (void)fail(error, BM_USAGE, "--simd %s: this processor does not have it", name);
            return fail_hint(error, "the best here is %s", simd_name(plan->simd));
        }
        plan->simd = level;
        return BM_OK;
    }
    (void)fail(error, BM_USAGE, "--simd %s: no such level", name);
    return fail_hint(error, "auto, scalar, avx2 or avx512");
}

static enum bm_code dialect_set(struct run_plan *plan, struct bm_error *error)
{
    const char *name = plan->options->dialect;
    if (!name || strcmp(name, "auto") == 0)
        return BM_OK;
    plan->dialect = dialect_find(name);
    if (plan->dialect)
        return BM_OK;
    (void)fail(error, BM_USAGE, "--dialect %s: no such dialect", name);
    return fail_hint(error, "see `bouncemill list dialects`");
}

static enum bm_code as_of_set(struct run_plan *plan, struct bm_error *error)
{
    const struct bm_run_options *options = plan->options;
    plan->as_of_ms = TIME_NEVER;
    enum bm_code code = moments_parse("--as-of", options->as_of, options->as_of_count, &plan->dates, error);
    if (code == BM_OK && plan->dates.count)
        plan->as_of_ms = plan->dates.ms[plan->dates.count - 1];
    if (!plan->dates.series)
        plan->outputs &= ~(1u << OUTPUT_SNAPSHOTS);
    return code;
}

/* An archive that was read in part would pass for one that was read whole. */
static enum bm_code limits_allowed(const struct run_plan *plan, struct bm_error *error)
{
    const struct bm_run_options *options = plan->options;
    if (!(options->from || options->to) || !(options->save_tally || options->tally_count))
        return BM_OK;
    (void)fail(error, BM_USAGE, "%s: tally files hold archives whole", options->from ? "--from" : "--to");
    return fail_hint(error, "leave events out in runs without tally files");
}

static enum bm_code limits_set(struct run_plan *plan, struct bm_error *error)
{
    const char *from = plan->options->from, *to = plan->options->to;
    plan->from_ms = INT64_MIN;
    plan->to_ms = INT64_MAX;
    enum bm_code code = BM_OK;
    if (from)
        code = moment_parse("--from", (struct span){from, strlen(from)}, &plan->from_ms, error);
    if (code == BM_OK && to)
        code = moment_parse("--to", (struct span){to, strlen(to)}, &plan->to_ms, error);
    if (code == BM_OK)
        code = limits_allowed(plan, error);
    if (code == BM_OK && plan->from_ms >= plan->to_ms) {
        (void)fail(error, BM_USAGE, "--from %s, --to %s: no event is in between", from, to);
        return fail_hint(error, "events from --from on and before --to are read");
    }
    return code;
}

/* "1000" or "0.5%". */
static enum bm_code max_rejects_set(struct run_plan *plan, struct bm_error *error)
{
    const char *text = plan->options->max_rejects;
    plan->rejects_max = UINT64_MAX;
    plan->rejects_max_share = -1;
    if (!text)
        return BM_OK;
    char *end;
    size_t length = strlen(text);
    bool digit = text[0] >= '0' && text[0] <= '9';
    if (digit && text[length - 1] == '%') {
        plan->rejects_max_share = strtod(text, &end) / 100;
        if (end == text + length - 1 && plan->rejects_max_share <= 1)
            return BM_OK;
    } else if (digit) {
        plan->rejects_max = strtoull(text, &end, 10);
        if (!*end)
            return BM_OK;
    }
    (void)fail(error, BM_USAGE, "--max-rejects %s: not a number of rows or a percentage", text);
    return fail_hint(error, "write 1000 or 0.5%%");
}

static int policy_order(const void *a, const void *b)
{
    const struct policy *const *x = a, *const *y = b;
    return strcmp(policy_name(*x), policy_name(*y));
}

static enum bm_code policies_set(struct run_plan *plan, struct bm_error *error)
{
    const struct bm_run_options *options = plan->options;
    enum bm_code code = policy_set_new(&plan->policies, options->policies ? options->policies : "sfmc",
                                       options->settings, options->setting_count, error);
    if (code != BM_OK)
        return code;
    size_t count = plan->policies.count;
    plan->in_order = calloc(count, sizeof *plan->in_order);
    plan->names = calloc(count, sizeof *plan->names);
    if (!plan->in_order || !plan->names)
        return fail_memory(error, "the policies");
    for (size_t k = 0; k < count; k++)
        plan->in_order[k] = plan->policies.policies[k];
    qsort(plan->in_order, count, sizeof *plan->in_order, policy_order);
    for (size_t k = 0; k < count; k++)
        plan->names[k] = policy_name(plan->in_order[k]);
    return BM_OK;
}

static enum bm_code outputs_set(struct run_plan *plan, struct bm_error *error)
{
    enum bm_code code =
        output_parse(plan->options->outputs ? plan->options->outputs : "all", &plan->outputs, error);
    if (code != BM_OK)
        return code;
    if (plan->options->history)
        plan->outputs |= 1u << OUTPUT_HISTORY;
    return BM_OK;
}

static enum bm_code exports_set(struct run_plan *plan, struct bm_error *error)
{
    const struct bm_run_options *options = plan->options;
    if (!options->exports && options->export_policy)
        return fail(error, BM_USAGE, "--export-policy %s: nothing is exported", options->export_policy);
    if (!options->exports)
        return BM_OK;
    enum bm_code code = export_parse(options->exports, &plan->export_request.exports, error);
    return code == BM_OK ? export_policy_choose(options->export_policy, plan->names, plan->policies.count,
                                                &plan->export_request.policy, error)
                         : code;
}

/* "400d" or "36h". */
static enum bm_code expire_set(struct run_plan *plan, struct bm_error *error)
{
    const char *text = plan->options->expire;
    char *end = NULL;
    plan->expire_ms = -1;
    if (!text)
        return BM_OK;
    if (!plan->options->save_tally)
        return fail(error, BM_USAGE, "--expire %s: nothing is saved that could expire", text);
    unsigned long long age = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    if (end && (*end == 'd' || *end == 'h') && !end[1] && age <= EXPIRE_DAYS_MAX) {
        plan->expire_ms = (int64_t)age * (*end == 'd' ? 24 : 1) * HOUR_MS;
        return BM_OK;
    }
    (void)fail(error, BM_USAGE, "--expire %s: not an age", text);
    return fail_hint(error, "write 400d for days or 36h for hours");
}

/* "I/N" */
static enum bm_code partition_set(struct run_plan *plan, struct bm_error *error)
{
    const char *text = plan->options->partition;
    char *end = NULL;
    plan->partition_end = PARTITION_COUNT;
    if (!text)
        return BM_OK;
    unsigned long share = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0, count = 0;
    if (end && *end == '/' && end[1] >= '0' && end[1] <= '9')
        count = strtoul(end + 1, &end, 10);
    if (!end || *end || !share || share > count || count > PARTITION_COUNT) {
        (void)fail(error, BM_USAGE, "--partition %s: not a share of the whole", text);
        return fail_hint(error, "write 1/16 for the first of 16, at most %u", PARTITION_COUNT);
    }
    if (plan->options->exports || plan->options->save_tally)
        return fail(error, BM_USAGE, "--partition %s: %s needs all addresses", text,
                    plan->options->exports ? "an export" : "a tally file");
    plan->share = (unsigned)share;
    plan->share_count = (unsigned)count;
    plan->partition_begin = (unsigned)(PARTITION_COUNT * (share - 1) / count);
    plan->partition_end = (unsigned)(PARTITION_COUNT * share / count);
    return BM_OK;
}

enum bm_code run_plan_make(struct run_plan *plan, const struct bm_run_options *options,
                           struct bm_error *error)
{
    *plan = (struct run_plan){.options = options};
    if (options->threads > THREADS_MAX)
        return fail(error, BM_USAGE, "--threads %u: at most %u", options->threads, THREADS_MAX);
    plan->threads = options->threads ? options->threads : cpu_threads();
    enum bm_code code = simd_set(plan, error);
    if (code == BM_OK)
        code = memory_parse(options->memory, &plan->memory_bytes, error);
    if (code == BM_OK)
        code = dialect_set(plan, error);
    if (code == BM_OK)
        code = max_rejects_set(plan, error);
    if (code == BM_OK)
        code = partition_set(plan, error);
    if (code == BM_OK)
        code = expire_set(plan, error);
    if (code == BM_OK)
        code = outputs_set(plan, error);
    if (code == BM_OK)
        code = as_of_set(plan, error);
    if (code == BM_OK)
        code = limits_set(plan, error);
    if (code == BM_OK)
        code = policies_set(plan, error);
    plan->kinds = plan->policies.kinds | (plan->outputs >> OUTPUT_SEGMENTS & 1 ? SEGMENT_KINDS : 0);
    if (code == BM_OK)
        code = exports_set(plan, error);
    return code == BM_OK ? bm_classifier_new(&plan->classifier, &options->tables, error) : code;
}

void run_plan_free(struct run_plan *plan)
{
    bm_classifier_free(plan->classifier);
    moments_free(&plan->dates);
    free(plan->in_order);
    free(plan->names);
    policy_set_free(&plan->policies);
}
