/* Fields are quoted when and only when they must be, wherever the byte stands that asks for it. */
#include "base/base.h"

#include "base/text.h"

#include "../test.h"

#define LENGTH_MAX 70u

static void expect_quotes(const char *field, size_t length, bool wanted)
{
    char *exact = malloc(length); /* so that reading behind the end is found */
    EXPECT(exact, "there is memory");
    memcpy(exact, field, length);
    EXPECT(csv_needs_quotes((struct span){exact, length}) == wanted, "%zu bytes, '%.*s': quotes %d", length,
           (int)length, field, wanted);
    free(exact);
}

static void test_special(void **state)
{
    (void)state;
    static const char special[] = ",\"\n\r";
    for (size_t length = 1; length <= LENGTH_MAX; length++)
        for (size_t at = 0; at < length; at++) {
            char field[LENGTH_MAX];
            memset(field, 'x', sizeof field);
            expect_quotes(field, length, false);
            for (size_t k = 0; k + 1 < sizeof special; k++) {
                field[at] = special[k];
                expect_quotes(field, length, true);
            }
            field[at] = ' ';
            expect_quotes(field, length, at == 0 || at == length - 1);
        }
    EXPECT(!csv_needs_quotes((struct span){"", 0}), "an empty field has none");
}

static void test_quoted(void **state)
{
    (void)state;
    struct text text = {0};
    text_csv(&text, SPAN("a"));
    text_csv(&text, SPAN("b,\"c\""));
    EXPECT(span_is((struct span){text.at, text.length}, SPAN("a\"b,\"\"c\"\"\"")), "quotes are doubled: %.*s",
           (int)text.length, text.at);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_special), cmocka_unit_test(test_quoted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
