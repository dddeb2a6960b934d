/* A small report made by hand, with hostile texts in it, and a place to write outputs to. */
#ifndef TESTS_OUTPUT_SAMPLE_H
#define TESTS_OUTPUT_SAMPLE_H

#include "output/output.h"
#include "policy/policy.h"
#include "test.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLE_DAY     20454 /* 2026-01-01 */
#define SAMPLE_MS      (SAMPLE_DAY * INT64_C(86400000))
#define SAMPLE_HOSTILE "550 <script>alert(\"x\")</script> & 'more', \xe2\x80\xae\xff\x01 end"

struct sample {
    struct report report;
    struct run_facts facts;
    struct count_named domains[3];
    struct count_named campaigns[2];
    struct count_code codes[2];
    struct count_day days[2];
    struct count_rule rules[3];
    struct count_label labels[3];
    struct count_unmatched unmatched[2];
    struct reject_sample samples[2];
    struct input_report inputs[3];
    struct policy_report policies[2];
    struct policy_pair pairs[1];
    const char *settings[1];
    char folder[PATH_MAX]; /* made for this test */
};

static inline void sample_cell(struct count_cell *cell, uint64_t delivered, uint64_t hard, uint64_t block,
                               uint64_t soft)
{
    cell->kinds[BM_SENT] = delivered + hard + block + soft;
    cell->kinds[BM_DELIVERED] = delivered;
    cell->kinds[BM_BOUNCE] = hard + block + soft;
    cell->classes[BM_HARD] = hard;
    cell->classes[BM_BLOCK] = block;
    cell->classes[BM_SOFT] = soft;
}

static inline void sample_named(struct sample *sample)
{
    sample->domains[0] = (struct count_named){
        .name = SPAN("a.example"), .first_ms = SAMPLE_MS, .last_ms = SAMPLE_MS + 1, .worst_day = -1};
    sample_cell(&sample->domains[0].cell, 0, 0, 0, 0);
    sample->domains[1] = (struct count_named){.name = SPAN("b.example"),
                                              .first_ms = SAMPLE_MS + 3600000,
                                              .last_ms = SAMPLE_MS + 86400000,
                                              .worst_day = SAMPLE_DAY,
                                              .worst_day_bounces = 2};
    sample_cell(&sample->domains[1].cell, 1, 1, 0, 1);
    sample->domains[1].cell.classes[BM_NONE] = 1;
    sample->domains[1].cell.kinds[BM_BOUNCE] = 3;
    sample->domains[2] = (struct count_named){.name = SPAN("c.example"),
                                              .first_ms = SAMPLE_MS,
                                              .last_ms = SAMPLE_MS + 86400000,
                                              .worst_day = SAMPLE_DAY + 1,
                                              .worst_day_bounces = 3};
    sample_cell(&sample->domains[2].cell, 6, 0, 3, 0);
    sample->domains[2].cell.kinds[BM_COMPLAINT] = 1;
    sample->domains[2].cell.kinds[BM_OPEN] = 4;
    sample->campaigns[0] = sample->domains[2];
    sample->campaigns[0].name = SPAN("");
    sample->campaigns[1] = sample->domains[1];
    sample->campaigns[1].name = SPAN("Spring, \"sale\"<b>");
    sample->report.domains = sample->domains;
    sample->report.domain_count = 3;
    sample->report.campaigns = sample->campaigns;
    sample->report.campaign_count = 2;
}

static inline void sample_tables(struct sample *sample)
{
    struct report *report = &sample->report;
    sample->codes[0] = (struct count_code){.bounces = 1, .classes = {[BM_BLOCK] = 1, [BM_NONE] = 1}};
    sample->codes[1] =
        (struct count_code){550, ENHANCED(5, 1, 1), {[BM_HARD] = 1, [BM_BLOCK] = 2, [BM_SOFT] = 1}, 4};
    sample->days[0].day = SAMPLE_DAY;
    sample_cell(&sample->days[0].cell, 3, 1, 0, 1);
    sample->days[1].day = SAMPLE_DAY + 1;
    sample_cell(&sample->days[1].cell, 4, 0, 3, 0);
    sample->days[1].cell.classes[BM_NONE] = 1;
    sample->rules[0] = (struct count_rule){"enhanced:5.1.1", "codes", 3};
    sample->rules[1] = (struct count_rule){"phrase:full, \"or so\"", "phrases", 2};
    sample->rules[2] = (struct count_rule){"reply:999", "codes", 0};
    sample->unmatched[0] =
        (struct count_unmatched){SPAN("550 # says, no"), SPAN(SAMPLE_HOSTILE), 2, 550, ENHANCED(5, 0, 0)};
    sample->unmatched[1] = (struct count_unmatched){SPAN("nul \0 byte"), SPAN("line\nbreak"), 1, 0, 0};
    static char long_sample[300]; /* 199 bytes, then a character of two bytes across the limit */
    memset(long_sample, 'x', sizeof long_sample);
    memcpy(long_sample + 199, "\xc3\xa9", 2);
    sample->samples[0] = (struct reject_sample){0, 2, 65, REJECT_TIME, SPAN("soon,open,\"a\"@x\0\xff")};
    sample->samples[1] = (struct reject_sample){2, 7, 9000, REJECT_FIELDS, {long_sample, 300}};
    report->codes = sample->codes;
    report->code_count = 2;
    report->days = sample->days;
    report->day_count = 2;
    report->rules = sample->rules;
    report->rule_count = 3;
    sample->labels[0] = (struct count_label){SPAN("<b>, bad"), REASON_POLICY, LABEL_SILENT, 4};
    sample->labels[1] = (struct count_label){SPAN("spam-related"), REASON_USER_UNKNOWN, LABEL_DISAGREES, 5};
    sample->labels[2] = (struct count_label){SPAN("spam-related"), REASON_URL, LABEL_SAME_REASON, 3};
    report->labels = sample->labels;
    report->label_count = 3;
    report->agreements[LABEL_SILENT] = 4;
    report->agreements[LABEL_DISAGREES] = 5;
    report->agreements[LABEL_SAME_REASON] = 3;
    report->unmatched = sample->unmatched;
    report->unmatched_count = 2;
    report->samples = sample->samples;
    report->sample_count = 2;
}

