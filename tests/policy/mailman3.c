/* What the conformance cases leave out of mailman3: its settings. */
#include "base/base.h"

#include "replay.h"

static void test_threshold(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, REASON_MAILBOX_FULL), bounce(DAY, 2, REASON_NETWORK)};
    expect_outcome("mailman3", NULL, events, 2, false, STATUS_ACTIVE, CAUSE_NONE, 2);
    expect_outcome("mailman3", "mailman3.threshold=2", events, 2, false, STATUS_DISABLED, CAUSE_BOUNCE_SCORE,
                   2);
}

static void test_stale(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, REASON_MAILBOX_FULL),
                                          bounce(7 * DAY, 2, REASON_MAILBOX_FULL),
                                          bounce(14 * DAY + 1, 3, REASON_MAILBOX_FULL)};
    expect_outcome("mailman3", NULL, events, 2, false, STATUS_ACTIVE, CAUSE_NONE, 2);
    expect_outcome("mailman3", NULL, events, 3, false, STATUS_ACTIVE, CAUSE_NONE, 1);
    expect_outcome("mailman3", "mailman3.stale_days=6", events, 2, false, STATUS_ACTIVE, CAUSE_NONE, 1);
    expect_outcome("mailman3", "mailman3.stale_days=8", events, 3, false, STATUS_ACTIVE, CAUSE_NONE, 3);
}

static void test_weights(void **state)
{
    (void)state;
    struct policy_event events[10];
    for (int k = 0; k < 10; k++)
        events[k] = bounce(k * DAY, 1, k < 8 ? REASON_MAILBOX_FULL : REASON_USER_UNKNOWN);
    const char *half = "mailman3.soft_weight_percent=50";
    expect_outcome("mailman3", half, events, 7, false, STATUS_ACTIVE, CAUSE_NONE, 3);
    expect_outcome("mailman3", half, events, 8, false, STATUS_ACTIVE, CAUSE_NONE, 4);
    expect_outcome("mailman3", half, events, 9, false, STATUS_DISABLED, CAUSE_BOUNCE_SCORE, 5);
    expect_outcome("mailman3", "mailman3.soft_weight_percent=0", events, 10, false, STATUS_ACTIVE, CAUSE_NONE,
                   2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threshold), cmocka_unit_test(test_stale),
                                       cmocka_unit_test(test_weights)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
