/* Runs the fuzz target once over each malformed archive; their names say what is to become of them. */
#include "base/base.h"

#include "folder_support.h"

#include "archive/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct path_list list;

static void test_fuzz_target(void **state)
{
    (void)state;
    struct bm_error error = {0};
    for (size_t k = 0; k < list.count; k++) {
        struct archive archive;
        EXPECT(archive_open(&archive, list.paths[k], NULL, &error) == BM_OK, "%s", error.message);
        LLVMFuzzerTestOneInput(archive.bytes, archive.size);
        archive_close(&archive);
    }
}

static enum bm_code run(const char *path, const char *output, struct bm_run_summary *summary)
{
    struct bm_error error;
    struct bm_run_options options;
    bm_run_options_init(&options);
    options.archives = &path;
    options.archive_count = 1;
    options.output = output;
    return bm_run(&options, summary, &error);
}

static void test_what_becomes_of_them(void **state)
{
    (void)state;
    struct scratch scratch;
    scratch_make(&scratch);
    unsigned seen[3] = {0};
    for (size_t k = 0; k < list.count; k++) {
        struct bm_run_summary summary;
        const char *name = strrchr(list.paths[k], '/') + 1;
        enum bm_code code = run(list.paths[k], scratch.output, &summary);
        bool corrupt = strncmp(name, "corrupt-", 8) == 0, rejected = strncmp(name, "rejected-", 9) == 0;
        EXPECT(code == (corrupt ? BM_INPUT : BM_OK), "%s: got code %d", name, (int)code);
        /* One bad row stands among the frames. */
        bool frames = strstr(name, "frame") != NULL;
        EXPECT(corrupt || (summary.rejected > 0) == (rejected || frames), "%s: %llu rejected", name,
               (unsigned long long)summary.rejected);
        EXPECT(corrupt || summary.tallied > 0, "%s: something is tallied", name);
        seen[corrupt ? 0 : rejected ? 1 : 2]++;
    }
    EXPECT(seen[0] >= 5 && seen[1] >= 2 && seen[2] >= 10, "the samples are whole");
    folder_remove(scratch.path);
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    char folder[PATH_MAX];
    struct bm_error error;
    (void)snprintf(folder, sizeof folder, "%s/fixtures/malformed", argv[1]);
    CHECK(path_list_add(&list, folder, &error) == BM_OK);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fuzz_target),
                                       cmocka_unit_test(test_what_becomes_of_them)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    path_list_free(&list);
    return failed;
}
