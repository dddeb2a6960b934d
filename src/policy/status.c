#include "base/base.h"
#include "policy/policy.h"

static const struct {
    const char *name;
    bool suppressed;
} statuses[STATUS_COUNT] = {
    [STATUS_ACTIVE] = {"Active", false},  [STATUS_BOUNCED] = {"Bounced", false},
    [STATUS_HELD] = {"Held", true},       [STATUS_UNSUBSCRIBED] = {"Unsubscribed", true},
    [STATUS_DELETED] = {"Deleted", true},
};

static const char *const causes[CAUSE_COUNT] = {
    [CAUSE_NONE] = "",
    [CAUSE_BOUNCE] = "bounce",
    [CAUSE_BOUNCE_THRESHOLD] = "bounce-threshold",
    [CAUSE_TRUSTED_HARD] = "trusted-hard",
    [CAUSE_HARD] = "hard",
    [CAUSE_OPEN] = "open",
    [CAUSE_CLICK] = "click",
    [CAUSE_RESUBSCRIBE] = "resubscribe",
    [CAUSE_UNSUBSCRIBE] = "unsubscribe",
    [CAUSE_COMPLAINT] = "complaint",
    [CAUSE_DELETE] = "delete",
};

const char *status_name(enum status status)
{
    return (unsigned)status < STATUS_COUNT ? statuses[status].name : "?";
}

bool status_suppressed(enum status status)
{
    return (unsigned)status < STATUS_COUNT && statuses[status].suppressed;
}

const char *cause_name(enum cause cause)
{
    return (unsigned)cause < CAUSE_COUNT ? causes[cause] : "?";
}
