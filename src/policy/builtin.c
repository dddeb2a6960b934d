/* The built-in policies that are tables of rules. */
#include "base/base.h"
#include "policy/rules.h"

#define SUCCESSES (POLICY_KIND(BM_DELIVERED) | POLICY_KIND(BM_OPEN) | POLICY_KIND(BM_CLICK))

#define MAKE(policy, rows, error) rules_make(policy, rows, COUNT_OF(rows), error)

/* --- a hard bounce at once, everything else only counted ---------------------------------------------- */

#define ONLY_COUNTED(classes_, reasons_)                                                                     \
    {                                                                                                        \
        .classes = (classes_), .reasons = (reasons_), .rule = {                                              \
            .limit = LIMIT_NEVER,                                                                            \
            .count_max = COUNT_ALL                                                                           \
        }                                                                                                    \
    }
#define AT_ONCE(classes_, reasons_, status_, cause_)                                                         \
    {                                                                                                        \
        .classes = (classes_), .reasons = (reasons_), .rule = {                                              \
            .limit = LIMIT_AT_ONCE,                                                                          \
            .count_max = COUNT_ALL,                                                                          \
            .status = (status_),                                                                             \
            .cause = (cause_)                                                                                \
        }                                                                                                    \
    }

static enum bm_code hard_make(struct policy *policy, enum status status, struct bm_error *error)
{
    const struct rule_row rows[] = {ONLY_COUNTED(CLASSES_NOT_HARD, 0),
                                    AT_ONCE(CLASS_BIT(BM_HARD), 0, (uint8_t)status, CAUSE_HARD)};
    return MAKE(policy, rows, error);
}

static enum bm_code suppressed_prepare(struct policy *policy, struct bm_error *error)
{
    return hard_make(policy, STATUS_SUPPRESSED, error);
}

static enum bm_code inactive_prepare(struct policy *policy, struct bm_error *error)
{
    return hard_make(policy, STATUS_INACTIVE, error);
}

static enum bm_code invalid_prepare(struct policy *policy, struct bm_error *error)
{
    return hard_make(policy, STATUS_INVALID, error);
}

static enum bm_code unsubscribed_prepare(struct policy *policy, struct bm_error *error)
{
    return hard_make(policy, STATUS_UNSUBSCRIBED, error);
}

static enum bm_code ineligible_prepare(struct policy *policy, struct bm_error *error)
{
    return hard_make(policy, STATUS_INELIGIBLE, error);
}

static enum bm_code do_not_contact_prepare(struct policy *policy, struct bm_error *error)
{
    return hard_make(policy, STATUS_DO_NOT_CONTACT, error);
}

const struct machine machine_mailgun = {
    .complaint_status = STATUS_SUPPRESSED, .prepare = suppressed_prepare, RULES_MACHINE};
const struct machine machine_postmark = {
    .complaint_status = STATUS_INACTIVE, .prepare = inactive_prepare, RULES_MACHINE};
const struct machine machine_braze = {
    .complaint_status = STATUS_UNSUBSCRIBED, .prepare = invalid_prepare, RULES_MACHINE};
const struct machine machine_iterable = {
    .complaint_status = STATUS_UNSUBSCRIBED, .prepare = unsubscribed_prepare, RULES_MACHINE};
const struct machine machine_hubspot = {
    .complaint_status = STATUS_UNSUBSCRIBED, .prepare = ineligible_prepare, RULES_MACHINE};
const struct machine machine_mautic = {
    .complaint_status = STATUS_DO_NOT_CONTACT, .prepare = do_not_contact_prepare, RULES_MACHINE};

/* --- sendgrid, sparkpost ------------------------------------------------------------------------------ */

static enum bm_code sendgrid_prepare(struct policy *policy, struct bm_error *error)
{
    static const struct rule_row rows[] = {
        ONLY_COUNTED(CLASSES_NOT_HARD, 0), AT_ONCE(CLASS_BIT(BM_HARD), 0, STATUS_SUPPRESSED, CAUSE_HARD),
        AT_ONCE(0, REASON_BIT(REASON_BAD_SYNTAX), STATUS_SUPPRESSED, CAUSE_INVALID)};
    return MAKE(policy, rows, error);
}

const struct machine machine_sendgrid = {
    .complaint_status = STATUS_SUPPRESSED, .prepare = sendgrid_prepare, RULES_MACHINE};

