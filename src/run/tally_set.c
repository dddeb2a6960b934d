#include "run/tally_set.h"
#include "base/base.h"

#include "base/pool.h"
#include "base/stop.h"

#include <stdatomic.h>

/* --- what files have in common ------------------------------------------------------------------------- */

/* "open, click": the kinds of a set of bits. */
static void kinds_text(uint32_t kinds, char *text, size_t room)
{
    size_t used = 0;
    text[0] = 0;
    for (unsigned kind = 0; kind < BM_KIND_COUNT && used < room; kind++)
        if (kinds >> kind & 1) {
            int length = snprintf(text + used, room - used, "%s%s", used ? ", " : "", bm_kind_name(kind));
            used += length > 0 ? (size_t)length : 0;
        }
}

static enum bm_code basis_check(const struct tally_set *set, size_t which, uint32_t kinds,
                                struct bm_error *error)
{
    struct tally_basis own = tally_basis_own();
    const struct tally_basis *basis = &set->metas[which].basis;
    const char *path = set->files[which].path;
    char missing[160];
    if (set->files[which].sections[TALLY_SHARE].packed_bytes) {
        (void)fail(error, BM_USAGE, "%s: the report of a share, without its addresses", path);
        return fail_hint(error, "the folders of all shares are added up with --combine");
    }
    if (basis->normalisation != own.normalisation || basis->reasons != own.reasons) {
        (void)fail(error, BM_USAGE, "%s: another version of this program made it, which %s otherwise", path,
                   basis->reasons != own.reasons ? "numbers the reasons" : "writes addresses");
        return fail_hint(error, "scan the archives again");
    }
    if (kinds & ~basis->kinds) {
        kinds_text(kinds & ~basis->kinds, missing, sizeof missing);
        (void)fail(error, BM_USAGE, "%s: the policies look at events that it does not hold: %s", path,
                   missing);
        return fail_hint(error, "scan the archives again with --policy naming these policies, too");
    }
    return BM_OK;
}

/* What was dropped for its age must be what these policies can do without. */
static enum bm_code expiry_check(const struct tally_set *set, size_t which, const struct policy_set *policies,
                                 struct bm_error *error)
{
    uint32_t missing = set->metas[which].expired_kinds & ~expire_kinds(policies);
    char text[160];
    if (!missing)
        return BM_OK;
    kinds_text(missing, text, sizeof text);
    (void)fail(error, BM_USAGE, "%s: events that these policies look at were dropped for their age: %s",
               set->files[which].path, text);
    return fail_hint(error, "scan the archives again, with --expire and --policy naming all policies");
}

/* All files must mean the same as the first. */
static enum bm_code basis_compare(const struct tally_set *set, size_t which, struct bm_error *error)
{
    const struct tally_basis *first = &set->metas[0].basis, *other = &set->metas[which].basis;
    if (other->tables != first->tables) {
        (void)fail(error, BM_USAGE, "%s and %s were classified with different tables", set->files[0].path,
                   set->files[which].path);
        return fail_hint(error, "scan with the same program and the same --codes and --phrases");
    }
    if (other->kinds != first->kinds) {
        (void)fail(error, BM_USAGE, "%s and %s hold different kinds of events", set->files[0].path,
                   set->files[which].path);
        return fail_hint(error, "scan with the same --policy; `bouncemill tally info` shows the kinds");
    }
    return BM_OK;
}

enum bm_code tally_set_accepts(const struct tally_set *set, uint64_t tables, struct bm_error *error)
{
    if (!set->count || set->metas[0].basis.tables == tables)
        return BM_OK;
    (void)fail(error, BM_USAGE, "%s was classified with other tables than those of this run",
               set->files[0].path);
    return fail_hint(error, "give the same --codes and --phrases, or scan its archives again");
}

int64_t tally_set_expired_ms(const struct tally_set *set)
{
    int64_t expired_ms = -1;
    for (size_t k = 0; k < set->count; k++)
        if (set->metas[k].expired_ms > expired_ms)
            expired_ms = set->metas[k].expired_ms;
    return expired_ms;
}

uint64_t tally_set_expired(const struct tally_set *set)
{
    uint64_t expired = 0;
    for (size_t k = 0; k < set->count; k++)
        expired += set->metas[k].expired;
    return expired;
}

uint32_t tally_set_expired_kinds(const struct tally_set *set)
{
    uint32_t kinds = 0;
    for (size_t k = 0; k < set->count; k++)
        kinds |= set->metas[k].expired_kinds;
    return kinds;
}

static enum bm_code too_early(const struct tally_set *set, size_t which, const char *what, int64_t first_ms,
                              struct bm_error *error)
{
    char first[BM_TIME_BYTES], expired[BM_TIME_BYTES];
    size_t first_length = bm_time_format(first_ms, first);
    size_t expired_length = bm_time_format(set->metas[which].expired_ms, expired);
    (void)fail(error, BM_USAGE, "%s has rows from %.*s on, and %s has dropped events from before %.*s", what,
               (int)first_length, first, set->files[which].path, (int)expired_length, expired);
    return fail_hint(error, "make the tally file again, with a longer --expire");
}

