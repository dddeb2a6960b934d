/* What the conformance cases leave out of the policies that are tables: their settings, and single reasons.
 */
#include "base/base.h"

#include "replay.h"

static size_t soft_campaigns(struct policy_event *events, size_t count)
{
    for (size_t k = 0; k < count; k++)
        events[k] = bounce((int64_t)k * DAY, k + 1, REASON_MAILBOX_FULL);
    return count;
}

static void test_limits(void **state)
{
    (void)state;
    struct policy_event events[20];
    soft_campaigns(events, 20);
    expect_outcome("responsys", "responsys.soft_limit=3", events, 2, false, STATUS_ACTIVE, CAUSE_NONE, 2);
    expect_outcome("responsys", "responsys.soft_limit=3", events, 20, false, STATUS_UNDELIVERABLE,
                   CAUSE_SOFT_LIMIT, 3);
    expect_outcome("mailchimp", "mailchimp.soft_limit=3", events, 20, false, STATUS_CLEANED, CAUSE_SOFT_LIMIT,
                   3);
    expect_outcome("klaviyo", "klaviyo.limit=3", events, 20, false, STATUS_SUPPRESSED, CAUSE_SOFT_CONSECUTIVE,
                   3);
    expect_outcome("klaviyo/limit7", NULL, events, 20, false, STATUS_SUPPRESSED, CAUSE_SOFT_CONSECUTIVE, 7);
    expect_outcome("listmonk", "listmonk.soft_count=4", events, 20, false, STATUS_ACTIVE, CAUSE_NONE, 4);
    expect_outcome("listmonk", "listmonk.soft_action=blocklist", events, 20, false, STATUS_BLOCKLISTED,
                   CAUSE_SOFT_LIMIT, 2);
    events[0].kind = BM_OPEN;
    expect_outcome("mailchimp", "mailchimp.soft_limit_active=5", events, 20, false, STATUS_CLEANED,
                   CAUSE_SOFT_LIMIT, 5);
}

static void test_listmonk_hard(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, REASON_MOVED), bounce(HOUR, 1, REASON_MOVED),
                                          bounce(DAY, 1, REASON_MOVED)};
    expect_outcome("listmonk", "listmonk.hard_count=3", events, 2, false, STATUS_ACTIVE, CAUSE_NONE, 2);
    expect_outcome("listmonk", "listmonk.hard_count=3", events, 3, false, STATUS_BLOCKLISTED, CAUSE_HARD, 3);
    expect_outcome("listmonk", "listmonk.hard_action=none", events, 3, false, STATUS_ACTIVE, CAUSE_NONE, 1);
}

static void test_grace(void **state)
{
    (void)state;
    const char *grace = "mailchimp.hard_grace_days=10";
    const struct policy_event events[] = {other(0, BM_CLICK, 9), bounce(10 * DAY, 1, REASON_MOVED),
                                          bounce(10 * DAY + 1, 2, REASON_MOVED)};
    expect_outcome("mailchimp", NULL, events, 2, false, STATUS_CLEANED, CAUSE_HARD, 1);
    expect_outcome("mailchimp", grace, events, 2, false, STATUS_ACTIVE, CAUSE_NONE, 1);
    expect_outcome("mailchimp", grace, events, 3, false, STATUS_CLEANED, CAUSE_HARD, 2);
    expect_outcome("mailchimp", grace, events + 1, 1, false, STATUS_CLEANED, CAUSE_HARD, 1);
}

static void test_hard_after_soft(void **state)
{
    (void)state;
    static const struct {
        const char *policy;
        enum status status;
    } rows[] = {{"mailchimp", STATUS_CLEANED},       {"klaviyo", STATUS_SUPPRESSED},
                {"sendgrid", STATUS_SUPPRESSED},     {"sparkpost", STATUS_SUPPRESSED},
                {"mailgun", STATUS_SUPPRESSED},      {"postmark", STATUS_INACTIVE},
                {"braze", STATUS_INVALID},           {"iterable", STATUS_UNSUBSCRIBED},
                {"hubspot", STATUS_INELIGIBLE},      {"mautic", STATUS_DO_NOT_CONTACT},
                {"responsys", STATUS_UNDELIVERABLE}, {"ses", STATUS_SUPPRESSED}};
    const struct policy_event events[] = {bounce(0, 1, REASON_MAILBOX_FULL),
                                          bounce(HOUR, 1, REASON_USER_UNKNOWN)};
    for (size_t k = 0; k < COUNT_OF(rows); k++)
        expect_outcome(rows[k].policy, NULL, events, 2, false, rows[k].status, CAUSE_HARD, 1);
}

static void test_own_lists(void **state)
{
    (void)state;
    const struct policy_event kept_back = bounce(0, 1, REASON_SUPPRESSED);
    expect_outcome("sparkpost", NULL, &kept_back, 1, false, STATUS_ACTIVE, CAUSE_NONE, 1);
    expect_outcome("ses", NULL, &kept_back, 1, false, STATUS_SUPPRESSED, CAUSE_HARD, 0);
    expect_outcome("ses/complaint-only", NULL, &kept_back, 1, false, STATUS_ACTIVE, CAUSE_NONE, 0);
    struct policy_event contradicted = bounce(0, 1, REASON_MAILBOX_FULL);
    contradicted.reason = REASON_BAD_SYNTAX;
    expect_outcome("sendgrid", NULL, &contradicted, 1, false, STATUS_ACTIVE, CAUSE_NONE, 1);
}

static void test_ses_reasons(void **state)
{
    (void)state;
    const struct policy_event events[] = {other(0, BM_COMPLAINT, 1), bounce(HOUR, 2, REASON_MOVED)};
    expect_outcome("ses", NULL, events, 2, false, STATUS_SUPPRESSED, CAUSE_COMPLAINT, 0);
    expect_outcome("ses", "ses.suppressed_reasons=BOUNCE", events, 1, false, STATUS_ACTIVE, CAUSE_NONE, 0);
    expect_outcome("ses", "ses.suppressed_reasons=BOUNCE", events, 2, false, STATUS_SUPPRESSED, CAUSE_HARD,
                   1);
    expect_outcome("ses", "ses.suppressed_reasons=", events, 2, false, STATUS_ACTIVE, CAUSE_NONE, 1);
    expect_outcome("ses", "ses.suppressed_reasons=complaint+bounce", events, 2, false, STATUS_SUPPRESSED,
                   CAUSE_COMPLAINT, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),    cmocka_unit_test(test_listmonk_hard),
        cmocka_unit_test(test_grace),     cmocka_unit_test(test_hard_after_soft),
        cmocka_unit_test(test_own_lists), cmocka_unit_test(test_ses_reasons)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
