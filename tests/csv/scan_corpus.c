/* Replays the fuzz corpus of the scanner: a difference stops the program in the target. */
#include "base/base.h"

#include "test.h"

#include <dirent.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_BYTES_MAX = 1 << 20, PATH_BYTES_MAX = 4096 };

static void replay(const char *path)
{
    uint8_t *data = malloc(INPUT_BYTES_MAX);
    FILE *file = fopen(path, "rbe");
    CHECK(data && file);
    size_t size = fread(data, 1, INPUT_BYTES_MAX, file);
    EXPECT(!ferror(file) && size < INPUT_BYTES_MAX, "%s is read whole", path);
    EXPECT(LLVMFuzzerTestOneInput(data, size) == 0, "%s passes", path);
    CHECK(fclose(file) == 0);
    free(data);
}

static void the_corpus_passes(void **folder_name)
{
    const char *corpus = *folder_name;
    DIR *folder = opendir(corpus);
    EXPECT(folder != NULL, "%s is there", corpus);
    size_t files = 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char path[PATH_BYTES_MAX];
        if (entry->d_name[0] == '.')
            continue;
        int length = snprintf(path, sizeof path, "%s/%s", corpus, entry->d_name);
        CHECK(length > 0 && length < PATH_BYTES_MAX);
        replay(path);
        files++;
    }
    CHECK(closedir(folder) == 0);
    EXPECT(files > 0, "the corpus has files");
}

int main(int argc, char **argv)
{
    char folder[PATH_BYTES_MAX];
    int length = snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/scan", argc > 1 ? argv[1] : ".");
    CHECK(length > 0 && length < PATH_BYTES_MAX);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(the_corpus_passes, folder)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
