/* Runs the fuzz target over its corpus and over random changes. */
#include "base/base.h"

#include "archive/archive.h"

#include <limits.h>

#include "../test.h"

#define ROUNDS 400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct path_list list;

static void test_corpus(void **state)
{
    (void)state;
    struct bm_error error;
    EXPECT(list.count >= 4, "the corpus is there");
    for (size_t k = 0; k < list.count; k++) {
        struct archive archive;
        EXPECT(archive_open(&archive, list.paths[k], NULL, &error) == BM_OK, "%s", error.message);
        LLVMFuzzerTestOneInput(archive.bytes, archive.size);
        archive_close(&archive);
    }
}

static void test_random_changes(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint8_t data[64] = {1};
        size_t size = 1 + 5 * (1 + test_random(&seed) % 6);
        for (size_t k = 1; k < size; k++)
            data[k] = (uint8_t)test_random(&seed);
        LLVMFuzzerTestOneInput(data, size);
    }
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    char folder[PATH_MAX];
    struct bm_error error;
    (void)snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/tally", argv[1]);
    CHECK(path_list_add(&list, folder, &error) == BM_OK);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_corpus), cmocka_unit_test(test_random_changes)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    path_list_free(&list);
    return failed;
}
