/* Fuzz target of the scanner: every level against the reference, the reference against libcsv, a search for a
 * row start against the states. The first byte chooses the delimiter and the second where the text is cut. */
#include "base/base.h"

#include "tests/csv/oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare_level(enum simd level, const char *text, size_t length, size_t cut, char delimiter,
                          const uint32_t *wanted, size_t wanted_count, enum csv_state wanted_state)
{
    uint32_t *ends = calloc(length + 1, sizeof *ends);
    CHECK(ends);
    enum csv_state state = CSV_ROW_START;
    size_t count = oracle_chunk(level, text, cut, delimiter, '"', &state, 0, ends);
    count += oracle_chunk(level, text + cut, length - cut, delimiter, '\n', &state, cut, ends + count);
    CHECK(count == wanted_count);
    CHECK(state == wanted_state);
    CHECK(memcmp(ends, wanted, count * sizeof *ends) == 0);
    free(ends);
}

static void compare_libcsv(const char *text, size_t length, char delimiter, const uint32_t *ends,
                           size_t count, enum csv_state state)
{
    struct oracle_list wanted = {NULL, 0, 0};
    struct oracle_list got = {NULL, 0, 0};
    oracle_libcsv(text, length, delimiter, &wanted);
    oracle_index(text, length, delimiter, ends, count, state, &got);
    CHECK(got.length == wanted.length);
    CHECK(got.length == 0 || memcmp(got.bytes, wanted.bytes, got.length) == 0);
    free(got.bytes);
    free(wanted.bytes);
}

/* A certain row start must be one for every beginning. */
static void check_row_start(const char *text, size_t length, char delimiter)
{
    size_t offset;
    bool certain = csv_row_start(text, length, delimiter, &offset);
    CHECK(offset <= length);
    for (int begin = 0; certain && begin < CSV_STATE_COUNT; begin++) {
        enum csv_state state = (enum csv_state)begin;
        for (size_t i = 0; i < offset; i++)
            state = csv_step(state, text[i], delimiter);
        CHECK(state == CSV_ROW_START);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = {',', ';', '\t', '|'};
    if (size < 2)
        return 0;
    char delimiter = delimiters[data[0] % COUNT_OF(delimiters)];
    const char *text = (const char *)data + 2;
    size_t length = size - 2;
    size_t cut = data[1] % (length + 1);
    uint32_t *ends = calloc(length + 1, sizeof *ends);
    CHECK(ends);
    enum csv_state state = CSV_ROW_START;
    size_t count = oracle_chunk(SIMD_SCALAR, text, length, delimiter, ',', &state, 0, ends);
    for (enum simd level = SIMD_SCALAR; level <= cpu_simd(); level++)
        compare_level(level, text, length, cut, delimiter, ends, count, state);
    compare_libcsv(text, length, delimiter, ends, count, state);
    check_row_start(text, length, delimiter);
    free(ends);
    return 0;
}
