#include "policy/segment.h"
#include "base/base.h"

#include "replay.h"

static void expect_segment(const struct policy_event *events, size_t count, enum segment segment,
                           unsigned bounces, const char *what)
{
    struct segmented got = segment_events(events, count);
    EXPECT(got.segment == segment && (segment == SEGMENT_NONE || got.bounces == bounces),
           "%s: segment %d with %u bounces, got %d with %u", what, segment, bounces, got.segment,
           got.bounces);
}

static void test_choice(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, REASON_MAILBOX_FULL), bounce(DAY, 2, REASON_TOO_BUSY),
                                          bounce(2 * DAY, 3, REASON_TOO_BUSY),
                                          bounce(3 * DAY, 4, REASON_MAILBOX_FULL),
                                          bounce(4 * DAY, 5, REASON_USER_UNKNOWN)};
    expect_segment(events, 0, SEGMENT_NONE, 0, "nothing");
    expect_segment(events, 1, SEGMENT_MAILBOX_FULL, 1, "one bounce");
    expect_segment(events, 3, SEGMENT_SERVER_SIDE, 3, "most of them");
    expect_segment(events, 4, SEGMENT_MAILBOX_FULL, 4, "the latest of equals");
    expect_segment(events, 5, SEGMENT_HARD, 5, "a hard one outweighs");
}

static void test_engagement(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, REASON_USER_UNKNOWN), other(DAY, BM_OPEN, 1),
                                          bounce(2 * DAY, 2, REASON_MAILBOX_INACTIVE),
                                          other(3 * DAY, BM_DELIVERED, 2), other(4 * DAY, BM_CLICK, 2)};
    expect_segment(events, 2, SEGMENT_NONE, 0, "an open ends it");
    expect_segment(events, 4, SEGMENT_INACTIVE, 1, "a bounce after the open, a delivery");
    expect_segment(events, 5, SEGMENT_NONE, 0, "a click ends it, too");
    struct segmented got = segment_events(events, 4);
    EXPECT(got.engaged_ms == START + DAY && got.first_bounce_ms == START + 2 * DAY &&
               got.last_bounce_ms == START + 2 * DAY,
           "the times are those since the open");
}

static void test_permission(void **state)
{
    (void)state;
    static const enum bm_kind kinds[] = {BM_UNSUBSCRIBE, BM_COMPLAINT, BM_DELETE};
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        const struct policy_event events[] = {bounce(0, 1, REASON_MAILBOX_FULL), other(DAY, kinds[k], 0),
                                              other(2 * DAY, BM_RESUBSCRIBE, 0),
                                              bounce(3 * DAY, 2, REASON_MAILBOX_FULL)};
        expect_segment(events, 2, SEGMENT_NONE, 0, "who opted out is in none");
        expect_segment(events, 3, SEGMENT_NONE, 0, "who came back starts anew");
        expect_segment(events, 4, SEGMENT_MAILBOX_FULL, 1, "and may fail again");
    }
}

static void test_reasons(void **state)
{
    (void)state;
    unsigned seen[SEGMENT_COUNT] = {0};
    for (unsigned reason = 0; reason < REASON_COUNT; reason++)
        if (reason_table[reason].class_ != BM_NONE)
            seen[segment_of_reason(reason_table[reason].class_, (enum reason)reason)]++;
    for (unsigned k = 0; k < SEGMENT_COUNT; k++) {
        EXPECT(seen[k] > 0, "some reason leads to %s", segment_name((enum segment)k));
        EXPECT(segment_advice((enum segment)k)[0], "%s has advice", segment_name((enum segment)k));
        EXPECT(k == 0 || strcmp(segment_name((enum segment)(k - 1)), segment_name((enum segment)k)) < 0,
               "%s is in its place", segment_name((enum segment)k));
    }
}

static void test_recency(void **state)
{
    (void)state;
    static const int days[] = {0, 7, 8, 30, 31, 90, 91, 1000};
    for (size_t k = 0; k < COUNT_OF(days); k++)
        EXPECT(recency_of(START, START + days[k] * DAY) == k / 2, "%d days: %s", days[k],
               recency_name((enum recency)(k / 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_choice), cmocka_unit_test(test_engagement),
                                       cmocka_unit_test(test_permission), cmocka_unit_test(test_reasons),
                                       cmocka_unit_test(test_recency)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
