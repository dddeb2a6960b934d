/* Every test runs with each inflater that was built. */
#include "samples.h"

static const struct inflater *const inflaters[] = {
    &inflater_zlib,
#if HAVE_ISAL
    &inflater_isal,
#endif
};

static void test_round_trip(void **state)
{
    (void)state;
    struct bytes large = sample_text(3000000, 5), archive = {0}, small = {0};
    gzip_add(&archive, large.at, 1);
    gzip_add(&archive, large.at + 1, 0);
    gzip_add(&archive, large.at + 1, large.size / 2);
    gzip_add(&archive, large.at + 1 + large.size / 2, large.size - large.size / 2 - 1);
    for (int k = 0; k < 100; k++)
        gzip_add(&small, large.at + k * 10, 10);
    struct bytes thousand = {.at = large.at, .size = 1000};
    for (size_t k = 0; k < COUNT_OF(inflaters); k++) {
        struct text_stream *stream = sample_stream(inflaters[k]);
        expect_text(stream, &archive, &large);
        expect_text(stream, &small, &thousand);
        text_stream_free(stream);
    }
    bytes_free(&large);
    bytes_free(&archive);
    bytes_free(&small);
}

static struct bytes incompressible(size_t size)
{
    struct bytes text = {0};
    uint64_t seed = 77;
    while (text.size < size)
        bytes_add(&text, &(uint64_t){test_random(&seed)}, 8);
    return text;
}

/* Stored blocks take another way through a decoder. */
static void test_stored(void **state)
{
    (void)state;
    struct bytes text = incompressible(200000), archive = {0};
    gzip_add(&archive, text.at, text.size);
    for (size_t k = 0; k < COUNT_OF(inflaters); k++) {
        struct text_stream *stream = sample_stream(inflaters[k]);
        expect_text(stream, &archive, &text);
        text_stream_free(stream);
    }
    bytes_free(&archive);
    bytes_free(&text);
}

static void test_header_fields(void **state)
{
    (void)state;
    struct bytes text = sample_text(300, 8), plain = {0}, archive = {0};
    gzip_add(&plain, text.at, text.size);
    static const unsigned char header[] = {0x1f, 0x8b, 8,   4 | 8 | 16, 0,   0,   0,   0, 0,   3,   2, 0,
                                           'e',  'x',  'a', '.',        'c', 's', 'v', 0, 'h', 'i', 0};
    bytes_add(&archive, header, sizeof header);
    bytes_add(&archive, plain.at + 10, plain.size - 10);
    for (size_t k = 0; k < COUNT_OF(inflaters); k++) {
        struct text_stream *stream = sample_stream(inflaters[k]);
        expect_text(stream, &archive, &text);
        text_stream_free(stream);
    }
    bytes_free(&archive);
    bytes_free(&plain);
    bytes_free(&text);
}

static void test_truncation(void **state)
{
    (void)state;
    struct bytes text = sample_text(500, 2), archive = {0};
    gzip_add(&archive, text.at, 200);
    size_t first = archive.size;
    gzip_add(&archive, text.at + 200, 300);
    for (size_t k = 0; k < COUNT_OF(inflaters); k++) {
        struct text_stream *stream = sample_stream(inflaters[k]);
        expect_truncations_fail(stream, &archive, ARCHIVE_GZIP, &first, 1);
        char message[128];
        struct bytes cut = {.at = archive.at, .size = archive.size - 1};
        snprintf(message, sizeof message,
                 "sample: corrupt gzip member at byte %zu: input ends inside it, at byte %zu", first,
                 cut.size);
        expect_failure(stream, &cut, message);
        text_stream_free(stream);
    }
    bytes_free(&archive);
    bytes_free(&text);
}

static void test_flipped_bits(void **state)
{
    (void)state;
    struct bytes text = sample_text(500, 2), archive = {0};
    gzip_add(&archive, text.at, 200);
    gzip_add(&archive, text.at + 200, 300);
    for (size_t k = 0; k < COUNT_OF(inflaters); k++) {
        struct text_stream *stream = sample_stream(inflaters[k]);
        size_t refused = expect_flips_told(stream, &archive, ARCHIVE_GZIP, &text);
        /* What may change: time stamp, flags and system in two headers, and bits that pad the deflate data.
         */
        EXPECT(refused > (archive.size - 20) * 8 - 16, "%s refuses nearly every flip, got %zu of %zu",
               inflaters[k]->name, refused, archive.size * 8);
        text_stream_free(stream);
    }
    bytes_free(&archive);
    bytes_free(&text);
}

/* Of text that compresses to next to nothing the last bits are decoded with nothing behind them, where ISA-L
 * (2.30) counts more bytes as used than there were. */
