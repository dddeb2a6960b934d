/* What a rule file may say, what it may not, and how it is told. */
#include "base/base.h"

#include "replay.h"

#include <unistd.h>

#define PATH "rule_file_test.ini" /* in the test's own folder */
#define RULE "[rule a]\nbounces = soft\nlimit = 3\nstatus = Suppressed\ncause = soft-limit\n"
#define HARD "[rule b]\nbounces = hard\nlimit = any\nstatus = Suppressed\ncause = hard\n"

static char setting[4096];

static void write_rules(const char *text)
{
    FILE *file = fopen(setting + strlen("custom.file="), "w");
    EXPECT(file && fputs(text, file) >= 0 && fclose(file) == 0, "the rule file can be written");
}

static void expect_refused(const char *text, const char *message, const char *hint)
{
    struct policy_set set;
    struct bm_error error = {0};
    const char *settings = setting;
    write_rules(text);
    enum bm_code code = policy_set_new(&set, "custom", &settings, 1, &error);
    EXPECT(code == BM_USAGE && error.code == BM_USAGE, "'%s' is refused, got %d", text, code);
    EXPECT(strstr(error.message, message) != NULL, "the message says '%s', got '%s'", message, error.message);
    EXPECT(strstr(error.hint, hint) != NULL, "the hint says '%s', got '%s'", hint, error.hint);
    EXPECT(set.count == 0 && set.policies == NULL, "nothing is left over");
}

static void expect_custom(const char *text, const struct policy_event *events, size_t count,
                          enum status status, enum cause cause, unsigned bounces)
{
    write_rules(text);
    expect_outcome("custom", setting, events, count, false, status, cause, bounces);
}

static void test_names(void **state)
{
    (void)state;
    expect_refused("limit = 3\n", PATH ":1: limit: before any section", "[rule NAME]");
    expect_refused("[rules a]\nlimit = 3\n", ":2: limit: in a section that is not known: \"rules a\"",
                   "[policy]");
    expect_refused("[rule]\nlimit = 3\n", "not known", "[rule NAME]");
    expect_refused("[rule a]\n\nlimmit = 3\n", ":3: limmit: there is no key \"limmit\"", "\"limit\"");
    expect_refused("[policy]\ndispositon = yes\n", ":2: dispositon: there is no key", "\"disposition\"");
    expect_refused("[rule a]\nbounces = soft, graylist\n",
                   ":2: bounces: there is no class or reason \"graylist\"", "\"greylist\"");
    expect_refused("[rule a]\nbounces = auto-reply\n", "no class or reason", "");
    expect_refused("[rule a]\nbounces = ,\n", "names nothing", "such as");
    expect_refused("[rule a]\nstatus = Supressed\n", ":2: status: there is no status \"Supressed\"",
                   "\"Suppressed\"");
    expect_refused("[rule a]\nstatus = Active\n", "no bounce leads to \"Active\"", "Suppressed");
    expect_refused("[rule a]\ncause = softlimit\n", "there is no cause", "\"soft-limit\"");
    expect_refused("[rule a]\ncause = unsubscribe\n", "not the cause of a bounce's status", "soft-limit");
    expect_refused("[rule a]\ncount = runs\n", ":2: count: there is no \"runs\"", "\"run\"");
    expect_refused("[rule a]\nunit = message\n", "there is no \"message\"", "campaign, row or day");
    expect_refused("[rule a]\nreset = opened\n", "there is no \"opened\"", "\"open\"");
    expect_refused("[policy]\ncomplaint_status = Failing\n", "who complained", "Unsubscribed");
    expect_refused("[rule a]\nlimit\n", ":2: line: is neither", "comments");
    expect_refused("", "there is no rule", "for example");
}

static void test_values(void **state)
{
    (void)state;
    static const char *const bad[] = {"0",      "-1", "", "3.5", "1000001", "99999999999999999999",
                                      "always", " 3x"};
    for (size_t k = 0; k < COUNT_OF(bad); k++) {
        char text[64];
        snprintf(text, sizeof text, "[rule a]\nlimit = %s\n", bad[k]);
        expect_refused(text, ":2: limit: not such a number", "from 1 to 1000000, or never, or any");
    }
    expect_refused("[rule a]\nwindow_days = 0\n", "window_days: not such a number", "from 1 to 3650");
    expect_refused("[policy]\ndisposition = maybe\n", "neither yes nor no: \"maybe\"", "yes or no");
    expect_refused("[rule a]\nlimit = 3\nlimit = 3\n", ":3: limit: is given twice", "once");
    expect_refused("[rule a]\nbounces = soft,\n  block\n", ":3: bounces: is given twice", "one line");
    char text[600];
    snprintf(text, sizeof text, "[rule a]\nbounces = soft%*s\n", 500, ", block");
    expect_refused(text, ":2: line: is too long", "200");
}