/* Its codes 10 and 30; a message that its own suppression list kept back has code 25. */
static enum bm_code sparkpost_prepare(struct policy *policy, struct bm_error *error)
{
    static const struct rule_row rows[] = {AT_ONCE(CLASS_BIT(BM_HARD), 0, STATUS_SUPPRESSED, CAUSE_HARD),
                                           ONLY_COUNTED(CLASSES_NOT_HARD, REASON_BIT(REASON_SUPPRESSED))};
    return MAKE(policy, rows, error);
}

const struct machine machine_sparkpost = {
    .complaint_status = STATUS_SUPPRESSED, .prepare = sparkpost_prepare, RULES_MACHINE};

/* --- responsys ---------------------------------------------------------------------------------------- */

static const struct setting_row responsys_settings[] = {
    {"soft_limit", SETTING_INTEGER, "0", 0, 1000000,
     "campaigns with a bounce that is not hard that make it Undeliverable (0: never)", NULL},
};

static enum bm_code responsys_prepare(struct policy *policy, struct bm_error *error)
{
    enum bm_code code = hard_make(policy, STATUS_UNDELIVERABLE, error);
    if (code != BM_OK)
        return code;
    struct rule *soft = &policy->rules->rules[0];
    soft->limit = (uint32_t)policy->values[0];
    soft->status = STATUS_UNDELIVERABLE;
    soft->cause = CAUSE_SOFT_LIMIT;
    return BM_OK;
}

const struct machine machine_responsys = {.settings = responsys_settings,
                                          .setting_count = COUNT_OF(responsys_settings),
                                          .complaint_status = STATUS_UNSUBSCRIBED,
                                          .prepare = responsys_prepare,
                                          RULES_MACHINE};

/* --- ses ---------------------------------------------------------------------------------------------- */

enum { SES_BOUNCE = 1, SES_COMPLAINT = 2 };

static const struct setting_row ses_settings[] = {
    {"suppressed_reasons", SETTING_SET, "bounce,complaint", 0, 0,
     "what puts an address on the account's list: any of bounce and complaint", "bounce complaint"},
};

/* A message that the account's list kept back shows that the address is on it, and is no bounce of its own. A
 * complaint is the list's matter alone: where it is not a reason to suppress, it changes nothing. */
static enum bm_code ses_prepare(struct policy *policy, struct bm_error *error)
{
    static const struct rule_row rows[] = {
        ONLY_COUNTED(CLASSES_NOT_HARD, 0),
        AT_ONCE(CLASS_BIT(BM_HARD), 0, STATUS_SUPPRESSED, CAUSE_HARD),
        {.reasons = REASON_BIT(REASON_SUPPRESSED),
         .rule = {.limit = LIMIT_AT_ONCE, .count_max = 0, .status = STATUS_SUPPRESSED, .cause = CAUSE_HARD}}};
    enum bm_code code = MAKE(policy, rows, error);
    if (code != BM_OK)
        return code;
    if (!(policy->values[0] & SES_BOUNCE))
        policy->rules->rules[1].limit = policy->rules->rules[2].limit = LIMIT_NEVER;
    policy->ignored_kinds = policy->values[0] & SES_COMPLAINT ? 0 : POLICY_KIND(BM_COMPLAINT);
    return BM_OK;
}

const struct machine machine_ses = {.settings = ses_settings,
                                    .detail = DETAIL_SES_REASON,
                                    .setting_count = COUNT_OF(ses_settings),
                                    .complaint_status = STATUS_SUPPRESSED,
                                    .prepare = ses_prepare,
                                    RULES_MACHINE};

/* --- mailchimp ---------------------------------------------------------------------------------------- */

enum mailchimp_setting { SOFT_LIMIT, SOFT_LIMIT_ACTIVE, HARD_GRACE_MS, MAILCHIMP_SETTING_COUNT };

static const struct setting_row mailchimp_settings[MAILCHIMP_SETTING_COUNT] = {
    [SOFT_LIMIT] = {"soft_limit", SETTING_INTEGER, "7", 1, 1000000,
                    "campaigns with a bounce that is not hard that clean", NULL},
    [SOFT_LIMIT_ACTIVE] = {"soft_limit_active", SETTING_INTEGER, "15", 1, 1000000,
                           "the same for who opened or clicked before", NULL},
    [HARD_GRACE_MS] = {"hard_grace_days", SETTING_DAYS, "0", 0, 3650,
                       "days after an open or click in which a hard bounce counts as a soft one (0: none)",
                       NULL},
};

