/* The registry, and how `auto` chooses. */
#include "base/base.h"

#include "test.h"
#include "tests/csv/names.h"

static void dialects_are_found_by_name(void **unused)
{
    (void)unused;
    for (size_t i = 0; dialects[i]; i++) {
        EXPECT(dialect_find(dialects[i]->name) == dialects[i], "%s is found", dialects[i]->name);
        EXPECT(dialects[i]->summary[0] && !strchr(dialects[i]->summary, '\n'), "its summary is one line");
    }
    EXPECT(dialects[0] == dialect_find("native"), "native is tried first");
    EXPECT(dialect_find("powermta") != NULL, "powermta is there");
    EXPECT(dialect_find("auto") == NULL, "auto is no dialect");
    EXPECT(dialect_find("nativ") == NULL && dialect_find("") == NULL, "names are whole");
}

static void auto_takes_the_first_that_knows_the_header(void **unused)
{
    (void)unused;
    struct columns columns;
    EXPECT(names_recognise("auto", "time,event,address,type,timeLogged,rcpt", &columns), "both would do");
    EXPECT(columns.dialect == dialect_find("native"), "native is preferred");
    EXPECT(names_recognise("auto", "type,timeLogged,rcpt", &columns), "a PowerMTA header");
    EXPECT(columns.dialect == dialect_find("powermta"), "is recognised");
    EXPECT(!names_recognise("auto", "a,b,c", &columns), "strange headers are not");
    EXPECT(!names_recognise("auto", "", &columns), "nor empty ones");
}

static void a_wanted_dialect_is_the_only_one_tried(void **unused)
{
    (void)unused;
    struct columns columns;
    EXPECT(names_recognise("powermta", "time,event,address,type,timeLogged,rcpt", &columns), "powermta");
    EXPECT(columns.dialect == dialect_find("powermta") && columns.at[COLUMN_ADDRESS] == 5, "as asked");
    EXPECT(!names_recognise("native", "type,timeLogged,rcpt", &columns), "not native");
}

static void columns_past_the_limit_are_ignored(void **unused)
{
    (void)unused;
    struct span names[NAMES_MAX];
    struct columns columns;
    for (size_t i = 0; i < NAMES_MAX; i++)
        names[i] = SPAN("x");
    names[0] = SPAN("time");
    names[1] = SPAN("event");
    names[CSV_COLUMNS_MAX - 1] = SPAN("address");
    EXPECT(dialect_recognise(NULL, names, NAMES_MAX, &columns), "the last column within the limit counts");
    EXPECT(columns.at[COLUMN_ADDRESS] == CSV_COLUMNS_MAX - 1, "and is where it stands");
    EXPECT(columns.required_last == CSV_COLUMNS_MAX - 1 && columns.count == CSV_COLUMNS_MAX, "and bounds");
    names[CSV_COLUMNS_MAX] = names[CSV_COLUMNS_MAX - 1];
    names[CSV_COLUMNS_MAX - 1] = SPAN("x");
    EXPECT(!dialect_recognise(NULL, names, NAMES_MAX, &columns), "the first one past it does not");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialects_are_found_by_name),
        cmocka_unit_test(auto_takes_the_first_that_knows_the_header),
        cmocka_unit_test(a_wanted_dialect_is_the_only_one_tried),
        cmocka_unit_test(columns_past_the_limit_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
