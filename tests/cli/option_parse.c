#include "cli.h"

#include "option_parse.h"

#include "tests/test.h"

#define WORDS_MAX 16

struct parsed {
    struct arguments arguments;
    struct bm_error error;
    enum bm_code code;
    char line[256];
};

/* Parses words parted by blanks. */
static void parse(struct parsed *parsed, enum command_id command, const char *line)
{
    char *argv[WORDS_MAX];
    int argc = 0;
    snprintf(parsed->line, sizeof parsed->line, "%s", line);
    for (char *at = parsed->line; *at && argc < WORDS_MAX; argc++) {
        argv[argc] = at;
        at += strcspn(at, " ");
        if (*at)
            *at++ = 0;
    }
    parsed->error = (struct bm_error){0};
    parsed->code = arguments_parse(&parsed->arguments, &command_table[command], argc, argv, &parsed->error);
}

static void expect_error(enum command_id command, const char *line, const char *message, const char *hint)
{
    struct parsed parsed;
    parse(&parsed, command, line);
    EXPECT(parsed.code == BM_USAGE, "'%s' to be refused, got %d", line, parsed.code);
    EXPECT(strstr(parsed.error.message, message), "'%s' to say '%s', got: %s", line, message,
           parsed.error.message);
    EXPECT(strstr(parsed.error.hint, hint) && (*hint || !*parsed.error.hint), "'%s' to hint '%s', got: %s",
           line, hint, parsed.error.hint);
    arguments_free(&parsed.arguments);
}

static void expect_text(enum command_id command, const char *line, enum option_id option, const char *text)
{
    struct parsed parsed;
    parse(&parsed, command, line);
    EXPECT(parsed.code == BM_OK, "'%s' to be taken, got: %s", line, parsed.error.message);
    const char *got = parsed.arguments.values[option].text;
    EXPECT(got && strcmp(got, text) == 0, "'%s' to give '%s', got '%s'", line, text, got ? got : "(nothing)");
    arguments_free(&parsed.arguments);
}

static void expect_number(enum command_id command, const char *line, enum option_id option, uint64_t number)
{
    struct parsed parsed;
    parse(&parsed, command, line);
    EXPECT(parsed.code == BM_OK, "'%s' to be taken, got: %s", line, parsed.error.message);
    EXPECT(parsed.arguments.values[option].number == number, "'%s' to give %llu, got %llu", line,
           (unsigned long long)number, (unsigned long long)parsed.arguments.values[option].number);
    arguments_free(&parsed.arguments);
}

static void values_stand_in_every_place(void **state)
{
    (void)state;
    expect_text(COMMAND_RUN, "--output out x", OPTION_OUTPUT, "out");
    expect_text(COMMAND_RUN, "--output=out x", OPTION_OUTPUT, "out");
    expect_text(COMMAND_RUN, "--output=-out=", OPTION_OUTPUT, "-out=");
    expect_text(COMMAND_RUN, "-o out x", OPTION_OUTPUT, "out");
    expect_text(COMMAND_RUN, "-oout x", OPTION_OUTPUT, "out");
    expect_text(COMMAND_RUN, "x -qkoout", OPTION_OUTPUT, "out");
    expect_text(COMMAND_RUN, "-qko out x", OPTION_OUTPUT, "out");
    expect_text(COMMAND_RUN, "-o first -o last", OPTION_OUTPUT, "last");
    expect_text(COMMAND_RUN, "--files-from -", OPTION_FILES_FROM, "-");
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    expect_text(COMMAND_RUN, "x", OPTION_POLICY, "sfmc");
    expect_text(COMMAND_GENERATE, "", OPTION_COMPRESSION, "zst");
    expect_number(COMMAND_GENERATE, "", OPTION_EVENTS, 1000000);
    expect_number(COMMAND_RUN, "x", OPTION_THREADS, 0);
}

static void numbers_and_sizes_are_read(void **state)
{
    (void)state;
    expect_number(COMMAND_RUN, "--threads=4096", OPTION_THREADS, 4096);
    expect_number(COMMAND_RUN, "--threads 3 --threads auto", OPTION_THREADS, 0);
    expect_number(COMMAND_GENERATE, "--seed 18446744073709551615", OPTION_SEED, UINT64_MAX);
    expect_number(COMMAND_GENERATE, "--frame-size 1000", OPTION_FRAME_SIZE, 1000);
    expect_number(COMMAND_GENERATE, "--frame-size 64K", OPTION_FRAME_SIZE, 65536);
    expect_number(COMMAND_GENERATE, "--frame-size 8M", OPTION_FRAME_SIZE, 8u << 20);
    expect_number(COMMAND_GENERATE, "--frame-size 1G", OPTION_FRAME_SIZE, 1u << 30);
}

