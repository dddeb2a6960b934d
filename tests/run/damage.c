/* A damaged archive is an error that leaves the old output alone, or makes no difference: cut at every byte,
 * and with every single bit flipped. */
#include "base/base.h"

#include "folder_support.h"

static const char head[] = "time,event,address,smtp_code,diagnostic\n";
static const char rows[] = "1700000000,bounce,a@example.org,550,no such user\n"
                           "1700000001,complaint,b@example.org,,\n"
                           "17,exploded,c@example.org,,\n";

#define REPEATS                                                                                              \
    2500 /* rows that compress to nothing, so that damage lies past what is read to find the header */

static struct scratch scratch;

static int setup(void **state)
{
    (void)state;
    scratch_make(&scratch);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(scratch.path);
    return 0;
}

static enum bm_code run_archive(const void *bytes, size_t size, struct bm_error *error)
{
    file_write(scratch.archive, bytes, size);
    struct bm_run_options options;
    bm_run_options_init(&options);
    const char *archives[] = {scratch.archive};
    options.output = scratch.output;
    options.archives = archives;
    options.archive_count = 1;
    options.outputs = "suppression,status,rejects";
    options.threads = 1;
    return bm_run(&options, NULL, error);
}

/* How many of the damaged archives were refused, and how many made no difference. */
struct tally {
    size_t refused, same;
};

/* Runs on damaged bytes; `old` is what the output folder holds, `same` what a run without damage makes. */
static void expect_told(const unsigned char *bytes, size_t size, const char *how, size_t where,
                        const struct bytes *old, struct tally *tally)
{
    struct bm_error error = {0};
    enum bm_code code = run_archive(bytes, size, &error);
    char names[8192];
    EXPECT(code == BM_OK || code == BM_INPUT, "%s %zu: no other code than BM_OK and BM_INPUT, got %d: %s",
           how, where, (int)code, error.message);
    EXPECT(folder_list(scratch.path, names, sizeof names) == 2, "%s %zu: nothing is left behind: %s", how,
           where, names);
    struct bytes now = folder_bytes(scratch.output, code != BM_OK);
    EXPECT(bytes_same(&now, &old[code != BM_OK]), "%s %zu: %s", how, where,
           code == BM_OK ? "the same output" : "the old output is untouched");
    tally->refused += code != BM_OK;
    tally->same += code == BM_OK;
    bytes_free(&now);
}

/* `old` = {without the manifest, with it} of the output that stands. */
static void old_take(struct bytes old[2])
{
    for (unsigned k = 0; k < 2; k++) {
        bytes_free(&old[k]);
        old[k] = folder_bytes(scratch.output, k);
    }
}

static void damage_all(struct bytes *archive, const size_t *ends, size_t end_count)
{
    struct bm_error error;
    struct bytes old[2] = {{0}};
    struct tally tally = {0};
    EXPECT(run_archive(archive->at, archive->size, &error) == BM_OK, "it runs: %s", error.message);
    old_take(old);
    for (size_t size = 0; size < archive->size; size++) {
        bool between = false; /* whole frames are a whole archive of less text */
        for (size_t k = 0; k < end_count; k++)
            between |= ends[k] == size;
        if (!between)
            expect_told(archive->at, size, "cut at", size, old, &tally);
    }
    EXPECT(tally.same == 0 && tally.refused > 0, "every cut is refused, %zu are not", tally.same);
    for (size_t bit = 0; bit < archive->size * 8; bit++) {
        archive->at[bit / 8] ^= (unsigned char)(1u << bit % 8);
        size_t same = tally.same;
        expect_told(archive->at, archive->size, "bit", bit, old, &tally);
        archive->at[bit / 8] ^= (unsigned char)(1u << bit % 8);
        if (tally.same > same)
            old_take(old);
    }
    EXPECT(tally.refused > 10 * tally.same, "nearly all is refused: %zu, against %zu", tally.refused,
           tally.same);
    bytes_free(&old[0]);
    bytes_free(&old[1]);
    bytes_free(archive);
    folder_remove(scratch.output);
}

static struct bytes text_long(void)
{
    struct bytes text = {0};
    bytes_add(&text, head, sizeof head - 1);
    for (unsigned k = 0; k < REPEATS; k++)
        bytes_add(&text, rows, 49);
    return text;
}

static void test_zstd(void **state)
{
    (void)state;
    struct bytes archive = {0}, text = text_long();
    size_t ends[2];
    zstd_add(&archive, text.at, text.size, true);
    ends[0] = archive.size;
    bytes_free(&text);
    zstd_add(&archive, rows, 60, false);
    ends[1] = archive.size;
    zstd_add(&archive, rows + 60, sizeof rows - 1 - 60, true);
    damage_all(&archive, ends, COUNT_OF(ends));
}

static void test_gzip(void **state)
{
    (void)state;
    struct bytes archive = {0}, text = text_long();
    gzip_add(&archive, text.at, text.size);
    bytes_free(&text);
    size_t ends[] = {archive.size};
    gzip_add(&archive, rows, sizeof rows - 1);
    damage_all(&archive, ends, COUNT_OF(ends));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_zstd), cmocka_unit_test(test_gzip)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
