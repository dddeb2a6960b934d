/* The fuzz target's corpus, and random pieces of it, replayed without a fuzzer. */
#include "base/base.h"

#include <dirent.h>

#include "tests/classify/support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *root;

static void replay_file(const char *path)
{
    struct table_text text;
    struct bm_error error = {0};
    EXPECT(table_load(&text, path, &error) == BM_OK, "%s", error.message);
    uint8_t *changed = malloc(text.bytes.length + 1);
    EXPECT(changed != NULL, "memory");
    uint64_t seed = 5;
    LLVMFuzzerTestOneInput((const uint8_t *)text.bytes.at, text.bytes.length);
    for (int round = 0; round < 200 && text.bytes.length; round++) {
        memcpy(changed, text.bytes.at, text.bytes.length);
        for (int i = 0; i < 3; i++)
            changed[test_random(&seed) % text.bytes.length] = (uint8_t)test_random(&seed);
        LLVMFuzzerTestOneInput(changed, test_random(&seed) % (text.bytes.length + 1));
    }
    free(changed);
    table_unload(&text);
}

static void test_corpus(void **state)
{
    (void)state;
    char folder[4096], path[8192];
    snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/classify", root);
    DIR *list = opendir(folder);
    EXPECT(list != NULL, "the corpus is there");
    int files = 0;
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        replay_file(path);
        files++;
    }
    closedir(list);
    EXPECT(files >= 5, "the corpus has files, got %d", files);
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    root = argv[1];
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_corpus)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
