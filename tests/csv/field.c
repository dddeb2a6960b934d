/* Contents of single fields. That all are those of libcsv is tested with the scanner. */
#include "base/base.h"

#include "csv/field.h"
#include "test.h"

/* raw and scratch are of exactly the promised sizes. */
static void expect_field(const char *raw, const char *trimmed, const char *kept)
{
    size_t length = strlen(raw);
    char *text = malloc(length ? length : 1);
    char *scratch = malloc(length ? length : 1);
    CHECK(text && scratch);
    memcpy(text, raw, length);
    struct span field = csv_field((struct span){text, length}, scratch);
    EXPECT(span_is(field, (struct span){trimmed, strlen(trimmed)}), "%s is %s, got %.*s", raw, trimmed,
           (int)field.length, field.at);
    field = csv_field_blanks((struct span){text, length}, scratch);
    EXPECT(span_is(field, (struct span){kept, strlen(kept)}), "%s with blanks is %s, got %.*s", raw, kept,
           (int)field.length, field.at);
    free(scratch);
    free(text);
}

static void unquoted_fields_lose_their_blanks_or_keep_them(void **unused)
{
    (void)unused;
    expect_field("", "", "");
    expect_field("abc", "abc", "abc");
    expect_field(" \tabc d\t ", "abc d", " \tabc d\t ");
    expect_field("  ", "", "  ");
    expect_field(" a\"b\" ", "a\"b\"", " a\"b\" ");
}

static void quoted_fields_lose_their_quotes(void **unused)
{
    (void)unused;
    expect_field("\"\"", "", "");
    expect_field("\"abc\"", "abc", "abc");
    expect_field(" \" abc \"\t ", " abc ", " abc ");
    expect_field("\"a\"\"b\"", "a\"b", "a\"b");
    expect_field("\"\"\"\"", "\"", "\"");
    expect_field("\"\"\"\"\"\"", "\"\"", "\"\"");
}

static void stray_quotes_are_literal(void **unused)
{
    (void)unused;
    expect_field("\"a\"b\"", "a\"b", "a\"b");
    expect_field("\"a\" \"b\"", "a\" \"b", "a\" \"b");
    expect_field("\"a\" \" ", "a\" ", "a\" ");
    expect_field("\"a\" \"\"", "a\" \"", "a\" \"");
    expect_field("\"a\"\" ", "a\" ", "a\" ");
}

static void open_fields_reach_to_the_end(void **unused)
{
    (void)unused;
    expect_field("\"", "", "");
    expect_field("\"abc ", "abc ", "abc ");
    expect_field("\"a\"b ", "a\"b ", "a\"b ");
}

static void plain_fields_are_not_copied(void **unused)
{
    (void)unused;
    char scratch[8];
    struct span unquoted = SPAN(" abc ");
    struct span quoted = SPAN("\"abc\" ");
    EXPECT(csv_field(unquoted, scratch).at == unquoted.at + 1, "an unquoted field is a part of raw");
    EXPECT(csv_field(quoted, scratch).at == quoted.at + 1, "so is a quoted one without inner quotes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unquoted_fields_lose_their_blanks_or_keep_them),
        cmocka_unit_test(quoted_fields_lose_their_quotes),
        cmocka_unit_test(stray_quotes_are_literal),
        cmocka_unit_test(open_fields_reach_to_the_end),
        cmocka_unit_test(plain_fields_are_not_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
