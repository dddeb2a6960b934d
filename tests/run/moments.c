#include "run/moments.h"
#include "base/base.h"

#include "test.h"

#define DAY_MS INT64_C(86400000)
#define JULY   INT64_C(1782864000000) /* 2026-07-01T00:00:00Z */

static enum bm_code parse(const char *const *texts, size_t count, struct moments *moments)
{
    struct bm_error error;
    return moments_parse("--as-of", texts, count, moments, &error);
}

static void test_single(void **state)
{
    (void)state;
    static const char *const same[] = {"2026-07-01T00:00:00Z", "2026-07-01", "2026-07-01T02:00:00+02:00",
                                       "1782864000", "1782864000000"};
    for (size_t k = 0; k < COUNT_OF(same); k++) {
        struct moments moments;
        EXPECT(parse(&same[k], 1, &moments) == BM_OK && moments.count == 1 && moments.ms[0] == JULY &&
                   !moments.series,
               "%s is the first instant of July", same[k]);
        moments_free(&moments);
    }
}

static void test_series(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
        int64_t last_ms;
    } series[] = {
        {"2026-07-01/1d/2026-07-31", 31, JULY + 30 * DAY_MS},
        {"2026-07-01/12h/2026-07-02", 3, JULY + DAY_MS},
        {"2026-07-01/1w/2026-07-31", 5, JULY + 28 * DAY_MS},
        {"2026-07-01T00:00:00Z/1d/2026-07-01T23:59:59Z", 1, JULY},
    };
    for (size_t k = 0; k < COUNT_OF(series); k++) {
        struct moments moments;
        EXPECT(parse(&series[k].text, 1, &moments) == BM_OK && moments.series, "%s is a series",
               series[k].text);
        EXPECT(moments.count == series[k].count && moments.ms[moments.count - 1] == series[k].last_ms,
               "%s: %zu times, got %zu", series[k].text, series[k].count, moments.count);
        moments_free(&moments);
    }
}

static void test_several(void **state)
{
    (void)state;
    static const char *const texts[] = {"2026-07-05", "2026-07-01/1d/2026-07-03", "2026-07-02"};
    struct moments moments;
    EXPECT(parse(texts, COUNT_OF(texts), &moments) == BM_OK && moments.series && moments.count == 4,
           "each once, got %zu", moments.count);
    for (size_t k = 0; k < 3; k++)
        EXPECT(moments.ms[k] == JULY + (int64_t)k * DAY_MS, "time %zu is in its place", k);
    EXPECT(moments.ms[3] == JULY + 4 * DAY_MS, "the last comes last");
    moments_free(&moments);
}

static void test_wrong(void **state)
{
    (void)state;
    static const char *const wrong[] = {"yesterday",
                                        "2026-02-30",
                                        "2026-07-01/1d",
                                        "2026-07-01/d/2026-07-31",
                                        "2026-07-01/0d/2026-07-31",
                                        "2026-07-01/1/2026-07-31",
                                        "2026-07-01/1dd/2026-07-31",
                                        "2026-07-01/99999999999999999999d/2026-07-31",
                                        "2026-07-31/1d/2026-07-01",
                                        "/1d/2026-07-01",
                                        "2000-01-01/1h/2026-07-01",
                                        "",
                                        "//"};
    for (size_t k = 0; k < COUNT_OF(wrong); k++) {
        struct moments moments;
        EXPECT(parse(&wrong[k], 1, &moments) == BM_USAGE, "'%s' is refused", wrong[k]);
        moments_free(&moments);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_single), cmocka_unit_test(test_series),
                                       cmocka_unit_test(test_several), cmocka_unit_test(test_wrong)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