enum bm_code tally_set_accepts_from(const struct tally_set *set, int64_t first_ms, struct bm_error *error)
{
    for (size_t k = 0; k < set->count; k++)
        if (first_ms < set->metas[k].expired_ms)
            return too_early(set, k, "an archive", first_ms, error);
    return BM_OK;
}

enum bm_code tally_set_accepts_as_of(const struct tally_set *set, int64_t as_of_ms, struct bm_error *error)
{
    if (as_of_ms == TIME_NEVER || as_of_ms >= tally_set_expired_ms(set))
        return BM_OK;
    (void)fail(error, BM_USAGE, "--as-of: events from before that moment were dropped for their age");
    return fail_hint(error, "`bouncemill tally info` shows from when on the tally file is complete");
}

/* No file may have rows from before the moment of another's expiry. */
static enum bm_code expiries_check(const struct tally_set *set, struct bm_error *error)
{
    for (size_t k = 0; k < set->count; k++)
        for (size_t j = 0; j < set->count; j++)
            if (k != j && set->metas[j].first_ms < set->metas[k].expired_ms)
                return too_early(set, k, set->files[j].path, set->metas[j].first_ms, error);
    return BM_OK;
}

/* --- archives in two files ----------------------------------------------------------------------------- */

/* An archive that was read and had rows. One without rows may be in any number of files. */
struct seen_archive {
    uint64_t bytes, xxh3;
    size_t file, input;
};

static bool input_was_read(const struct tally_input *input)
{
    return input->report.same_as < 0 && !input->report.failure;
}

static int seen_order(const void *a, const void *b)
{
    const struct seen_archive *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    if (x->xxh3 != y->xxh3)
        return x->xxh3 < y->xxh3 ? -1 : 1;
    return (x->file > y->file) - (x->file < y->file);
}

static size_t seen_list(const struct tally_meta *meta, size_t file, struct seen_archive *list)
{
    size_t used = 0;
    for (size_t k = 0; k < meta->input_count; k++) {
        const struct input_report *report = &meta->inputs[k].report;
        if (input_was_read(&meta->inputs[k]) && report->rows)
            list[used++] = (struct seen_archive){report->bytes, report->xxh3, file, k};
    }
    return used;
}

/* Whether two files hold the same archives and no others. */
static bool files_same(const struct seen_archive *a, size_t a_count, const struct seen_archive *b,
                       size_t b_count)
{
    for (size_t k = 0; k < a_count && a_count == b_count; k++)
        if (a[k].bytes != b[k].bytes || a[k].xxh3 != b[k].xxh3)
            return false;
    return a_count == b_count;
}

static enum bm_code seen_twice(const struct tally_set *set, const struct seen_archive *a,
                               const struct seen_archive *b, struct bm_error *error)
{
    const struct input_report *report = &set->metas[a->file].inputs[a->input].report;
    (void)fail(error, BM_USAGE, "%s and %s both hold the archive %s, and others", set->files[a->file].path,
               set->files[b->file].path, report->path);
    return fail_hint(error,
                     "what was tallied together cannot be taken apart: scan so that each archive is in "
                     "one file");
}

/* Whether the which-th file has the same archives as one before it. `list` has room for two files' archives.
 */
static bool file_is_same(const struct tally_set *set, size_t which, struct seen_archive *list)
{
    size_t own = seen_list(&set->metas[which], which, list);
    qsort(list, own, sizeof *list, seen_order);
    for (size_t k = 0; k < which && own; k++) {
        struct seen_archive *others = list + own;
        size_t count = seen_list(&set->metas[k], k, others);
        if (count != own)
            continue;
        qsort(others, count, sizeof *others, seen_order);
        if (files_same(list, own, others, count))
            return true;
    }
    return false;
}

static void file_drop(struct tally_set *set, size_t which)
{
    tally_file_close(&set->files[which]);
    tally_meta_free(&set->metas[which]);
    set->count--;
    set->same++;
    for (size_t k = which; k < set->count; k++) {
        set->files[k] = set->files[k + 1];
        set->metas[k] = set->metas[k + 1];
    }
}

static enum bm_code archives_check(struct tally_set *set, struct bm_error *error)
{
    size_t total = 0, used = 0;
    for (size_t k = 0; k < set->count; k++)
        total += set->metas[k].input_count;
    struct seen_archive *list = malloc((2 * total + 1) * sizeof *list);
    if (!list)
        return fail_memory(error, "the list of archives");
    for (size_t k = 1; k < set->count;)
        if (file_is_same(set, k, list))
            file_drop(set, k);
        else
            k++;
    for (size_t k = 0; k < set->count; k++)
        used += seen_list(&set->metas[k], k, list + used);
    qsort(list, used, sizeof *list, seen_order);
    enum bm_code code = BM_OK;
    for (size_t k = 1; k < used && code == BM_OK; k++)
        if (list[k].bytes == list[k - 1].bytes && list[k].xxh3 == list[k - 1].xxh3 &&
            list[k].file != list[k - 1].file)
            code = seen_twice(set, &list[k - 1], &list[k], error);
    free(list);
    return code;
}

