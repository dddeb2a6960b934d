#include "event/time.h"
#include "base/base.h"
#include "base/fail.h"

#include <bouncemill/event.h>
#include <unistd.h>

#include "test.h"

#define RANDOM_TIMES 4000
#define LINE_BYTES   64
#define RANGE_MS     (INT64_C(1) << 42)

static const char *source_root;

static int64_t parse(const char *text)
{
    int64_t ms = -1, memo_ms = -1;
    struct time_memo memo = {0};
    int parsed = bm_time_parse(text, strlen(text), 1, &ms);
    for (int again = 0; again < 2; again++) {
        memo_ms = -1;
        EXPECT(time_parse_memo(&memo, text, strlen(text), 1, &memo_ms) == parsed && memo_ms == ms,
               "a memo changes nothing for '%s'", text);
    }
    return ms;
}

/* Runs `command`, which ends where the name of a file with the lines belongs, and compares what it prints. */
static void compare_with(const char *command, char (*lines)[LINE_BYTES], size_t count)
{
    char path[] = "/tmp/bouncemill-time-XXXXXX", whole[8192], line[LINE_BYTES];
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    EXPECT(file != NULL, "a temporary file can be made");
    for (size_t k = 0; k < count; k++)
        fprintf(file, "%s\n", lines[k]);
    EXPECT(fclose(file) == 0, "the temporary file can be written");
    snprintf(whole, sizeof whole, "%s %s", command, path);
    FILE *oracle = popen(whole, "r");
    EXPECT(oracle != NULL, "the oracle starts");
    for (size_t k = 0; k < count; k++) {
        EXPECT(fgets(line, sizeof line, oracle) != NULL, "the oracle answers line %zu (%s)", k, lines[k]);
        long long expected = strtoll(line, NULL, 10);
        int64_t got = parse(lines[k]);
        EXPECT(got == expected, "'%s' is %lld, got %lld", lines[k], expected, (long long)got);
    }
    EXPECT(pclose(oracle) == 0, "the oracle ends well");
    unlink(path);
}

struct calendar {
    unsigned year, month, day, hour, minute, second, millis;
};

static struct calendar random_calendar(uint64_t *random)
{
    struct calendar c = {.year = 1971 + (unsigned)(test_random(random) % 138),
                         .month = 1 + (unsigned)(test_random(random) % 12),
                         .hour = (unsigned)(test_random(random) % 24),
                         .minute = (unsigned)(test_random(random) % 60),
                         .second = (unsigned)(test_random(random) % 60),
                         .millis = (unsigned)(test_random(random) % 1000)};
    c.day = 1 + (unsigned)(test_random(random) % 28);
    return c;
}

static void test_against_date(void **state)
{
    (void)state;
    static char lines[400][LINE_BYTES];
    static const char *const offsets[] = {"Z",     "+0200",  "+05:30", "-08",
                                          "-0330", "+14:00", "-23:59", "+00:00"};
    uint64_t random = 17;
    for (size_t k = 0; k < COUNT_OF(lines); k++) {
        struct calendar c = random_calendar(&random);
        snprintf(lines[k], LINE_BYTES, "%04u-%02u-%02u%c%02u:%02u:%02u.%03u%s", c.year, c.month, c.day,
                 k % 2 ? 'T' : ' ', c.hour, c.minute, c.second, c.millis, offsets[k % COUNT_OF(offsets)]);
    }
    compare_with("LC_ALL=C date -u +%s%3N -f", lines, COUNT_OF(lines));
}

