/* The report files of the output folder. Each function writes one file, in the form of the contract (DESIGN:
 * "Output folder"). */
#ifndef OUTPUT_OUTPUT_H
#define OUTPUT_OUTPUT_H

#include "output/folder.h"
#include "policy/policy.h"
#include "policy/segment.h"
#include "tally/report.h"

#include <bouncemill/classify.h>

/* Names for --outputs; a bit each. */
enum output {
    OUTPUT_SUPPRESSION,
    OUTPUT_STATUS,
    OUTPUT_SNAPSHOTS, /* with a series of dates */
    OUTPUT_HISTORY,
    OUTPUT_SEGMENTS,
    OUTPUT_DETAILS,     /* with a policy that has some */
    OUTPUT_MOMENTS,     /* with marketo */
    OUTPUT_COMPARE,     /* with two policies or more */
    OUTPUT_DIFFERENCES, /* as well */
    OUTPUT_REASONS,
    OUTPUT_DOMAINS,
    OUTPUT_CAMPAIGNS,
    OUTPUT_CODES,
    OUTPUT_DAILY,
    OUTPUT_PATTERNS,
    OUTPUT_UNMATCHED,
    OUTPUT_RULES,
    OUTPUT_LABELS,
    OUTPUT_REJECTS,
    OUTPUT_REPORT, /* report.html and report.json */
    OUTPUT_COUNT
};

/* Parses a list of names ("suppression,report"; "all") into bits of enum output. Unknown names: BM_USAGE. */
enum bm_code output_parse(const char *names, uint32_t *outputs, struct bm_error *error);

/* What a policy made of the addresses, for report and manifest. */
struct policy_report {
    const char *policy;
    uint64_t statuses[STATUS_COUNT]; /* addresses of status.csv by enum status */
    uint64_t suppressed;
};

/* How the suppressions of two policies go together, in addresses of status.csv. */
struct policy_pair {
    size_t a, b; /* indexes into the policies in output order */
    uint64_t both, only_a, only_b, neither;
};

/* What came of one name of --export. */
struct export_report {
    const char *name, *policy;
    uint64_t rows; /* entries in all files, without headers */
    uint64_t files;
    const char *warning; /* NULL: none */
};

/* What the manifest says beside the report. */
struct run_facts {
    const char *dialect, *policies;
    const char *const *settings;
    size_t setting_count;
    const char *const *as_of_given;
    size_t as_of_count;
    const char *from_given, *to_given; /* NULL: none */
    int64_t as_of_ms;
    const char *simd;
    unsigned threads;
    uint64_t snapshot_dates, snapshot_rows;
    bool history, keep_going;
    const char *max_rejects;
    struct bm_tables tables;  /* as given */
    uint64_t differences_max; /* rows a pair of differences.csv */
    uint32_t kinds;           /* bits of enum bm_kind that the policies look at */
    double scan_seconds, merge_seconds, write_seconds;
    uint64_t peak_bytes;
    uint64_t spilled_bytes, spilled_runs; /* what did not fit the memory */
    const struct policy_report *policy_reports;
    size_t policy_count;
    const struct segment_counts *segments;
    const struct policy_pair *pairs; /* every a < b, by a, then b; none with one policy */
    size_t pair_count;
    const struct export_report *export_reports;
    size_t export_count;
};

/* The CSV files: RFC 4180, LF, a header, times and dates in UTC, cells empty where there is nothing to say.
 *
 * In all of them a bounce is one of the classes hard, block, soft, technical and unknown: automatic replies
 * (class none) report no failure and are counted apart. Shares and rates are fractions with 6 decimals, empty
 * for n of 0: bounce_rate = bounces / (delivered + bounces), complaint_rate = complaints / delivered. In
 * texts from outside NUL becomes U+2400 and bytes that are not UTF-8 become U+FFFD, because spreadsheets and
 * SQL engines refuse a whole file for one such byte; domains are keys and stay byte for byte.
 *
 * reasons.csv    reason, class, count, share (of all bounces; empty for class none), sfmc_category,
 *                sfmc_subcategory, marketo_category, ses_type, ses_subtype. What occurred, by count falling,
 *                then reason, then class. Where the class is not the reason's own (the archive gave it), the
 *                platforms' names are those of the class's default reason.
 * domains.csv    domain, sent, delivered, bounces, hard, block, soft, technical, unknown, complaints,
 *                unsubscribes, opens, clicks, bounce_rate, complaint_rate, first, last (times of any row),
 *                worst_day (the date with most bounces), worst_day_bounces. By domain, in byte order.
 * campaigns.csv  campaign (empty for rows without one), then as domains.csv without the worst day.
 * codes.csv      smtp_code, enhanced_code (empty for none), bounces, hard, block, soft, technical, unknown,
 *                none. By both codes.
 * daily.csv      day, sent, delivered, deferred, bounces, hard, block, soft, technical, unknown, none,
 *                complaints, unsubscribes, opens, clicks, deletes, resubscribes. Days in UTC that have rows.
 * patterns.csv   domain, pattern (day, hour-of-day, hour-of-week), first, last (of days, hours: "03:00", "Tue
 *                03:00"; both included), failures, expected, score, recurred, of. How they are found:
 *                tally/patterns.h. By domain, pattern, first.
 * unmatched.csv  count, masked_text, example, smtp_code, enhanced_code. By count falling.
 * rules.csv      rule, table, hits. Rules that decided, by hits falling, then rule.
 * labels.csv     label (what the source system called the bounce), class, reason (what it was found to be),
 *                count, agrees: "reason" where the system uses the label for this reason, "class" for another
 *                one of its class, "no" for other classes, empty where the label says nothing or is not
 *                known. By label, then count falling. No rows where no archive has labels. An empty label
 *                stands for all but LABELS_MAX of them (tally/label_counts.h), where there are so many.
 * rejects.csv    archive (path as given), line, offset (of the row's first byte in the archive's text),
 *                reason, sample (its first bytes, 200 at most). In the order of the archives. */
enum bm_code output_reasons(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_domains(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_campaigns(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_codes(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_daily(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_patterns(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_unmatched(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_rules(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_labels(struct folder *folder, const struct report *report, struct bm_error *error);
enum bm_code output_rejects(struct folder *folder, const struct report *report, struct bm_error *error);
/* report.html and report.json: no timings and no machine facts in them, so that equal inputs give equal
 * bytes. */
enum bm_code output_report(struct folder *folder, const struct report *report, const struct run_facts *facts,
                           struct bm_error *error);
/* manifest.json, and a copy at `summary_path` when that is not NULL. */
enum bm_code output_manifest(struct folder *folder, const struct report *report,
                             const struct run_facts *facts, const char *summary_path, struct bm_error *error);

#endif
