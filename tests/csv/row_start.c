/* csv_row_start against what its contract says, state by state and byte by byte. */
#include "base/base.h"

#include "csv/scan.h"
#include "test.h"

enum { TEXT_BYTES_MAX = 160, TURNS = 300000 };

static bool is_row_end(char byte)
{
    return byte == '\r' || byte == '\n';
}

/* All states from the first byte on; the first offset behind a row end at which all are CSV_ROW_START. */
static bool brute_force(const char *text, size_t length, char delimiter, size_t *offset)
{
    enum csv_state states[CSV_STATE_COUNT];
    for (int i = 0; i < CSV_STATE_COUNT; i++)
        states[i] = (enum csv_state)i;
    for (size_t at = 0; at < length; at++) {
        bool agree = is_row_end(text[at]);
        for (int i = 0; i < CSV_STATE_COUNT; i++) {
            states[i] = csv_step(states[i], text[at], delimiter);
            agree = agree && states[i] == CSV_ROW_START;
        }
        bool pair = text[at] == '\r' && (at + 1 == length || text[at + 1] == '\n');
        if (agree && !pair) {
            *offset = at + 1;
            return true;
        }
    }
    return false;
}

static size_t guess(const char *text, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (text[at] == '\r' && at + 1 < length && text[at + 1] == '\n')
            return at + 2;
        if (is_row_end(text[at]))
            return at + 1;
    }
    return length;
}

/* The search runs in a buffer of exactly the text's size. */
static bool search(const char *text, size_t length, char delimiter, size_t *offset)
{
    char *exact = malloc(length ? length : 1);
    CHECK(exact);
    if (length)
        memcpy(exact, text, length);
    bool found = csv_row_start(exact, length, delimiter, offset);
    free(exact);
    return found;
}

static void random_texts_agree_with_brute_force(void **unused)
{
    (void)unused;
    static const struct {
        const char *bytes;
        char delimiter;
    } alphabets[] = {{"ab,\"\n", ','}, {"a,\"\" \r\n", ','}, {"aaaa,,\"\r\n\t ", ','}, {"a\t\" \n", '\t'}};
    uint64_t random = 2463534242;
    size_t proven = 0;
    for (size_t turn = 0; turn < TURNS; turn++) {
        const char *alphabet = alphabets[turn % COUNT_OF(alphabets)].bytes;
        char delimiter = alphabets[turn % COUNT_OF(alphabets)].delimiter;
        char text[TEXT_BYTES_MAX];
        size_t length = (test_random(&random) >> 9) % TEXT_BYTES_MAX;
        for (size_t i = 0; i < length; i++)
            text[i] = alphabet[(test_random(&random) >> 9) % strlen(alphabet)];
        size_t wanted = guess(text, length);
        size_t got = SIZE_MAX;
        bool certain = brute_force(text, length, delimiter, &wanted);
        EXPECT(search(text, length, delimiter, &got) == certain, "certain exactly when all states agree");
        EXPECT(got == wanted, "the offset is %zu, got %zu", wanted, got);
        proven += certain;
    }
    EXPECT(proven > TURNS / 4 && proven < TURNS, "both outcomes were met, %zu times certain", proven);
}

static void expect_start(const char *text, bool certain, size_t offset)
{
    size_t got = SIZE_MAX;
    EXPECT(search(text, strlen(text), ',', &got) == certain, "'%s' is %s", text,
           certain ? "certain" : "a guess");
    EXPECT(got == offset, "'%s': offset %zu, got %zu", text, offset, got);
}

static void quoted_fields_prove_a_start(void **unused)
{
    (void)unused;
    expect_start("b,\"x\",c\nd\n", true, 8);
    expect_start("b,\"x\nd\n", false, 5);
    expect_start("b,\"x\"\r\nd", true, 7);
    expect_start("\n1,\"x\",2\n", true, 9);
}

static void a_pair_is_never_split(void **unused)
{
    (void)unused;
    expect_start("b,\"x\",c\r", false, 8);
    expect_start("b,\"x\",c\r\n", true, 9);
    expect_start("b,\"x\",c\rd", true, 8);
    expect_start("b\r\nc", false, 3);
}

static void without_quotes_it_is_a_guess(void **unused)
{
    (void)unused;
    expect_start("", false, 0);
    expect_start("abc", false, 3);
    expect_start("a,b\nc,d\n", false, 4);
    expect_start("a,b\rc,d\n", false, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quoted_fields_prove_a_start),
        cmocka_unit_test(a_pair_is_never_split),
        cmocka_unit_test(without_quotes_it_is_a_guess),
        cmocka_unit_test(random_texts_agree_with_brute_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