static void test_against_datetime(void **state)
{
    (void)state;
    static char lines[RANDOM_TIMES][LINE_BYTES];
    uint64_t random = 18;
    for (size_t k = 0; k < RANDOM_TIMES; k++) {
        struct calendar c = random_calendar(&random);
        /* The last day of a month, as often as not, to try all lengths. */
        static const unsigned last[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        if (test_random(&random) % 2)
            c.day = last[c.month - 1] + (c.month == 2 && c.year % 4 == 0 && c.year != 2100);
        char fraction[8] = "", offset[8] = "Z";
        if (k % 3 == 1)
            snprintf(fraction, sizeof fraction, ".%03u", c.millis);
        if (k % 3 == 2)
            snprintf(fraction, sizeof fraction, ".%06u", c.millis * 997);
        if (k % 4 == 3)
            snprintf(offset, sizeof offset, "%c%02u:%02u", k & 8 ? '-' : '+', c.minute % 24, c.second);
        snprintf(lines[k], LINE_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u%s%s", c.year, c.month, c.day, c.hour,
                 c.minute, c.second, fraction, offset);
    }
    char command[4096];
    snprintf(command, sizeof command, "python3 '%s/tests/event/time_oracle.py' <", source_root);
    compare_with(command, lines, RANDOM_TIMES);
}

static void test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00", 0},
        {"1969-12-31T22:30:00-01:30", 0},
        {"2026-01-01T08:00:00Z", 1767254400000},
        {"2026-01-01t08:00:00z", 1767254400000},
        {"2026-01-01 08:00:00Z", 1767254400000},
        {"2026-01-01T08:00:00.5Z", 1767254400500},
        {"2026-01-01T08:00:00,05Z", 1767254400050},
        {"2026-01-01T08:00:00.001999999999Z", 1767254400001},
        {"2026-01-01T08:00:00.123456789+00:00", 1767254400123},
        {"2026-01-01T08:00:00-00:00", 1767254400000},
        {"2016-05-29 01:10:51+0200", 1464477051000},
        {"2016-05-29T01:10:51+02", 1464477051000},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"2016-12-31T23:59:60.7Z", 1483228800000},
        {"2000-02-29T00:00:00Z", 951782400000},
        {"2096-02-29T00:00:00Z", 3981312000000},
        {"2109-05-15T07:35:11.103Z", RANGE_MS - 1},
        {"0", 0},
        {"1767254400", 1767254400000},
        {"1767254400.25", 1767254400250},
        {"1767254400,2509", 1767254400250},
        {"01767254400", 1767254400000},
        {"001767254400", 1767254400},
        {"176725440012", 176725440012},
        {"1767254400123", 1767254400123},
        {"01767254400123", 1767254400123},
        {"4398046511103", RANGE_MS - 1},
        {"4398046511.103", RANGE_MS - 1},
    };
    for (size_t k = 0; k < COUNT_OF(cases); k++)
        EXPECT(parse(cases[k].text) == cases[k].ms, "'%s' is %lld, got %lld", cases[k].text,
               (long long)cases[k].ms, (long long)parse(cases[k].text));
}

static const char *const invalid[] = {
    "",
    " ",
    "Z",
    "now",
    "-1",
    "+1767254400",
    "1767254400.",
    "1767254400.x",
    "1767254400Z",
    "1e9",
    "1767254400123.5",
    "123456789012345",
    "4398046511104",
    "99999999999999",
    "4398046512",
    "2026-01-01",
    "2026-01-01T",
    "2026-01-01T08",
    "2026-01-01T08:00",
    "2026-01-01T08:00Z",
    "2026-01-01T08:00:0Z",
    "2026-01-01T8:00:00Z",
    "2026-1-01T08:00:00Z",
    "26-01-01T08:00:00Z",
    "2026-01-01X08:00:00Z",
    "2026-01-01  08:00:00Z",
    " 2026-01-01T08:00:00Z",
    "2026-01-01T08:00:00Z ",
    "2026-01-01T08:00:00ZZ",
    "2026-01-01T08:00:00.Z",
    "2026-01-01T08:00:00..1Z",
    "2026-01-01T08:00:00X",
    "2026/01/01T08:00:00Z",
    "2026-01-01T08.00.00Z",
    "20260101T080000Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T08:60:00Z",
    "2026-01-01T08:00:61Z",
    "2026-00-01T08:00:00Z",
    "2026-13-01T08:00:00Z",
    "2026-01-00T08:00:00Z",
    "2026-01-32T08:00:00Z",
    "2026-02-29T08:00:00Z",
    "2100-02-29T08:00:00Z",
    "2024-02-30T08:00:00Z",
    "2026-04-31T08:00:00Z",
    "2026-06-31T08:00:00Z",
    "2026-09-31T08:00:00Z",
    "2026-11-31T08:00:00Z",
    "2026-01-01T08:00:00+",
    "2026-01-01T08:00:00+1",
    "2026-01-01T08:00:00+24",
    "2026-01-01T08:00:00+24:00",
    "2026-01-01T08:00:00+01:60",
    "2026-01-01T08:00:00+01:",
    "2026-01-01T08:00:00+01:0",
    "2026-01-01T08:00:00+010",
    "2026-01-01T08:00:00+01000",
    "2026-01-01T08:00:00 +0100",
    "2026-01-01T08:00:00UTC",
    "1969-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "1970-01-01T00:00:00+00:01",
    "2109-05-15T07:35:12Z",
    "9999-12-31T23:59:59Z",
    "2026-01-01T0\x80:00:00Z",
    "2026-01-01T08;00:00Z",
    "2026-01-01T08:00/00Z",
    "2026-01-01T08:00:\xB0\xB0Z",
    "2026-01-01T:8:00:00Z",
};

