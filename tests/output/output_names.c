#include "base/base.h"
#include "output/output.h"
#include "test.h"

static void test_lists(void **state)
{
    (void)state;
    struct bm_error error = {0};
    uint32_t bits = 0;
    EXPECT(output_parse("suppression,report", &bits, &error) == BM_OK, "a list is parsed");
    EXPECT(bits == (1u << OUTPUT_SUPPRESSION | 1u << OUTPUT_REPORT), "its bits are set, got %x", bits);
    uint32_t named =
        1u << OUTPUT_HISTORY | 1u << OUTPUT_SEGMENTS | 1u << OUTPUT_DETAILS | 1u << OUTPUT_MOMENTS;
    EXPECT(output_parse("all", &bits, &error) == BM_OK && bits == (((1u << OUTPUT_COUNT) - 1) & ~named),
           "all is all but what must be named");
    EXPECT(output_parse("all,history,segments,details,moments", &bits, &error) == BM_OK &&
               bits == (1u << OUTPUT_COUNT) - 1,
           "named files come beside all");
    EXPECT(output_parse("status,snapshots,history,segments,details,moments,compare,differences,reasons,"
                        "domains,campaigns,codes,daily,patterns,unmatched,rules,labels,rejects",
                        &bits, &error) == BM_OK &&
               bits == ((1u << OUTPUT_COUNT) - 1 - (1u << OUTPUT_SUPPRESSION) - (1u << OUTPUT_REPORT)),
           "every name is known, got %x", bits);
}

static bool text_ends(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static void test_unknown(void **state)
{
    (void)state;
    static const char *const bad[] = {"",       ",",     "report,", ",report",
                                      "Report", "repor", "reports", "report, codes"};
    for (size_t k = 0; k < COUNT_OF(bad); k++) {
        struct bm_error error = {0};
        uint32_t bits = 7;
        EXPECT(output_parse(bad[k], &bits, &error) == BM_USAGE, "\"%s\" is refused", bad[k]);
        EXPECT(strstr(error.hint, "suppression") && strstr(error.hint, "rejects") && bits == 7,
               "\"%s\": the hint lists the names, and nothing is set", bad[k]);
        EXPECT(text_ends(error.hint, ", report, or all"), "the hint is whole, got %s", error.hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lists), cmocka_unit_test(test_unknown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
