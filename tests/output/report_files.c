/* report.json, report.html and manifest.json: they parse, they hold the report's numbers, and equal reports
 * give equal bytes. The checks of content are in check_*.py, which read the files as their readers would. */
#include "base/base.h"
#include "sample.h"
#include "test.h"

static const char *source_root;

static void run_check(const char *script, const char *option, const char *path)
{
    char command[3 * PATH_MAX];
    snprintf(command, sizeof command, "python3 '%s/tests/output/%s' %s '%s' >&2", source_root, script, option,
             path);
    EXPECT(system(command) == 0, "%s is content with %s", script, path);
}

static void write_all(struct sample *sample, const char *target, const char *summary)
{
    struct folder *folder = malloc(sizeof *folder);
    struct bm_error error = {0};
    EXPECT(folder && folder_open(folder, target, &error) == BM_OK, "the folder opens: %s", error.message);
    EXPECT(output_report(folder, &sample->report, &sample->facts, &error) == BM_OK,
           "the report is written: %s", error.message);
    EXPECT(output_manifest(folder, &sample->report, &sample->facts, summary, &error) == BM_OK,
           "the manifest is written: %s", error.message);
    EXPECT(folder_commit(folder, &error) == BM_OK, "the folder is committed: %s", error.message);
    free(folder);
}

static void test_content(void **state)
{
    struct sample *sample = *state;
    write_all(sample, sample_path(sample, "out"), NULL);
    run_check("check_report.py", "", sample_path(sample, "out/report.json"));
    run_check("check_html.py", "", sample_path(sample, "out/report.html"));
    run_check("check_manifest.py", "", sample_path(sample, "out/manifest.json"));
}

static void expect_same(const struct sample *sample, const char *one, const char *two)
{
    size_t length_one = 0, length_two = 0;
    char *bytes_one = sample_read(sample_path(sample, one), &length_one);
    char *bytes_two = sample_read(sample_path(sample, two), &length_two);
    EXPECT(bytes_one && bytes_two && length_one && length_one == length_two &&
               memcmp(bytes_one, bytes_two, length_one) == 0,
           "%s and %s are the same bytes", one, two);
    free(bytes_one);
    free(bytes_two);
}

static void test_equal_bytes(void **state)
{
    struct sample *sample = *state;
    write_all(sample, sample_path(sample, "one"), NULL);
    /* Another machine, another folder, the archives named in another order. */
    sample->facts.threads = 64;
    sample->facts.simd = "scalar";
    sample->facts.scan_seconds = 99;
    sample->facts.peak_bytes = 1;
    struct input_report first = sample->inputs[0];
    sample->inputs[0] = sample->inputs[2];
    sample->inputs[2] = first;
    sample->inputs[0].path = "elsewhere/a.csv";
    sample->inputs[1].same_as = 2;
    sample->samples[0].archive = 2;
    sample->samples[1].archive = 0;
    write_all(sample, sample_path(sample, "two"), NULL);
    expect_same(sample, "one/report.json", "two/report.json");
    expect_same(sample, "one/report.html", "two/report.html");
}

static void test_empty(void **state)
{
    struct sample *sample = *state;
    sample->report = (struct report){.first_ms = INT64_MAX, .last_ms = INT64_MIN};
    sample->facts = (struct run_facts){.as_of_ms = INT64_MIN};
    write_all(sample, sample_path(sample, "out"), NULL);
    run_check("check_html.py", "--empty", sample_path(sample, "out/report.html"));
    size_t length;
    char *bytes = sample_read(sample_path(sample, "out/report.json"), &length);
    EXPECT(bytes && strstr(bytes, "\"bounce_rate\": null") && strstr(bytes, "\"as_of\": null"),
           "what is not known is null");
    free(bytes);
}

static void test_summary(void **state)
{
    struct sample *sample = *state;
    char summary[PATH_MAX + 256], link[PATH_MAX + 256];
    snprintf(summary, sizeof summary, "%s", sample_path(sample, "summary.json"));
    snprintf(link, sizeof link, "%s", sample_path(sample, "link.json"));
    write_all(sample, sample_path(sample, "out"), summary);
    expect_same(sample, "summary.json", "out/manifest.json");
    EXPECT(symlink("summary.json", link) == 0, "a link is made");
    sample->facts.threads = 3;
    write_all(sample, sample_path(sample, "out"), link);
    expect_same(sample, "summary.json", "out/manifest.json");
    struct stat status;
    EXPECT(lstat(link, &status) == 0 && S_ISLNK(status.st_mode), "the link is still one");
    write_all(sample, sample_path(sample, "out"), "/dev/null");
    EXPECT(lstat("/dev/null", &status) == 0 && S_ISCHR(status.st_mode),
           "a device is written to, not replaced");
}

static void test_bad_summary(void **state)
{
    struct sample *sample = *state;
    struct folder *folder = malloc(sizeof *folder);
    struct bm_error error = {0};
    const char *bad[] = {"/dev/full", "/", "no/such/folder/summary.json"};
    EXPECT(folder && folder_open(folder, sample_path(sample, "out"), &error) == BM_OK, "the folder opens");
    for (size_t k = 0; k < COUNT_OF(bad); k++) {
        enum bm_code code = output_manifest(folder, &sample->report, &sample->facts, bad[k], &error);
        EXPECT(code == BM_OUTPUT || code == BM_RESOURCE, "%s is an error, got %d", bad[k], code);
    }
    folder_abandon(folder);
    free(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sample_setup, sample_teardown)

int main(int argc, char **argv)
{
    source_root = argc > 1 ? argv[1] : ".";
    const struct CMUnitTest tests[] = {TEST(test_content), TEST(test_equal_bytes), TEST(test_empty),
                                       TEST(test_summary), TEST(test_bad_summary)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
