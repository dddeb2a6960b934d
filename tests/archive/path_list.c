#include "samples.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

struct fixture {
    char folder[64];
    struct path_list list;
    struct bm_error error;
};

static void remove_folder(const char *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK(system(command) == 0);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    CHECK(fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/bouncemill-test-XXXXXX");
    CHECK(mkdtemp(fixture->folder));
    *state = fixture;
    return chdir(fixture->folder);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    CHECK(chdir("/") == 0);
    remove_folder(fixture->folder);
    path_list_free(&fixture->list);
    free(fixture);
    return 0;
}

static void touch(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    CHECK(fd >= 0 && close(fd) == 0);
}

static void write_file(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "we");
    CHECK(file && fwrite(text, 1, size, file) == size && fclose(file) == 0);
}

static void expect_list(const struct path_list *list, const char *const *paths, size_t count)
{
    for (size_t k = 0; k < count && k < list->count; k++)
        EXPECT(strcmp(list->paths[k], paths[k]) == 0, "path %zu is %s, got %s", k, paths[k], list->paths[k]);
    EXPECT(list->count == count, "%zu paths, got %zu", count, list->count);
}

static void test_order(void **state)
{
    struct fixture *fixture = *state;
    CHECK(mkdir("d", 0777) == 0 && mkdir("d/b", 0777) == 0 && mkdir("d/b/c", 0777) == 0);
    CHECK(mkdir("d/.hidden", 0777) == 0 && mkdir("d/empty", 0777) == 0);
    static const char *const files[] = {"d/b/2", "d/b/10",     "d/b/c/x", "d/b.csv",    "d/a",
                                        "d/Z",   "d/\xc3\xa4", "d/.dot",  "d/.hidden/y"};
    for (size_t k = 0; k < COUNT_OF(files); k++)
        touch(files[k]);
    static const char *const wanted[] = {"d/b.csv", "d/Z",     "d/a",        "d/b/10", "d/b/2",
                                         "d/b/c/x", "d/b.csv", "d/\xc3\xa4", "-"};
    EXPECT(path_list_add(&fixture->list, "d/b.csv", &fixture->error) == BM_OK, "a file is added");
    EXPECT(path_list_add(&fixture->list, "d", &fixture->error) == BM_OK, "a folder is walked");
    EXPECT(path_list_add(&fixture->list, "-", &fixture->error) == BM_OK, "standard input is added");
    expect_list(&fixture->list, wanted, COUNT_OF(wanted));
}

static void test_slashes_and_empty(void **state)
{
    struct fixture *fixture = *state;
    CHECK(mkdir("d", 0777) == 0 && mkdir("none", 0777) == 0 && mkdir(".d", 0777) == 0);
    touch("d/a");
    touch(".d/b");
    static const char *const wanted[] = {"d/a", ".d/b"};
    EXPECT(path_list_add(&fixture->list, "none", &fixture->error) == BM_OK, "an empty folder is fine");
    EXPECT(path_list_add(&fixture->list, "d/", &fixture->error) == BM_OK, "a slash at the end is fine");
    EXPECT(path_list_add(&fixture->list, ".d", &fixture->error) == BM_OK, "a dot name is taken when named");
    expect_list(&fixture->list, wanted, COUNT_OF(wanted));
}

static void test_links(void **state)
{
    struct fixture *fixture = *state;
    CHECK(mkdir("d", 0777) == 0 && mkdir("other", 0777) == 0);
    touch("other/x");
    touch("d/b");
    CHECK(symlink("../other/x", "d/a-file") == 0 && symlink("../other", "d/c-folder") == 0);
    CHECK(symlink("..", "d/up") == 0 && symlink(".", "d/self") == 0 && symlink("d", "link") == 0);
    CHECK(mkfifo("d/fifo", 0666) == 0);
    static const char *const wanted[] = {"d/a-file", "d/b", "link/a-file", "link/b"};
    EXPECT(path_list_add(&fixture->list, "d", &fixture->error) == BM_OK, "links make no cycles");
    EXPECT(path_list_add(&fixture->list, "link", &fixture->error) == BM_OK,
           "a link that is named is followed");
    expect_list(&fixture->list, wanted, COUNT_OF(wanted));
}

