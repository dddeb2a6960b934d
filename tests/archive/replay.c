/* Runs the fuzz target once over each file of its corpus. */
#include "base/base.h"

#include "archive/archive.h"

#include "../test.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *source_root;

static void test_corpus(void **state)
{
    (void)state;
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/archive", source_root);
    struct path_list list = {0};
    struct bm_error error = {0};
    EXPECT(path_list_add(&list, folder, &error) == BM_OK, "the corpus is there: %s", error.message);
    EXPECT(list.count >= 10, "the corpus is whole, got %zu files", list.count);
    for (size_t k = 0; k < list.count; k++) {
        struct archive archive;
        EXPECT(archive_open(&archive, list.paths[k], NULL, &error) == BM_OK, "%s", error.message);
        LLVMFuzzerTestOneInput(archive.bytes, archive.size);
        archive_close(&archive);
    }
    path_list_free(&list);
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    source_root = argv[1];
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_corpus)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
