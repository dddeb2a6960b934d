#include "bench/bench_archives.h"
#include "base/base.h"

#include "base/fail.h"

#include <ftw.h>
#include <unistd.h>

#define REMOVE_OPEN_MAX 16 /* folders that nftw keeps open at once */

static enum bm_code folder_make(struct bench_archives *made, const char *parent, struct bm_error *error)
{
    if (!parent)
        parent = getenv("TMPDIR");
    if (!parent || !*parent)
        parent = "/tmp";
    char name[PATH_MAX];
    int length = snprintf(name, sizeof name, "%s/bouncemill-bench.XXXXXX", parent);
    if (length < 0 || (size_t)length + sizeof "/archives" > sizeof name)
        return fail(error, BM_USAGE, "the name of the temporary folder is too long: %.100s", parent);
    if (!mkdtemp(name))
        return fail_errno(error, BM_OUTPUT, "cannot make a folder for archives in %s", parent);
    memcpy(made->folder, name, (size_t)length + 1);
    memcpy(made->archives, name, (size_t)length);
    memcpy(made->archives + length, "/archives", sizeof "/archives");
    memcpy(made->output, name, (size_t)length);
    memcpy(made->output + length, "/output", sizeof "/output");
    return BM_OK;
}

enum bm_code bench_archives_make(struct bench_archives *made, const struct bm_bench_options *options,
                                 const char *compression, struct bm_error *error)
{
    *made = (struct bench_archives){0};
    if (!options->archives.events)
        return fail(error, BM_USAGE, "there is nothing to measure with: no events");
    enum bm_code code = folder_make(made, options->folder, error);
    if (code != BM_OK)
        return code;
    struct bm_generate_options generate = options->archives;
    generate.output = made->archives;
    generate.compression = compression;
    generate.threads = options->threads;
    generate.stop = options->stop;
    code = bm_generate(&generate, error);
    if (code == BM_OK) /* or the first run that syncs its output would pay for the archives */
        sync();
    return code;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

/* What cannot be removed is left in the temporary folder. */
static void tree_remove(const char *path)
{
    (void)nftw(path, remove_entry, REMOVE_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
}

void bench_archives_clear(const struct bench_archives *made)
{
    tree_remove(made->output);
}

void bench_archives_free(struct bench_archives *made)
{
    if (made->folder[0])
        tree_remove(made->folder);
    made->folder[0] = 0;
}
