#include "base/base.h"
#include "policy/policy.h"

#include <bouncemill/policy.h>

#include "test.h"

/* Expects BM_USAGE with these words in message and hint, and nothing left to free. */
static void expect_refused(const char *names, const char *setting, const char *message, const char *hint)
{
    struct policy_set set;
    struct bm_error error = {0};
    enum bm_code code = policy_set_new(&set, names, &setting, setting != NULL, &error);
    EXPECT(code == BM_USAGE && error.code == BM_USAGE, "'%s' with '%s' is refused, got %d", names,
           setting ? setting : "", code);
    EXPECT(strstr(error.message, message) != NULL, "the message says '%s', got '%s'", message, error.message);
    EXPECT(strstr(error.hint, hint) != NULL, "the hint says '%s', got '%s'", hint, error.hint);
    EXPECT(set.count == 0 && set.policies == NULL, "nothing is left over");
}

static void test_unknown_names(void **state)
{
    (void)state;
    expect_refused("sfcm", NULL, "no policy \"sfcm\"", "\"sfmc\"");
    expect_refused("sfmc,sfmc/timr", NULL, "no policy \"sfmc/timr\"", "\"sfmc/timer\"");
    expect_refused("", NULL, "no policy \"\"", "list policies");
    expect_refused("sfmc,", NULL, "no policy \"\"", "list policies");
    expect_refused("SFMC", NULL, "no policy \"SFMC\"", "list policies");
    expect_refused("sfmc, sfmc", NULL, "\"sfmc\" is named twice", "once");
    expect_refused("a-very-long-name-that-is-near-to-no-policy-at-all-and-never-will-be", NULL, "a-very-long",
                   "list policies");
}

static void test_bad_settings(void **state)
{
    (void)state;
    expect_refused("sfmc", "window_days=3", "POLICY.NAME=VALUE", "sfmc.window_days=15");
    expect_refused("sfmc", "sfmc.window_days", "POLICY.NAME=VALUE", "sfmc.window_days=15");
    expect_refused("sfmc", "window=1.5", "POLICY.NAME=VALUE", "sfmc.window_days=15");
    expect_refused("sfmc", "sfmc.window_day=3", "no setting \"window_day\"", "\"window_days\"");
    expect_refused("sfmc", "sfmc.=3", "no setting \"\"", "list policies");
    expect_refused("sfmc", "sfmc.threshold=0", "from 1 to 1000000", "default 3");
    expect_refused("sfmc", "sfmc.threshold=", "whole number", "default 3");
    expect_refused("sfmc", "sfmc.threshold=3.5", "\"3.5\"", "default 3");
    expect_refused("sfmc", "sfmc.threshold=-3", "\"-3\"", "default 3");
    expect_refused("sfmc", "sfmc.threshold=99999999999999999999", "whole number", "default 3");
    expect_refused("sfmc", "sfmc.window_days=3651", "of days from 0 to 3650", "default 15");
    expect_refused("sfmc", "sfmc.inclusive=maybe", "neither true nor false", "yes or no");
    expect_refused("sfmc", "sfmc/timer.threshold=2", "not chosen", "add \"sfmc/timer\"");
    expect_refused("sfmc/timer", "sfmc/attempts.threshold=2", "not chosen", "add \"sfmc/attempts\"");
    expect_refused("sfmc", "sfcm.threshold=2", "no policy \"sfcm\"", "\"sfmc\"");
    expect_refused("sfmc", ".threshold=2", "no policy \"\"", "list policies");
    expect_refused("sfmc", "sf.threshold=2", "no policy \"sf\"", "");
}

/* The count at which three bounces a month apart end up, per policy: shows which settings reached which. */
static uint8_t status_with(const char *names, size_t which, const char *const *settings, size_t count)
{
    struct policy_event events[3];
    struct policy_scratch scratch = {0};
    struct policy_result result;
    struct policy_set set;
    struct bm_error error;
    for (int k = 0; k < 3; k++)
        events[k] = (struct policy_event){.time_ms = k * INT64_C(2592000000),
                                          .campaign = (uint64_t)k + 1,
                                          .kind = BM_BOUNCE,
                                          .class_ = BM_SOFT,
                                          .reason = REASON_MAILBOX_FULL};
    EXPECT(policy_set_new(&set, names, settings, count, &error) == BM_OK, "the settings are taken: %s",
           error.message);
    struct policy_input input = {
        .events = events, .count = 3, .as_of_ms = INT64_C(1000000000000), .domain_trusted = false};
    EXPECT(policy_replay(set.policies[which], &input, &scratch, &result), "there is memory");
    policy_set_free(&set);
    policy_scratch_free(&scratch);
    return result.status;
}

static void test_word_settings(void **state)
{
    (void)state;
    expect_refused("blackbaud", "blackbaud.count=all", "is not one of these: reason any", "default reason");
    expect_refused("blackbaud", "blackbaud.count=", "is not one of these", "default reason");
    expect_refused("ses", "ses.suppressed_reasons=bounce,hard", "is not a list of these: bounce complaint",
                   "default bounce,complaint");
    expect_refused("ses", "ses.suppressed_reasons=bounce,,complaint", "is not a list", "default");
    expect_refused("marketo", "marketo.limit=3", "no setting \"limit\"", "list policies");
    expect_refused("custom", "custom.files=x", "no setting \"files\"", "\"file\"");
}

