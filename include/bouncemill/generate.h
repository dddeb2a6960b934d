/* Synthetic archives: seeded, deterministic, for tests, examples and measurements. */
#ifndef BOUNCEMILL_GENERATE_H
#define BOUNCEMILL_GENERATE_H

#include <bouncemill/error.h>
#include <bouncemill/version.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What to generate. Fill with bm_generate_options_init first. */
struct bm_generate_options {
    const char *output;      /* folder, made if missing; files are named events-0000.csv.zst and so on */
    const char *dialect;     /* "native" or "powermta" */
    const char *compression; /* "zst", "gz" or "none" */
    uint64_t events;         /* rows in all */
    uint64_t addresses;      /* distinct addresses to draw from */
    uint64_t seed;
    uint64_t frame_bytes; /* text bytes in a zstd frame or gzip member; 0: one frame a file */
    double bounce_share;  /* 0 to 1 */
    unsigned days;        /* the events' time span, ending on 2026-06-30 */
    unsigned files;
    unsigned threads;         /* 0: what affinity and cgroup allow; the bytes do not depend on it */
    const volatile int *stop; /* set from a signal handler: BM_INTERRUPTED; may be NULL */
};

/* 1,000,000 events, 200,000 addresses, 30 days, 12 % bounces, 4 files, native, zst, one frame a file, seed 1.
 */
BM_API void bm_generate_options_init(struct bm_generate_options *options);

/* Writes the archives; the same options give the same bytes. Errors: BM_USAGE, BM_OUTPUT, BM_RESOURCE,
 * BM_INTERRUPTED; then those that were not finished are gone. */
BM_API enum bm_code bm_generate(const struct bm_generate_options *options, struct bm_error *error);

#ifdef __cplusplus
}
#endif

#endif
