#include "samples.h"

#include "archive/frames.h"

#include <zstd_errors.h>

struct fixture {
    struct text_stream *stream;
    struct bytes text;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.stream = sample_stream(NULL), .text = sample_text(400, 11)};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    text_stream_free(fixture->stream);
    bytes_free(&fixture->text);
    return 0;
}

/* The text in three frames among skippable ones; `ends` are the frame boundaries. */
static struct bytes mixed_frames(const struct bytes *text, size_t ends[static 6])
{
    struct bytes archive = {0};
    size_t third = text->size / 3;
    skippable_add(&archive, 0, 5);
    ends[0] = archive.size;
    zstd_add(&archive, text->at, third, true);
    ends[1] = archive.size;
    zstd_add(&archive, text->at + third, third, false);
    ends[2] = archive.size;
    skippable_add(&archive, 15, 0);
    ends[3] = archive.size;
    zstd_add(&archive, text->at + 2 * third, text->size - 2 * third, true);
    ends[4] = archive.size;
    skippable_add(&archive, 7, 3);
    ends[5] = archive.size;
    return archive;
}

static void test_round_trip(void **state)
{
    struct fixture *fixture = *state;
    for (int content_size = 0; content_size < 2; content_size++) {
        struct bytes text = sample_text(3000000, 5), archive = {0};
        zstd_add(&archive, text.at, text.size, content_size);
        expect_text(fixture->stream, &archive, &text);
        bytes_free(&archive);
        bytes_free(&text);
    }
    size_t ends[6];
    struct bytes archive = mixed_frames(&fixture->text, ends);
    expect_text(fixture->stream, &archive, &fixture->text);
    bytes_free(&archive);
}

static void test_many_frames(void **state)
{
    struct fixture *fixture = *state;
    struct bytes text = sample_text(60000, 9), archive = {0};
    uint64_t seed = 3;
    for (size_t at = 0; at < text.size;) {
        size_t size = test_random(&seed) % 300;
        size = size < text.size - at ? size : text.size - at;
        zstd_add(&archive, text.at + at, size, test_random(&seed) & 1);
        if (test_random(&seed) % 3 == 0)
            skippable_add(&archive, (unsigned)(test_random(&seed) % 16), test_random(&seed) % 40);
        at += size;
    }
    expect_text(fixture->stream, &archive, &text);
    bytes_free(&archive);
    bytes_free(&text);
}

static void test_no_text(void **state)
{
    struct fixture *fixture = *state;
    struct bytes archive = {0}, nothing = {0};
    zstd_add(&archive, "", 0, true);
    zstd_add(&archive, "", 0, false);
    expect_text(fixture->stream, &archive, &nothing);
    bytes_free(&archive);
    skippable_add(&archive, 3, 9);
    expect_text(fixture->stream, &archive, &nothing);
    bytes_free(&archive);
}

static void test_truncation(void **state)
{
    struct fixture *fixture = *state;
    size_t ends[6];
    struct bytes archive = mixed_frames(&fixture->text, ends);
    expect_truncations_fail(fixture->stream, &archive, ARCHIVE_ZSTD, ends, COUNT_OF(ends));

    char message[128];
    snprintf(message, sizeof message,
             "sample: corrupt zstd frame at byte %zu: input ends inside it, at byte %zu", ends[3],
             ends[4] - 1);
    archive.size = ends[4] - 1;
    expect_failure(fixture->stream, &archive, message);
    archive.size = ends[3] + 2;
    snprintf(message, sizeof message,
             "sample: corrupt zstd frame at byte %zu: input ends inside it, at byte %zu", ends[3],
             ends[3] + 2);
    expect_failure(fixture->stream, &archive, message);
    bytes_free(&archive);
}

static void test_flipped_bits(void **state)
{
    struct fixture *fixture = *state;
    size_t ends[6];
    struct bytes archive = mixed_frames(&fixture->text, ends);
    size_t refused = expect_flips_told(fixture->stream, &archive, ARCHIVE_ZSTD, &fixture->text);
    EXPECT(refused > (ends[5] - 64) * 7, "nearly every flip is refused, got %zu of %zu", refused,
           ends[5] * 8);
    bytes_free(&archive);
}

static void test_checksum(void **state)
{
    struct fixture *fixture = *state;
    struct bytes archive = {0};
    zstd_add(&archive, fixture->text.at, fixture->text.size, true);
    size_t begin = archive.size;
    zstd_add(&archive, fixture->text.at, fixture->text.size, true);
    archive.at[archive.size - 1] ^= 1;
    char message[128];
    snprintf(message, sizeof message,
             "sample: corrupt zstd frame at byte %zu: Restored data doesn't match checksum", begin);
    expect_failure(fixture->stream, &archive, message);
    bytes_free(&archive);
}

