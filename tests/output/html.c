/* The pieces of the page, and the numbers that all report files share. */
#include "output/html.h"
#include "base/base.h"
#include "output/columns.h"
#include "sample.h"
#include "test.h"

typedef void write_function(struct writer *writer, uint64_t part, uint64_t whole);

/* What `write` writes, in a static buffer. */
static const char *written(struct sample *sample, write_function *write, uint64_t part, uint64_t whole)
{
    static char text[4096];
    struct writer writer;
    struct bm_error error;
    size_t length;
    EXPECT(writer_open(&writer, sample_path(sample, "text"), &error) == BM_OK, "a file opens");
    write(&writer, part, whole);
    EXPECT(writer_close(&writer, NULL, NULL, &error) == BM_OK, "it is written");
    char *bytes = sample_read(sample_path(sample, "text"), &length);
    snprintf(text, sizeof text, "%s", bytes ? bytes : "?");
    free(bytes);
    return text;
}

static void expect_written(struct sample *sample, write_function *write, uint64_t part, uint64_t whole,
                           const char *expected)
{
    const char *text = written(sample, write, part, whole);
    EXPECT(strcmp(text, expected) == 0, "%llu of %llu is \"%s\", got \"%s\"", (unsigned long long)part,
           (unsigned long long)whole, expected, text);
}

static void test_shares(void **state)
{
    expect_written(*state, share_write, 1, 3, "0.333333");
    expect_written(*state, share_write, 2, 3, "0.666667");
    expect_written(*state, share_write, 5, 5, "1.000000");
    expect_written(*state, share_write, 7, 2, "3.500000");
    expect_written(*state, share_write, 0, 9, "0.000000");
    expect_written(*state, share_write, 1, 2000000, "0.000001");
    expect_written(*state, share_write, 1, 2000001, "0.000000");
    expect_written(*state, share_write, 9999999, 10000000, "1.000000");
    expect_written(*state, share_write, 10000000000000, 10000000000001, "1.000000");
    expect_written(*state, share_write, 1, 0, "");
}

static void test_percents(void **state)
{
    expect_written(*state, html_percent, 1, 3, "33.33\xc2\xa0%");
    expect_written(*state, html_percent, 1, 1000000,
                   "&lt;\xc2\xa0"
                   "0.01\xc2\xa0%");
    expect_written(*state, html_percent, 0, 7, "0.00\xc2\xa0%");
    expect_written(*state, html_percent, 0, 0, "\xe2\x80\x93");
    expect_written(*state, html_css_percent, 1, 3, "33.333%");
    expect_written(*state, html_css_percent, 3, 3, "100.000%");
    expect_written(*state, html_css_percent, 0, 0, "0.000%");
}

static void write_number(struct writer *writer, uint64_t part, uint64_t whole)
{
    (void)whole;
    html_number(writer, part);
}

static void test_numbers(void **state)
{
    expect_written(*state, write_number, 0, 0, "0");
    expect_written(*state, write_number, 999, 0, "999");
    expect_written(*state, write_number, 1000, 0, "1,000");
    expect_written(*state, write_number, 1002003, 0, "1,002,003");
    expect_written(*state, write_number, UINT64_MAX, 0, "18,446,744,073,709,551,615");
}

static void write_hostile(struct writer *writer, uint64_t limit, uint64_t whole)
{
    (void)whole;
    html_cut(writer, SPAN("<a href='x'>&\"\xc3\xa9\0\x1b\xc2\x85\xff"), limit);
}

static void test_escapes(void **state)
{
    expect_written(
        *state, write_hostile, 100, 0,
        "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    expect_written(*state, write_hostile, 2, 0, "&lt;a\xe2\x80\xa6");
    expect_written(*state, write_hostile, 15, 0, "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\xe2\x80\xa6");
}

/* A chart over the whole range of times: few bars, and every bounce in one of them. */
static void write_long_chart(struct writer *writer, uint64_t part, uint64_t whole)
{
    struct count_day days[2] = {{.day = 0}, {.day = (int32_t)part}};
    days[0].cell.classes[BM_HARD] = 1;
    days[1].cell.classes[BM_UNKNOWN] = whole;
    html_chart_days(writer, days, 2);
}

static void test_long_chart(void **state)
{
    const char *text = written(*state, write_long_chart, 50000, 9);
    EXPECT(strstr(text, "A bar stands for 404 days."), "days are put together");
    EXPECT(strstr(text, "bounces 1, hard 1"), "the first day is there");
    EXPECT(strstr(text, "bounces 9, hard 0, block 0, soft 0, technical 0, unknown 9"), "the last one too");
    text = written(*state, write_long_chart, 1, UINT64_C(4000000000000));
    EXPECT(strstr(text, "<span>4,000,000,000,000</span>"), "large counts have a grid");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sample_setup, sample_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_shares), TEST(test_percents), TEST(test_numbers),
                                       TEST(test_escapes), TEST(test_long_chart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
