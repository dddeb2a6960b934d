#include "output/folder.h"
#include "base/base.h"
#include "sample.h"
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* The names in the test's folder, sorted by readdir's whim: only counted and looked for. */
static int entries(const char *path)
{
    DIR *listing = opendir(path);
    int count = 0;
    struct dirent *entry;
    while (listing && (entry = readdir(listing)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (listing)
        closedir(listing);
    return listing ? count : -1;
}

static enum bm_code write_file(struct folder *folder, const char *name, const char *text,
                               struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, name, error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, text);
    return folder_file_close(folder, &writer, name, error);
}

/* A whole run of the folder's life: one file of data, and a manifest. */
static enum bm_code make_output(const char *target, const char *text, enum folder_move move,
                                struct bm_error *error)
{
    struct folder *folder = malloc(sizeof *folder);
    EXPECT(folder, "there is memory");
    enum bm_code code = folder_open(folder, target, error);
    if (code == BM_OK) {
        code = write_file(folder, "data.csv", text, error);
        if (code == BM_OK)
            code = write_file(folder, "manifest.json", "{ \"format\" : \"bouncemill-output\" }\n", error);
        if (code == BM_OK)
            code = folder_commit_by(folder, move, error);
        else
            folder_abandon(folder);
    }
    free(folder);
    return code;
}

static void expect_content(const struct sample *sample, const char *name, const char *text)
{
    size_t length;
    char *bytes = sample_read(sample_path(sample, name), &length);
    EXPECT(bytes && strcmp(bytes, text) == 0, "%s holds \"%s\", got \"%s\"", name, text,
           bytes ? bytes : "nothing");
    free(bytes);
}

static void replace_own(const struct sample *sample, enum folder_move move)
{
    struct bm_error error = {0};
    EXPECT(make_output(sample_path(sample, "out"), "one", move, &error) == BM_OK,
           "an absent target is made: %s", error.message);
    expect_content(sample, "out/data.csv", "one");
    EXPECT(sample_write(sample_path(sample, "out/old.csv"), "old"), "an old file is put there");
    EXPECT(make_output(sample_path(sample, "out///"), "two", move, &error) == BM_OK,
           "our own is replaced: %s", error.message);
    expect_content(sample, "out/data.csv", "two");
    EXPECT(access(sample_path(sample, "out/old.csv"), F_OK) != 0, "the old file is gone");
    EXPECT(entries(sample->folder) == 1, "nothing is left beside the target, %d entries",
           entries(sample->folder));
}

static void test_replaces_own_by_exchange(void **state)
{
    replace_own(*state, FOLDER_EXCHANGE);
}

static void test_replaces_own_by_moving_aside(void **state)
{
    replace_own(*state, FOLDER_ASIDE);
}

static void test_takes_empty(void **state)
{
    struct sample *sample = *state;
    struct bm_error error = {0};
    EXPECT(mkdir(sample_path(sample, "out"), 0777) == 0, "an empty folder is made");
    EXPECT(make_output(sample_path(sample, "out"), "one", FOLDER_EXCHANGE, &error) == BM_OK,
           "it is taken: %s", error.message);
    expect_content(sample, "out/data.csv", "one");
}

static void expect_refused(const struct sample *sample, const char *target, int beside)
{
    struct bm_error error = {0};
    EXPECT(make_output(target, "new", FOLDER_EXCHANGE, &error) == BM_USAGE, "%s is refused: %s", target,
           error.message);
    EXPECT(error.hint[0], "the refusal of %s has a hint", target);
    EXPECT(entries(sample->folder) == beside, "nothing was made beside %s", target);
}

static void test_refuses_foreign(void **state)
{
    struct sample *sample = *state;
    EXPECT(mkdir(sample_path(sample, "out"), 0777) == 0, "a folder is made");
    EXPECT(sample_write(sample_path(sample, "out/letter.txt"), "dear"), "a letter is put there");
    expect_refused(sample, sample_path(sample, "out"), 1);
    EXPECT(sample_write(sample_path(sample, "out/manifest.json"),
                        "{\"format\":\"other\",\"x\":\"bouncemill-output\"}"),
           "another program's manifest is put there");
    expect_refused(sample, sample_path(sample, "out"), 1);
    expect_content(sample, "out/letter.txt", "dear");
    EXPECT(sample_write(sample_path(sample, "file"), "text"), "a file is made");
    expect_refused(sample, sample_path(sample, "file"), 2);
    expect_content(sample, "file", "text");
}

static void test_refuses_current(void **state)
{
    struct sample *sample = *state;
    char before[PATH_MAX];
    EXPECT(getcwd(before, sizeof before) && chdir(sample->folder) == 0, "the test goes to its folder");
    expect_refused(sample, ".", 0);
    expect_refused(sample, "./", 0);
    expect_refused(sample, "..", 0);
    expect_refused(sample, "/", 0);
    expect_refused(sample, sample->folder, 0);
    struct bm_error error = {0};
    EXPECT(make_output("", "new", FOLDER_EXCHANGE, &error) == BM_USAGE, "the empty name is refused");
    EXPECT(make_output("out", "bare", FOLDER_EXCHANGE, &error) == BM_OK, "a bare name works: %s",
           error.message);
    expect_content(sample, "out/data.csv", "bare");
    EXPECT(make_output("./out", "dotted", FOLDER_ASIDE, &error) == BM_OK, "./out works: %s", error.message);
    expect_content(sample, "out/data.csv", "dotted");
    EXPECT(chdir(before) == 0, "the test goes back");
}

static void test_bad_parent(void **state)
{
    struct sample *sample = *state;
    struct bm_error error = {0};
    EXPECT(sample_write(sample_path(sample, "file"), "text"), "a file is made");
    EXPECT(make_output(sample_path(sample, "file/out"), "x", FOLDER_EXCHANGE, &error) == BM_OUTPUT,
           "a file in the place of the parent is an error");
    EXPECT(make_output(sample_path(sample, "no/out"), "x", FOLDER_EXCHANGE, &error) == BM_OUTPUT &&
               error.hint[0],
           "a missing parent is an error with a hint");
    EXPECT(access(sample_path(sample, "no"), F_OK) != 0, "no parent is made");
}

static void test_long_names(void **state)
{
    struct sample *sample = *state;
    struct bm_error error = {0};
    char name[6000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    EXPECT(make_output(name, "x", FOLDER_EXCHANGE, &error) == BM_USAGE, "a path over the limit is an error");
    name[240] = 0; /* a good name, but its temporary sibling has no room */
    EXPECT(make_output(sample_path(sample, name), "x", FOLDER_EXCHANGE, &error) == BM_OUTPUT,
           "a name without room for the temporary one is an error");
    EXPECT(entries(sample->folder) == 0, "nothing was made");
    struct folder *folder = malloc(sizeof *folder);
    EXPECT(folder && folder_open(folder, sample_path(sample, "out"), &error) == BM_OK, "the folder opens");
    name[64] = 0;
    struct writer writer;
    EXPECT(folder_file_open(folder, &writer, name, &error) == BM_OUTPUT,
           "a file name over the limit is an error");
    folder_abandon(folder);
    folder_abandon(folder);
    free(folder);
    EXPECT(entries(sample->folder) == 0, "nothing is left");
}

static void test_symbolic_link(void **state)
{
    struct sample *sample = *state;
    struct bm_error error = {0};
    struct stat status;
    EXPECT(mkdir(sample_path(sample, "real"), 0777) == 0, "a folder is made");
    EXPECT(symlink("real", sample_path(sample, "out")) == 0, "a link to it is made");
    EXPECT(make_output(sample_path(sample, "out"), "one", FOLDER_EXCHANGE, &error) == BM_OK, "written: %s",
           error.message);
    EXPECT(make_output(sample_path(sample, "out"), "two", FOLDER_EXCHANGE, &error) == BM_OK, "replaced: %s",
           error.message);
    EXPECT(lstat(sample_path(sample, "out"), &status) == 0 && S_ISLNK(status.st_mode),
           "the link is still one");
    expect_content(sample, "real/data.csv", "two");
}

/* Writes fail past a limit on the size of files: the disk is as good as full. */
static void test_failed_write_leaves_old(void **state)
{
    struct sample *sample = *state;
    struct bm_error error = {0};
    EXPECT(make_output(sample_path(sample, "out"), "old", FOLDER_EXCHANGE, &error) == BM_OK,
           "the old is written");
    struct rlimit before, small = {100, RLIM_INFINITY};
    EXPECT(getrlimit(RLIMIT_FSIZE, &before) == 0, "the limit is known");
    small.rlim_max = before.rlim_max;
    EXPECT(signal(SIGXFSZ, SIG_IGN) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &small) == 0, "the limit is set");
    char text[1000];
    memset(text, 't', sizeof text - 1);
    text[sizeof text - 1] = 0;
    enum bm_code code = make_output(sample_path(sample, "out"), text, FOLDER_EXCHANGE, &error);
    EXPECT(setrlimit(RLIMIT_FSIZE, &before) == 0, "the limit is as before");
    EXPECT(code == BM_OUTPUT, "the write fails, got %d", code);
    expect_content(sample, "out/data.csv", "old");
    EXPECT(entries(sample->folder) == 1, "the temporary folder is gone");
}

static void failed_commit_leaves_old(struct sample *sample, enum folder_move move)
{
    struct bm_error error = {0};
    EXPECT(make_output(sample_path(sample, "out"), "old", FOLDER_EXCHANGE, &error) == BM_OK,
           "the old is written");
    struct folder *folder = malloc(sizeof *folder);
    EXPECT(folder && folder_open(folder, sample_path(sample, "out"), &error) == BM_OK, "the folder opens");
    char temporary[PATH_MAX];
    snprintf(temporary, sizeof temporary, "%s", folder->temporary);
    EXPECT(rename(temporary, sample_path(sample, "elsewhere")) == 0,
           "somebody takes the temporary folder away");
    EXPECT(folder_commit_by(folder, move, &error) == BM_OUTPUT, "the commit fails");
    expect_content(sample, "out/data.csv", "old");
    EXPECT(entries(sample->folder) == 2, "only the target and what was taken are there");
    free(folder);
}

static void test_failed_exchange_leaves_old(void **state)
{
    failed_commit_leaves_old(*state, FOLDER_EXCHANGE);
}

static void test_failed_move_puts_old_back(void **state)
{
    failed_commit_leaves_old(*state, FOLDER_ASIDE);
}

static void test_target_becomes_foreign(void **state)
{
    struct sample *sample = *state;
    struct bm_error error = {0};
    struct folder *folder = malloc(sizeof *folder);
    EXPECT(folder && folder_open(folder, sample_path(sample, "out"), &error) == BM_OK, "the folder opens");
    EXPECT(mkdir(sample_path(sample, "out"), 0777) == 0 &&
               sample_write(sample_path(sample, "out/letter.txt"), "dear"),
           "somebody fills the target");
    EXPECT(folder_commit(folder, &error) == BM_USAGE, "the commit refuses");
    expect_content(sample, "out/letter.txt", "dear");
    EXPECT(entries(sample->folder) == 1, "the temporary folder is gone");
    free(folder);
}

static void make_leftover(const struct sample *sample, const char *name)
{
    char file[PATH_MAX];
    EXPECT(mkdir(sample_path(sample, name), 0777) == 0, "%s is made", name);
    snprintf(file, sizeof file, "%s/data.csv", name);
    EXPECT(sample_write(sample_path(sample, file), "left"), "%s is written", file);
}

/* A process that has ended and been waited for: its id is nobody's. */
static long dead_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    int status;
    EXPECT(child > 0 && waitpid(child, &status, 0) == child, "a process came and went");
    return (long)child;
}

