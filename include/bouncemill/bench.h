/* How fast this machine is at parts of the work. */
#ifndef BOUNCEMILL_BENCH_H
#define BOUNCEMILL_BENCH_H

#include <bouncemill/classify.h>
#include <bouncemill/generate.h>
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

/* What to measure with. Fill with bm_bench_options_init first. */
struct bm_bench_options {
    struct bm_generate_options archives; /* without output, compression and threads, which the bench sets */
    struct bm_tables tables;
    const char *folder;       /* where the archives are meanwhile; NULL: TMPDIR, else /tmp */
    unsigned rounds;          /* best of so many, in which all passes take turns; 0: 5 */
    unsigned threads;         /* 0: what affinity and cgroup allow */
    const volatile int *stop; /* as of bm_run; may be NULL */
};

/* The archives of bm_generate_options_init. */
BM_API void bm_bench_options_init(struct bm_bench_options *options);

/* The archives that were measured with. */
struct bm_bench_archives {
    uint64_t rows, addresses;
    uint64_t text_bytes;
    uint64_t bytes; /* of the files */
};

/* What the scan makes of archives of one form, beside decompressing them alone, through the same code and
 * library. CPU time of one thread. */
struct bm_bench_form {
    const char *compression; /* "none", "zst", "gz" */
    struct bm_bench_archives archives;
    double limit_s, scan_s;
};

#define BM_BENCH_FORMS 3

struct bm_bench_scan {
    unsigned rounds;
    struct bm_bench_form forms[BM_BENCH_FORMS];
};

/* The first half of a run: archives to tallies. Errors: those of bm_generate and bm_scan. */
BM_API enum bm_code bm_bench_scan(const struct bm_bench_options *options, struct bm_bench_scan *figures,
                                  struct bm_error *error);

/* A stage of a run: CPU time that the run takes longer because of it. */
struct bm_bench_stage {
    const char *name;
    const char *what;
    double cpu_s; /* a little below 0 where a stage takes less than the measurement is off */
};

/* A whole run, and decompression alone, by so many threads. */
struct bm_bench_whole {
    unsigned threads;
    double wall_s, cpu_s;
    double limit_wall_s, limit_cpu_s;
};

#define BM_BENCH_STAGES 10

struct bm_bench_run {
    unsigned rounds;
    struct bm_bench_archives archives;             /* zst */
    struct bm_bench_stage stages[BM_BENCH_STAGES]; /* of one thread; their sum is wholes[0].cpu_s */
    struct bm_bench_whole wholes[2];               /* by one thread, and by options.threads if more */
    unsigned whole_count;
};

/* A run with policy sfmc and all its outputs, stage by stage and whole. Errors: those of bm_generate and
 * bm_run. */
BM_API enum bm_code bm_bench_run(const struct bm_bench_options *options, struct bm_bench_run *figures,
                                 struct bm_error *error);

#ifdef __cplusplus
}
#endif

#endif