static inline void sample_inputs(struct sample *sample)
{
    sample->inputs[0] = (struct input_report){
        "/data/in/z.csv.zst", 1000, 0x123, ARCHIVE_ZSTD, "native", 5000, 12, 8, 3, 1, 0, 2, -1, NULL};
    sample->inputs[1] = (struct input_report){
        "/data/in/copy.csv.zst", 1000, 0x123, ARCHIVE_ZSTD, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL};
    sample->inputs[2] = (struct input_report){
        "/data/in/a.csv",      77, 0xfedcba9876543210, ARCHIVE_PLAIN, "native", 77, 3, 2, 0, 1, 0, 0, -1,
        "a.csv: no \"header\""};
    struct report *report = &sample->report;
    report->inputs = sample->inputs;
    report->input_count = 3;
    report->rows = 15;
    report->tallied = 10;
    report->ignored = 3;
    report->rejected = 2;
    report->duplicates = 1;
    report->addresses = 9;
}

static inline void sample_facts(struct sample *sample)
{
    sample->policies[0] = (struct policy_report){"sfmc", {4, 3, 2, 1, 0}, 1234};
    sample->policies[1] = (struct policy_report){"ses", {5, 0, 0, 0, 0}, 5};
    sample->pairs[0] = (struct policy_pair){0, 1, 2, 1232, 3, 50};
    sample->settings[0] = "sfmc.window_days=15";
    static const struct export_report exports[] = {{"ses", "sfmc", 100001, 2, NULL},
                                                   {"sparkpost", "sfmc", 200002, 1, "too \"many\""}};
    sample->facts = (struct run_facts){.dialect = "auto",
                                       .policies = "sfmc,ses",
                                       .settings = sample->settings,
                                       .setting_count = 1,
                                       .as_of_ms = SAMPLE_MS + 86400000,
                                       .simd = "avx2",
                                       .threads = 2,
                                       .keep_going = true,
                                       .kinds = 1u << BM_BOUNCE | 1u << BM_OPEN,
                                       .scan_seconds = 1.25,
                                       .merge_seconds = 0.5,
                                       .write_seconds = 0.000001,
                                       .peak_bytes = 4096,
                                       .policy_reports = sample->policies,
                                       .policy_count = 2,
                                       .pairs = sample->pairs,
                                       .pair_count = 1,
                                       .differences_max = 77,
                                       .tables = {.phrases = "my \"own\".csv", .replace = "phrases"},
                                       .export_reports = exports,
                                       .export_count = 2};
}

static inline void sample_fill(struct sample *sample)
{
    *sample = (struct sample){0};
    sample_cell(&sample->report.total, 7, 1, 3, 1);
    sample->report.total.classes[BM_NONE] = 1;
    sample->report.total.kinds[BM_COMPLAINT] = 1;
    sample->report.first_ms = SAMPLE_MS;
    sample->report.last_ms = SAMPLE_MS + 86400000;
    sample->report.reasons[REASON_USER_UNKNOWN][BM_HARD] = 1;
    sample->report.reasons[REASON_REPUTATION][BM_BLOCK] = 3;
    sample->report.reasons[REASON_USER_UNKNOWN][BM_SOFT] = 1; /* a class that contradicts the reason's own */
    sample->report.reasons[REASON_AUTO_REPLY][BM_NONE] = 1;
    sample->report.unrecognised = 2;
    sample->report.rejects[REJECT_TIME] = 1;
    sample->report.rejects[REJECT_FIELDS] = 1;
    sample_named(sample);
    sample_tables(sample);
    sample_inputs(sample);
    sample_facts(sample);
}

static inline int sample_setup(void **state)
{
    struct sample *sample = malloc(sizeof *sample);
    if (!sample)
        return -1;
    sample_fill(sample);
    const char *base = getenv("TMPDIR");
    snprintf(sample->folder, sizeof sample->folder, "%s/bouncemill-test-XXXXXX", base ? base : "/tmp");
    *state = sample;
    return mkdtemp(sample->folder) ? 0 : -1;
}

static inline int sample_teardown(void **state)
{
    struct sample *sample = *state;
    char command[PATH_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", sample->folder);
    int result = system(command);
    free(sample);
    return result;
}

/* A path below the test's folder; static, so one at a time. */
static inline const char *sample_path(const struct sample *sample, const char *name)
{
    static char path[PATH_MAX + 256];
    int length = snprintf(path, sizeof path, "%s/%s", sample->folder, name);
    EXPECT(length > 0 && (size_t)length < sizeof path, "the path is short enough");
    return path;
}

/* The file's bytes with a NUL behind; the caller frees. NULL when it cannot be read. */
static inline char *sample_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    size_t room = (size_t)1 << 20;
    char *bytes = malloc(room);
    *length = bytes ? fread(bytes, 1, room - 1, file) : 0;
    if (bytes)
        bytes[*length] = 0;
    fclose(file);
    return bytes;
}

static inline bool sample_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    bool done = fputs(text, file) >= 0;
    return fclose(file) == 0 && done;
}

#endif