static void test_contradictions(void **state)
{
    (void)state;
    expect_refused(RULE "[rule b]\nbounces = soft\n", ":7: bounces: has a rule already: \"soft\"", "once");
    expect_refused("[rule a]\nbounces = greylist greylist\n", "has a rule already", "once");
    expect_refused("[rule a]\nlimit = 3\nstatus = Suppressed\ncause = hard\n",
                   ":2: bounces: is missing in rule \"a\"", "a rule has");
    expect_refused("[rule a]\nbounces = soft\n", "limit: is missing", "a rule has");
    expect_refused("[rule a]\nbounces = soft\nlimit = 3\ncause = hard\n", "status: is missing",
                   "where it acts");
    expect_refused("[rule a]\nbounces = soft\nlimit = any\nstatus = Held\n", "cause: is missing",
                   "where it acts");
    expect_refused("[rule a]\nbounces = soft\nlimit = never\nstatus = Held\n",
                   ":4: status: contradicts the limit of rule \"a\"", "never");
    expect_refused(HARD "window_days = 3\n", ":6: window_days: contradicts the limit", "any");
    expect_refused(HARD "limit_engaged = 3\n", "limit_engaged: contradicts the limit", "number");
    expect_refused(RULE "grace_days = 3\n", "grace_days: contradicts the limit", "any");
    expect_refused(RULE "count = run\n", ":6: count: nothing ends the run", "reset =");
    expect_refused(RULE "reset = open\n", ":6: reset: contradicts the cumulative count", "count = run");
    expect_refused(RULE "count_max = 2\n", "count_max: keeps the limit out of reach", "or more");
    expect_refused(RULE "limit_engaged = 9\ncount_max = 8\n", "out of reach", "or more");
    expect_refused(RULE "window_days = 9\nspan_days = 9\n", "span_days: does not fit",
                   "less than window_days");
    expect_refused(RULE HARD "grace_days = 3\n", "go together in rule \"b\"", "both or none");
    expect_refused(RULE HARD "grace_days = 3\ngrace_rule = c\n", "another rule without a grace: \"c\"",
                   "instead");
    expect_refused(RULE HARD "grace_days = 3\ngrace_rule = b\n", "another rule without a grace", "instead");
}

static void test_files(void **state)
{
    (void)state;
    struct policy_set set;
    struct bm_error error = {0};
    const char *missing = "custom.file=no/such/file.ini", *empty = "custom.file=";
    EXPECT(policy_set_new(&set, "custom", NULL, 0, &error) == BM_USAGE &&
               strstr(error.hint, "custom.file=PATH"),
           "custom needs a file: %s", error.hint);
    EXPECT(policy_set_new(&set, "custom", &empty, 1, &error) == BM_USAGE && strstr(error.message, "no rules"),
           "an empty path is none");
    EXPECT(policy_set_new(&set, "custom", &missing, 1, &error) == BM_USAGE &&
               strstr(error.message, "no/such/file.ini"),
           "a file that is not there is named: %s", error.message);
    const char *folder = "custom.file=.";
    EXPECT(policy_set_new(&set, "custom", &folder, 1, &error) == BM_USAGE &&
               strstr(error.message, "cannot read") && strstr(error.hint, "INI"),
           "a folder is no file: %s", error.message);
    char text[2000];
    size_t used = 0;
    for (int k = 0; k < 17; k++)
        used += (size_t)snprintf(text + used, sizeof text - used, "[rule r%d]\nlimit = never\nbounces = %s\n",
                                 k, reason_table[REASON_AUTO_REPLY + 1 + k].name);
    expect_refused(text, "one rule too many", "16");
}

static void test_units(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, REASON_MAILBOX_FULL), bounce(HOUR, 1, REASON_EXPIRED),
                                          bounce(2 * HOUR, 2, REASON_MAILBOX_FULL),
                                          bounce(DAY, 2, REASON_MAILBOX_FULL),
                                          bounce(DAY, 2, REASON_NETWORK)};
    expect_custom(RULE, events, 5, STATUS_ACTIVE, CAUSE_NONE, 2);
    expect_custom(RULE "unit = row\n", events, 5, STATUS_SUPPRESSED, CAUSE_SOFT_LIMIT, 3);
    expect_custom(RULE "unit = day\n", events, 5, STATUS_ACTIVE, CAUSE_NONE, 2);
    expect_custom(RULE "[rule b]\nbounces = network\nlimit = any\nstatus = Held\ncause = bounce\n", events, 5,
                  STATUS_HELD, CAUSE_BOUNCE, 2);
}

