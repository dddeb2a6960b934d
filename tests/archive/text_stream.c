#include "samples.h"

static void test_plain(void **state)
{
    (void)state;
    struct text_stream *stream = sample_stream(NULL);
    struct bytes text = sample_text(2000, 6);
    expect_text(stream, &text, &text);
    struct archive archive;
    archive_over(&archive, "sample", text.at, text.size);
    EXPECT(archive.format == ARCHIVE_PLAIN, "text is plain");
    struct bytes got = {0};
    struct bm_error error;
    EXPECT(range_read(stream, &archive, 13, 1013, 77, &got, &error) == BM_OK, "any range reads");
    EXPECT(got.size == 1000 && memcmp(got.at, text.at + 13, 1000) == 0, "a range is what lies in it");
    text_stream_extend(stream, 1500);
    EXPECT(stream_drain(stream, 77, &got, &error) == BM_OK && got.size == 1487 &&
               memcmp(got.at, text.at + 13, 1487) == 0,
           "extending goes on");
    bytes_free(&got);
    bytes_free(&text);
    text_stream_free(stream);
}

static void test_nothing(void **state)
{
    (void)state;
    struct text_stream *stream = sample_stream(NULL);
    struct bytes nothing = {0};
    expect_text(stream, &nothing, &nothing);
    text_stream_free(stream);
    text_stream_free(NULL);
}

/* One stream for all formats, in turn, left in the middle of each. */
static void test_turns(void **state)
{
    (void)state;
    struct bytes text = sample_text(5000, 6), archives[3] = {{0}};
    bytes_add(&archives[0], text.at, text.size);
    zstd_add(&archives[1], text.at, text.size, true);
    gzip_add(&archives[2], text.at, text.size);
    struct text_stream *stream = sample_stream(NULL);
    for (size_t turn = 0; turn < 12; turn++) {
        const struct bytes *bytes = &archives[turn * 7 % 3];
        struct archive archive;
        archive_over(&archive, "sample", bytes->at, bytes->size);
        struct bm_error error;
        char out[100];
        size_t length;
        EXPECT(text_stream_start(stream, &archive, 0, archive.size, &error) == BM_OK, "it starts");
        EXPECT(text_stream_read(stream, out, sizeof out, &length, &error) == BM_OK && length == sizeof out &&
                   memcmp(out, text.at, sizeof out) == 0,
               "turn %zu starts at the beginning", turn);
        expect_text(stream, bytes, &text);
    }
    text_stream_free(stream);
    for (size_t k = 0; k < COUNT_OF(archives); k++)
        bytes_free(&archives[k]);
    bytes_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plain), cmocka_unit_test(test_nothing),
                                       cmocka_unit_test(test_turns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
