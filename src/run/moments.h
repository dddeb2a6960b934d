/* Moments that options name: a time, a date (its first instant, UTC), or a series START/STEP/END of them. */
#ifndef RUN_MOMENTS_H
#define RUN_MOMENTS_H

#include "base/fail.h"
#include "base/span.h"

#define MOMENTS_MAX 100000u

struct moments {
    int64_t *ms; /* rising, each once */
    size_t count;
    bool series; /* several were named, or a series */
};

/* A single moment. BM_USAGE names the option. */
enum bm_code moment_parse(const char *option, struct span text, int64_t *ms, struct bm_error *error);

/* Moments and series of them. To be freed whether or not it fails. */
enum bm_code moments_parse(const char *option, const char *const *texts, size_t count,
                           struct moments *moments, struct bm_error *error);
void moments_free(struct moments *moments);

#endif