static void test_windows(void **state)
{
    (void)state;
    const struct policy_event events[] = {
        bounce(0, 1, REASON_MAILBOX_FULL), bounce(5 * DAY, 2, REASON_MAILBOX_FULL),
        bounce(10 * DAY + 1, 3, REASON_MAILBOX_FULL), bounce(14 * DAY, 4, REASON_MAILBOX_FULL)};
    expect_custom(RULE, events, 3, STATUS_SUPPRESSED, CAUSE_SOFT_LIMIT, 3);
    expect_custom(RULE "window_days = 10\n", events, 3, STATUS_ACTIVE, CAUSE_NONE, 2);
    expect_custom(RULE "window_days = 10\n", events, 4, STATUS_SUPPRESSED, CAUSE_SOFT_LIMIT, 3);
    expect_custom(RULE "span_days = 11\n", events, 3, STATUS_ACTIVE, CAUSE_NONE, 3);
    expect_custom(RULE "span_days = 14\n", events, 4, STATUS_SUPPRESSED, CAUSE_SOFT_LIMIT, 4);
    expect_custom(RULE "span_days = 9\nwindow_days = 10\n", events, 4, STATUS_SUPPRESSED, CAUSE_SOFT_LIMIT,
                  3);
}

static void test_runs(void **state)
{
    (void)state;
    const struct policy_event events[] = {bounce(0, 1, REASON_MAILBOX_FULL),
                                          bounce(DAY, 2, REASON_MAILBOX_FULL), other(2 * DAY, BM_OPEN, 2),
                                          bounce(3 * DAY, 3, REASON_MAILBOX_FULL)};
    expect_custom(RULE "count = run\nreset = delivered\n", events, 4, STATUS_SUPPRESSED, CAUSE_SOFT_LIMIT, 3);
    expect_custom(RULE "count = run\nreset = open\n", events, 4, STATUS_ACTIVE, CAUSE_NONE, 1);
    expect_custom(RULE "limit_engaged = 2\n", events, 4, STATUS_SUPPRESSED, CAUSE_SOFT_LIMIT, 3);
    expect_custom(RULE "limit_engaged = 4\n", events, 4, STATUS_ACTIVE, CAUSE_NONE, 3);
    const char *advice = "[rule a]\nbounces = soft\nlimit = 2\nstatus = Failing\ncause = soft-failure\n"
                         "count = run\nreset = open\ncause_of_reason = yes\n";
    expect_custom(advice, events, 2, STATUS_FAILING, CAUSE_SOFT_FAILURE, 2);
    struct outcome outcome = replay("custom", setting, events, 2, START + 9 * DAY, false);
    EXPECT(outcome.result.cause_reason == REASON_MAILBOX_FULL, "the cause carries the reason");
    expect_custom(advice, events, 3, STATUS_ACTIVE, CAUSE_OPEN, 0);
    expect_custom(advice, events, 4, STATUS_ACTIVE, CAUSE_OPEN, 1);
    /* Only what ends the run of the rule that made the status ends the status. */
    const char *apart = "[rule a]\nbounces = soft\nlimit = 2\nstatus = Failing\ncause = soft-failure\n"
                        "count = run\nreset = delivered\n"
                        "[rule b]\nbounces = hard\nlimit = never\ncount = run\nreset = open\n";
    expect_custom(apart, events, 3, STATUS_FAILING, CAUSE_SOFT_FAILURE, 2);
}

/* More than have room in place, in a window. */
static void test_many(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    static struct policy_event events[MANY];
    for (int k = 0; k < MANY; k++)
        events[k] = bounce(k * HOUR, (uint64_t)k + 1, k % 2 ? REASON_MAILBOX_FULL : REASON_EXPIRED);
    expect_custom("[rule a]\nbounces = soft\nlimit = 26\nstatus = Held\ncause = bounce\nwindow_days = 1\n",
                  events, MANY, STATUS_ACTIVE, CAUSE_NONE, 25);
    expect_custom("[rule a]\nbounces = soft\nlimit = never\nwindow_days = 1\n"
                  "[rule b]\nbounces = mailbox-full\nlimit = never\nwindow_days = 2\n",
                  events, MANY, STATUS_ACTIVE, CAUSE_NONE, 13 + 25);
}

int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    snprintf(setting, sizeof setting, "custom.file=%s.%ld.%s", "/tmp/bouncemill", (long)getpid(), PATH);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names),          cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_contradictions), cmocka_unit_test(test_files),
                                       cmocka_unit_test(test_units),          cmocka_unit_test(test_windows),
                                       cmocka_unit_test(test_runs),           cmocka_unit_test(test_many)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(setting + strlen("custom.file="));
    return failed;
}
