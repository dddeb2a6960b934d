#include "base/base.h"

#include "bench/bench_pass.h"

static double less(double best, double seconds)
{
    return best == 0 || seconds < best ? seconds : best;
}

static enum bm_code round_run(struct bench_job *job, struct bm_bench_form *form, struct bm_error *error)
{
    struct bench_time limit, scanned;
    enum bm_code code = bench_pass_limit(job, 1, &limit, error);
    if (code == BM_OK)
        code = bench_pass_scan(job, STOP_NEVER, &scanned, error);
    if (code != BM_OK)
        return code;
    form->limit_s = less(form->limit_s, limit.cpu_s);
    form->scan_s = less(form->scan_s, scanned.cpu_s);
    return BM_OK;
}

static enum bm_code form_measure(const struct bm_bench_options *options, struct bm_bench_form *form,
                                 struct bm_error *error)
{
    struct bench_job job = {0};
    struct bench_archives archives;
    enum bm_code code = bench_archives_make(&archives, options, form->compression, error);
    if (code == BM_OK)
        code = bench_job_make(&job, options, &archives, error);
    unsigned rounds = bench_rounds(options);
    for (unsigned round = 0; code == BM_OK && round < rounds; round++)
        code = round_run(&job, form, error);
    form->archives = bench_job_archives(&job, options);
    bench_job_free(&job);
    bench_archives_free(&archives);
    return code;
}

enum bm_code bm_bench_scan(const struct bm_bench_options *options, struct bm_bench_scan *figures,
                           struct bm_error *error)
{
    static const char *const compressions[BM_BENCH_FORMS] = {"none", "zst", "gz"};
    *figures = (struct bm_bench_scan){.rounds = bench_rounds(options)};
    enum bm_code code = BM_OK;
    for (unsigned k = 0; code == BM_OK && k < BM_BENCH_FORMS; k++) {
        figures->forms[k].compression = compressions[k];
        code = form_measure(options, &figures->forms[k], error);
    }
    return code;
}
