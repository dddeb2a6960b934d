#include "classify/table.h"
#include "base/base.h"

#include "tests/test.h"

static const char *const columns[] = {"a", "b", "c"};

struct seen {
    size_t rows;
    uint64_t lines[8];
    char text[256];
};

static enum bm_code row_note(void *context, const struct table_row *row)
{
    struct seen *seen = context;
    if (span_is(row->fields[0], SPAN("bad")))
        return table_bad(row, 1, "not \"%.*s\"", (int)row->fields[1].length, row->fields[1].at);
    size_t used = strlen(seen->text);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        used += (size_t)snprintf(seen->text + used, sizeof seen->text - used, "%.*s|",
                                 (int)row->fields[i].length, row->fields[i].at);
    seen->lines[seen->rows++] = row->line;
    return BM_OK;
}

static enum bm_code read_text(const char *text, struct seen *seen, struct bm_error *error)
{
    *seen = (struct seen){0};
    struct table_text table = {.name = "t.csv", .bytes = {text, strlen(text)}};
    return table_read(&table, columns, COUNT_OF(columns), 2, row_note, seen, error);
}

static void test_rows(void **state)
{
    (void)state;
    struct seen seen;
    struct bm_error error = {0};
    EXPECT(read_text("\xef\xbb\xbf"
                     "x,b,a\r\n1,2,3\r\n\r\n4,\"5\n\"\"6\",7\n\n8,9 , 0",
                     &seen, &error) == BM_OK,
           "%s", error.message);
    EXPECT(strcmp(seen.text, "3|2||7|5\n\"6||0|9||") == 0, "columns by name, got %s", seen.text);
    EXPECT(seen.rows == 3 && seen.lines[0] == 2 && seen.lines[1] == 4 && seen.lines[2] == 7,
           "rows know the line that they begin on: %d %d %d", (int)seen.lines[0], (int)seen.lines[1],
           (int)seen.lines[2]);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *wanted;
    } cases[] = {
        {"a,b\n1,\"2\n3\"\nbad,no\n", "t.csv:4: column b: not \"no\""},
        {"a,c\n1,2\n", "t.csv:1: the heading has no column b"},
        {"", "t.csv:1: the table is empty"},
        {"\n\n", "t.csv:1: the table is empty"},
        {"a,b\n1,2\n3,\"4\n5\n", "t.csv:3: a quote is never closed"},
        {"a,b\n1,2\"2\n", "t.csv:2: a quote inside a field"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct seen seen;
        struct bm_error error = {0};
        enum bm_code code = read_text(cases[i].text, &seen, &error);
        EXPECT(code == BM_USAGE && strncmp(error.message, cases[i].wanted, strlen(cases[i].wanted)) == 0,
               "\"%s\", got \"%s\"", cases[i].wanted, error.message);
    }
}

static void test_files(void **state)
{
    (void)state;
    struct table_text text;
    struct bm_error error = {0};
    EXPECT(table_load(&text, "/nonexistent/x.csv", &error) == BM_USAGE, "a missing table is a usage error");
    EXPECT(strstr(error.message, "/nonexistent/x.csv") != NULL, "its name is said: %s", error.message);
    EXPECT(table_load(&text, "/tmp", &error) == BM_USAGE, "a folder is no table");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_errors),
                                       cmocka_unit_test(test_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