static void test_trailing_garbage(void **state)
{
    struct fixture *fixture = *state;
    static const unsigned char tails[][8] = {
        "time,ev", {0}, {0x1f, 0x8b, 8}, {0x27, 0xb5, 0x2f, 0xfd, 1, 2, 3, 4} /* version 0.7 */};
    for (size_t k = 0; k < COUNT_OF(tails); k++) {
        struct bytes archive = {0};
        zstd_add(&archive, fixture->text.at, fixture->text.size, true);
        char message[128];
        snprintf(message, sizeof message, "sample: corrupt zstd frame at byte %zu: Unknown frame descriptor",
                 archive.size);
        bytes_add(&archive, tails[k], sizeof tails[k]);
        expect_failure(fixture->stream, &archive, message);
        bytes_free(&archive);
    }
}

static void window_sample(struct bytes *archive, int window_log)
{
    static const char text[] = "a frame that asks for a large window";
    ZSTD_CCtx *context = ZSTD_createCCtx();
    CHECK(context);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    unsigned char out[256];
    ZSTD_inBuffer in = {text, sizeof text - 1, 0};
    ZSTD_outBuffer to = {out, sizeof out, 0};
    /* The size is not told, else the window shrinks to it. */
    CHECK(!ZSTD_isError(ZSTD_compressStream2(context, &to, &in, ZSTD_e_flush)));
    CHECK(ZSTD_compressStream2(context, &to, &in, ZSTD_e_end) == 0);
    ZSTD_freeCCtx(context);
    bytes_add(archive, out, to.pos);
}

static void test_window_cap(void **state)
{
    struct fixture *fixture = *state;
    struct bytes archive = {0}, text = {0};
    bytes_add(&text, "a frame that asks for a large window", 36);
    window_sample(&archive, ARCHIVE_WINDOW_LOG_MAX);
    expect_text(fixture->stream, &archive, &text);
    archive.size = 0;
    window_sample(&archive, ARCHIVE_WINDOW_LOG_MAX + 1);
    expect_failure(fixture->stream, &archive,
                   "sample: corrupt zstd frame at byte 0: Frame requires too much memory for decoding");
    bytes_free(&archive);
    bytes_free(&text);
}

static void test_dictionary(void **state)
{
    struct fixture *fixture = *state;
    struct bytes archive = {0};
    zstd_add(&archive, fixture->text.at, 20, true);
    /* Descriptor: an id of one byte follows the header's first byte. */
    archive.at[4] |= 1;
    bytes_add(&archive, "x", 1);
    memmove(archive.at + 6, archive.at + 5, archive.size - 6);
    archive.at[5] = 77;
    expect_failure(fixture->stream, &archive, "sample: corrupt zstd frame at byte 0: Dictionary mismatch");
    bytes_free(&archive);
}

/* Frames whose header announces more text than there is, or less, whatever the last block and the room. */
static void test_content_size(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        unsigned char bytes[16];
        size_t size;
    } frames[] = {
        {{0x28, 0xb5, 0x2f, 0xfd, 0x20, 44, 1, 0, 0}, 9},              /* 44, an empty block */
        {{0x28, 0xb5, 0x2f, 0xfd, 0x20, 3, 0x11, 0, 0, 'a', 'b'}, 11}, /* 3, a block of 2 */
        {{0x28, 0xb5, 0x2f, 0xfd, 0x20, 3, 0x10, 0, 0, 'a', 'b', 1, 0, 0},
         14},                                                          /* the same, and an empty one */
        {{0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 0x11, 0, 0, 'a', 'b'}, 11}, /* 1, a block of 2 */
    };
    static const size_t rooms[] = {1, 2, 10, 44, 4096};
    for (size_t k = 0; k < COUNT_OF(frames) * COUNT_OF(rooms); k++) {
        struct bytes got = {0};
        struct bm_error error = {0};
        size_t frame = k / COUNT_OF(rooms), room = rooms[k % COUNT_OF(rooms)];
        EXPECT(sample_read(fixture->stream, frames[frame].bytes, frames[frame].size, room, &got, &error) ==
                   BM_INPUT,
               "frame %zu is refused at room %zu", frame, room);
        bytes_free(&got);
    }
}

/* After an error the stream reads the next archive as if nothing had been. */
static void test_restart_after_error(void **state)
{
    struct fixture *fixture = *state;
    struct bytes archive = {0}, got = {0};
    zstd_add(&archive, fixture->text.at, fixture->text.size, false);
    struct bm_error error;
    EXPECT(sample_read(fixture->stream, archive.at, archive.size - 3, 10, &got, &error) == BM_INPUT,
           "the cut archive is refused");
    expect_text(fixture->stream, &archive, &fixture->text);
    bytes_free(&archive);
    bytes_free(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_frames, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_truncation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_flipped_bits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_checksum, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_trailing_garbage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_window_cap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dictionary, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_content_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_restart_after_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
