/* Names of what is not finished, and what a run that is dead has left. tests/output/folder.c has the same for
 * whole folders. */
#include "base/base.h"

#include "base/temporary.h"

#include "../test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/bouncemill-test-XXXXXX";
static char target[64];

static int set_up(void **state)
{
    (void)state;
    CHECK(mkdtemp(folder));
    (void)snprintf(target, sizeof target, "%s/state", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return tree_remove(folder) ? 0 : -1;
}

/* A process that has ended and been waited for: its id is nobody's. */
static long dead_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return (long)child;
}

static void file_make(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0 && close(fd) == 0);
}

static void test_names(void **state)
{
    (void)state;
    char one[PATH_MAX], other[PATH_MAX];
    struct bm_error error;
    EXPECT(temporary_path("a/b/state", "-old", one, &error) == BM_OK &&
               temporary_path("a/b/state", "-old", other, &error) == BM_OK,
           "names are made");
    EXPECT(strncmp(one, "a/b/.state.bouncemill-", 22) == 0, "beside the target and hidden, got %s", one);
    EXPECT(strcmp(one + strlen(one) - 4, "-old") == 0, "with the ending, got %s", one);
    EXPECT(strcmp(one, other) != 0, "another one each time");
    EXPECT(temporary_path("/state", "", one, &error) == BM_OK && strncmp(one, "/.state.", 8) == 0,
           "in the root folder, got %s", one);
    EXPECT(temporary_path("state", "", one, &error) == BM_OK && strncmp(one, "./.state.", 9) == 0,
           "in the current folder, got %s", one);
    char *large = malloc(PATH_MAX + 1);
    CHECK(large);
    memset(large, 'x', PATH_MAX);
    large[PATH_MAX - 10] = 0;
    EXPECT(temporary_path(large, "", one, &error) == BM_OUTPUT, "no name is cut");
    free(large);
}

static void test_leftovers(void **state)
{
    (void)state;
    char dead[PATH_MAX], own[PATH_MAX], other[PATH_MAX];
    struct bm_error error;
    (void)snprintf(dead, sizeof dead, "%s/.state.bouncemill-%ld-0123456789abcdef", folder, dead_process());
    (void)snprintf(other, sizeof other, "%s/.state2.bouncemill-%ld-0123456789abcdef", folder, dead_process());
    CHECK(temporary_path(target, "", own, &error) == BM_OK);
    file_make(dead);
    file_make(own);
    file_make(other);
    int lock = temporary_lock(own);
    EXPECT(lock >= 0, "a file is locked");
    temporaries_remove(target, NULL);
    EXPECT(access(dead, F_OK) != 0, "what the dead run left is gone");
    EXPECT(access(own, F_OK) == 0, "what is at work stays");
    EXPECT(access(other, F_OK) == 0, "another target's stays");
    CHECK(close(lock) == 0);
    temporaries_remove(target, NULL);
    EXPECT(access(own, F_OK) != 0, "without its lock it is a leftover, for the id is in use again");
    CHECK(unlink(other) == 0);
}

static bool take_all(const char *path, const char *for_target)
{
    (void)path;
    EXPECT(strcmp(for_target, target) == 0, "the target is told");
    return true;
}

static void test_taken(void **state)
{
    (void)state;
    char dead[PATH_MAX];
    (void)snprintf(dead, sizeof dead, "%s/.state.bouncemill-%ld-0123456789abcdef", folder, dead_process());
    file_make(dead);
    temporaries_remove(target, take_all);
    EXPECT(access(dead, F_OK) == 0, "what is taken is not removed");
    CHECK(unlink(dead) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_leftovers),
        cmocka_unit_test(test_taken),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
