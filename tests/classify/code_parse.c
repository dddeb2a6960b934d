#include "classify/code_parse.h"
#include "base/base.h"

#include "tests/test.h"

static struct span text_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static void test_enhanced(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enhanced_code wanted;
    } cases[] = {
        {"5.1.1", ENHANCED(5, 1, 1)},
        {"5.7.606", ENHANCED(5, 7, 606)},
        {"4.999.999", ENHANCED(4, 999, 999)},
        {"5.4.7 (delivery time expired)", ENHANCED(5, 4, 7)},
        {"550 5.1.1 no", ENHANCED(5, 1, 1)},
        {"550-5.1.1 no", ENHANCED(5, 1, 1)},
        {"sorry (#5.2.2)", ENHANCED(5, 2, 2)},
        {"see [5.1.1] there", ENHANCED(5, 1, 1)},
        {"smtp;5.1.1 no", ENHANCED(5, 1, 1)},
        {"dsn=5.7.1, stat=x", ENHANCED(5, 7, 1)},
        {"said '550 5.0.0 no' (5.1.1)", ENHANCED(5, 1, 1)},
        {"550 5.0.0 no", ENHANCED(5, 0, 0)},
        {"ends with 5.1.1.", ENHANCED(5, 1, 1)},
        {"192.0.2.1", 0},
        {"5.1.1.7", 0},
        {"15.1.1", 0},
        {"5.1.1234", 0},
        {"5.1234.1", 0},
        {"3.1.1", 0},
        {"v5.1.1", 0},
        {"mx-5.1.1 x", 0},
        {"5.1.1a", 0},
        {"5.1.1@example.org", 0},
        {"http://x/5.1.1", 0},
        {"5..1", 0},
        {"5.1.", 0},
        {".5.1.1", 0},
        {"", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned reply = 0;
        enhanced_code got = code_parse_enhanced(text_of(cases[i].text), &reply);
        EXPECT(got == cases[i].wanted, "\"%s\" is %x, got %x", cases[i].text, cases[i].wanted, got);
    }
}

static void test_reply(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned wanted;
    } cases[] = {
        {"550", 550},
        {"550 no", 550},
        {"550-no", 550},
        {"smtp; 421 busy", 421},
        {"X-Postfix; 550", 550},
        {"host x[192.0.2.1] said: 452 full", 452},
        {"#550 5.2.2 x", 550},
        {"5501", 0},
        {"55", 0},
        {"550a", 0},
        {"550.1", 0},
        {"150 x", 0},
        {"700 x", 0},
        {"no 550", 0},
        {"", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned got = code_parse_reply(text_of(cases[i].text));
        EXPECT(got == cases[i].wanted, "\"%s\" is %u, got %u", cases[i].text, cases[i].wanted, got);
    }
}

static void test_columns(void **state)
{
    (void)state;
    struct codes_found found = code_parse(SPAN("550"), SPAN("5.1.1"), SPAN("421 4.2.2 x"));
    EXPECT(found.reply == 550 && found.enhanced == ENHANCED(5, 1, 1), "columns come before the text");
    found = code_parse(SPAN(""), SPAN(""), SPAN("421 4.2.2 x"));
    EXPECT(found.reply == 421 && found.enhanced == ENHANCED(4, 2, 2), "the text fills empty columns");
    found = code_parse(SPAN("554"), SPAN("5.0.0"), SPAN("554 5.1.1 x"));
    EXPECT(found.enhanced == ENHANCED(5, 1, 1), "the text fills a column that says nothing");
    found = code_parse(SPAN("554"), SPAN("5.0.0"), SPAN("x"));
    EXPECT(found.enhanced == ENHANCED(5, 0, 0), "which is kept when the text has no better");
    found = code_parse(SPAN(""), SPAN(""), SPAN("the server replied 450 4.1.8 x"));
    EXPECT(found.reply == 450, "a reply code before an enhanced one is found, got %u", found.reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_enhanced), cmocka_unit_test(test_reply),
                                       cmocka_unit_test(test_columns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
