/* Archives as a reader sees them: the same bytes whatever the threads, the shares that were asked for, and
 * rows that python's csv module, a parser of other hands, reads alike. */
#include "base/base.h"

#include "tests/test.h"

#include <bouncemill/generate.h>
#include <ftw.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char scratch[] = "/tmp/bouncemill-generate-XXXXXX";

static struct bm_generate_options options_small(const char *folder)
{
    struct bm_generate_options options;
    bm_generate_options_init(&options);
    options.output = folder;
    options.events = 20001;
    options.addresses = 5000;
    options.files = 3;
    return options;
}

static void generate(const struct bm_generate_options *options)
{
    struct bm_error error = {0};
    enum bm_code code = bm_generate(options, &error);
    EXPECT(code == BM_OK, "generation to succeed, got %d: %s", code, error.message);
}

static char *slurp(const char *folder, const char *name, size_t *bytes)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    EXPECT(file, "%s to exist", path);
    EXPECT(fseek(file, 0, SEEK_END) == 0, "%s to be seekable", path);
    *bytes = (size_t)ftell(file);
    rewind(file);
    char *content = malloc(*bytes + 1);
    EXPECT(content && fread(content, 1, *bytes, file) == *bytes, "%s to be readable", path);
    content[*bytes] = 0;
    fclose(file);
    return content;
}

static void path_make(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", scratch, name);
}

static void files_compare(const char *a, const char *b, const char *name)
{
    size_t bytes_a, bytes_b;
    char *content_a = slurp(a, name, &bytes_a), *content_b = slurp(b, name, &bytes_b);
    EXPECT(bytes_a == bytes_b && memcmp(content_a, content_b, bytes_a) == 0, "%s to be the same in %s and %s",
           name, a, b);
    free(content_a);
    free(content_b);
}

static void threads_do_not_change_bytes(void **state)
{
    (void)state;
    static const char *const compressions[] = {"zst", "gz", "none"};
    for (size_t k = 0; k < COUNT_OF(compressions); k++) {
        char one[128], three[128], name[64];
        path_make(one, sizeof one, "one");
        path_make(three, sizeof three, "three");
        struct bm_generate_options options = options_small(one);
        options.compression = compressions[k];
        options.frame_bytes = 10000;
        options.threads = 1;
        generate(&options);
        options.output = three;
        options.threads = 3;
        generate(&options);
        for (unsigned file = 0; file < options.files; file++) {
            bool plain = strcmp(compressions[k], "none") == 0;
            snprintf(name, sizeof name, "events-%04u.csv%s%s", file, plain ? "" : ".",
                     plain ? "" : compressions[k]);
            files_compare(one, three, name);
        }
    }
}

static void another_seed_gives_other_bytes(void **state)
{
    (void)state;
    char one[128], other[128];
    path_make(one, sizeof one, "seed1");
    path_make(other, sizeof other, "seed2");
    struct bm_generate_options options = options_small(one);
    options.compression = "none";
    generate(&options);
    options.output = other;
    options.seed = 2;
    generate(&options);
    size_t bytes_a, bytes_b;
    char *a = slurp(one, "events-0000.csv", &bytes_a), *b = slurp(other, "events-0000.csv", &bytes_b);
    EXPECT(bytes_a != bytes_b || memcmp(a, b, bytes_a) != 0, "seed 2 to differ from seed 1");
    free(a);
    free(b);
}

/* Counts frames and their text. Every frame but the last must hold frame_bytes bytes. */
static size_t frames_check(const char *packed, size_t packed_bytes, size_t frame_bytes, char *text,
                           size_t room)
{
    size_t at = 0, length = 0;
    while (at < packed_bytes) {
        size_t size = ZSTD_findFrameCompressedSize(packed + at, packed_bytes - at);
        EXPECT(!ZSTD_isError(size), "a whole frame at %zu", at);
        size_t got = ZSTD_decompress(text + length, room - length, packed + at, size);
        EXPECT(!ZSTD_isError(got), "the frame at %zu to decompress: %s", at, ZSTD_getErrorName(got));
        EXPECT(got == frame_bytes || at + size == packed_bytes, "%zu bytes in a frame, got %zu", frame_bytes,
               got);
        at += size;
        length += got;
    }
    return length;
}

