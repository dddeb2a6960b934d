#include "base/base.h"
#include "output/name_list.h"
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

static const char *output_name(unsigned k)
{
    return k < OUTPUT_COUNT ? output_names[k] : NULL;
}

enum bm_code output_parse(const char *names, uint32_t *outputs, struct bm_error *error)
{
    struct name_list list = {.what = "output", .name = output_name, .all = OUTPUTS_ALL};
    return name_list_parse(&list, names, outputs, error);
}
