/* What the conformance cases leave out of marketo: the suspension beside permissions and other statuses. */
#include "base/base.h"

#include "replay.h"

static void expect_at(const struct policy_event *events, size_t count, int64_t at, enum status status,
                      enum cause cause)
{
    struct outcome outcome = replay("marketo", NULL, events, count, START + at, false);
    EXPECT(outcome.result.status == status && outcome.result.cause == cause,
           "%s %s after %lld hours, got %s %s", status_name(status), cause_name(cause),
           (long long)(at / HOUR), status_name(outcome.result.status), cause_name(outcome.result.cause));
}

static void test_half_open(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, REASON_REPUTATION)};
    expect_at(events, 1, 24 * HOUR - 1, STATUS_SUSPENDED, CAUSE_CATEGORY_1);
    expect_at(events, 1, 24 * HOUR, STATUS_ACTIVE, CAUSE_SUSPENSION_EXPIRED);
}

static void test_suspension_runs_on(void **state)
{
    (void)state;
    const struct policy_event away[] = {bounce(0, 1, REASON_REPUTATION), other(HOUR, BM_UNSUBSCRIBE, 0),
                                        other(5 * HOUR, BM_RESUBSCRIBE, 0)};
    expect_at(away, 2, 30 * HOUR, STATUS_UNSUBSCRIBED, CAUSE_UNSUBSCRIBE);
    expect_at(away, 3, 6 * HOUR, STATUS_SUSPENDED, CAUSE_CATEGORY_1);
    expect_at(away, 3, 24 * HOUR, STATUS_ACTIVE, CAUSE_SUSPENSION_EXPIRED);
    const struct policy_event late[] = {bounce(0, 1, REASON_REPUTATION), other(HOUR, BM_UNSUBSCRIBE, 0),
                                        other(24 * HOUR, BM_RESUBSCRIBE, 0)};
    expect_at(late, 3, 24 * HOUR, STATUS_ACTIVE, CAUSE_RESUBSCRIBE);
    const struct policy_event invalid[] = {bounce(0, 1, REASON_REPUTATION), bounce(HOUR, 2, REASON_MOVED),
                                           other(2 * HOUR, BM_RESUBSCRIBE, 0)};
    expect_at(invalid, 2, 40 * HOUR, STATUS_INVALID, CAUSE_CATEGORY_2);
    expect_at(invalid, 3, 3 * HOUR, STATUS_SUSPENDED, CAUSE_CATEGORY_1);
    const struct policy_event frozen[] = {other(0, BM_UNSUBSCRIBE, 0), bounce(HOUR, 1, REASON_REPUTATION),
                                          other(2 * HOUR, BM_RESUBSCRIBE, 0)};
    expect_at(frozen, 3, 3 * HOUR, STATUS_ACTIVE, CAUSE_RESUBSCRIBE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_half_open),
                                       cmocka_unit_test(test_suspension_runs_on)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