static void test_missing(void **state)
{
    struct fixture *fixture = *state;
    EXPECT(path_list_add(&fixture->list, "nowhere", &fixture->error) == BM_INPUT,
           "a missing path is BM_INPUT");
    EXPECT(strcmp(fixture->error.message, "cannot open nowhere: No such file or directory") == 0, "got %s",
           fixture->error.message);
    EXPECT(path_list_add(&fixture->list, "", &fixture->error) == BM_INPUT, "so is an empty one");
    CHECK(mkdir("d", 0777) == 0 && symlink("gone", "d/dangling") == 0);
    EXPECT(path_list_add(&fixture->list, "d", &fixture->error) == BM_INPUT, "so is a link to nowhere");
    EXPECT(strstr(fixture->error.message, "d/dangling"), "it is named: %s", fixture->error.message);
    EXPECT(fixture->list.count == 0, "nothing is added");
}

static void test_many(void **state)
{
    struct fixture *fixture = *state;
    CHECK(mkdir("d", 0777) == 0);
    char name[64], before[64] = "";
    for (int k = 0; k < 1000; k++) {
        snprintf(name, sizeof name, "d/%d", k * 7919 % 1000);
        touch(name);
    }
    EXPECT(path_list_add(&fixture->list, "d", &fixture->error) == BM_OK, "%s", fixture->error.message);
    EXPECT(fixture->list.count == 1000, "all are found, got %zu", fixture->list.count);
    for (size_t k = 0; k < fixture->list.count; k++) {
        EXPECT(strcmp(before, fixture->list.paths[k]) < 0, "%s is before %s", before, fixture->list.paths[k]);
        snprintf(before, sizeof before, "%s", fixture->list.paths[k]);
    }
}

/* Deep enough that no fixed buffer would do, then so deep that the system refuses. */
static void test_long_paths(void **state)
{
    struct fixture *fixture = *state;
    char name[201];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    for (int depth = 0; depth < 25; depth++) {
        if (depth == 18) {
            touch("file");
            CHECK(chdir(fixture->folder) == 0);
            EXPECT(path_list_add(&fixture->list, name, &fixture->error) == BM_OK, "%s",
                   fixture->error.message);
            EXPECT(fixture->list.count == 1 && strlen(fixture->list.paths[0]) == 18 * 201 + 4,
                   "a path of 3,622 bytes is found");
            for (int k = 0; k < 18; k++)
                CHECK(chdir(name) == 0);
        }
        CHECK(mkdir(name, 0777) == 0 && chdir(name) == 0);
    }
    CHECK(chdir(fixture->folder) == 0);
    EXPECT(path_list_add(&fixture->list, name, &fixture->error) == BM_INPUT,
           "no folder is left out silently");
}

static void test_list_file(void **state)
{
    struct fixture *fixture = *state;
    CHECK(mkdir("d", 0777) == 0);
    touch("d/a");
    touch("d/b");
    touch("c d");
    static const char text[] = "c d\r\n\n\r\nd\n-\nc d";
    write_file("list", text, sizeof text - 1);
    static const char *const wanted[] = {"c d", "d/a", "d/b", "-", "c d"};
    EXPECT(path_list_add_file(&fixture->list, "list", NULL, &fixture->error) == BM_OK, "%s",
           fixture->error.message);
    expect_list(&fixture->list, wanted, COUNT_OF(wanted));
}

static void test_list_on_stdin(void **state)
{
    struct fixture *fixture = *state;
    touch("a");
    write_file("list", "a\na\n", 4);
    CHECK(freopen("list", "re", stdin));
    static const char *const wanted[] = {"a", "a"};
    EXPECT(path_list_add_file(&fixture->list, "-", NULL, &fixture->error) == BM_OK, "%s",
           fixture->error.message);
    expect_list(&fixture->list, wanted, COUNT_OF(wanted));
}

static void test_list_errors(void **state)
{
    struct fixture *fixture = *state;
    touch("a");
    write_file("list", "a\n\nnowhere\n", 11);
    EXPECT(path_list_add_file(&fixture->list, "list", NULL, &fixture->error) == BM_INPUT,
           "a missing path is BM_INPUT");
    EXPECT(strcmp(fixture->error.message, "list: line 3: cannot open nowhere: No such file or directory") ==
               0,
           "the line is named, got %s", fixture->error.message);
    write_file("list", "a\0b\n", 4);
    EXPECT(path_list_add_file(&fixture->list, "list", NULL, &fixture->error) == BM_INPUT, "NUL is no path");
    EXPECT(path_list_add_file(&fixture->list, "no-list", NULL, &fixture->error) == BM_INPUT,
           "a list must exist");
    EXPECT(path_list_add_file(&fixture->list, ".", NULL, &fixture->error) == BM_INPUT, "a folder is no list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slashes_and_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_paths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list_on_stdin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list_errors, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
