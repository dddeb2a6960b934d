#include "base/base.h"
#include "policy/policy.h"

static const struct {
    const char *name;
    bool suppressed;
} statuses[STATUS_COUNT] = {
    [STATUS_ACTIVE] = {"Active", false},
    [STATUS_BOUNCED] = {"Bounced", false},
    [STATUS_HELD] = {"Held", true},
    [STATUS_UNSUBSCRIBED] = {"Unsubscribed", true},
    [STATUS_DELETED] = {"Deleted", true},
    [STATUS_FAILING] = {"Failing", false},
    [STATUS_REVIEW] = {"Review", false},
    [STATUS_SUPPRESSED] = {"Suppressed", true},
    [STATUS_UNDELIVERABLE] = {"Undeliverable", true},
    [STATUS_SUSPENDED] = {"Suspended", true},
    [STATUS_INVALID] = {"Invalid", true},
    [STATUS_CLEANED] = {"Cleaned", true},
    [STATUS_BLOCKLISTED] = {"Blocklisted", true},
    [STATUS_DISABLED] = {"Disabled", true},
    [STATUS_INACTIVE] = {"Inactive", true},
    [STATUS_INELIGIBLE] = {"Ineligible", true},
    [STATUS_DO_NOT_CONTACT] = {"DoNotContact", true},
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
    [CAUSE_DELIVERED] = "delivered",
    [CAUSE_INVALID] = "invalid",
    [CAUSE_SOFT_FAILURE] = "soft-failure",
    [CAUSE_SOFT_AS_HARD] = "soft-as-hard",
    [CAUSE_SAME_FAILURE] = "same-failure-30d",
    [CAUSE_SOFT_CONSECUTIVE] = "soft-consecutive",
    [CAUSE_SOFT_DURATION] = "soft-duration",
    [CAUSE_SOFT_LIMIT] = "soft-limit",
    [CAUSE_BOUNCE_SCORE] = "bounce-score",
    [CAUSE_CATEGORY_1] = "category-1",
    [CAUSE_CATEGORY_2] = "category-2",
    [CAUSE_SUSPENSION_EXPIRED] = "suspension-expired",
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
