#include "base/base.h"
#include "event/event.h"

#include "test.h"

static void test_kinds_and_classes(void **state)
{
    (void)state;
    static const char *const kinds[] = {"resubscribe", "sent",        "delivered", "open",   "click",
                                        "bounce",      "unsubscribe", "complaint", "delete", "deferred"};
    static const char *const classes[] = {"hard", "block", "soft", "technical", "unknown", "none"};
    EXPECT(COUNT_OF(kinds) == BM_KIND_COUNT && COUNT_OF(classes) == BM_CLASS_COUNT, "every name is listed");
    for (unsigned k = 0; k < COUNT_OF(kinds); k++)
        EXPECT(strcmp(bm_kind_name(k), kinds[k]) == 0, "kind %u is %s, got %s", k, kinds[k], bm_kind_name(k));
    for (unsigned k = 0; k < COUNT_OF(classes); k++)
        EXPECT(strcmp(bm_class_name(k), classes[k]) == 0, "class %u is %s", k, classes[k]);
    EXPECT(strcmp(bm_kind_name(BM_KIND_COUNT), "?") == 0, "a kind out of range is '?'");
    EXPECT(strcmp(bm_class_name(99), "?") == 0, "a class out of range is '?'");
}

static void test_enhanced_format(void **state)
{
    (void)state;
    static const struct {
        enhanced_code code;
        const char *text;
    } cases[] = {{0, ""},
                 {ENHANCED(5, 1, 1), "5.1.1"},
                 {ENHANCED(4, 0, 0), "4.0.0"},
                 {ENHANCED(5, 7, 509), "5.7.509"},
                 {ENHANCED(2, 10, 20), "2.10.20"},
                 {ENHANCED(5, 999, 999), "5.999.999"}};
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        char out[11];
        size_t length = enhanced_format(cases[k].code, out);
        EXPECT(length == strlen(cases[k].text) && memcmp(out, cases[k].text, length) == 0,
               "code %s is written so, got %.*s", cases[k].text, (int)length, out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kinds_and_classes),
                                       cmocka_unit_test(test_enhanced_format)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
