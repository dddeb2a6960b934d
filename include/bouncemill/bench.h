/* How fast this machine is at parts of the work. */
#ifndef BOUNCEMILL_BENCH_H
#define BOUNCEMILL_BENCH_H

#include <bouncemill/classify.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Speed of the classifier: replies per second of one core, each figure the best of `rounds`. The stream is
 * that of generated archives (bouncemill/generate.h, all bounces, seed 1), always the same. */
struct bm_bench_classify {
    unsigned rounds;
    unsigned rules;         /* of the classifier */
    uint64_t replies;       /* distinct, gone through again and again */
    double text_bytes;      /* of a reply's text, on average */
    double build_ms;        /* to build the classifier */
    double codes_per_s;     /* codes alone: texts and domains are left out */
    double text_cold_per_s; /* with texts, each as if it were the first */
    double text_memo_per_s; /* with texts, with a memo of replies as a run has it: the realistic stream */
};

/* Measures for a few seconds, on the calling thread. `tables` may be NULL. Errors: those of
 * bm_classifier_new; BM_RESOURCE. */
BM_API enum bm_code bm_bench_classify(const struct bm_tables *tables, struct bm_bench_classify *figures,
                                      struct bm_error *error);

#ifdef __cplusplus
}
#endif

#endif
