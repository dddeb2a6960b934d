/* What the conformance cases leave out of blackbaud: its settings, and events in numbers. */
#include "base/base.h"

#include "replay.h"

static const enum reason full = REASON_MAILBOX_FULL, busy = REASON_TOO_BUSY;

static void test_count(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, full), bounce(DAY, 2, busy),
                                          bounce(2 * DAY, 3, REASON_NETWORK)};
    expect_outcome("blackbaud", NULL, events, 3, false, STATUS_FAILING, CAUSE_SOFT_FAILURE, 3);
    expect_outcome("blackbaud", "blackbaud.count=any", events, 2, false, STATUS_FAILING, CAUSE_SOFT_FAILURE,
                   2);
    expect_outcome("blackbaud", "blackbaud.count=any", events, 3, false, STATUS_SUPPRESSED,
                   CAUSE_SOFT_AS_HARD, 3);
    struct outcome outcome = replay("blackbaud", "blackbaud.count=any", events, 3, START + 9 * DAY, false);
    EXPECT(outcome.result.cause_reason == REASON_NETWORK, "the last failure's reason is named");
    expect_outcome("blackbaud", "blackbaud.limit=1", events, 1, false, STATUS_SUPPRESSED, CAUSE_SOFT_AS_HARD,
                   1);
}

static void test_window(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, full), bounce(5 * DAY, 2, full),
                                          bounce(10 * DAY + 1, 3, full), bounce(11 * DAY, 4, full)};
    const char *window = "blackbaud.window_days=10";
    expect_outcome("blackbaud", NULL, events, 3, false, STATUS_SUPPRESSED, CAUSE_SOFT_AS_HARD, 3);
    expect_outcome("blackbaud", window, events, 3, false, STATUS_FAILING, CAUSE_SOFT_FAILURE, 3);
    expect_outcome("blackbaud", window, events, 4, false, STATUS_SUPPRESSED, CAUSE_SOFT_AS_HARD, 4);
    const struct policy_event exact[] = {bounce(0, 1, full), bounce(5 * DAY, 2, full),
                                         bounce(10 * DAY, 3, full)};
    expect_outcome("blackbaud", window, exact, 3, false, STATUS_SUPPRESSED, CAUSE_SOFT_AS_HARD, 3);
}

static void test_delivery(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, full), bounce(DAY, 2, full),
                                          other(2 * DAY, BM_DELIVERED, 3), bounce(3 * DAY, 4, full)};
    const char *reset = "blackbaud.reset_on_delivery=1";
    expect_outcome("blackbaud", NULL, events, 4, false, STATUS_SUPPRESSED, CAUSE_SOFT_AS_HARD, 3);
    expect_outcome("blackbaud", reset, events, 3, false, STATUS_ACTIVE, CAUSE_DELIVERED, 0);
    expect_outcome("blackbaud", reset, events, 4, false, STATUS_FAILING, CAUSE_SOFT_FAILURE, 1);
}

static void test_advice(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, full), bounce(30 * DAY + 1, 2, full),
                                          other(31 * DAY, BM_DELIVERED, 3)};
    const char *apply = "blackbaud.invalidate=apply";
    expect_outcome("blackbaud", NULL, events, 2, false, STATUS_REVIEW, CAUSE_SAME_FAILURE, 2);
    expect_outcome("blackbaud", NULL, events, 3, false, STATUS_FAILING, CAUSE_SOFT_FAILURE, 2);
    expect_outcome("blackbaud", apply, events, 2, false, STATUS_SUPPRESSED, CAUSE_SAME_FAILURE, 2);
    expect_outcome("blackbaud", apply, events, 3, false, STATUS_SUPPRESSED, CAUSE_SAME_FAILURE, 2);
}

/* More failures than have room in place, with a window that forgets and one that does not. */
static void test_many(void **state)
{
    (void)state;
    enum { MANY = 500 };
    static struct policy_event events[MANY];
    for (int k = 0; k < MANY; k++)
        events[k] = bounce(k * DAY / 2, (uint64_t)k + 1, k % 2 ? full : busy);
    expect_outcome("blackbaud", "blackbaud.limit=250", events, MANY - 2, false, STATUS_REVIEW,
                   CAUSE_SAME_FAILURE, MANY - 2);
    expect_outcome("blackbaud", "blackbaud.limit=250", events, MANY, false, STATUS_SUPPRESSED,
                   CAUSE_SOFT_AS_HARD, MANY - 1);
    const char *const settings[] = {"blackbaud.window_days=20", "blackbaud.limit=22"};
    struct policy_set set;
    struct bm_error error;
    EXPECT(policy_set_new(&set, "blackbaud", settings, 2, &error) == BM_OK, "the settings are taken");
    struct outcome outcome = replay_with(&set, events, MANY, START + 365 * DAY, false);
    EXPECT(outcome.result.status == STATUS_REVIEW && outcome.result.bounce_count == MANY,
           "21 of each are in a window of 20 days, got %s", status_name(outcome.result.status));
    policy_set_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_count), cmocka_unit_test(test_window),
                                       cmocka_unit_test(test_delivery), cmocka_unit_test(test_advice),
                                       cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
