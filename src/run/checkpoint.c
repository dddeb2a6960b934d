#include "run/checkpoint.h"
#include "base/base.h"

#include "base/temporary.h"
#include "run/tally_save.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#define PARTIAL_PATH "%s.partial-%u"

static enum bm_code partial_path(const struct run *run, unsigned number, char path[PATH_MAX],
                                 struct bm_error *error)
{
    int length = snprintf(path, PATH_MAX, PARTIAL_PATH, run->plan.options->save_tally, number);
    if (length < 0 || length >= PATH_MAX)
        return fail(error, BM_OUTPUT, "the path of the tally file is too long: %.200s...",
                    run->plan.options->save_tally);
    return BM_OK;
}

/* --- what an interrupted job has left ------------------------------------------------------------------ */

/* The archive of this job that a partial says it holds; NULL: there is none. */
static struct input *input_find(const struct run *run, const struct tally_input *held)
{
    for (size_t k = 0; k < run->inputs.count; k++) {
        struct input *input = &run->inputs.items[k];
        if (!input_wanted(input) || strcmp(input->report.path, held->report.path) != 0 ||
            input->archive.size != held->report.bytes)
            continue;
        bool dialect = !run->plan.dialect || strcmp(run->plan.dialect->name, held->report.dialect) == 0;
        return dialect && input_hash(input, run->plan.options->stop) == held->report.xxh3 ? input : NULL;
    }
    return NULL;
}

/* Whether a partial is a part of this job. */
static bool partial_fits(const struct run *run, const struct tally_file *file, const struct tally_meta *meta)
{
    struct tally_basis basis = job_basis(run);
    if (meta->basis.kinds != basis.kinds || meta->basis.normalisation != basis.normalisation ||
        meta->basis.reasons != basis.reasons || meta->basis.tables != basis.tables || meta->expired_ms >= 0 ||
        file->sections[TALLY_SHARE].packed_bytes)
        return false;
    for (size_t k = 0; k < meta->input_count; k++)
        if (!input_find(run, &meta->inputs[k]))
            return false;
    return true;
}

static enum bm_code partial_add(struct run *run, const char *path, struct bm_error *error)
{
    enum bm_code code = tally_set_add(&run->tallies, path, error);
    run->partials_taken += code == BM_OK;
    return code;
}

static enum bm_code partial_take(struct run *run, const char *path, struct bm_error *error)
{
    struct tally_file file;
    struct tally_meta meta = {0};
    enum bm_code code = tally_file_open(&file, path, error);
    if (code == BM_OK)
        code = tally_meta_read(&meta, &file, error);
    bool fits = code == BM_OK && partial_fits(run, &file, &meta) &&
                tally_file_is_whole(&file, run->plan.options->stop);
    for (size_t k = 0; k < meta.input_count && fits; k++) {
        struct input *input = input_find(run, &meta.inputs[k]);
        input->known = input->resumed = true;
        run->inputs.bytes_total -= input->archive.size;
    }
    tally_meta_free(&meta);
    tally_file_close(&file);
    run->partials_misfit += !fits;
    if (code == BM_INPUT || code == BM_USAGE) /* damaged, or of another version: no part of this job */
        return BM_OK;
    return fits ? partial_add(run, path, error) : code;
}

enum bm_code checkpoints_find(struct run *run, struct bm_error *error)
{
    char path[PATH_MAX];
    enum bm_code code = BM_OK;
    while (code == BM_OK) {
        code = partial_path(run, run->partials + 1, path, error);
        if (code == BM_OK && access(path, F_OK) != 0) {
            temporaries_remove(path, NULL); /* of a job that was killed while it wrote this one */
            break;
        }
        if (code != BM_OK)
            break;
        run->partials++;
        code = partial_take(run, path, error);
    }
    return code;
}

/* --- this job's own ------------------------------------------------------------------------------------ */

static enum bm_code round_save(struct run *run, struct tally_writer *writer, struct bm_error *error)
{
    struct merge_options options = {
        .policies = run->plan.in_order,
        .policy_count = run->plan.policies.count,
        .classifier = run->plan.classifier,
        .as_of_ms = TIME_NEVER,
        .threads = run->plan.threads,
        .stop = run->plan.options->stop,
        .file_kinds = job_kinds(run),
        .save = writer,
        .partition_end = PARTITION_COUNT,
        .memory_bytes = run->memory.bytes,
        .spill = &run->memory.outcomes,
    };
    struct merge_result merged;
    struct input_list list = {0};
    enum bm_code code = merge(run->scanned.shards, &options, &merged, error);
    if (code == BM_OK)
        code = input_list_make_read(&list, &run->inputs, error);
    struct tally_meta meta = {
        .basis = job_basis(run),
        .addresses = merged.addresses,
        .events = merged.events,
        .duplicates = merged.duplicates,
        .expired_ms = -1,
        .first_ms = counts_first_ms(run->scanned.counts),
        .inputs = list.items,
        .input_count = list.count,
    };
    if (code == BM_OK)
        code = tally_save_finish(writer, &meta, run->scanned.counts, run->plan.classifier, error);
    if (code == BM_OK)
        code = tally_writer_commit(writer, error);
    input_list_free(&list);
    merge_result_free(&merged);
    return code;
}

enum bm_code checkpoint_write(struct run *run, struct bm_error *error)
{
    char path[PATH_MAX];
    struct tally_writer *writer = NULL;
    enum bm_code code = partial_path(run, run->partials + 1, path, error);
    if (code == BM_OK)
        code = tally_writer_open(&writer, path, run->plan.options->stop, error);
    if (code == BM_OK)
        code = round_save(run, writer, error);
    tally_writer_free(writer);
    if (code != BM_OK)
        return code;
    run->partials++;
    for (size_t k = 0; k < run->inputs.count; k++) {
        struct input *input = &run->inputs.items[k];
        if (input->read && !input->left_out)
            input->known = input->kept = true;
    }
    run->memory.before_bytes += shards_spilled_bytes(run->scanned.shards, &run->memory.before_runs);
    scan_result_free(&run->scanned);
    spill_file_empty(&run->memory.tallies);
    return partial_add(run, path, error);
}

void checkpoints_remove(const struct run *run)
{
    char path[PATH_MAX];
    struct bm_error error;
    for (unsigned k = run->partials; k > 0; k--) /* the first one last: it is what the next job looks for */
        if (partial_path(run, k, path, &error) == BM_OK)
            (void)unlink(path);
}

void checkpoints_hint(const struct run *run, struct bm_error *error)
{
    size_t kept = 0;
    for (size_t k = 0; k < run->inputs.count; k++)
        kept += run->inputs.items[k].kept || run->inputs.items[k].resumed;
    if (kept)
        (void)fail_hint(error, "%zu of %zu archives are kept beside %s: the same command reads the others",
                        kept, run->inputs.count, run->plan.options->save_tally);
}
