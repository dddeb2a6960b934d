#include "base/base.h"
#include "output/output.h"

static const char *const output_names[OUTPUT_COUNT] = {
    [OUTPUT_SUPPRESSION] = "suppression",
    [OUTPUT_STATUS] = "status",
    [OUTPUT_SNAPSHOTS] = "snapshots",
    [OUTPUT_HISTORY] = "history",
    [OUTPUT_SEGMENTS] = "segments",
    [OUTPUT_DETAILS] = "details",
    [OUTPUT_MOMENTS] = "moments",
    [OUTPUT_COMPARE] = "compare",
    [OUTPUT_DIFFERENCES] = "differences",
    [OUTPUT_REASONS] = "reasons",
    [OUTPUT_DOMAINS] = "domains",
    [OUTPUT_CAMPAIGNS] = "campaigns",
    [OUTPUT_CODES] = "codes",
    [OUTPUT_DAILY] = "daily",
    [OUTPUT_PATTERNS] = "patterns",
    [OUTPUT_UNMATCHED] = "unmatched",
    [OUTPUT_RULES] = "rules",
    [OUTPUT_LABELS] = "labels",
    [OUTPUT_REJECTS] = "rejects",
    [OUTPUT_REPORT] = "report",
};

/* Files of a row or more for every address, beside its status: a tenth of a run's CPU, so only when named. */
#define OUTPUTS_NAMED                                                                                        \
    ((uint32_t)1 << OUTPUT_HISTORY | (uint32_t)1 << OUTPUT_SEGMENTS | (uint32_t)1 << OUTPUT_DETAILS |        \
     (uint32_t)1 << OUTPUT_MOMENTS)
#define OUTPUTS_ALL ((((uint32_t)1 << OUTPUT_COUNT) - 1) & ~OUTPUTS_NAMED)

static uint32_t name_bits(struct span name)
{
    if (span_is(name, SPAN("all")))
        return OUTPUTS_ALL;
    for (int k = 0; k < OUTPUT_COUNT; k++)
        if (strlen(output_names[k]) == name.length && memcmp(output_names[k], name.at, name.length) == 0)
            return (uint32_t)1 << k;
    return 0;
}

static enum bm_code fail_unknown(struct span name, struct bm_error *error)
{
    char known[256];
    size_t used = 0;
    for (int k = 0; k < OUTPUT_COUNT; k++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s, ", output_names[k]);
    int shown = name.length < 64 ? (int)name.length : 64;
    fail(error, BM_USAGE, "unknown output \"%.*s\"", shown, name.at);
    return fail_hint(error, "outputs are %sor all", known);
}

enum bm_code output_parse(const char *names, uint32_t *outputs, struct bm_error *error)
{
    uint32_t bits = 0;
    for (const char *at = names;; at++) {
        struct span name = {at, strcspn(at, ",")};
        uint32_t bit = name_bits(name);
        if (!bit)
            return fail_unknown(name, error);
        bits |= bit;
        at += name.length;
        if (!*at)
            break;
    }
    *outputs = bits;
    return BM_OK;
}
