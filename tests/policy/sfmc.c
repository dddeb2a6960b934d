/* What the conformance cases leave out: each setting, retry groups in numbers, and what must hold for any
 * events. */
#include "base/base.h"
#include "replay.h"

static void test_window_settings(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, REASON_MAILBOX_FULL),
                                          bounce(DAY, 2, REASON_MAILBOX_FULL),
                                          bounce(15 * DAY, 3, REASON_MAILBOX_FULL)};
    expect_outcome("sfmc", NULL, events, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 3);
    expect_outcome("sfmc", "sfmc.inclusive=1", events, 3, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD, 3);
    expect_outcome("sfmc", "sfmc.window_days=14", events, 3, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD, 3);
    expect_outcome("sfmc", "sfmc.window_days=16", events, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 3);
    expect_outcome("sfmc", "sfmc.timer=1", events, 3, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD, 3);
    expect_outcome("sfmc/timer", "sfmc.timer=0", events, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 3);
    expect_outcome("sfmc/timer", "sfmc.threshold=4", events, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 3);
    expect_outcome("sfmc/timer", "sfmc.threshold=2", events, 3, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD,
                   2);
    expect_outcome("sfmc", "sfmc.window_days=0", events, 3, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD, 3);
}

static void test_class_settings(void **state)
{
    (void)state;
    const struct policy_event block = bounce(0, 1, REASON_SPAM_CONTENT),
                              technical = bounce(0, 1, REASON_NETWORK),
                              hard = bounce(0, 1, REASON_USER_UNKNOWN),
                              high = bounce(0, 1, REASON_HIGH_UNKNOWN);
    struct policy_event contradicted = bounce(0, 1, REASON_SPAM_CONTENT);
    contradicted.reason = REASON_USER_UNKNOWN;
    expect_outcome("sfmc", NULL, &block, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", "sfmc.count_block=0", &block, 1, true, STATUS_ACTIVE, CAUSE_NONE, 0);
    expect_outcome("sfmc", "sfmc.count_block=0", &technical, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", "sfmc.count_technical=no", &technical, 1, true, STATUS_ACTIVE, CAUSE_NONE, 0);
    expect_outcome("sfmc", "sfmc.count_technical=no", &block, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", NULL, &hard, 1, true, STATUS_HELD, CAUSE_TRUSTED_HARD, 1);
    expect_outcome("sfmc", "sfmc.hold_on_trusted_hard=0", &hard, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", "sfmc.hard_immediate=1", &hard, 1, false, STATUS_HELD, CAUSE_HARD, 1);
    expect_outcome("sfmc", "sfmc.hard_immediate=1", &hard, 1, true, STATUS_HELD, CAUSE_TRUSTED_HARD, 1);
    expect_outcome("sfmc", "sfmc.hard_immediate=1", &block, 1, false, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", NULL, &high, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", "sfmc.high_unknown_hard=1", &high, 1, true, STATUS_HELD, CAUSE_TRUSTED_HARD, 1);
    expect_outcome("sfmc", "sfmc.high_unknown_hard=1", &block, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    expect_outcome("sfmc", NULL, &contradicted, 1, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
}

static void test_reset_settings(void **state)
{
    (void)state;
    for (int click = 0; click < 2; click++) {
        const struct policy_event events[] = {bounce(0, 1, REASON_USER_UNKNOWN),
                                              other(DAY, click ? BM_CLICK : BM_OPEN, 9)};
        enum cause cause = click ? CAUSE_CLICK : CAUSE_OPEN;
        const char *on = click ? "sfmc.reset_on_open=0" : "sfmc.reset_on_click=0",
                   *off = click ? "sfmc.reset_on_click=0" : "sfmc.reset_on_open=0";
        expect_outcome("sfmc", on, events, 2, true, STATUS_ACTIVE, cause, 0);
        expect_outcome("sfmc", off, events, 2, true, STATUS_HELD, CAUSE_TRUSTED_HARD, 1);
        expect_outcome("sfmc/attempts", off, events, 2, true, STATUS_HELD, CAUSE_TRUSTED_HARD, 1);
    }
}

static void test_retry_groups(void **state)
{
    (void)state;
    const enum reason retried = REASON_MAILBOX_UNAVAILABLE;
    /* Without the reset an open still closes its campaign's group. */
    const struct policy_event opened[] = {bounce(0, 1, retried), other(HOUR, BM_OPEN, 1),
                                          bounce(2 * HOUR, 1, retried)};
    expect_outcome("sfmc/attempts", "sfmc.reset_on_open=0", opened, 3, false, STATUS_ACTIVE, CAUSE_NONE, 0);
    const struct policy_event elsewhere[] = {bounce(0, 1, retried), other(HOUR, BM_DELIVERED, 2),
                                             other(HOUR, BM_DELIVERED, 0)};
    expect_outcome("sfmc/attempts", NULL, elsewhere, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    const struct policy_event unknown[] = {bounce(0, 1, REASON_UNDETERMINED), other(HOUR, BM_DELIVERED, 1)};
    expect_outcome("sfmc/attempts", NULL, unknown, 2, false, STATUS_ACTIVE, CAUSE_NONE, 0);
    const struct policy_event technical[] = {bounce(0, 1, REASON_NETWORK), other(HOUR, BM_DELIVERED, 1)};
    expect_outcome("sfmc/attempts", NULL, technical, 2, false, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    /* A group that ends while Held is dropped, and its campaign may count later. */
    const struct policy_event held[] = {bounce(0, 1, retried), bounce(HOUR, 2, REASON_USER_UNKNOWN),
                                        other(5 * DAY, BM_OPEN, 9), bounce(6 * DAY, 1, REASON_MAILBOX_FULL)};
    expect_outcome("sfmc/attempts", NULL, held, 3, true, STATUS_ACTIVE, CAUSE_OPEN, 0);
    expect_outcome("sfmc/attempts", NULL, held, 4, true, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    /* Groups survive a reset. */
    const struct policy_event reset[] = {bounce(0, 1, retried), bounce(HOUR, 2, REASON_MAILBOX_FULL),
                                         other(2 * HOUR, BM_OPEN, 2)};
    expect_outcome("sfmc/attempts", NULL, reset, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 1);
    /* A group that ends with the window is counted before the window's timer fires. */
    const struct policy_event tie[] = {bounce(0, 1, REASON_MAILBOX_FULL), bounce(DAY, 2, REASON_MAILBOX_FULL),
                                       bounce(2 * DAY, 3, REASON_MAILBOX_FULL), bounce(12 * DAY, 4, retried)};
    expect_outcome("sfmc/attempts", "sfmc.timer=1", tie, 4, false, STATUS_HELD, CAUSE_BOUNCE_THRESHOLD, 4);
    /* Bounces without a campaign share one group. */
    const struct policy_event anonymous[] = {bounce(0, 0, retried), bounce(71 * HOUR, 0, retried),
                                             bounce(72 * HOUR, 0, retried)};
    expect_outcome("sfmc/attempts", NULL, anonymous, 3, false, STATUS_BOUNCED, CAUSE_BOUNCE, 2);
}

static void test_many_groups(void **state)
{
    (void)state;
    enum { GROUPS = 5000 };
    static struct policy_event events[2 * GROUPS];
    for (unsigned k = 0; k < GROUPS; k++) {
        events[k] = bounce(k, k + 1, REASON_MAILBOX_UNAVAILABLE);
        events[GROUPS + k] = other(HOUR + k, BM_DELIVERED, k + 1);
    }
    expect_outcome("sfmc/attempts", NULL, events, GROUPS, false, STATUS_BOUNCED, CAUSE_BOUNCE, GROUPS);
    expect_outcome("sfmc/attempts", NULL, events, 2 * GROUPS - 7, false, STATUS_BOUNCED, CAUSE_BOUNCE, 7);
    expect_outcome("sfmc/attempts", NULL, events, 2 * GROUPS, false, STATUS_ACTIVE, CAUSE_NONE, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window_settings), cmocka_unit_test(test_class_settings),
        cmocka_unit_test(test_reset_settings),  cmocka_unit_test(test_retry_groups),
        cmocka_unit_test(test_many_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
