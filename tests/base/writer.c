#include "base/base.h"

#include "base/hash.h"
#include "base/writer.h"

#include <unistd.h>

#include "../test.h"

static char path[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/bouncemill-test-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static struct writer *start(void)
{
    static struct writer writer;
    struct bm_error error = {0};
    EXPECT(writer_open(&writer, path, &error) == BM_OK, "%s", error.message);
    return &writer;
}

/* What the file holds, from malloc. */
static struct span file_read(void)
{
    FILE *file = fopen(path, "re");
    CHECK(file && fseek(file, 0, SEEK_END) == 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(size + 1);
    CHECK(bytes && fread(bytes, 1, size, file) == size && fclose(file) == 0);
    return (struct span){bytes, size};
}

/* Closes, and compares the file, its size and its hash with `wanted`. */
static void expect_file(struct writer *writer, struct span wanted)
{
    uint64_t bytes = 0, hash = 0;
    struct bm_error error = {0};
    EXPECT(writer_close(writer, &bytes, &hash, &error) == BM_OK, "%s", error.message);
    struct span got = file_read();
    EXPECT(span_is(got, wanted), "\"%.*s\", got \"%.*s\"", (int)(wanted.length < 200 ? wanted.length : 200),
           wanted.at, (int)(got.length < 200 ? got.length : 200), got.at);
    EXPECT(bytes == got.length, "the size is the file's");
    EXPECT(hash == hash_span(got), "the hash is the file's");
    free((char *)(uintptr_t)got.at);
}

static void test_csv(void **state)
{
    (void)state;
    const struct {
        struct span field, wanted;
    } cases[] = {
        {SPAN(""), SPAN("")},
        {SPAN("plain"), SPAN("plain")},
        {SPAN("a,b"), SPAN("\"a,b\"")},
        {SPAN("\""), SPAN("\"\"\"\"")},
        {SPAN("say \"hi\""), SPAN("\"say \"\"hi\"\"\"")},
        {SPAN("two\nlines"), SPAN("\"two\nlines\"")},
        {SPAN("cr\r"), SPAN("\"cr\r\"")},
        {SPAN(" before"), SPAN("\" before\"")},
        {SPAN("behind\t"), SPAN("\"behind\t\"")},
        {SPAN("in side"), SPAN("in side")},
        {SPAN("nul\0byte"), SPAN("nul\0byte")},
        {SPAN("caf\xc3\xa9"), SPAN("caf\xc3\xa9")},
    };
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        struct writer *writer = start();
        writer_csv(writer, cases[k].field);
        expect_file(writer, cases[k].wanted);
    }
}

static void test_json(void **state)
{
    (void)state;
    const struct {
        struct span text, wanted;
    } cases[] = {
        {SPAN(""), SPAN("\"\"")},
        {SPAN("a/b"), SPAN("\"a/b\"")},
        {SPAN("\"\\"), SPAN("\"\\\"\\\\\"")},
        {SPAN("\n\t\0\x1f\x7f"), SPAN("\"\\u000a\\u0009\\u0000\\u001f\\u007f\"")},
        {SPAN("\xc2\x80\xc2\x9b[2J\xc2\x9f\xc2\xa0"), SPAN("\"\\u0080\\u009b[2J\\u009f\xc2\xa0\"")}, /* C1 */
        {SPAN("\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7"), SPAN("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7\"")},
        {SPAN("\xef\xbf\xbf\xf4\x8f\xbf\xbf"), SPAN("\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\"")},
        {SPAN("\xff"), SPAN("\"\xef\xbf\xbd\"")},
        {SPAN("a\x80z"), SPAN("\"a\xef\xbf\xbdz\"")},
        {SPAN("\xc3"), SPAN("\"\xef\xbf\xbd\"")},
        {SPAN("\xe2\x82"), SPAN("\"\xef\xbf\xbd\xef\xbf\xbd\"")},
        {SPAN("\xe2\x28\xa1"), SPAN("\"\xef\xbf\xbd(\xef\xbf\xbd\"")},
        {SPAN("\xc0\xaf"), SPAN("\"\xef\xbf\xbd\xef\xbf\xbd\"")},                 /* overlong slash */
        {SPAN("\xe0\x80\xaf"), SPAN("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"")}, /* the same, longer */
        {SPAN("\xed\xa0\x80"), SPAN("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"")}, /* a surrogate */
        {SPAN("\xf4\x90\x80\x80"),
         SPAN("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"")}, /* past the end */
    };
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        struct writer *writer = start();
        writer_json(writer, cases[k].text);
        expect_file(writer, cases[k].wanted);
    }
}

static void test_numbers(void **state)
{
    (void)state;
    struct writer *writer = start();
    static const uint64_t values[] = {0, 9, 10, 1234567890, UINT64_MAX};
    for (size_t k = 0; k < COUNT_OF(values); k++) {
        writer_u64(writer, values[k]);
        writer_char(writer, '\n');
    }
    writer_format(writer, "%05.2f|%s", 3.14159, "x");
    expect_file(writer, SPAN("0\n9\n10\n1234567890\n18446744073709551615\n03.14|x"));
}

/* Pieces of every size around the buffer's, one after the other. */
static void test_large(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 262143, 262144, 262145, 3, 0, 600000, 262144, 100000, 200000};
    size_t total = 0;
    for (size_t k = 0; k < COUNT_OF(sizes); k++)
        total += sizes[k];
    char *text = malloc(total);
    CHECK(text);
    uint64_t seed = 3;
    for (size_t k = 0; k < total; k++)
        text[k] = (char)test_random(&seed);
    struct writer *writer = start();
    for (size_t k = 0, at = 0; k < COUNT_OF(sizes); at += sizes[k], k++)
        writer_put(writer, (struct span){text + at, sizes[k]});
    expect_file(writer, (struct span){text, total});
    writer = start();
    for (size_t k = 0; k < total; k++)
        writer_char(writer, text[k]);
    expect_file(writer, (struct span){text, total});
    free(text);
}

static void test_long_format(void **state)
{
    (void)state;
    char text[20000];
    memset(text, 'p', sizeof text - 1);
    text[sizeof text - 1] = 0;
    struct writer *writer = start();
    writer_format(writer, "%s", text);
    expect_file(writer, (struct span){text, sizeof text - 1});
}

static void expect_full(struct writer *writer, const char *name)
{
    struct bm_error error = {0};
    char wanted[100];
    snprintf(wanted, sizeof wanted, "cannot write %s: No space left on device", name);
    EXPECT(writer_close(writer, NULL, NULL, &error) == BM_RESOURCE && strcmp(error.message, wanted) == 0,
           "\"%s\", got \"%s\"", wanted, error.message);
}

static void test_disk_full(void **state)
{
    (void)state;
    static struct writer writer;
    struct bm_error error;
    EXPECT(writer_open(&writer, "/dev/full", &error) == BM_OK, "the full disk opens");
    writer_text(&writer, "small");
    expect_full(&writer, "/dev/full");
    EXPECT(writer_open(&writer, "/dev/full", &error) == BM_OK, "the full disk opens");
    for (int k = 0; k < 100000; k++)
        writer_text(&writer, "more than the buffer holds");
    expect_full(&writer, "/dev/full");
}

static void test_borrowed(void **state)
{
    (void)state;
    static struct writer writer;
    struct bm_error error;
    FILE *full = fopen("/dev/full", "we"), *file = fopen(path, "we");
    CHECK(full && file);
    EXPECT(writer_open_fd(&writer, fileno(full), "standard output", &error) == BM_OK, "it opens");
    writer_text(&writer, "x");
    expect_full(&writer, "standard output");
    uint64_t bytes = 0;
    EXPECT(writer_open_fd(&writer, fileno(file), "standard output", &error) == BM_OK, "it opens");
    writer_text(&writer, "text");
    EXPECT(writer_close(&writer, &bytes, NULL, &error) == BM_OK && bytes == 4, "it is written");
    EXPECT(write(fileno(file), "!", 1) == 1, "the descriptor stays open");
    CHECK(fclose(file) == 0 && fclose(full) == 0);
    struct span got = file_read();
    EXPECT(span_is(got, SPAN("text!")), "got %.*s", (int)got.length, got.at);
    free((char *)(uintptr_t)got.at);
}

/* A device cannot be synced, which is no failure to write. */
static void test_device(void **state)
{
    (void)state;
    static struct writer writer;
    struct bm_error error = {0};
    EXPECT(writer_open(&writer, "/dev/null", &error) == BM_OK, "%s", error.message);
    writer_text(&writer, "text");
    EXPECT(writer_close(&writer, NULL, NULL, &error) == BM_OK, "%s", error.message);
}

static void test_refused(void **state)
{
    (void)state;
    static struct writer writer;
    struct bm_error error;
    EXPECT(writer_open(&writer, "/nowhere/x", &error) == BM_OUTPUT, "a missing folder is BM_OUTPUT");
    EXPECT(strcmp(error.message, "cannot create /nowhere/x: No such file or directory") == 0, "got %s",
           error.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),      cmocka_unit_test(test_json),        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_large),    cmocka_unit_test(test_long_format), cmocka_unit_test(test_disk_full),
        cmocka_unit_test(test_borrowed), cmocka_unit_test(test_device),      cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
