/* Whose host is whose, and what a provider's rules do to the order of decisions. */
#include "classify/providers.h"
#include "base/base.h"

#include "tests/classify/support.h"

static struct bm_classifier *own;

static const char table[] = "provider,domain,code,phrase,reason,strength\n"
                            "acme,acme.example,,,,\n"
                            "acme,mx.other.example,,,,\n"
                            "rival,sub.acme.example,,,,\n"
                            "acme,,5.1.1,,policy,\n"
                            "acme,,550,,dns,\n"
                            "acme,,,zorblax,virus,\n"
                            "acme,,554,shoo shoo,url,\n"
                            "acme,,5.2.2,,greylist,vague\n"
                            "rival,,,zorblax,moved,\n";

static int setup(void **state)
{
    (void)state;
    char path[64];
    support_file(path, table, sizeof table - 1);
    own = support_classifier(&(struct bm_tables){.providers = path});
    unlink(path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bm_classifier_free(own);
    return 0;
}

static struct bm_verdict verdict_of(const char *code, const char *enhanced, const char *text,
                                    const char *domain, const char *mta)
{
    struct bm_reply reply = {code,   strlen(code),   enhanced, strlen(enhanced), text, strlen(text),
                             domain, strlen(domain), mta,      strlen(mta)};
    struct bm_verdict verdict;
    bm_classify(own, &reply, &verdict);
    return verdict;
}

#define EXPECT_FOR(code, enhanced, text, domain, mta, reason_name)                                           \
    do {                                                                                                     \
        const char *got_ = bm_reason_name(verdict_of(code, enhanced, text, domain, mta).reason);             \
        EXPECT(strcmp(got_, reason_name) == 0, "%s for (%s, %s, \"%s\", %s, %s), got %s", reason_name, code, \
               enhanced, text, domain, mta, got_);                                                           \
    } while (0)

static void test_whose(void **state)
{
    (void)state;
    EXPECT_FOR("", "5.1.1", "", "acme.example", "", "policy");
    EXPECT_FOR("", "5.1.1", "", "a.b.acme.example", "", "policy");
    EXPECT_FOR("", "5.1.1", "", "notacme.example", "", "user-unknown");
    EXPECT_FOR("", "5.1.1", "", "example", "", "user-unknown");
    EXPECT_FOR("", "5.1.1", "", "", "MX.Other.Example.[192.0.2.1]:25", "policy");
    EXPECT_FOR("", "", "zorblax", "acme.example", "x.sub.acme.example", "moved");
    EXPECT_FOR("", "", "zorblax", "acme.example", "unlisted.example", "virus");
    EXPECT_FOR("", "", "zorblax", "", "", "undetermined");
    EXPECT_FOR("", "", "zorblax", "", "....", "undetermined");
}

static void test_order(void **state)
{
    (void)state;
    EXPECT_FOR("550", "5.1.1", "zorblax", "acme.example", "", "virus");
    EXPECT_FOR("550", "5.3.2", "", "acme.example", "", "dns");
    EXPECT_FOR("554", "", "shoo shoo", "acme.example", "", "url");
    EXPECT_FOR("551", "", "shoo shoo", "acme.example", "", "undetermined");
    EXPECT_FOR("", "5.2.2", "user unknown", "acme.example", "", "user-unknown");
    EXPECT_FOR("", "5.2.2", "", "acme.example", "", "greylist");
    EXPECT(verdict_of("", "5.1.1", "", "acme.example", "").confidence == BM_CONFIDENCE_PROVIDER, "surest");
    EXPECT(verdict_of("", "5.1.1", "", "", "").confidence == BM_CONFIDENCE_ENHANCED, "a code");
    EXPECT(verdict_of("", "", "user unknown", "", "").confidence == BM_CONFIDENCE_PHRASE, "a phrase");
    EXPECT(verdict_of("451", "", "", "", "").confidence == BM_CONFIDENCE_VAGUE_CODE, "a reply code");
    EXPECT(verdict_of("", "", "", "", "").confidence == BM_CONFIDENCE_NONE, "nothing");
    unsigned rule = verdict_of("554", "", "shoo shoo", "acme.example", "").rule;
    EXPECT(strcmp(bm_rule_name(own, rule), "provider:acme 554 shoo shoo") == 0, "the rule has a name, got %s",
           bm_rule_name(own, rule));
    EXPECT(strcmp(bm_rule_table(own, rule), "providers") == 0, "and a table");
}

static void expect_bad(const char *row, const char *wanted)
{
    char path[64], content[512];
    int length = snprintf(content, sizeof content, "provider,domain,code,phrase,reason,strength\n%s\n", row);
    support_file(path, content, (size_t)length);
    struct bm_tables tables = {.providers = path};
    struct bm_classifier *classifier = NULL;
    struct bm_error error = {0};
    EXPECT(bm_classifier_new(&classifier, &tables, &error) == BM_USAGE, "\"%s\" is refused", row);
    EXPECT(strstr(error.message, wanted) != NULL, "%s is named, got %s", wanted, error.message);
    unlink(path);
}

static void test_bad_rows(void **state)
{
    (void)state;
    expect_bad(",a.example,,,,", ":2: column provider:");
    expect_bad("p,a..[example,,,,", ":2: column domain:");
    expect_bad("p,,,,,", ":2: column domain:");
    expect_bad("p,a.example,,,dns,", ":2: column domain:");
    expect_bad("p,,5.1,,dns,", ":2: column code:");
    expect_bad("p,,,,dns,", ":2: column code:");
    expect_bad("p,,,*,dns,sure", ":2: column strength:");
    expect_bad("p,,550,x,dnss,", ":2: column reason:");
    expect_bad("p,,,*  *,dns,", ":2: column phrase:");
}

static void test_builtin(void **state)
{
    (void)state;
    EXPECT_FOR("550", "5.4.1", "Recipient address rejected: Access denied", "",
               "contoso-example.mail.protection.outlook.com", "user-unknown");
    EXPECT_FOR("550", "", "Requested action not taken: mailbox unavailable", "gmx.net", "", "user-unknown");
    EXPECT_FOR("550", "5.7.1", "No such user!", "yandex.ru", "", "user-unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whose), cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_bad_rows), cmocka_unit_test(test_builtin)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
