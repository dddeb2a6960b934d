#include "base/base.h"

#include "base/cpu.h"
#include "base/memory.h"

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../test.h"

static void test_affinity(void **state)
{
    (void)state;
    cpu_set_t before, one;
    CHECK(sched_getaffinity(0, sizeof before, &before) == 0);
    unsigned all = cpu_threads();
    EXPECT(all >= 1 && all <= (unsigned)CPU_COUNT(&before), "1 to %d, got %u", CPU_COUNT(&before), all);
    CPU_ZERO(&one);
    for (int k = 0; k < CPU_SETSIZE; k++)
        if (CPU_ISSET(k, &before)) {
            CPU_SET(k, &one);
            break;
        }
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
    EXPECT(cpu_threads() == 1, "one processor in the mask is one thread, got %u", cpu_threads());
    CHECK(sched_setaffinity(0, sizeof before, &before) == 0);
    EXPECT(cpu_threads() == all, "and back");
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static int set_up(void **state)
{
    char *folder = strdup("/tmp/bouncemill-test-XXXXXX");
    CHECK(folder && mkdtemp(folder) && chdir(folder) == 0);
    *state = folder;
    CHECK(mkdir("m", 0777) == 0 && mkdir("m/a", 0777) == 0 && mkdir("m/a/b", 0777) == 0);
    CHECK(mkdir("m/cpu", 0777) == 0 && mkdir("m/cpu/c", 0777) == 0);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    free(*state);
    return chdir("/") != 0 || system(command) != 0;
}

static void expect_quota(const char *membership, unsigned wanted, const char *why)
{
    write_text("self", membership);
    unsigned quota = cpu_quota("m", "self");
    EXPECT(quota == wanted, "%s: %u, got %u", why, wanted, quota);
}

static void test_version_2(void **state)
{
    (void)state;
    expect_quota("0::/a/b\n", 0, "no files, no quota");
    write_text("m/a/b/cpu.max", "max 100000\n");
    expect_quota("0::/a/b\n", 0, "max is no quota");
    write_text("m/a/cpu.max", "250000 100000\n");
    expect_quota("0::/a/b\n", 3, "the group around counts, rounded up");
    write_text("m/a/b/cpu.max", "400000 100000\n");
    expect_quota("0::/a/b\n", 3, "the least one counts");
    write_text("m/a/b/cpu.max", "50000 100000\n");
    expect_quota("0::/a/b\n", 1, "half a processor is one thread");
    expect_quota("0::/\n", 0, "the groups below do not count");
    write_text("m/cpu.max", "200000 100000\n");
    expect_quota("0::/\n", 2, "the root of a container counts");
    expect_quota("0::/of/the/host\n", 2, "also when the path is that of the host");
}

static void test_version_1(void **state)
{
    (void)state;
    write_text("m/cpu/c/cpu.cfs_quota_us", "-1\n");
    write_text("m/cpu/c/cpu.cfs_period_us", "100000\n");
    expect_quota("3:cpuset:/\n2:cpu,cpuacct:/c\n", 0, "-1 is no quota");
    write_text("m/cpu/c/cpu.cfs_quota_us", "300000\n");
    expect_quota("3:cpuset:/\n2:cpu,cpuacct:/c\n", 3, "the quota of the cpu controller counts");
    expect_quota("3:cpuset:/c\n2:cpuacct:/c\n", 0, "other controllers do not");
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {"",     "x",          "-5 100000", "0 100000",
                                        "10 0", "100000 -10", "100000",    "9223372036854775807 1"};
    for (size_t k = 0; k < COUNT_OF(texts); k++) {
        write_text("m/a/cpu.max", texts[k]);
        expect_quota("0::/a\n", 0, texts[k]);
    }
    expect_quota("", 0, "no groups");
    expect_quota("0\n0:\n:\n0:cpu\n", 0, "no paths");
    EXPECT(cpu_quota("m", "nowhere") == 0, "no list of groups");
}

static void test_memory(void **state)
{
    (void)state;
    EXPECT(memory_available() > 0, "there is some");
    write_text("self", "0::/a/b\n");
    EXPECT(memory_limit("m", "self") == 0, "no files, no limit");
    write_text("m/a/b/memory.max", "max\n");
    EXPECT(memory_limit("m", "self") == 0, "max is no limit");
    write_text("m/a/memory.max", "1073741824\n");
    EXPECT(memory_limit("m", "self") == 1073741824, "the group around counts");
    write_text("m/a/b/memory.max", "4096\n");
    EXPECT(memory_limit("m", "self") == 4096, "the least one counts");
    CHECK(mkdir("m/memory", 0777) == 0 && mkdir("m/memory/c", 0777) == 0);
    write_text("m/memory/c/memory.limit_in_bytes", "536870912\n");
    write_text("self", "4:cpu,cpuacct:/\n3:memory:/c\n");
    EXPECT(memory_limit("m", "self") == 536870912, "version 1, too");
    write_text("m/memory/c/memory.limit_in_bytes", "9223372036854771712\n");
    EXPECT(memory_limit("m", "self") == 9223372036854771712u, "no limit there is a large number");
}

static void test_simd(void **state)
{
    (void)state;
    EXPECT(cpu_simd() < SIMD_COUNT, "a level that there is");
    EXPECT(strcmp(simd_name(SIMD_SCALAR), "scalar") == 0 && strcmp(simd_name(SIMD_AVX2), "avx2") == 0 &&
               strcmp(simd_name(SIMD_AVX512), "avx512") == 0,
           "names as on the command line");
#if defined(__x86_64__)
    bool avx2 = __builtin_cpu_supports("avx2");
    EXPECT(avx2 || cpu_simd() == SIMD_SCALAR, "no level that the processor lacks");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_affinity),
        cmocka_unit_test_setup_teardown(test_version_2, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_version_1, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_malformed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
        cmocka_unit_test(test_simd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