static void test_flipped_bits_at_end(void **state)
{
    (void)state;
    struct bytes row = sample_text(49, 2), text = {0}, archive = {0};
    for (unsigned k = 0; k < 2500; k++)
        bytes_add(&text, row.at, row.size);
    gzip_add(&archive, text.at, text.size - 113);
    gzip_add(&archive, text.at + text.size - 113, 113);
    for (size_t k = 0; k < COUNT_OF(inflaters); k++) {
        struct text_stream *stream = sample_stream(inflaters[k]);
        size_t refused = expect_flips_told(stream, &archive, ARCHIVE_GZIP, &text);
        EXPECT(refused > archive.size * 6, "%s refuses most flips, got %zu of %zu", inflaters[k]->name,
               refused, archive.size * 8);
        text_stream_free(stream);
    }
    bytes_free(&archive);
    bytes_free(&text);
    bytes_free(&row);
}

/* CRC32 and ISIZE: each of the 64 bits counts, in each member. */
static void test_trailer(void **state)
{
    (void)state;
    struct bytes text = sample_text(500, 2), archive = {0};
    gzip_add(&archive, text.at, 200);
    size_t ends[2] = {archive.size, 0};
    gzip_add(&archive, text.at + 200, 300);
    ends[1] = archive.size;
    for (size_t bit = 0; bit < 128; bit++) {
        unsigned char *byte = archive.at + ends[bit / 64] - 8 + bit % 64 / 8;
        *byte ^= (unsigned char)(1u << bit % 8);
        for (size_t k = 0; k < COUNT_OF(inflaters); k++) {
            struct text_stream *stream = sample_stream(inflaters[k]);
            struct bytes got = {0};
            struct bm_error error;
            EXPECT(sample_read(stream, archive.at, archive.size, 100, &got, &error) == BM_INPUT,
                   "%s checks trailer bit %zu", inflaters[k]->name, bit);
            bytes_free(&got);
            text_stream_free(stream);
        }
        *byte ^= (unsigned char)(1u << bit % 8);
    }
    bytes_free(&archive);
    bytes_free(&text);
}

static void test_trailing_garbage(void **state)
{
    (void)state;
    static const unsigned char tails[][4] = {"time", {0}, {0x1f, 0x8c}, {0x28, 0xb5, 0x2f, 0xfd}};
    struct bytes text = sample_text(100, 2);
    for (size_t k = 0; k < COUNT_OF(inflaters) * COUNT_OF(tails); k++) {
        struct text_stream *stream = sample_stream(inflaters[k / COUNT_OF(tails)]);
        struct bytes archive = {0};
        gzip_add(&archive, text.at, text.size);
        char message[128];
        snprintf(message, sizeof message, "sample: trailing garbage behind the last gzip member at byte %zu",
                 archive.size);
        bytes_add(&archive, tails[k % COUNT_OF(tails)], 4);
        expect_failure(stream, &archive, message);
        archive.size -= 3;
        if (k % COUNT_OF(tails) != 2)
            expect_failure(stream, &archive, message);
        bytes_free(&archive);
        text_stream_free(stream);
    }
    bytes_free(&text);
}

/* Text longer than one step of the decoders, through pieces of input that end anywhere. */
static void test_pieces(void **state)
{
    (void)state;
    struct bytes text = sample_text(100000, 21), archive = {0};
    gzip_add(&archive, text.at, text.size);
    for (size_t k = 0; k < COUNT_OF(inflaters); k++) {
        const struct inflater *inflater = inflaters[k];
        void *decoder = inflater->state_new();
        EXPECT(decoder, "%s gives a decoder", inflater->name);
        inflater->member_start(decoder);
        unsigned char *out = malloc(text.size);
        CHECK(out);
        struct inflate_step step = {.in = archive.at, .out = out};
        uint64_t seed = 5;
        enum inflate_result result = INFLATE_MORE;
        while (result == INFLATE_MORE && step.in < archive.at + archive.size) {
            size_t left = (size_t)(archive.at + archive.size - step.in), in = test_random(&seed) % 40 + 1;
            size_t room = (size_t)(out + text.size - step.out), wanted = test_random(&seed) % 900;
            step.in_bytes = in < left ? in : left;
            step.out_bytes = wanted < room ? wanted : room;
            result = inflater->step(decoder, &step);
        }
        EXPECT(result == INFLATE_END, "%s comes to the end, got %d", inflater->name, (int)result);
        EXPECT(step.out == out + text.size && memcmp(out, text.at, text.size) == 0, "%s gives the text",
               inflater->name);
        free(out);
        inflater->state_free(decoder);
    }
    bytes_free(&archive);
    bytes_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_stored),
        cmocka_unit_test(test_header_fields), cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_flipped_bits),  cmocka_unit_test(test_flipped_bits_at_end),
        cmocka_unit_test(test_trailer),       cmocka_unit_test(test_trailing_garbage),
        cmocka_unit_test(test_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