static void test_leftovers(void **state)
{
    struct sample *sample = *state;
    struct bm_error error = {0};
    char dead[128], alive[128], same[128], other[128];
    long gone = dead_process();
    snprintf(dead, sizeof dead, ".out.bouncemill-%ld-0123456789abcdef", gone);
    snprintf(other, sizeof other, ".out2.bouncemill-%ld-0123456789abcdef", gone);
    snprintf(alive, sizeof alive, ".out.bouncemill-%ld-0123456789abcdef", (long)getppid());
    snprintf(same, sizeof same, ".out.bouncemill-%ld-0123456789abcdef", (long)getpid());
    const char *names[] = {dead, alive, same, other, ".out.bouncemill-notes"};
    for (size_t k = 0; k < COUNT_OF(names); k++)
        make_leftover(sample, names[k]);
    int fd = open(sample_path(sample, same), O_RDONLY | O_DIRECTORY);
    EXPECT(fd >= 0 && flock(fd, LOCK_EX) == 0, "a run of the same process id is at work");

    EXPECT(make_output(sample_path(sample, "out"), "one", FOLDER_EXCHANGE, &error) == BM_OK, "written: %s",
           error.message);
    EXPECT(access(sample_path(sample, dead), F_OK) != 0, "the dead run's leftover is removed");
    EXPECT(access(sample_path(sample, alive), F_OK) == 0, "a living run's folder stays");
    EXPECT(access(sample_path(sample, same), F_OK) == 0, "a locked folder stays");
    EXPECT(access(sample_path(sample, other), F_OK) == 0, "another target's leftover stays");
    EXPECT(access(sample_path(sample, ".out.bouncemill-notes"), F_OK) == 0, "what is not ours stays");

    EXPECT(close(fd) == 0, "the other run is killed");
    EXPECT(make_output(sample_path(sample, "out"), "two", FOLDER_EXCHANGE, &error) == BM_OK, "written: %s",
           error.message);
    EXPECT(access(sample_path(sample, same), F_OK) != 0,
           "its folder is removed although its id is in use again");
}

static void test_killed_between_renames(void **state)
{
    struct sample *sample = *state;
    struct bm_error error = {0};
    char aside[128];
    snprintf(aside, sizeof aside, ".out.bouncemill-%ld-0123456789abcdef-old", dead_process());
    make_leftover(sample, aside);
    struct folder *folder = malloc(sizeof *folder);
    EXPECT(folder && folder_open(folder, sample_path(sample, "out"), &error) == BM_OK, "the folder opens");
    folder_abandon(folder);
    free(folder);
    expect_content(sample, "out/data.csv", "left");
    EXPECT(entries(sample->folder) == 1, "the old output is back, and nothing else is there");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sample_setup, sample_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_replaces_own_by_exchange),
        TEST(test_replaces_own_by_moving_aside),
        TEST(test_takes_empty),
        TEST(test_refuses_foreign),
        TEST(test_refuses_current),
        TEST(test_bad_parent),
        TEST(test_long_names),
        TEST(test_symbolic_link),
        TEST(test_failed_write_leaves_old),
        TEST(test_failed_exchange_leaves_old),
        TEST(test_failed_move_puts_old_back),
        TEST(test_target_becomes_foreign),
        TEST(test_leftovers),
        TEST(test_killed_between_renames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
