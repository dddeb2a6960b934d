/* Files of shares merged by address, row for row, whatever stands in their cells. */
#include "run/rows_merge.h"
#include "base/base.h"

#include "folder_support.h"

#define PARTS 2

static const char header[] = "address,moment,reason\n";

struct merged {
    enum bm_code code;
    uint64_t rows;
    struct bytes bytes;
    struct bm_error error;
};

static void part_write(const struct scratch *scratch, char path[PATH_MAX], unsigned part, const char *rows)
{
    char file[PATH_MAX + 16];
    struct bytes all = {0};
    CHECK(snprintf(path, PATH_MAX, "%s/%u", scratch->path, part) < PATH_MAX && mkdir(path, 0700) == 0);
    snprintf(file, sizeof file, "%s/moments.csv", path);
    bytes_add(&all, header, strlen(header));
    bytes_add(&all, rows, strlen(rows));
    file_write(file, all.at, all.size);
    free(all.at);
}

static struct merged parts_merge(const char *const rows[PARTS])
{
    static const struct rows_order order = {0, 0, UINT64_MAX};
    struct scratch scratch;
    struct folder *folder = malloc(sizeof *folder);
    struct merged merged = {0};
    static char paths[PARTS][PATH_MAX];
    scratch_make(&scratch);
    for (unsigned k = 0; k < PARTS; k++)
        part_write(&scratch, paths[k], k, rows[k]);
    CHECK(folder && folder_open(folder, scratch.output, &merged.error) == BM_OK);
    merged.code = rows_merge(folder, "moments.csv", (const char *const[]){paths[0], paths[1]}, PARTS, &order,
                             &merged.rows, &merged.error);
    if (merged.code == BM_OK)
        file_append(folder->temporary, "moments.csv", &merged.bytes);
    folder_abandon(folder);
    free(folder);
    folder_remove(scratch.path);
    return merged;
}

static void expect_merged(const char *a, const char *b, uint64_t rows, const char *expected)
{
    struct merged merged = parts_merge((const char *const[]){a, b});
    EXPECT(merged.code == BM_OK, "the rows are merged: %s", merged.error.message);
    EXPECT(merged.rows == rows, "%llu rows are counted, got %llu", (unsigned long long)rows,
           (unsigned long long)merged.rows);
    size_t first = strlen(header);
    EXPECT(merged.bytes.size == first + strlen(expected) &&
               memcmp(merged.bytes.at + first, expected, strlen(expected)) == 0,
           "rows are whole and in order, got:\n%.*s", (int)merged.bytes.size, (const char *)merged.bytes.at);
    free(merged.bytes.at);
}

static void test_newline_in_quotes(void **state)
{
    (void)state;
    expect_merged("b@x.example,\"from May\nnews\",dns\n"
                  "d@x.example,\"from \"\"May\"\"\n\n\",dns\nd@x.example,\"\"\"\n\",dns\n",
                  "a@x.example,from,dns\n"
                  "c@x.example,\"\na@x.example,\n\",dns\n",
                  5,
                  "a@x.example,from,dns\n"
                  "b@x.example,\"from May\nnews\",dns\n"
                  "c@x.example,\"\na@x.example,\n\",dns\n"
                  "d@x.example,\"from \"\"May\"\"\n\n\",dns\nd@x.example,\"\"\"\n\",dns\n");
}

static void test_row_without_end(void **state)
{
    (void)state;
    static const char *const rows[] = {"b@x.example,x,dns", "b@x.example,\"x,dns\n", "b@x.example,\"x\"\"\n"};
    for (unsigned k = 0; k < COUNT_OF(rows); k++) {
        struct merged merged = parts_merge((const char *const[]){"a@x.example,x,dns\n", rows[k]});
        EXPECT(merged.code == BM_INPUT, "row %u has no end", k);
        EXPECT(strstr(merged.error.message, "at byte 22"), "and is named: %s", merged.error.message);
        free(merged.bytes.at);
    }
}

static void test_quoted_address(void **state)
{
    (void)state;
    expect_merged("\"\"\"b,c\"\"@x.example\",\"1\n2\",dns\n", "\"\"\"b\"\"@x.example\",x,dns\n", 2,
                  "\"\"\"b\"\"@x.example\",x,dns\n\"\"\"b,c\"\"@x.example\",\"1\n2\",dns\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_newline_in_quotes),
                                       cmocka_unit_test(test_row_without_end),
                                       cmocka_unit_test(test_quoted_address)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
