/* The report files of the output folder. Each function writes one file, in the form of the contract (DESIGN:
 * "Output folder"). */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include "output/folder.h"
#include "tally/report.h"

/* Names for --outputs; a bit each. */
enum output {
    OUTPUT_SUPPRESSION,
    OUTPUT_STATUS,
    OUTPUT_HISTORY,
    OUTPUT_REASONS,
    OUTPUT_DOMAINS,
    OUTPUT_CAMPAIGNS,
    OUTPUT_CODES,
    OUTPUT_DAILY,
    OUTPUT_UNMATCHED,
    OUTPUT_RULES,
    OUTPUT_REJECTS,
    OUTPUT_REPORT, /* report.html and report.json */
    OUTPUT_COUNT
};

/* Parses a list of names ("suppression,report"; "all") into bits of enum output. Unknown names: BM_USAGE. */
enum bm_code output_parse(const char *names, uint32_t *outputs, struct bm_error *error);

/* What the manifest says beside the report. */
struct run_facts {
    const char *dialect, *policies, *as_of_given;
    const char *const *settings;
    size_t setting_count;
    int64_t as_of_ms;
    const char *simd;
    unsigned threads;
    bool history, keep_going;
    const char *max_rejects;
    uint32_t kinds; /* bits of enum bm_kind that the policies look at */
    double scan_seconds, merge_seconds, write_seconds;
    uint64_t peak_bytes;
    const struct policy_report *policy_reports;
    size_t policy_count;
};

enum bm_code output_reasons(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_domains(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_campaigns(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_codes(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_daily(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_unmatched(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_rules(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_rejects(struct folder *folder, const struct report *report, struct bm_error *error);
/* report.html and report.json: no timings and no machine facts in them, so that equal inputs give equal
 * bytes. */
enum bm_code output_report(struct folder *folder, const struct report *report, const struct run_facts *facts,
                           struct bm_error *error);
/* manifest.json, and a copy at `summary_path` when that is not NULL. */
enum bm_code output_manifest(struct folder *folder, const struct report *report,
                             const struct run_facts *facts, const char *summary_path, struct bm_error *error);

#endif
