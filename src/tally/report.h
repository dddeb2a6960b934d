/* What the counts of all workers add up to: the material of the report files. Everything is sorted as it will
 * be written. */
#ifndef TALLY_REPORT_H
#define TALLY_REPORT_H

#include "archive/archive.h"
#include "event/event.h"
#include "event/label.h"
#include "event/reason.h"
#include "tally/patterns.h"

/* Rows by kind, and bounces by class. */
struct count_cell {
    uint64_t kinds[BM_KIND_COUNT];
    uint64_t classes[BM_CLASS_COUNT];
};

/* One recipient domain or campaign (sorted by name, byte order; the campaign "" stands for rows without one).
 */
struct count_named {
    struct span name;
    struct count_cell cell;
    int64_t first_ms, last_ms; /* of any row */
    int32_t
        worst_day; /* domains: the day since the epoch with most bounces, the earliest of equals; -1: none */
    uint64_t worst_day_bounces;
};

/* Bounces by (reply code, enhanced code), sorted by both; 0 stands for none. */
struct count_code {
    uint16_t smtp_code;
    enhanced_code enhanced;
    uint64_t classes[BM_CLASS_COUNT];
    uint64_t bounces;
};

struct count_day {
    int32_t day; /* since the epoch */
    struct count_cell cell;
};

struct count_rule {
    const char *rule;
    const char *table;
    uint64_t hits;
};

/* Bounces by the label that the source system gave them and by our reason; sorted by label, then count
 * falling, then reason. */
struct count_label {
    struct span label;
    enum reason reason;
    enum label_agreement agreement;
    uint64_t count;
};

/* Texts that no phrase matched, most frequent first, equal counts in byte order of masked. */
struct count_unmatched {
    struct span masked;
    struct span example;
    uint64_t count;
    uint16_t smtp_code;
    enhanced_code enhanced;
};

enum reject {
    REJECT_FIELDS, /* too few for a required column */
    REJECT_TIME,
    REJECT_KIND,
    REJECT_ADDRESS,
    REJECT_NUL,            /* a NUL byte in the address */
    REJECT_ROW_LENGTH,     /* over 1 MiB */
    REJECT_UNCLOSED_QUOTE, /* to the archive's end */
    REJECT_COUNT
};

const char *reject_name(enum reject reject); /* "too-few-fields", "bad-time", ... */

/* A sample of a rejected row, sorted by (archive, offset). */
struct reject_sample {
    uint32_t archive; /* index into inputs */
    uint64_t line;    /* 1 is the first */
    uint64_t offset;  /* of the row in the archive's text; of the quote for an unclosed one */
    enum reject reason;
    struct span text; /* the row's first bytes */
};

/* One archive, in the order in which they were named. */
struct input_report {
    const char *path;
    uint64_t bytes;
    uint64_t xxh3;
    enum archive_format format;
    const char *dialect; /* NULL when not read */
    uint64_t text_bytes;
    uint64_t rows, tallied, ignored, rejected;
    uint64_t outside;      /* of the ignored ones: before --from, or not before --to */
    uint64_t extra_fields; /* rows with more fields than the header */
    int64_t same_as;       /* index of the archive with the same bytes that was read instead; -1: none */
    const char *failure;   /* with --keep-going: why it was left out; NULL */
};

struct report {
    struct count_cell total;
    uint64_t rows, tallied, ignored, rejected, outside, duplicates, addresses;
    int64_t first_ms, last_ms;                      /* of any row; INT64_MAX, INT64_MIN when there is none */
    uint64_t reasons[REASON_COUNT][BM_CLASS_COUNT]; /* bounces, automatic replies (class none) among them */
    uint64_t rejects[REJECT_COUNT];
    uint64_t unrecognised; /* bounces whose reason came out undetermined */
    struct count_named *domains;
    size_t domain_count;
    struct count_named *campaigns;
    size_t campaign_count;
    struct count_code *codes;
    size_t code_count;
    struct count_day *days;
    size_t day_count;
    struct count_rule *rules;
    size_t rule_count;
    const struct pattern *patterns; /* by domain, kind, first */
    size_t pattern_count;
    struct count_label *labels; /* none where no archive has labels */
    size_t label_count;
    uint64_t agreements[LABEL_AGREEMENTS]; /* sums over the labels */
    struct count_unmatched *unmatched;
    size_t unmatched_count;
    struct reject_sample *samples;
    size_t sample_count;
    struct input_report *inputs;
    size_t input_count;
};

#endif