static enum bm_code mailchimp_prepare(struct policy *policy, struct bm_error *error)
{
    static const struct rule_row rows[] = {
        {.classes = CLASSES_NOT_HARD,
         .rule = {.count_max = COUNT_ALL, .status = STATUS_CLEANED, .cause = CAUSE_SOFT_LIMIT}},
        AT_ONCE(CLASS_BIT(BM_HARD), 0, STATUS_CLEANED, CAUSE_HARD)};
    enum bm_code code = MAKE(policy, rows, error);
    if (code != BM_OK)
        return code;
    struct rule *soft = &policy->rules->rules[0], *hard = &policy->rules->rules[1];
    soft->limit = (uint32_t)policy->values[SOFT_LIMIT];
    soft->limit_engaged = (uint32_t)policy->values[SOFT_LIMIT_ACTIVE];
    hard->grace_ms = policy->values[HARD_GRACE_MS];
    hard->grace_rule = 0;
    return BM_OK;
}

const struct machine machine_mailchimp = {.settings = mailchimp_settings,
                                          .setting_count = MAILCHIMP_SETTING_COUNT,
                                          .complaint_status = STATUS_UNSUBSCRIBED,
                                          .disposition = true,
                                          .prepare = mailchimp_prepare,
                                          RULES_MACHINE};

/* --- klaviyo ------------------------------------------------------------------------------------------ */

static const struct setting_row klaviyo_settings[] = {
    {"limit", SETTING_INTEGER, "8", 1, 1000000, "failed campaigns in a row that suppress", NULL},
};

static enum bm_code klaviyo_prepare(struct policy *policy, struct bm_error *error)
{
    static const struct rule_row rows[] = {{.classes = CLASSES_NOT_HARD,
                                            .rule = {.count_max = COUNT_ALL,
                                                     .resets = SUCCESSES,
                                                     .status = STATUS_SUPPRESSED,
                                                     .cause = CAUSE_SOFT_CONSECUTIVE}},
                                           AT_ONCE(CLASS_BIT(BM_HARD), 0, STATUS_SUPPRESSED, CAUSE_HARD)};
    enum bm_code code = MAKE(policy, rows, error);
    if (code == BM_OK)
        policy->rules->rules[0].limit = (uint32_t)policy->values[0];
    return code;
}

const struct machine machine_klaviyo = {.settings = klaviyo_settings,
                                        .setting_count = COUNT_OF(klaviyo_settings),
                                        .complaint_status = STATUS_UNSUBSCRIBED,
                                        .disposition = true,
                                        .prepare = klaviyo_prepare,
                                        RULES_MACHINE};

/* --- listmonk ----------------------------------------------------------------------------------------- */

enum listmonk_setting { SOFT_COUNT, SOFT_ACTION, HARD_COUNT, HARD_ACTION, LISTMONK_SETTING_COUNT };
#define ACTIONS "none blocklist"

static const struct setting_row listmonk_settings[LISTMONK_SETTING_COUNT] = {
    [SOFT_COUNT] = {"soft_count", SETTING_INTEGER, "2", 1, 1000000,
                    "bounces that are not hard: how many are recorded, and the action taken at", NULL},
    [SOFT_ACTION] = {"soft_action", SETTING_CHOICE, "none", 0, 0, "what they lead to: none or blocklist",
                     ACTIONS},
    [HARD_COUNT] = {"hard_count", SETTING_INTEGER, "1", 1, 1000000,
                    "hard bounces: how many are recorded, and the action taken at", NULL},
    [HARD_ACTION] = {"hard_action", SETTING_CHOICE, "blocklist", 0, 0, "what they lead to: none or blocklist",
                     ACTIONS},
};

static struct rule listmonk_rule(int64_t count, int64_t action, enum cause cause)
{
    return (struct rule){.limit = action ? (uint32_t)count : LIMIT_NEVER,
                         .count_max = (uint32_t)count,
                         .unit = UNIT_ROW,
                         .status = STATUS_BLOCKLISTED,
                         .cause = (uint8_t)cause};
}

static enum bm_code listmonk_prepare(struct policy *policy, struct bm_error *error)
{
    const int64_t *values = policy->values;
    const struct rule_row rows[] = {
        {.classes = CLASSES_NOT_HARD,
         .rule = listmonk_rule(values[SOFT_COUNT], values[SOFT_ACTION], CAUSE_SOFT_LIMIT)},
        {.classes = CLASS_BIT(BM_HARD),
         .rule = listmonk_rule(values[HARD_COUNT], values[HARD_ACTION], CAUSE_HARD)}};
    return MAKE(policy, rows, error);
}

const struct machine machine_listmonk = {.settings = listmonk_settings,
                                         .setting_count = LISTMONK_SETTING_COUNT,
                                         .complaint_status = STATUS_BLOCKLISTED,
                                         .prepare = listmonk_prepare,
                                         RULES_MACHINE};
