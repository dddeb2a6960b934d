/* The main job: archives in, output folder out; and its two halves, with tally files between them. */
#ifndef BOUNCEMILL_RUN_H
#define BOUNCEMILL_RUN_H

#include <bouncemill/classify.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How far a run is; handed to the progress function about four times a second, from one thread at a time. */
struct bm_progress {
    const char *stage;   /* "scan", "merge", "write" */
    uint64_t bytes_done; /* compressed bytes of the archives */
    uint64_t bytes_total;
    uint64_t rows;
};

/* What to run. Fill with bm_run_options_init first. All strings are borrowed until bm_run returns; NULL means
 * the default. */
struct bm_run_options {
    const char *output;          /* the folder to make or replace; required */
    const char *const *archives; /* files, folders, "-" */
    size_t archive_count;
    const char *files_from;     /* a file with one archive a line, "-" for standard input */
    const char *const *tallies; /* tally files whose content is added; yesterday's state */
    size_t tally_count;
    const char *save_tally;    /* a tally file to write or replace; NULL: none */
    double checkpoint_seconds; /* with save_tally: how long is read until what was read is kept in a file
                                  "SAVE_TALLY.partial-N", from which the same job goes on when it is
                                  interrupted; 0: the default of 300, negative: nothing is kept */
    const char *expire;        /* "400d", "36h": what is saved is without events of that age before as_of that
                                  none of the policies can need any more; NULL: everything is saved */
    const char *partition;     /* "I/N": merge only that share of the addresses; NULL: all */
    int combine;               /* the tallies are output folders of shares 1/N to N/N, to be added up */
    const char *policies;      /* "sfmc" */
    const char *const *settings; /* "sfmc.window_days=15" */
    size_t setting_count;
    const char *const *as_of;  /* times as bm_time_parse takes them, dates ("2026-07-01"), or series of them
                                  ("START/STEP/END", a step being "12h", "1d", "1w"): the last is the moment of
                                  all statuses; several, or a series, make snapshots.csv */
    size_t as_of_count;        /* 0: the last event */
    const char *from, *to;     /* only events from the one on and before the other; NULL: no limit */
    const char *dialect;       /* "auto" */
    const char *outputs;       /* comma-separated names of files without ending; NULL: all,
                                * which is all but history, segments, details and moments */
    const char *exports;       /* comma-separated names of import forms ("ses,sha256"); NULL: none */
    const char *export_policy; /* whose suppressed addresses are exported; NULL: the only policy's */
    const char *max_rejects;   /* "N" or "P%"; NULL: no limit */
    const char *summary;       /* where to write a copy of the manifest; NULL: nowhere */
    const char *simd;          /* "auto", "scalar", "avx2", "avx512" */
    uint64_t differences_max;  /* rows of differences.csv for a pair of policies, at most */
    unsigned threads;          /* 0: what affinity and cgroup allow */
    const char *memory; /* "512M", "4G": the resident set is at most that and 64 MiB; what does not fit is
                           kept beside the output. "auto", NULL: 70 % of what cgroup or machine have */
    int history;        /* write history.csv */
    int keep_going;     /* finish with the readable archives, then return BM_INPUT */
    struct bm_tables tables;
    void (*progress)(void *argument, const struct bm_progress *progress);
    void *progress_argument;
    const volatile int *stop; /* set from a signal handler: the run ends with BM_INTERRUPTED; may be NULL */
};

/* What a run did. rows = tallied + ignored + rejected. */
struct bm_run_summary {
    uint64_t rows;
    uint64_t tallied;
    uint64_t
        ignored; /* well-formed rows of kinds that no chosen policy looks at, or outside of from and to */
    uint64_t rejected;
    uint64_t duplicates;       /* tallied rows that were exact duplicates */
    uint64_t archives;         /* read */
    uint64_t archives_same;    /* not read: the same bytes as another */
    uint64_t archives_known;   /* not read: inside one of the tally files */
    uint64_t archives_resumed; /* not read: an interrupted job for the same tally file had read them */
    uint64_t partials_misfit; /* files of an interrupted job that was another one, left alone until the end */
    uint64_t archives_failed; /* with keep_going, now or when the tally files were made */
    uint64_t tallies;         /* tally files read */
    uint64_t tallies_same;    /* tally files not read: the same archives as another */
    uint64_t addresses;       /* with at least one tallied event */
    uint64_t suppressed;      /* rows of suppression.csv */
    double scan_seconds, merge_seconds, write_seconds, total_seconds;
    uint64_t peak_bytes;    /* largest resident set */
    uint64_t spilled_bytes; /* that did not fit the memory */
    uint64_t spilled_runs;  /* in which they were written */
};

BM_API void bm_run_options_init(struct bm_run_options *options);

/* Runs. `summary` may be NULL. BM_OK and BM_REJECTS leave the new folder in place; so does BM_INPUT with
 * keep_going, whose manifest names the archives left out. Any other code leaves the output folder as it was.
 */
BM_API enum bm_code bm_run(const struct bm_run_options *options, struct bm_run_summary *summary,
                           struct bm_error *error);

/* The first half: archives (and tallies) to the tally file `save_tally`. The policies say which kinds of
 * events are kept; `output` is not looked at. Returns as bm_run does; on codes that leave no result, a tally
 * file of that name is as it was before. */
BM_API enum bm_code bm_scan(const struct bm_run_options *options, struct bm_run_summary *summary,
                            struct bm_error *error);

/* The second half: `tallies` to the output folder, or to `save_tally`, or to both. Archives are not looked
 * at. The result is that of one bm_run over the archives that the files were made of. BM_USAGE when files do
 * not go together, or do not hold what the policies look at. */
BM_API enum bm_code bm_merge(const struct bm_run_options *options, struct bm_run_summary *summary,
                             struct bm_error *error);

/* The dialects, for `list dialects`: name and summary of the k-th, or NULL past the end. Static strings. */
BM_API const char *bm_dialect_name(unsigned k);
BM_API const char *bm_dialect_summary(unsigned k);

/* The forms that `exports` names, for `list exports`: name and summary of the k-th, or NULL past the end.
 * Static strings. */
BM_API const char *bm_export_name(unsigned k);
BM_API const char *bm_export_summary(unsigned k);

#ifdef __cplusplus
}
#endif

#endif
