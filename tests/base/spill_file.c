#include "base/base.h"

#include "base/pool.h"
#include "base/spill_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../test.h"

static size_t entries_count(const char *folder)
{
    size_t count = 0;
    DIR *listing = opendir(folder);
    CHECK(listing);
    while (readdir(listing))
        count++;
    (void)closedir(listing);
    return count;
}

static int set_up(void **state)
{
    char *folder = strdup("/tmp/bouncemill-test-XXXXXX");
    CHECK(folder && mkdtemp(folder));
    *state = folder;
    return 0;
}

static int tear_down(void **state)
{
    int removed = rmdir(*state);
    free(*state);
    return removed;
}

static void test_round_trip(void **state)
{
    struct spill_file file;
    struct bm_error error;
    uint64_t first, second;
    char got[8] = {0};
    spill_file_init(&file, *state);
    EXPECT(file.fd < 0, "no file before it is needed");
    EXPECT(spill_file_take(&file, 5, &first, &error) == BM_OK, "%s", error.message);
    EXPECT(spill_file_take(&file, 7, &second, &error) == BM_OK && second == first + 5,
           "one behind the other");
    EXPECT(spill_file_put(&file, second, (struct span){"seventh", 7}, &error) == BM_OK, "%s", error.message);
    EXPECT(spill_file_put(&file, first, (struct span){"fifth", 5}, &error) == BM_OK, "%s", error.message);
    EXPECT(spill_file_get(&file, second, got, 7, &error) == BM_OK && memcmp(got, "seventh", 7) == 0,
           "the second is back");
    EXPECT(spill_file_get(&file, first, got, 5, &error) == BM_OK && memcmp(got, "fifth", 5) == 0,
           "the first is back");
    EXPECT(entries_count(*state) == 2, "the file has no name");
    EXPECT(spill_file_get(&file, second, got, 8, &error) == BM_OUTPUT, "there is no eighth byte");
    spill_file_empty(&file);
    EXPECT(spill_file_take(&file, 1, &first, &error) == BM_OK && first == 0, "it begins anew");
    spill_file_free(&file);
}

static void test_no_folder(void **state)
{
    (void)state;
    struct spill_file file;
    struct bm_error error;
    uint64_t offset;
    spill_file_init(&file, "/nowhere/at/all");
    EXPECT(spill_file_take(&file, 5, &offset, &error) == BM_OUTPUT, "an error of the output");
    EXPECT(strstr(error.message, "/nowhere/at/all") && error.hint[0], "that names the folder: %s",
           error.message);
    spill_file_free(&file);
}

static void test_full(void **state)
{
    (void)state;
    struct spill_file file;
    struct bm_error error;
    spill_file_init(&file, "/dev");
    file.fd = open("/dev/full", O_RDWR | O_CLOEXEC);
    if (file.fd < 0)
        skip();
    EXPECT(spill_file_put(&file, 0, (struct span){"x", 1}, &error) == BM_RESOURCE && error.hint[0],
           "a full disk is worth retrying: %s", error.message);
    spill_file_free(&file);
}

struct threads_work {
    struct spill_file file;
    uint64_t offsets[4][100];
};

static void thread_write(void *argument, unsigned worker)
{
    struct threads_work *work = argument;
    struct bm_error error;
    char text[50];
    memset(text, 'a' + (int)worker, sizeof text);
    for (unsigned k = 0; k < 100; k++)
        CHECK(spill_file_take(&work->file, sizeof text, &work->offsets[worker][k], &error) == BM_OK &&
              spill_file_put(&work->file, work->offsets[worker][k], (struct span){text, sizeof text},
                             &error) == BM_OK);
}

static void test_threads(void **state)
{
    struct threads_work work;
    struct bm_error error;
    spill_file_init(&work.file, *state);
    CHECK(pool_run(4, thread_write, &work, &error) == BM_OK);
    for (unsigned worker = 0; worker < 4; worker++)
        for (unsigned k = 0; k < 100; k++) {
            char got[50];
            CHECK(spill_file_get(&work.file, work.offsets[worker][k], got, sizeof got, &error) == BM_OK);
            EXPECT(got[0] == 'a' + (int)worker && got[49] == got[0], "room is nobody else's");
        }
    spill_file_free(&work.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_no_folder),
                                       cmocka_unit_test(test_full), cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
