/* What labels of source systems say of our reasons. */
#include "event/label.h"
#include "base/base.h"

#include "tests/test.h"

static void expect(const char *label, enum reason reason, const char *agreement)
{
    const char *got = label_agreement_name(label_agrees((struct span){label, strlen(label)}, reason));
    EXPECT(strcmp(got, agreement) == 0, "\"%s\" and %s: \"%s\", got \"%s\"", label, reason_table[reason].name,
           agreement, got);
}

static void test_agreements(void **state)
{
    (void)state;
    expect("bad-mailbox", REASON_USER_UNKNOWN, "reason");
    expect("Bad-Mailbox", REASON_MOVED, "reason");
    expect("bad-domain", REASON_USER_UNKNOWN, "class");
    expect("bad-mailbox", REASON_REPUTATION, "no");
    expect("spam-related", REASON_USER_UNKNOWN, "no");
    expect("policy-related", REASON_REPUTATION, "class");
    expect("policy-related", REASON_GREYLIST, "reason");
    expect("bad-mailbox", REASON_UNDETERMINED, "no");
    expect("other", REASON_USER_UNKNOWN, "");
    expect("other", REASON_UNDETERMINED, "");
    expect("", REASON_USER_UNKNOWN, "");
    expect("our own words", REASON_USER_UNKNOWN, "");
    expect("InvalidRecipient", REASON_USER_UNKNOWN, "reason");
    expect("Uncategorized", REASON_USER_UNKNOWN, "");
    expect("SpamBlock", REASON_MAILBOX_FULL, "no");
}

/* The names that PowerMTA gives a bounce by default. */
static void test_powermta_is_known(void **state)
{
    (void)state;
    static const char *const names[] = {
        "bad-configuration", "bad-connection",  "bad-domain",       "bad-mailbox",
        "content-related",   "invalid-sender",  "inactive-mailbox", "message-expired",
        "policy-related",    "protocol-errors", "quota-issues",     "no-answer-from-host",
        "relaying-issues",   "routing-errors",  "spam-related",     "virus-related"};
    for (size_t k = 0; k < COUNT_OF(names); k++) {
        struct span label = {names[k], strlen(names[k])};
        unsigned same = 0;
        for (unsigned reason = 0; reason < REASON_COUNT; reason++)
            same += label_agrees(label, (enum reason)reason) == LABEL_SAME_REASON;
        EXPECT(same > 0, "%s is some reason's name", names[k]);
        EXPECT(label_agrees(label, REASON_UNDETERMINED) == LABEL_DISAGREES, "%s says more than we know",
               names[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_agreements),
                                       cmocka_unit_test(test_powermta_is_known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