static void frames_hold_what_was_asked(void **state)
{
    (void)state;
    char plain[128], framed[128];
    path_make(plain, sizeof plain, "plain");
    path_make(framed, sizeof framed, "framed");
    struct bm_generate_options options = options_small(plain);
    options.compression = "none";
    generate(&options);
    options.output = framed;
    options.compression = "zst";
    options.frame_bytes = 4321;
    generate(&options);
    size_t text_bytes, packed_bytes;
    char *text = slurp(plain, "events-0001.csv", &text_bytes);
    char *packed = slurp(framed, "events-0001.csv.zst", &packed_bytes);
    char *unpacked = malloc(text_bytes + 1);
    EXPECT(unpacked, "memory");
    size_t length = frames_check(packed, packed_bytes, 4321, unpacked, text_bytes + 1);
    EXPECT(length == text_bytes && memcmp(text, unpacked, length) == 0, "the frames to hold the plain text");
    free(text);
    free(packed);
    free(unpacked);
}

static void members_hold_the_text(void **state)
{
    (void)state;
    char plain[128], packed[128], path[192];
    path_make(plain, sizeof plain, "plain-gz");
    path_make(packed, sizeof packed, "members");
    struct bm_generate_options options = options_small(plain);
    options.compression = "none";
    generate(&options);
    options.output = packed;
    options.compression = "gz";
    options.frame_bytes = 100000;
    generate(&options);
    size_t text_bytes;
    char *text = slurp(plain, "events-0002.csv", &text_bytes), *unpacked = malloc(text_bytes + 1);
    snprintf(path, sizeof path, "%s/events-0002.csv.gz", packed);
    gzFile file = gzopen(path, "rb");
    EXPECT(unpacked && file, "%s to open", path);
    int length = gzread(file, unpacked, (unsigned)text_bytes + 1);
    EXPECT(length == (int)text_bytes && memcmp(text, unpacked, text_bytes) == 0,
           "the members to hold the text");
    gzclose(file);
    free(text);
    free(unpacked);
}

