#include "samples.h"

#include "archive/frames.h"

#include <zstd.h>
#include <zstd_errors.h>

static struct bytes archive_of(const struct bytes *text, size_t frame_bytes, uint64_t seed)
{
    struct bytes archive = {0};
    for (size_t at = 0; at < text->size; at += frame_bytes) {
        size_t left = text->size - at;
        if (test_random(&seed) % 2)
            skippable_add(&archive, (unsigned)(test_random(&seed) % 16), test_random(&seed) % 50);
        zstd_add(&archive, text->at + at, left < frame_bytes ? left : frame_bytes, test_random(&seed) % 2);
    }
    skippable_add(&archive, 1, 20);
    return archive;
}

/* A frame with raw, repeated or compressed blocks, with or without content size and checksum, or a skippable
 * one. */
static void frame_random_add(struct bytes *bytes, uint64_t *seed)
{
    if (test_random(seed) % 8 == 0) {
        skippable_add(bytes, (unsigned)(test_random(seed) % 16), test_random(seed) % 300);
        return;
    }
    static const size_t sizes[] = {0, 1, 300, 5000, 70000, 300000};
    size_t size = sizes[test_random(seed) % COUNT_OF(sizes)] + test_random(seed) % 100;
    struct bytes text = sample_text(size + 1, test_random(seed));
    for (size_t k = 0; k < size && test_random(seed) % 3; k += 1000)
        memset(text.at + k, 'r', size - k < 900 ? size - k : 900);
    if (test_random(seed) % 4 == 0)
        memset(text.at, 'r', size);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    CHECK(context);
    CHECK(
        !ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, (int)(test_random(seed) % 2))));
    CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, (int)(test_random(seed) % 2))));
    CHECK(!ZSTD_isError(
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, (int)(test_random(seed) % 4) - 1)));
    size_t bound = ZSTD_compressBound(size);
    unsigned char *packed = malloc(bound);
    CHECK(packed);
    size_t length = ZSTD_compress2(context, packed, bound, text.at, size);
    CHECK(!ZSTD_isError(length));
    bytes_add(bytes, packed, length);
    free(packed);
    ZSTD_freeCCtx(context);
    bytes_free(&text);
}

/* Reads run after run, each alone. Returns how many there were. */
static size_t read_runs(const struct archive *archive, size_t bytes, struct bytes *text)
{
    struct bm_error error = {0};
    struct text_stream *stream = sample_stream(NULL);
    size_t runs = 0;
    for (size_t begin = 0, end; begin < archive->size; begin = end, runs++) {
        EXPECT(archive_run_end(archive, begin, bytes, &end, &error) == BM_OK, "%s", error.message);
        EXPECT(end > begin && end <= archive->size, "a run goes on: %zu to %zu", begin, end);
        EXPECT(end == archive->size || end - begin >= bytes, "a run holds at least %zu bytes", bytes);
        EXPECT(range_read(stream, archive, begin, end, 1000, text, &error) == BM_OK, "%s", error.message);
    }
    text_stream_free(stream);
    return runs;
}

static void test_partitions(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 17, 100, 1000, 5000, 1 << 20, SIZE_MAX};
    struct bytes text = sample_text(30000, 4), bytes = archive_of(&text, 700, 8);
    struct archive archive;
    archive_over(&archive, "sample", bytes.at, bytes.size);
    size_t before = SIZE_MAX;
    for (size_t k = 0; k < COUNT_OF(sizes); k++) {
        struct bytes got = {0};
        size_t runs = read_runs(&archive, sizes[k], &got);
        EXPECT(bytes_same(&got, &text), "the runs of %zu bytes make the whole text", sizes[k]);
        EXPECT(runs <= before, "larger runs are not more");
        before = runs;
        bytes_free(&got);
    }
    EXPECT(before == 1, "a run of any size is one");
    bytes_free(&bytes);
    bytes_free(&text);
}

static void test_one_large_frame(void **state)
{
    (void)state;
    struct bytes text = sample_text(500000, 4), bytes = {0};
    zstd_add(&bytes, text.at, text.size, false);
    struct archive archive;
    archive_over(&archive, "sample", bytes.at, bytes.size);
    struct bm_error error;
    size_t end = 0;
    EXPECT(archive_run_end(&archive, 0, 1000, &end, &error) == BM_OK && end == bytes.size,
           "one frame is one run, got %zu of %zu", end, bytes.size);
    bytes_free(&bytes);
    bytes_free(&text);
}

/* Frames of all kinds end where libzstd says so, whole, cut short or with a byte changed. */
static void test_frames_end_as_in_libzstd(void **state)
{
    (void)state;
    uint64_t seed = 31;
    unsigned ends = 0, errors = 0;
    for (unsigned round = 0; round < 4000; round++) {
        struct bytes bytes = {0};
        frame_random_add(&bytes, &seed);
        bool spoilt = round % 4 == 3;
        if (round % 4 == 2)
            bytes.size = 1 + test_random(&seed) % bytes.size;
        else if (spoilt)
            bytes.at[test_random(&seed) % (bytes.size < 40 ? bytes.size : 40)] ^= 1 << test_random(&seed) % 8;
        struct archive archive;
        archive_over(&archive, "sample", bytes.at, bytes.size);
        archive.format = ARCHIVE_ZSTD;
        struct bm_error error;
        size_t end = 0, wanted = ZSTD_findFrameCompressedSize(bytes.at, bytes.size);
        enum bm_code code = archive_run_end(&archive, 0, 0, &end, &error);
        if (code == BM_OK && ZSTD_isError(wanted)) /* what the decoder refuses later */
            EXPECT(spoilt && ZSTD_getErrorCode(wanted) != ZSTD_error_srcSize_wrong, "round %u: %s", round,
                   ZSTD_getErrorName(wanted));
        else
            EXPECT(ZSTD_isError(wanted) ? code == BM_INPUT : end == wanted, "round %u: %zu, not %zu", round,
                   end, wanted);
        *(code == BM_OK ? &ends : &errors) += 1;
        bytes_free(&bytes);
    }
    EXPECT(ends > 2000 && errors > 500, "both come about: %u ends, %u errors", ends, errors);
}

