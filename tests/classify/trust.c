#include "classify/trust.h"
#include "base/base.h"

#include "tests/test.h"

static void expect_list(const struct trust *trust, const char *const *names, size_t count, bool wanted)
{
    for (size_t i = 0; i < count; i++)
        EXPECT(trust_contains(trust, (struct span){names[i], strlen(names[i])}) == wanted, "%s is %strusted",
               names[i], wanted ? "" : "not ");
}

static void test_builtin(void **state)
{
    (void)state;
    static const char *const yes[] = {"gmail.com",       "hotmail.com",    "hotmail.fr",    "hotmail.de",
                                      "hotmail.co.uk",   "hotmail.com.br", "hotmail.co.jp", "nyc.rr.com",
                                      "tampabay.rr.com", "a.b.rr.com",     "rr.com"};
    static const char *const no[] = {"hotmail.xyz",
                                     "hotmail.com.evil.org",
                                     "myhotmail.fr",
                                     "x.hotmail.fr",
                                     "xrr.com",
                                     "nyc.rr.com.evil.org",
                                     "googlemail.com",
                                     "outlook.com",
                                     "live.com",
                                     "msn.com",
                                     "hotmail",
                                     "hotmail.",
                                     "hotmail.f1",
                                     "fr",
                                     ".rr.com",
                                     "com",
                                     "",
                                     "gmail.co",
                                     "hotmail.org.uk"};
    struct trust trust;
    struct bm_error error = {0};
    struct table_text text = {.name = "built-in", .bytes = table_builtin_trusted_domains};
    EXPECT(trust_new(&trust, text, &error) == BM_OK, "the built-in rules are well formed: %s", error.message);
    expect_list(&trust, yes, COUNT_OF(yes), true);
    expect_list(&trust, no, COUNT_OF(no), false);
    trust_free(&trust);
}

static enum bm_code new_from(struct trust *trust, const char *rules, struct bm_error *error)
{
    return trust_new(trust, (struct table_text){.name = "own.txt", .bytes = {rules, strlen(rules)}}, error);
}

static void test_form(void **state)
{
    (void)state;
    struct trust trust;
    struct bm_error error = {0};
    EXPECT(new_from(&trust, "# none\n\n  Example.ORG. # mixed\r\nexample.org\n*.Below.net", &error) == BM_OK,
           "comments, blanks, case, a last dot and repetitions are taken: %s", error.message);
    static const char *const yes[] = {"example.org", "x.below.net"};
    static const char *const no[] = {"below.net", "x.example.org"};
    expect_list(&trust, yes, COUNT_OF(yes), true);
    expect_list(&trust, no, COUNT_OF(no), false);
    trust_free(&trust);
    EXPECT(new_from(&trust, "", &error) == BM_OK, "no rules at all: %s", error.message);
    expect_list(&trust, yes, COUNT_OF(yes), false);
    trust_free(&trust);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const char *const bad[] = {"a b.org",          "ex..org",  ".org",         "*.", "{cc}",
                                      "hotmail.{cc}.org", "*.x.{cc}", "b\xc3\xbc.de", "*",  "a@b.org"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct trust trust;
        struct bm_error error = {0};
        char rules[64];
        snprintf(rules, sizeof rules, "good.org\n\n%s\n", bad[i]);
        EXPECT(new_from(&trust, rules, &error) == BM_USAGE, "\"%s\" is no rule", bad[i]);
        EXPECT(strstr(error.message, "own.txt:3") != NULL, "the line is named: %s", error.message);
    }
}

static void test_many(void **state)
{
    (void)state;
    enum { COUNT = 100000, ROOM = 24 };
    char *rules = malloc((size_t)COUNT * ROOM);
    EXPECT(rules != NULL, "memory");
    size_t length = 0;
    for (int i = 0; i < COUNT; i++)
        length += (size_t)snprintf(rules + length, ROOM, "d%d.example.org\n", i * 2);
    struct trust trust;
    struct bm_error error = {0};
    EXPECT(trust_new(&trust, (struct table_text){.name = "many", .bytes = {rules, length}}, &error) == BM_OK,
           "100,000 rules build: %s", error.message);
    for (int i = 0; i < 2 * COUNT; i++) {
        char name[ROOM];
        size_t name_length = (size_t)snprintf(name, sizeof name, "d%d.example.org", i);
        EXPECT(trust_contains(&trust, (struct span){name, name_length}) == (i % 2 == 0), "%s", name);
    }
    trust_free(&trust);
    free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_builtin), cmocka_unit_test(test_form),
                                       cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