static int python_check(const char *script, const char *folder)
{
    pid_t child = fork();
    if (child == 0) {
        execlp("python3", "python3", "-c", script, folder, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    EXPECT(child > 0 && waitpid(child, &status, 0) == child, "python3 to run");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void python_reads_every_row(void **state)
{
    (void)state;
    static const char script[] =
        "import csv, glob, os, sys\n"
        "names = sorted(glob.glob(sys.argv[1] + '/*.csv'))\n"
        "kinds, total, size, quoted, lines = {}, 0, 0, 0, 0\n"
        "for name in names:\n"
        "    size += os.path.getsize(name)\n"
        "    rows = list(csv.reader(open(name, newline=''), strict=True))\n"
        "    assert all(len(row) == 8 for row in rows), 'a row without 8 fields'\n"
        "    assert rows[0][0] == 'time' and rows[0][7] == 'diagnostic', rows[0]\n"
        "    assert 66666 <= len(rows) - 1 <= 66667, len(rows)\n"
        "    times = [row[0] for row in rows[1:]]\n"
        "    assert all(len(t) == 20 and t[-1] == 'Z' for t in times)\n"
        "    for row in rows[1:]:\n"
        "        kinds[row[1]] = kinds.get(row[1], 0) + 1\n"
        "        assert '@' in row[2] and row[3].startswith('c-2026-')\n"
        "        assert row[1] in ('bounce', 'deferred') or row[5:] == ['', '', '']\n"
        "        quoted += '\"' in row[7]\n"
        "        lines += '\\n' in row[7]\n"
        "    total += len(rows) - 1\n"
        "assert total == 200000, total\n"
        "assert quoted > 100 and lines > 100, (quoted, lines)\n"
        "wish = dict(bounce=12, delivered=64, open=14, click=4, deferred=3, sent=2, unsubscribe=.4,\n"
        "            complaint=.2, delete=.1, resubscribe=.3)\n"
        "assert set(wish) == set(kinds), kinds\n"
        "for kind, percent in wish.items():\n"
        "    got = 100 * kinds[kind] / total\n"
        "    assert abs(got - percent) < 0.05 + percent / 20, (kind, got)\n"
        "assert 105 < size / total < 115, size / total\n";
    char folder[128];
    path_make(folder, sizeof folder, "python");
    struct bm_generate_options options = options_small(folder);
    options.events = 200000;
    options.addresses = 40000;
    options.compression = "none";
    generate(&options);
    int status = python_check(script, folder);
    EXPECT(status == 0, "python3 to agree with every row, got exit %d", status);
}

static void powermta_rows_have_the_header_s_fields(void **state)
{
    (void)state;
    static const char script[] =
        "import csv, glob, re, sys\n"
        "for name in glob.glob(sys.argv[1] + '/*.csv'):\n"
        "    rows = list(csv.DictReader(open(name, newline=''), strict=True))\n"
        "    assert 6667 <= len(rows) <= 6668\n"
        "    for row in rows:\n"
        "        assert None not in row and None not in row.values(), row\n"
        "        assert row['type'] in ('d', 'b', 't', 'f', 'rb'), row\n"
        "        assert re.fullmatch(r'2026-0\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\+0200', row['timeLogged']), "
        "row\n"
        "        assert (row['type'] == 'f') == (row['feedbackType'] == 'abuse'), row\n"
        "    share = sum(row['type'] in ('b', 'rb') for row in rows) / len(rows)\n"
        "    assert 0.28 < share < 0.32, share\n";
    char folder[128];
    path_make(folder, sizeof folder, "powermta");
    struct bm_generate_options options = options_small(folder);
    options.dialect = "powermta";
    options.compression = "none";
    options.events = 20001 + 2;
    options.bounce_share = 0.3;
    generate(&options);
    int status = python_check(script, folder);
    EXPECT(status == 0, "python3 to agree with every record, got exit %d", status);
}

static void no_rows_leave_the_header(void **state)
{
    (void)state;
    char folder[128];
    path_make(folder, sizeof folder, "empty");
    struct bm_generate_options options = options_small(folder);
    options.events = 0;
    options.addresses = 1;
    options.compression = "none";
    generate(&options);
    size_t bytes;
    char *text = slurp(folder, "events-0002.csv", &bytes);
    EXPECT(strchr(text, '\n') == text + bytes - 1, "one line, got: %s", text);
    free(text);
}

/* Breaks one option. */
#define EXPECT_USAGE(member, value, word)                                                                    \
    do {                                                                                                     \
        struct bm_generate_options options = options_small(scratch);                                         \
        struct bm_error error = {0};                                                                         \
        options.member = (value);                                                                            \
        enum bm_code code = bm_generate(&options, &error);                                                   \
        EXPECT(code == BM_USAGE && strstr(error.message, word), "a usage error about %s, got %d: %s", word,  \
               code, error.message);                                                                         \
    } while (0)

static void bad_options_are_named(void **state)
{
    (void)state;
    EXPECT_USAGE(output, NULL, "output folder");
    EXPECT_USAGE(output, "", "output folder");
    EXPECT_USAGE(dialect, "sendmail", "sendmail");
    EXPECT_USAGE(compression, "rar", "rar");
    EXPECT_USAGE(compression, NULL, "compression");
    EXPECT_USAGE(addresses, 0, "addresses");
    EXPECT_USAGE(addresses, UINT64_C(1) << 32, "addresses");
    EXPECT_USAGE(events, UINT64_C(1) << 35, "events");
    EXPECT_USAGE(files, 0, "files");
    EXPECT_USAGE(files, 10001, "files");
    EXPECT_USAGE(days, 0, "days");
    EXPECT_USAGE(days, 3651, "days");
    EXPECT_USAGE(bounce_share, 1.5, "bounce share");
    EXPECT_USAGE(bounce_share, -0.1, "bounce share");
    EXPECT_USAGE(frame_bytes, 63, "frame");
}

static void a_folder_that_cannot_be_is_an_output_error(void **state)
{
    (void)state;
    struct bm_generate_options options = options_small("/dev/null/sub");
    struct bm_error error = {0};
    EXPECT(bm_generate(&options, &error) == BM_OUTPUT && strstr(error.message, "/dev/null/sub"),
           "an output error that names the folder, got %d: %s", error.code, error.message);
    options.output = "/dev/null";
    EXPECT(bm_generate(&options, &error) == BM_OUTPUT && strstr(error.message, "not a folder"),
           "a file in the folder's place to be said, got: %s", error.message);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    char folder[128], path[192];
    path_make(folder, sizeof folder, "full");
    struct bm_generate_options options = options_small(folder);
    options.files = 1;
    options.compression = "none";
    generate(&options);
    snprintf(path, sizeof path, "%s/events-0000.csv", folder);
    EXPECT(unlink(path) == 0 && symlink("/dev/full", path) == 0, "a link to /dev/full");
    struct bm_error error = {0};
    EXPECT(bm_generate(&options, &error) == BM_RESOURCE && strstr(error.message, path),
           "a full disk to be a matter of resources, got %d: %s", error.code, error.message);
}

static int entry_remove(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static int scratch_make(void **state)
{
    (void)state;
    return mkdtemp(scratch) ? 0 : -1;
}

static int scratch_remove(void **state)
{
    (void)state;
    return nftw(scratch, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_bytes),
        cmocka_unit_test(another_seed_gives_other_bytes),
        cmocka_unit_test(frames_hold_what_was_asked),
        cmocka_unit_test(members_hold_the_text),
        cmocka_unit_test(python_reads_every_row),
        cmocka_unit_test(powermta_rows_have_the_header_s_fields),
        cmocka_unit_test(no_rows_leave_the_header),
        cmocka_unit_test(bad_options_are_named),
        cmocka_unit_test(a_folder_that_cannot_be_is_an_output_error),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