static void test_invalid(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT_OF(invalid); k++)
        EXPECT(parse(invalid[k]) == -1, "'%s' is no time, got %lld", invalid[k],
               (long long)parse(invalid[k]));
    int64_t ms = -1;
    struct time_memo memo = {0};
    static const char nul_date[] = "\0\0\0\0\0\0\0\0\0\0T08:00:00Z";
    EXPECT(!time_parse_memo(&memo, nul_date, 20, 1, &ms), "a fresh memo matches no date of NULs");
    EXPECT(!bm_time_parse("2026-01-01T08:00:00", 19, 0, &ms), "without an offset UTC is not guessed");
    EXPECT(bm_time_parse("1767254400", 10, 0, &ms) && ms == 1767254400000, "the epoch needs no offset");
}

/* Every byte of a good time changed into every other byte: either still a time as the slow path (another
 * length) reads it, or none. */
static void test_common_form_bytes(void **state)
{
    (void)state;
    struct time_memo memo = {0};
    for (size_t at = 0; at < 20; at++)
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[] = "2026-01-21T18:05:39Z", slow[] = "2026-01-21T18:05:39.0Z";
            text[at] = (char)byte;
            if (at < 19)
                slow[at] = (char)byte;
            int64_t fast_ms = -1, slow_ms = -1;
            int fast = time_parse_memo(&memo, text, 20, 1, &fast_ms);
            struct time_memo fresh = {0};
            int other = time_parse_memo(&fresh, slow, 22, 1, &slow_ms);
            if (at < 19)
                EXPECT(fast == other && fast_ms == slow_ms, "byte %u at %zu reads the same both ways", byte,
                       at);
            else
                EXPECT(fast == (byte == 'Z' || byte == 'z'), "only Z ends a time, not byte %u", byte);
        }
}

static void test_round_trip(void **state)
{
    (void)state;
    uint64_t random = 19;
    for (int k = 0; k < 200000; k++) {
        int64_t ms = (int64_t)(test_random(&random) % RANGE_MS), back = -1;
        if (k % 2)
            ms -= ms % 1000;
        char text[BM_TIME_BYTES];
        size_t length = bm_time_format(ms, text);
        EXPECT(length == (ms % 1000 ? 24u : 20u), "milliseconds are written only where there are some");
        EXPECT(bm_time_parse(text, length, 0, &back) && back == ms, "%.*s is %lld again, got %lld",
               (int)length, text, (long long)ms, (long long)back);
    }
    for (int64_t ms = 0; ms < RANGE_MS; ms += DAY_MS) {
        char text[BM_TIME_BYTES];
        int64_t back = -1;
        size_t length = bm_time_format(ms, text);
        EXPECT(bm_time_parse(text, length, 0, &back) && back == ms, "every day comes back: %.20s", text);
    }
    char text[BM_TIME_BYTES];
    EXPECT(bm_time_format(-1, text) == 0 && bm_time_format(RANGE_MS, text) == 0,
           "out of range writes nothing");
}

static void test_writers(void **state)
{
    (void)state;
    char path[] = "/tmp/bouncemill-time-XXXXXX", text[64] = "";
    int fd = mkstemp(path);
    struct writer writer;
    struct bm_error error;
    EXPECT(fd >= 0 && writer_open_fd(&writer, fd, path, &error) == BM_OK, "a writer opens");
    time_write(&writer, 1767254400001);
    writer_char(&writer, ' ');
    day_write(&writer, 0);
    writer_char(&writer, ' ');
    day_write(&writer, 20514);
    EXPECT(writer_close(&writer, NULL, NULL, &error) == BM_OK, "and closes");
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    EXPECT(length > 0 && strcmp(text, "2026-01-01T08:00:00.001Z 1970-01-01 2026-03-02") == 0,
           "times and days are written, got %s", text);
    close(fd);
    unlink(path);
}

int main(int argc, char **argv)
{
    source_root = argc > 1 ? argv[1] : ".";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_against_date), cmocka_unit_test(test_against_datetime),
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_common_form_bytes),
        cmocka_unit_test(test_writers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
