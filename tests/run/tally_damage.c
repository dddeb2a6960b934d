/* Damaged tally files: every byte changed, every length cut; and every byte of what is packed changed, with
 * all checksums made right again, so that the checks behind them are reached. */
#include "base/base.h"

#include "tally_made.h"

#include "../test.h"

static struct text made;   /* a good file */
static struct text wanted; /* what reading it comes to */

static const unsigned char patterns[] = {0x01, 0x80, 0x3c};

static bool texts_same(const struct text *a, const struct text *b)
{
    return a->length == b->length && (!a->length || memcmp(a->at, b->at, a->length) == 0);
}

static bool error_has_place(enum bm_code code, const struct bm_error *error)
{
    return code == error->code && (code == BM_INPUT || code == BM_USAGE) &&
           strstr(error->message, "sample") &&
           (strstr(error->message, "byte ") || strstr(error->message, "version"));
}

/* Whether it was refused; else it must have come to the same. */
static bool refused(const char *bytes, size_t size, const char *what, size_t at)
{
    struct text got = {0};
    struct bm_error error;
    enum bm_code code = file_dump(bytes, size, &got, &error);
    if (code == BM_OK)
        EXPECT(texts_same(&got, &wanted), "%s %zu: what is not refused is the same", what, at);
    else
        EXPECT(error_has_place(code, &error), "%s %zu: refused with the place: %d %s", what, at, (int)code,
               error.message);
    text_free(&got);
    return code != BM_OK;
}

static void test_each_byte(void **state)
{
    (void)state;
    for (size_t at = 0; at < made.length; at++)
        for (unsigned k = 0; k < COUNT_OF(patterns); k++) {
            made.at[at] = (char)(made.at[at] ^ patterns[k]);
            EXPECT(refused(made.at, made.length, "byte", at), "byte %zu: every byte is under a checksum", at);
            made.at[at] = (char)(made.at[at] ^ patterns[k]);
        }
}

static void test_each_length(void **state)
{
    (void)state;
    for (size_t length = 0; length < made.length; length++) {
        char *cut = malloc(length + 1); /* so that reading past the end is noticed */
        CHECK(cut);
        memcpy(cut, made.at, length);
        EXPECT(refused(cut, length, "length", length), "a file of %zu bytes is refused", length);
        free(cut);
    }
}

static void test_joined_again(void **state)
{
    (void)state;
    struct parts parts;
    struct tally_file file;
    struct bm_error error;
    struct text index = {0};
    CHECK(tally_file_over(&file, "sample", made.at, made.length, &error) == BM_OK);
    parts_take(&file, &parts);
    struct text joined = parts_join(&parts, &index);
    EXPECT(!refused(joined.at, joined.length, "joined", 0), "what was taken apart can be put together again");
    text_free(&joined);
    text_free(&index);
    parts_free(&parts);
    tally_file_close(&file);
}

/* Changes a byte of content under right checksums: it must not be believed blindly, and may come to anything
 * that adds up. Returns whether it was refused. */
static bool content_changed(const struct parts *parts)
{
    struct text index = {0}, joined = parts_join(parts, &index), got = {0};
    struct bm_error error;
    enum bm_code code = file_dump(joined.at, joined.length, &got, &error);
    EXPECT(code == BM_OK || error_has_place(code, &error), "refused with the place: %d %s", (int)code,
           error.message);
    text_free(&got);
    text_free(&joined);
    text_free(&index);
    return code != BM_OK;
}

static void test_each_byte_of_content(void **state)
{
    (void)state;
    struct parts parts;
    struct tally_file file;
    struct bm_error error;
    size_t tried = 0, bad = 0;
    CHECK(tally_file_over(&file, "sample", made.at, made.length, &error) == BM_OK);
    parts_take(&file, &parts);
    for (size_t k = 0; k < parts.count; k++)
        for (size_t at = 0; at < parts.items[k].raw.length; at++) {
            char *byte = &parts.items[k].raw.at[at], before = *byte;
            *byte = (char)(before ^ patterns[at % COUNT_OF(patterns)]);
            tried++;
            bad += content_changed(&parts);
            *byte = before;
        }
    EXPECT(tried > 1000 && bad > tried / 3, "of %zu changes many are found: %zu", tried, bad);
    print_message("%zu changes under right checksums, %zu refused\n", tried, bad);
    parts_free(&parts);
    tally_file_close(&file);
}

/* The index under a right checksum: it must fit the file all the same. */
static void test_each_byte_of_the_index(void **state)
{
    (void)state;
    struct parts parts;
    struct tally_file file;
    struct bm_error error;
    struct text index = {0};
    CHECK(tally_file_over(&file, "sample", made.at, made.length, &error) == BM_OK);
    parts_take(&file, &parts);
    struct text joined = parts_join(&parts, &index);
    joined.length = (size_t)le_load(joined.at + joined.length - TALLY_TRAILER_BYTES, 8);
    size_t content_end = joined.length;
    for (size_t at = 0; at < index.length; at++)
        for (unsigned k = 0; k < COUNT_OF(patterns); k++) {
            index.at[at] = (char)(index.at[at] ^ patterns[k]);
            joined.length = content_end;
            file_end(&joined, &index);
            (void)refused(joined.at, joined.length, "index", at);
            index.at[at] = (char)(index.at[at] ^ patterns[k]);
        }
    text_free(&joined);
    text_free(&index);
    parts_free(&parts);
    tally_file_close(&file);
}

static int setup(void **state)
{
    (void)state;
    struct bm_error error;
    made = tally_made();
    return file_dump(made.at, made.length, &wanted, &error) != BM_OK;
}

static int teardown(void **state)
{
    (void)state;
    text_free(&made);
    text_free(&wanted);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_byte),
        cmocka_unit_test(test_each_length),
        cmocka_unit_test(test_joined_again),
        cmocka_unit_test(test_each_byte_of_content),
        cmocka_unit_test(test_each_byte_of_the_index),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
