#include "classify/automaton.h"
#include "base/base.h"

#include "tests/test.h"

enum { STRINGS_MAX = 12, TEXT_MAX = 60 };

/* The plain way: whether a folded string ends right before `end`, a blank of it standing for a run. */
static bool ends_here(struct span string, const char *text, size_t end)
{
    if (end < 1)
        return false;
    size_t at = end;
    for (size_t i = string.length; i-- > 0;) {
        if (at == 0 || automaton_fold((unsigned char)text[at - 1]) != (unsigned char)string.at[i])
            return false;
        at--;
        while (string.at[i] == ' ' && at > 0 && automaton_fold((unsigned char)text[at - 1]) == ' ')
            at--;
    }
    return true;
}

static bool found_here(const struct automaton *automaton, uint32_t state, uint32_t string)
{
    if (state < automaton->first_accepting)
        return false;
    uint32_t number = (state - automaton->first_accepting) / automaton->classes;
    for (; number != AUTOMATON_NONE; number = automaton->accepts[number].shorter)
        for (uint32_t i = 0; i < automaton->accepts[number].count; i++)
            if (automaton->strings[automaton->accepts[number].from + i] == string)
                return true;
    return false;
}

static struct span random_string(char *out, uint64_t *seed)
{
    size_t length = 1 + test_random(seed) % 5;
    for (size_t i = 0; i < length; i++) {
        out[i] = "ab "[test_random(seed) % 3];
        if (out[i] == ' ' && (i == 0 || out[i - 1] == ' '))
            out[i] = 'a';
    }
    return (struct span){out, length};
}

static void check_round(uint64_t *seed)
{
    char bytes[STRINGS_MAX][8], text[TEXT_MAX];
    struct span strings[STRINGS_MAX];
    size_t count = 1 + test_random(seed) % STRINGS_MAX;
    for (size_t i = 0; i < count; i++)
        strings[i] = random_string(bytes[i], seed);
    for (size_t i = 0; i < TEXT_MAX; i++)
        text[i] = "aAbB \t."[test_random(seed) % 7];
    struct automaton automaton;
    struct bm_error error = {0};
    EXPECT(automaton_build(&automaton, strings, count, &error) == BM_OK, "%s", error.message);
    uint32_t state = 0;
    for (size_t i = 0; i < TEXT_MAX; i++) {
        state = automaton_step(&automaton, state, text[i]);
        for (uint32_t s = 0; s < count; s++)
            EXPECT(found_here(&automaton, state, s) == ends_here(strings[s], text, i + 1),
                   "\"%.*s\" at %zu of \"%.*s\"", (int)strings[s].length, strings[s].at, i, TEXT_MAX, text);
    }
    automaton_free(&automaton);
}

static void test_against_search(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int round = 0; round < 3000; round++)
        check_round(&seed);
}

static void test_bounded(void **state)
{
    (void)state;
    enum { COUNT = 80000, LENGTH = 1000 };
    static char letters[COUNT + LENGTH];
    uint64_t seed = 21;
    for (size_t i = 0; i < sizeof letters; i++)
        letters[i] = (char)('a' + test_random(&seed) % 26);
    struct span *strings = malloc(COUNT * sizeof *strings);
    EXPECT(strings != NULL, "memory");
    for (int i = 0; i < COUNT; i++)
        strings[i] = (struct span){letters + i, LENGTH};
    struct automaton automaton;
    struct bm_error error = {0};
    EXPECT(automaton_build(&automaton, strings, COUNT, &error) == BM_USAGE, "hostile tables end in an error");
    EXPECT(strstr(error.message, "256 MiB") != NULL, "that says why: %s", error.message);
    free(strings);
}

static void test_empty(void **state)
{
    (void)state;
    struct automaton automaton;
    struct bm_error error = {0};
    EXPECT(automaton_build(&automaton, NULL, 0, &error) == BM_OK, "no strings: %s", error.message);
    EXPECT(automaton_step(&automaton, 0, 'x') < automaton.first_accepting, "nothing is accepted");
    automaton_free(&automaton);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_search), cmocka_unit_test(test_bounded),
                                       cmocka_unit_test(test_empty)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