/* A run is extended by the next one without starting anew, as a reader does that needs the rest of a row. */
static void test_extend(void **state)
{
    (void)state;
    struct bytes text = sample_text(30000, 4), bytes = archive_of(&text, 700, 8), got = {0};
    struct archive archive;
    archive_over(&archive, "sample", bytes.at, bytes.size);
    struct bm_error error = {0};
    struct text_stream *stream = sample_stream(NULL);
    EXPECT(text_stream_start(stream, &archive, 0, 0, &error) == BM_OK, "an empty range is one");
    for (size_t end = 0; end < archive.size;) {
        EXPECT(stream_drain(stream, 333, &got, &error) == BM_OK, "%s", error.message);
        EXPECT(archive_run_end(&archive, end, 900, &end, &error) == BM_OK, "%s", error.message);
        text_stream_extend(stream, end);
    }
    EXPECT(stream_drain(stream, 333, &got, &error) == BM_OK && bytes_same(&got, &text),
           "the extended range gives the whole text");
    text_stream_free(stream);
    bytes_free(&bytes);
    bytes_free(&text);
    bytes_free(&got);
}

static void expect_run_failure(const struct bytes *bytes, size_t size, const char *message)
{
    struct archive archive;
    archive_over(&archive, "sample", bytes->at, size);
    struct bm_error error = {0};
    size_t end;
    enum bm_code code = archive_run_end(&archive, 0, SIZE_MAX, &end, &error);
    EXPECT(code == BM_INPUT && strcmp(error.message, message) == 0, "\"%s\", got \"%s\"", message,
           error.message);
}

static void test_errors(void **state)
{
    (void)state;
    struct bytes text = sample_text(1000, 4), bytes = {0};
    zstd_add(&bytes, text.at, text.size, true);
    size_t first = bytes.size;
    zstd_add(&bytes, text.at, text.size, false);
    char message[128];
    for (size_t size = first + 1; size < bytes.size; size++) {
        snprintf(message, sizeof message,
                 "sample: corrupt zstd frame at byte %zu: input ends inside it, at byte %zu", first, size);
        expect_run_failure(&bytes, size, message);
    }
    bytes.at[first] ^= 0x80;
    snprintf(message, sizeof message, "sample: corrupt zstd frame at byte %zu: Unknown frame descriptor",
             first);
    expect_run_failure(&bytes, bytes.size, message);
    bytes_free(&bytes);
    bytes_free(&text);
}

/* A skippable frame whose length says more than there is, up to the largest that the field holds. */
static void test_skippable_length(void **state)
{
    (void)state;
    struct bytes bytes = {0};
    skippable_add(&bytes, 2, 10);
    bytes.at[4] = 11;
    expect_run_failure(&bytes, bytes.size,
                       "sample: corrupt zstd frame at byte 0: input ends inside it, at byte 18");
    memset(bytes.at + 4, 0xff, 4);
    struct archive archive;
    archive_over(&archive, "sample", bytes.at, bytes.size);
    struct bm_error error = {0};
    size_t end;
    EXPECT(archive_run_end(&archive, 0, 1, &end, &error) == BM_INPUT, "the largest length is refused");
    struct text_stream *stream = sample_stream(NULL);
    struct bytes got = {0};
    EXPECT(sample_read(stream, bytes.at, bytes.size, 10, &got, &error) == BM_INPUT,
           "the largest length is refused when read");
    text_stream_free(stream);
    bytes_free(&bytes);
}

static void test_other_formats(void **state)
{
    (void)state;
    struct bytes bytes = {0};
    gzip_add(&bytes, "text", 4);
    gzip_add(&bytes, "text", 4);
    struct archive archive;
    archive_over(&archive, "sample", bytes.at, bytes.size);
    struct bm_error error;
    size_t end = 0;
    EXPECT(archive_run_end(&archive, 0, 1, &end, &error) == BM_OK && end == bytes.size, "gzip is one run");
    archive_over(&archive, "sample", (const unsigned char *)"time", 4);
    EXPECT(archive_run_end(&archive, 1, 1, &end, &error) == BM_OK && end == 4, "plain text is one run");
    archive_over(&archive, "sample", NULL, 0);
    EXPECT(archive_run_end(&archive, 0, 1, &end, &error) == BM_OK && end == 0, "so is nothing");
    bytes_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_end_as_in_libzstd),
        cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_one_large_frame),
        cmocka_unit_test(test_extend),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_skippable_length),
        cmocka_unit_test(test_other_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
