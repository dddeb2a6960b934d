/* An archive is hashed once: bytes that change behind the mapping show whether it was read again. */
#include "base/base.h"

#include "run/inputs.h"

#include "folder_support.h"

#define ROW "2026-07-01T00:00:00Z,bounce,%c@example.com\n"

struct two {
    struct scratch scratch;
    char other[SCRATCH_BYTES + 16]; /* a file of the same size beside scratch.archive */
    struct inputs inputs;
};

static void archive_write(const char *path, char who, bool longer)
{
    char text[256];
    int length = snprintf(text, sizeof text, "time,event,address\n" ROW "%s", who, longer ? "\n" : "");
    CHECK(length > 0 && (size_t)length < sizeof text);
    /* In place: the mapping sees it. */
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    CHECK(fd >= 0 && write(fd, text, (size_t)length) == length && close(fd) == 0);
}

static void two_open(struct two *two, bool same_size)
{
    struct bm_error error;
    *two = (struct two){0};
    scratch_make(&two->scratch);
    (void)snprintf(two->other, sizeof two->other, "%s/other", two->scratch.path);
    archive_write(two->scratch.archive, 'a', false);
    archive_write(two->other, 'b', !same_size);
    const char *paths[] = {two->scratch.archive, two->other};
    struct bm_run_options options = {.archives = paths, .archive_count = 2};
    CHECK(inputs_open(&two->inputs, &options, 1, &error) == BM_OK);
}

static void two_close(struct two *two)
{
    inputs_close(&two->inputs);
    folder_remove(two->scratch.path);
}

/* The hash that a plan leaves. */
static uint64_t planned_hash(struct input *input)
{
    struct text_stream *stream;
    struct bm_error error;
    CHECK(text_stream_new(&stream, &error) == BM_OK);
    CHECK(input_plan(input, NULL, 0, NULL, stream, &error) == BM_OK);
    text_stream_free(stream);
    return input->report.xxh3;
}

static void test_twins_hash_is_kept(void **state)
{
    (void)state;
    struct two two;
    two_open(&two, true);
    struct input *input = &two.inputs.items[1];
    EXPECT(input->hashed && two.inputs.items[0].hashed, "archives of one size are hashed to compare them");
    uint64_t before = input->report.xxh3;
    EXPECT(before == archive_hash(&input->archive, NULL), "by all their bytes");
    archive_write(two.other, 'c', false);
    EXPECT(archive_hash(&input->archive, NULL) != before, "the mapping shows the change");
    EXPECT(planned_hash(input) == before, "the plan does not hash again");
    input_reset(input);
    EXPECT(planned_hash(input) == before, "nor does that of another pass");
    EXPECT(input_hash(input, NULL) == before, "nor a look into tally files");
    two_close(&two);
}

static void test_lone_size_is_hashed_when_read(void **state)
{
    (void)state;
    struct two two;
    two_open(&two, false);
    struct input *input = &two.inputs.items[1];
    EXPECT(!input->hashed && !two.inputs.items[0].hashed, "an archive of a size of its own has no twin");
    (void)planned_hash(input);
    EXPECT(!input->hashed, "the plan of one run leaves that to its reader");
    two_close(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twins_hash_is_kept),
        cmocka_unit_test(test_lone_size_is_hashed_when_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
