#include "base/base.h"
#include "tally/report.h"

const char *reject_name(enum reject reject)
{
    static const char *const names[REJECT_COUNT] = {
        [REJECT_FIELDS] = "too-few-fields",
        [REJECT_TIME] = "bad-time",
        [REJECT_KIND] = "unknown-event",
        [REJECT_ADDRESS] = "bad-address",
        [REJECT_NUL] = "nul-in-address",
        [REJECT_ROW_LENGTH] = "row-too-long",
        [REJECT_UNCLOSED_QUOTE] = "unclosed-quote",
    };
    ASSERT(reject < REJECT_COUNT);
    return names[reject];
}
