#include "base/base.h"

#include "run/job_memory.h"

#include "../test.h"

#define MIB ((uint64_t)1 << 20)

static void expect_size(const char *text, uint64_t wanted)
{
    struct bm_error error;
    uint64_t bytes = 0;
    EXPECT(memory_parse(text, &bytes, &error) == BM_OK && bytes == wanted, "%s: %llu, got %llu", text,
           (unsigned long long)wanted, (unsigned long long)bytes);
}

static void test_sizes(void **state)
{
    (void)state;
    expect_size("1", 1);
    expect_size("4096", 4096);
    expect_size("3K", 3072);
    expect_size("256M", 256 * MIB);
    expect_size("4G", 4096 * MIB);
    expect_size("2T", 2 * MIB * MIB);
    expect_size("16777215T", 16777215 * MIB * MIB);
}

static void test_no_sizes(void **state)
{
    (void)state;
    static const char *const texts[] = {"",    "0",   "M",   "-1",   "+1", "1X",
                                        "1MB", "1.5", "1 M", "0x10", "1m", "16777216T"};
    for (size_t k = 0; k < COUNT_OF(texts); k++) {
        struct bm_error error;
        uint64_t bytes;
        EXPECT(memory_parse(texts[k], &bytes, &error) == BM_USAGE && error.hint[0], "\"%s\" is no size",
               texts[k]);
    }
}

static void test_default(void **state)
{
    (void)state;
    struct bm_error error;
    uint64_t bytes = 0, other = 0;
    EXPECT(memory_parse(NULL, &bytes, &error) == BM_OK && bytes > 0, "a part of what there is");
    EXPECT(memory_parse("auto", &other, &error) == BM_OK && other == bytes, "auto is the default");
}

static void test_least(void **state)
{
    (void)state;
    struct bm_error error;
    struct job_memory memory = {0};
    EXPECT(job_memory_open(&memory, 15 * MIB, true, 1, "/tmp", 1, &error) == BM_USAGE && error.hint[0],
           "too few: %s", error.message);
    EXPECT(job_memory_open(&memory, 64 * MIB, true, 64, "/tmp", 1, &error) == BM_USAGE, "threads need some");
    EXPECT(job_memory_open(&memory, 15 * MIB, false, 64, "/tmp", 1, &error) == BM_OK,
           "a small machine is no mistake of the user's");
    job_memory_close(&memory);
    EXPECT(job_memory_open(&memory, 16 * MIB, true, 1, "/tmp", 1, &error) == BM_OK, "%s", error.message);
    EXPECT(memory.scan_bytes < memory.bytes && memory.bytes <= 16 * MIB, "shares of the whole");
    job_memory_close(&memory);
    job_memory_close(&memory); /* once is enough */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_no_sizes),
                                       cmocka_unit_test(test_default), cmocka_unit_test(test_least)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
