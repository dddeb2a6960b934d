/* What the conformance cases leave out of industry: its settings. */
#include "base/base.h"

#include "replay.h"

static void test_limits(void **state)
{
    (void)state;
    struct policy_event mailbox[3], server[6];
    for (int k = 0; k < 3; k++)
        mailbox[k] = bounce(k * DAY, (uint64_t)k + 1, REASON_MAILBOX_FULL);
    for (int k = 0; k < 6; k++)
        server[k] = bounce(k * DAY, (uint64_t)k + 1, REASON_TOO_BUSY);
    expect_outcome("industry", "industry.limit=3", mailbox, 2, false, STATUS_FAILING, CAUSE_SOFT_FAILURE, 2);
    expect_outcome("industry", "industry.limit=3", mailbox, 3, false, STATUS_SUPPRESSED,
                   CAUSE_SOFT_CONSECUTIVE, 3);
    expect_outcome("industry", "industry.limit=3", server, 5, false, STATUS_FAILING, CAUSE_SOFT_FAILURE, 5);
    expect_outcome("industry", "industry.limit=3", server, 6, false, STATUS_SUPPRESSED,
                   CAUSE_SOFT_CONSECUTIVE, 6);
    expect_outcome("industry", "industry.patience=1", server, 5, false, STATUS_SUPPRESSED,
                   CAUSE_SOFT_CONSECUTIVE, 5);
    expect_outcome("industry", "industry.duration_days=2", mailbox, 3, false, STATUS_SUPPRESSED,
                   CAUSE_SOFT_DURATION, 3);
    expect_outcome("industry", "industry.duration_days=2", server, 4, false, STATUS_FAILING,
                   CAUSE_SOFT_FAILURE, 4);
    expect_outcome("industry", "industry.duration_days=2", server, 5, false, STATUS_SUPPRESSED,
                   CAUSE_SOFT_DURATION, 5);
}

static void test_advice(void **state)
{
    (void)state;
    const char *advise = "industry.advise_only=1";
    const struct policy_event events[] = {bounce(0, 1, REASON_MAILBOX_FULL),
                                          bounce(40 * DAY, 2, REASON_MAILBOX_FULL),
                                          bounce(41 * DAY, 3, REASON_TOO_BUSY), other(42 * DAY, BM_CLICK, 9),
                                          bounce(43 * DAY, 4, REASON_USER_UNKNOWN)};
    expect_outcome("industry", NULL, events, 2, false, STATUS_SUPPRESSED, CAUSE_SOFT_DURATION, 2);
    expect_outcome("industry", advise, events, 2, false, STATUS_REVIEW, CAUSE_SOFT_DURATION, 2);
    expect_outcome("industry", advise, events, 3, false, STATUS_REVIEW, CAUSE_SOFT_DURATION, 3);
    expect_outcome("industry", advise, events, 4, false, STATUS_ACTIVE, CAUSE_CLICK, 0);
    expect_outcome("industry", advise, events, 5, false, STATUS_SUPPRESSED, CAUSE_HARD, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_limits), cmocka_unit_test(test_advice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