static void test_setting_targets(void **state)
{
    (void)state;
    const char *names = "sfmc, sfmc/timer";
    const char *const all[] = {"sfmc.threshold=4"}, *const one[] = {"sfmc/timer.threshold=4"},
                      *const both[] = {"sfmc.threshold=4", "sfmc.threshold=3"};
    EXPECT(status_with(names, 0, NULL, 0) == STATUS_HELD, "three bounces are enough");
    EXPECT(status_with(names, 0, all, 1) == STATUS_BOUNCED && status_with(names, 1, all, 1) == STATUS_BOUNCED,
           "without a variant a setting is for all of them");
    EXPECT(status_with(names, 0, one, 1) == STATUS_HELD && status_with(names, 1, one, 1) == STATUS_BOUNCED,
           "with a variant it is for that one");
    EXPECT(status_with(names, 0, both, 2) == STATUS_HELD, "the last one of a name wins");
}

static void test_kinds(void **state)
{
    (void)state;
    struct policy_set set;
    struct bm_error error;
    uint32_t always = POLICY_KIND(BM_RESUBSCRIBE) | POLICY_KIND(BM_UNSUBSCRIBE) | POLICY_KIND(BM_COMPLAINT) |
                      POLICY_KIND(BM_DELETE) | POLICY_KIND(BM_BOUNCE);
    const char *const no_open[] = {"sfmc.reset_on_open=off", "sfmc.reset_on_click=off"};
    EXPECT(policy_set_new(&set, "sfmc", NULL, 0, &error) == BM_OK, "sfmc is known");
    EXPECT(set.kinds == (always | POLICY_KIND(BM_OPEN) | POLICY_KIND(BM_CLICK)),
           "sfmc looks at opens and clicks");
    policy_set_free(&set);
    EXPECT(policy_set_new(&set, "sfmc", no_open, 2, &error) == BM_OK, "the settings are known");
    EXPECT(set.kinds == always, "but not where they change nothing");
    policy_set_free(&set);
    EXPECT(policy_set_new(&set, "sfmc,sfmc/attempts", no_open, 2, &error) == BM_OK, "two policies");
    EXPECT(set.count == 2 && strcmp(policy_name(set.policies[1]), "sfmc/attempts") == 0, "keep their order");
    EXPECT(set.kinds == (always | POLICY_KIND(BM_OPEN) | POLICY_KIND(BM_CLICK) | POLICY_KIND(BM_DELIVERED)),
           "attempts looks at deliveries, opens and clicks all the same");
    policy_set_free(&set);
    const char *const bounces[] = {"ses.suppressed_reasons=bounce"};
    EXPECT(policy_set_new(&set, "ses", bounces, 1, &error) == BM_OK, "ses is known");
    EXPECT(set.kinds == always,
           "permissions are kept for the list of addresses, whatever the policy makes of them");
    policy_set_free(&set);
}

static void test_listing(void **state)
{
    (void)state;
    const char *name, *type, *value, *meaning;
    unsigned policies = 0;
    bool timer_seen = false;
    for (; bm_policy_name(policies); policies++) {
        EXPECT(policies == 0 || strcmp(bm_policy_name(policies - 1), bm_policy_name(policies)) < 0,
               "policies are in byte order");
        EXPECT(*bm_policy_summary(policies) && *bm_policy_source(policies), "%s has summary and source",
               bm_policy_name(policies));
        for (unsigned s = 0; bm_policy_setting(policies, s, &name, &type, &value, &meaning); s++) {
            /* Every default that is listed is taken as a value. */
            char setting[128];
            const char *settings = setting;
            struct policy_set set;
            struct bm_error error;
            bool file = strcmp(type, "file") == 0;
            EXPECT(*name && *type && (*value || file) && *meaning, "every column is filled");
            if (file)
                continue;
            snprintf(setting, sizeof setting, "%s.%s=%s", bm_policy_name(policies), name, value);
            EXPECT(policy_set_new(&set, bm_policy_name(policies), &settings, 1, &error) == BM_OK,
                   "%s is taken", setting);
            policy_set_free(&set);
            timer_seen |= strcmp(setting, "sfmc/timer.timer=1") == 0;
        }
    }
    EXPECT(policies >= 24 && timer_seen, "a variant lists its own defaults");
    EXPECT(!bm_policy_summary(policies) && !bm_policy_source(policies) &&
               !bm_policy_setting(policies, 0, &name, &type, &value, &meaning) &&
               !bm_policy_setting(0, 999, &name, &type, &value, &meaning),
           "there is nothing past the end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_names), cmocka_unit_test(test_bad_settings),
        cmocka_unit_test(test_word_settings), cmocka_unit_test(test_setting_targets),
        cmocka_unit_test(test_kinds),         cmocka_unit_test(test_listing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