enum bm_code tally_set_open(struct tally_set *set, const char *const *paths, size_t count,
                            const struct policy_set *policies, uint32_t kinds, const volatile int *stop,
                            struct bm_error *error)
{
    *set = (struct tally_set){.stop = stop};
    set->files = calloc(count + 1, sizeof *set->files);
    set->metas = calloc(count + 1, sizeof *set->metas);
    if (!set->files || !set->metas)
        return fail_memory(error, "the list of tally files");
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < count && code == BM_OK; k++) {
        code = stop_asked(stop) ? fail_stopped(error) : tally_file_open(&set->files[k], paths[k], error);
        if (code != BM_OK)
            break;
        set->count++;
        code = tally_meta_read(&set->metas[k], &set->files[k], error);
        if (code == BM_OK)
            code = basis_check(set, k, kinds, error);
        if (code == BM_OK)
            code = expiry_check(set, k, policies, error);
        if (code == BM_OK)
            code = basis_compare(set, k, error);
    }
    if (code == BM_OK && count > 1)
        code = archives_check(set, error);
    return code == BM_OK ? expiries_check(set, error) : code;
}

static bool set_grow(struct tally_set *set)
{
    struct tally_file *files = reallocarray(set->files, set->count + 2, sizeof *files);
    if (files)
        set->files = files;
    struct tally_meta *metas = reallocarray(set->metas, set->count + 2, sizeof *metas);
    if (metas)
        set->metas = metas;
    return files && metas;
}

enum bm_code tally_set_add(struct tally_set *set, const char *path, struct bm_error *error)
{
    if (!set_grow(set))
        return fail_memory(error, "the list of tally files");
    struct tally_file *file = &set->files[set->count];
    enum bm_code code = tally_file_open(file, path, error);
    if (code != BM_OK)
        return code;
    struct tally_meta *meta = &set->metas[set->count++];
    *meta = (struct tally_meta){0};
    code = tally_meta_read(meta, file, error);
    struct span own;
    if (code == BM_OK && !arena_copy(&meta->memory, (struct span){path, strlen(path) + 1}, &own))
        code = fail_memory(error, "the list of tally files");
    if (code != BM_OK)
        return code;
    file->path = own.at;
    return expiries_check(set, error);
}

void tally_set_close(struct tally_set *set)
{
    for (size_t k = 0; k < set->count; k++) {
        tally_file_close(&set->files[k]);
        tally_meta_free(&set->metas[k]);
    }
    free(set->files);
    free(set->metas);
    *set = (struct tally_set){0};
}

enum bm_code tally_set_counts(const struct tally_set *set, struct counts *counts,
                              const struct bm_classifier *classifier, struct bm_error *error)
{
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < set->count && code == BM_OK; k++)
        code = stop_asked(set->stop) ? fail_stopped(error)
                                     : tally_file_counts(&set->files[k], counts, classifier, error);
    return code;
}

uint64_t tally_set_duplicates(const struct tally_set *set)
{
    uint64_t duplicates = 0;
    for (size_t k = 0; k < set->count; k++)
        duplicates += set->metas[k].duplicates;
    return duplicates;
}

/* --- archives that need not be read again -------------------------------------------------------------- */

struct known_work {
    const struct tally_set *set;
    struct inputs *inputs;
    atomic_size_t next;
};

static void known_mark(const struct tally_set *set, struct input *input)
{
    for (size_t k = 0; k < set->count && !input->known; k++)
        for (size_t j = 0; j < set->metas[k].input_count && !input->known; j++) {
            const struct tally_input *other = &set->metas[k].inputs[j];
            if (other->report.bytes == input->archive.size && input_was_read(other))
                input->known = other->report.xxh3 == input_hash(input, set->stop);
        }
}

static void known_worker(void *argument, unsigned worker)
{
    (void)worker;
    struct known_work *work = argument;
    for (size_t k; (k = atomic_fetch_add(&work->next, 1)) < work->inputs->count;)
        if (work->inputs->items[k].open && work->inputs->items[k].report.same_as < 0)
            known_mark(work->set, &work->inputs->items[k]);
}

enum bm_code tally_set_mark_known(const struct tally_set *set, struct inputs *inputs, unsigned threads,
                                  struct bm_error *error)
{
    struct known_work work = {.set = set, .inputs = inputs};
    if (!set->count)
        return BM_OK;
    enum bm_code code = pool_run(threads, known_worker, &work, error);
    for (size_t k = 0; k < inputs->count; k++)
        if (inputs->items[k].known)
            inputs->bytes_total -= inputs->items[k].archive.size;
    return code == BM_OK && stop_asked(set->stop) ? fail_stopped(error) : code;
}