static void flags_bundle_and_operands_mix(void **state)
{
    (void)state;
    struct parsed parsed;
    parse(&parsed, COMMAND_RUN, "a -qk b --history -- -c --quiet -");
    EXPECT(parsed.code == BM_OK, "the line to be taken, got: %s", parsed.error.message);
    const struct option_value *values = parsed.arguments.values;
    EXPECT(values[OPTION_QUIET].given && values[OPTION_KEEP_GOING].given && values[OPTION_HISTORY].given,
           "three flags");
    EXPECT(!values[OPTION_VERSION].given && !values[OPTION_OUTPUT].given, "nothing else");
    static const char *const operands[] = {"a", "b", "-c", "--quiet", "-"};
    EXPECT(parsed.arguments.operand_count == COUNT_OF(operands), "five operands, got %zu",
           parsed.arguments.operand_count);
    for (size_t k = 0; k < COUNT_OF(operands); k++)
        EXPECT(strcmp(parsed.arguments.operands[k], operands[k]) == 0, "operand %s, got %s", operands[k],
               parsed.arguments.operands[k]);
    arguments_free(&parsed.arguments);
}

static void settings_are_collected(void **state)
{
    (void)state;
    struct parsed parsed;
    parse(&parsed, COMMAND_RUN, "--set a.b=1 x --set=c.d=2");
    EXPECT(parsed.code == BM_OK && parsed.arguments.values[OPTION_SET].list_count == 2,
           "two settings, got %zu", parsed.arguments.values[OPTION_SET].list_count);
    EXPECT(strcmp(parsed.arguments.values[OPTION_SET].list[0], "a.b=1") == 0, "the first, got %s",
           parsed.arguments.values[OPTION_SET].list[0]);
    EXPECT(strcmp(parsed.arguments.values[OPTION_SET].list[1], "c.d=2") == 0, "the second, got %s",
           parsed.arguments.values[OPTION_SET].list[1]);
    arguments_free(&parsed.arguments);
}

static void wrong_options_are_explained(void **state)
{
    (void)state;
    expect_error(COMMAND_RUN, "--polcy x", "no option --polcy", "--policy");
    expect_error(COMMAND_RUN, "--pol x", "no option --pol", "--policy");
    expect_error(COMMAND_RUN, "--zzzzzzzz", "no option --zzzzzzzz", "run --help");
    expect_error(COMMAND_RUN, "--a-name-that-is-longer-than-any-that-is-compared", "no option", "run --help");
    expect_error(COMMAND_RUN, "--events=3", "no option --events", "bouncemill generate");
    expect_error(COMMAND_RUN, "-z", "no option -z", "run --help");
    expect_error(COMMAND_RUN, "-qz", "no option -z", "run --help");
    expect_error(COMMAND_RUN, "--quiet=yes", "--quiet takes no value", "");
    expect_error(COMMAND_RUN, "--output", "--output needs a value", "");
    expect_error(COMMAND_RUN, "-o", "--output needs a value", "");
    expect_error(COMMAND_RUN, "-o --quiet", "--output needs a value", "--output=--quiet");
    expect_error(COMMAND_RUN, "--output=", "--output: the value is empty", "");
}

static void wrong_values_are_explained(void **state)
{
    (void)state;
    expect_error(COMMAND_RUN, "--threads=0", "--threads: '0'", "from 1 to 4096, or auto");
    expect_error(COMMAND_RUN, "--threads=4097", "--threads: '4097'", "from 1 to 4096");
    expect_error(COMMAND_RUN, "--threads=2x", "--threads: '2x'", "auto");
    expect_error(COMMAND_RUN, "--threads=-2", "--threads: '-2'", "auto");
    expect_error(COMMAND_GENERATE, "--seed=18446744073709551616", "--seed: '18446744073709551616'", "from 0");
    expect_error(COMMAND_RUN, "--simd=sse", "--simd: 'sse'", "auto scalar avx2 avx512");
    expect_error(COMMAND_RUN, "--simd=avx", "--simd: 'avx'", "auto scalar avx2 avx512");
    expect_error(COMMAND_GENERATE, "--frame-size=1T", "--frame-size: '1T'", "");
    expect_error(COMMAND_GENERATE, "--frame-size=K", "--frame-size: 'K'", "");
    expect_error(COMMAND_GENERATE, "--frame-size=99999999999999G", "--frame-size", "");
    expect_error(COMMAND_GENERATE, "--bounce-share=1.01", "--bounce-share: '1.01'", "");
    expect_error(COMMAND_GENERATE, "--bounce-share=nan", "--bounce-share: 'nan'", "");
    expect_error(COMMAND_GENERATE, "--bounce-share=half", "--bounce-share: 'half'", "");
}

static void operands_are_counted(void **state)
{
    (void)state;
    expect_error(COMMAND_LIST, "", "list needs", "list --help");
    expect_error(COMMAND_LIST, "policies reasons", "'reasons' is too many", "list --help");
    expect_error(COMMAND_GENERATE, "x", "'x' is too many", "generate --help");
    struct parsed parsed;
    parse(&parsed, COMMAND_LIST, "--help");
    EXPECT(parsed.code == BM_OK, "--help without operands to be taken, got: %s", parsed.error.message);
    arguments_free(&parsed.arguments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_in_every_place), cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(numbers_and_sizes_are_read),  cmocka_unit_test(flags_bundle_and_operands_mix),
        cmocka_unit_test(settings_are_collected),      cmocka_unit_test(wrong_options_are_explained),
        cmocka_unit_test(wrong_values_are_explained),  cmocka_unit_test(operands_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
