/* Line ends are counted alike at every level. */
#include "base/base.h"

#include "csv/scan.h"

#include "../test.h"

#define TEXT_BYTES 40000u

static void levels_agree(void **unused)
{
    (void)unused;
    static char text[TEXT_BYTES];
    uint64_t seed = 7;
    for (size_t k = 0; k < sizeof text; k++) /* the second half is nothing but line ends */
        text[k] = k > sizeof text / 2 || test_random(&seed) % 9 == 0 ? '\n' : 'a';
    for (enum simd level = SIMD_SCALAR; level <= cpu_simd(); level++) {
        for (unsigned round = 0; round < 2000; round++) {
            size_t begin = test_random(&seed) % sizeof text;
            size_t length =
                round % 2 ? test_random(&seed) % (sizeof text - begin) : (sizeof text - begin) % 70;
            uint64_t lines = csv_lines_kernel(level)(text + begin, length);
            EXPECT(lines == csv_lines_scalar(text + begin, length), "%s: %zu bytes from %zu, got %llu",
                   simd_name(level), length, begin, (unsigned long long)lines);
        }
    }
    EXPECT(csv_lines_scalar("a\n\r\n\n", 5) == 3, "LF bytes are counted, CR are not");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(levels_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
