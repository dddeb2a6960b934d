/* Generated archives in a temporary folder, and a place for what is made of them. */
#ifndef BENCH_BENCH_ARCHIVES_H
#define BENCH_BENCH_ARCHIVES_H

#include <bouncemill/bench.h>
#include <limits.h>

struct bench_archives {
    char folder[PATH_MAX]; /* removed with all that is in it; empty: none was made */
    char archives[PATH_MAX];
    char output[PATH_MAX]; /* does not exist at first */
};

/* Makes the archives that the options describe, compressed as `compression` says. To be freed whether or not
 * it fails. */
enum bm_code bench_archives_make(struct bench_archives *made, const struct bm_bench_options *options,
                                 const char *compression, struct bm_error *error);
/* Removes what a run wrote, so that the next one has nothing to replace. */
void bench_archives_clear(const struct bench_archives *made);
void bench_archives_free(struct bench_archives *made);

#endif
