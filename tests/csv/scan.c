/* The index against libcsv and the kernels against each other, on random and on chosen text. */
#include "base/base.h"

#include "test.h"
#include "tests/csv/oracle.h"

enum { TEXT_BYTES = 32 << 10, FIELD_BYTES_MAX = 700, ROWS_WANTED = 1000000, CHUNK_BYTES_MAX = 1000 };

/* ---- random text ---- */

/* How a text is made: what a field consists of, and where it is cut. */
struct style {
    const char *alphabet; /* of free bytes */
    size_t alphabet_bytes;
    char delimiter;
    unsigned wild_percent; /* fields of free bytes; the others are well formed */
    bool long_fields;
};

#define ALPHABET(literal) literal, sizeof(literal) - 1

static const struct style styles[] = {
    {ALPHABET("ab,\"\n"), ',', 100, false},
    {ALPHABET("a,\"\" \t\r\n"), ',', 100, false},
    {ALPHABET("\"\"\", \n"), ',', 100, false},
    {ALPHABET("a\" "), ',', 60, false},
    {ALPHABET("abc\0\x80\xff\xa2\x8d\xac,\"\r\n \t"), ',', 30, true},
    {ALPHABET("xyz@. "), ',', 5, false},
    {ALPHABET("xyz \t\"\n"), '\t', 50, false},
    {ALPHABET("x ;\"\r"), ';', 30, true},
    {ALPHABET(" \t\n"), ' ', 80, false},
    {ALPHABET("    \t\t,\"\n"), ',', 20, true},
};

struct text {
    char bytes[TEXT_BYTES + 2 * FIELD_BYTES_MAX + 8];
    size_t length;
};

static void put(struct text *text, char byte)
{
    text->bytes[text->length++] = byte;
}

static size_t random_length(const struct style *style, uint64_t *random)
{
    if (style->long_fields && test_random(random) % 16 == 0)
        return (test_random(random) >> 20) % FIELD_BYTES_MAX;
    return (test_random(random) >> 20) % 14;
}

static void put_field(struct text *text, const struct style *style, uint64_t *random)
{
    size_t length = random_length(style, random);
    bool wild = (test_random(random) >> 13) % 100 < style->wild_percent;
    bool quoted = !wild && (test_random(random) >> 17) % 5 == 0;
    if (quoted)
        put(text, '"');
    for (size_t i = 0; i < length; i++) {
        uint64_t r = test_random(random) >> 9;
        if (wild || (quoted && r % 8 == 0)) {
            char byte = style->alphabet[(r >> 8) % style->alphabet_bytes];
            put(text, byte);
            if (quoted && byte == '"')
                put(text, byte);
        } else {
            put(text, (char)('a' + (r >> 8) % 26));
        }
    }
    if (quoted)
        put(text, '"');
}

static void put_row(struct text *text, const struct style *style, uint64_t *random)
{
    size_t fields = (test_random(random) >> 11) % 9;
    for (size_t i = 0; i < fields && text->length < TEXT_BYTES; i++) {
        if (i)
            put(text, style->delimiter);
        put_field(text, style, random);
    }
    uint64_t r = (test_random(random) >> 11) % 8;
    if (r < 2)
        put(text, '\r');
    if (r != 0)
        put(text, '\n');
}

/* ---- the comparison ---- */

struct workspace {
    struct text text;
    uint32_t reference[sizeof((struct text *)0)->bytes];
    uint32_t found[sizeof((struct text *)0)->bytes];
    struct oracle_list wanted, got;
};

static struct workspace *workspace_new(void)
{
    struct workspace *work = calloc(1, sizeof *work);
    CHECK(work);
    return work;
}

static void workspace_free(struct workspace *work)
{
    free(work->wanted.bytes);
    free(work->got.bytes);
    free(work);
}

/* The whole text through one level, cut at random places. */
static size_t index_in_chunks(enum simd level, const struct text *text, char delimiter, uint64_t *random,
                              uint32_t *ends, enum csv_state *state)
{
    static const char pads[] = {'"', ',', '\n', 'x'};
    *state = CSV_ROW_START;
    size_t count = 0;
    size_t chunk_max = 1 + (test_random(random) >> 9) % CHUNK_BYTES_MAX;
    for (size_t at = 0; at < text->length;) {
        size_t length = (test_random(random) >> 9) % (chunk_max + 1);
        if (length > text->length - at)
            length = text->length - at;
        char pad = pads[(test_random(random) >> 9) % sizeof pads];
        count += oracle_chunk(level, text->bytes + at, length, delimiter, pad, state, at, ends + count);
        at += length;
    }
    return count;
}

static void compare_text(struct workspace *work, char delimiter, uint64_t *random)
{
    const struct text *text = &work->text;
    enum csv_state stopped = CSV_ROW_START;
    for (size_t i = 0; i < text->length; i++)
        stopped = csv_step(stopped, text->bytes[i], delimiter);
    enum csv_state state = CSV_ROW_START;
    size_t wanted =
        oracle_chunk(SIMD_SCALAR, text->bytes, text->length, delimiter, '"', &state, 0, work->reference);
    EXPECT(state == stopped, "the scalar kernel stops in the state of csv_step");
    oracle_libcsv(text->bytes, text->length, delimiter, &work->wanted);
    oracle_index(text->bytes, text->length, delimiter, work->reference, wanted, state, &work->got);
    EXPECT(work->got.length == work->wanted.length &&
               memcmp(work->got.bytes, work->wanted.bytes, work->got.length) == 0,
           "fields and rows are those of libcsv");
    for (enum simd level = SIMD_SCALAR; level <= cpu_simd(); level++) {
        for (int cut = 0; cut < 2; cut++) {
            state = CSV_ROW_START;
            size_t count =
                cut ? index_in_chunks(level, text, delimiter, random, work->found, &state)
                    : oracle_chunk(level, text->bytes, text->length, delimiter, ',', &state, 0, work->found);
            EXPECT(count == wanted, "%s finds as many ends as the reference", simd_name(level));
            EXPECT(memcmp(work->found, work->reference, count * sizeof *work->found) == 0,
                   "%s finds the ends of the reference", simd_name(level));
            EXPECT(state == stopped, "%s stops in the state of the reference", simd_name(level));
        }
    }
}

static void random_rows_are_those_of_libcsv(void **unused)
{
    (void)unused;
    struct workspace *work = workspace_new();
    uint64_t random = 88172645463325252;
    size_t rows = 0;
    for (size_t turn = 0; rows < ROWS_WANTED; turn++) {
        const struct style *style = &styles[turn % COUNT_OF(styles)];
        size_t bytes = 1 + (test_random(&random) >> 9) % TEXT_BYTES;
        work->text.length = 0;
        for (; work->text.length < bytes; rows++)
            put_row(&work->text, style, &random);
        if (turn % 3 == 0)
            work->text.length -= 1; /* an unfinished row */
        compare_text(work, style->delimiter, &random);
    }
    workspace_free(work);
}

/* Every state, every first byte: what random text from a row start seldom meets. */
static void kernels_begin_in_every_state(void **unused)
{
    (void)unused;
    struct workspace *work = workspace_new();
    uint64_t random = 4101842887655102017;
    for (size_t turn = 0; turn < 20000; turn++) {
        const struct style *style = &styles[turn % COUNT_OF(styles)];
        enum csv_state begin = (enum csv_state)((test_random(&random) >> 9) % CSV_STATE_COUNT);
        work->text.length = 0;
        while (work->text.length < 200)
            put_row(&work->text, style, &random);
        enum csv_state wanted_state = begin;
        size_t wanted = oracle_chunk(SIMD_SCALAR, work->text.bytes, work->text.length, style->delimiter, 'x',
                                     &wanted_state, 0, work->reference);
        for (enum simd level = SIMD_SCALAR; level <= cpu_simd(); level++) {
            enum csv_state state = begin;
            size_t count = oracle_chunk(level, work->text.bytes, work->text.length, style->delimiter, 'x',
                                        &state, 0, work->found);
            EXPECT(count == wanted && state == wanted_state &&
                       memcmp(work->found, work->reference, count * sizeof *work->found) == 0,
                   "%s from state %d is the reference", simd_name(level), (int)begin);
        }
    }
    workspace_free(work);
}

/* ---- the table of malformed input ---- */

/* `rows` is what must come out: fields in brackets, rows ended by '/'. */
struct malformed {
    const char *what;
    const char *text;
    const char *rows;
};

static const struct malformed malformed[] = {
    {"quoted field", "a,\"b,c\"\n", "[a][b,c]/"},
    {"doubled quote", "\"a\"\"b\",\"\"\"\",\"\"\n", "[a\"b][\"][]/"},
    {"CRLF", "a,b\r\nc,d\r\n", "[a][b]/[c][d]/"},
    {"LF", "a,b\nc,d\n", "[a][b]/[c][d]/"},
    {"CR alone", "a\rb\r", "[a]/[b]/"},
    {"newline inside quotes", "\"a\nb\",\"c\r\nd\"\n", "[a\nb][c\r\nd]/"},
    {"no newline at the end", "a,b\nc,d", "[a][b]/[c][d]/"},
    {"no newline behind a quoted end", "a,\"b\"", "[a][b]/"},
    {"delimiter at the very end", "a,", "[a][]/"},
    {"byte order mark is content, for the reader to skip",
     "\xef\xbb\xbf"
     "a,b\n",
     "[\xef\xbb\xbf"
     "a][b]/"},
    {"empty lines", "\n\na\n\r\n \t\nb\n\n", "[a]/[b]/"},
    {"empty fields are a row", ",\n", "[][]/"},
    {"an empty quoted field is a row", "\"\"\n", "[]/"},
    {"header repeated mid-file", "time,event\n1,open\ntime,event\n",
     "[time][event]/[1][open]/[time][event]/"},
    {"quote inside an unquoted field", "a\"b,c\"\n\"d\"\n", "[a\"b][c\"]/[d]/"},
    {"quote that does not close", "\"a\"b\",c\n", "[a\"b][c]/"},
    {"quote, blank, quote", "\"a\" \"b\",c\n", "[a\" \"b][c]/"},
    {"quote, blank, quote, end", "\"a\" \",c\n", "[a\" ][c]/"},
    {"quote, blank, two quotes", "\"a\" \"\",c\"\n", "[a\" \",c]/"},
    {"blanks around fields", " a , \"b\" ,\t\"c\"\t\n", "[a][b][c]/"},
    {"blanks inside fields", "a b,\" c \"\n", "[a b][ c ]/"},
    {"too few and too many fields", "a\na,b,c,d\n", "[a]/[a][b][c][d]/"},
    {"quote never closed", "a,\"b\nc,d\n", "[a][b\nc,d\n]/"},
    {"nothing but a quote", "\"", "[]/"},
};

static void describe(const struct oracle_list *list, char *out, size_t room)
{
    size_t at = 0;
    for (size_t read = 0; read < list->length;) {
        uint32_t header;
        memcpy(&header, list->bytes + read, sizeof header);
        read += sizeof header;
        CHECK(header == ORACLE_ROW || at + header + 3 < room);
        if (header == ORACLE_ROW) {
            out[at++] = '/';
        } else {
            at += (size_t)snprintf(out + at, room - at, "[%.*s]", (int)header, list->bytes + read);
            read += header;
        }
    }
    out[at] = 0;
}

static void malformed_rows_are_treated_as_published(void **unused)
{
    (void)unused;
    struct workspace *work = workspace_new();
    char got[512];
    for (size_t i = 0; i < COUNT_OF(malformed) * (cpu_simd() + 1); i++) {
        const struct malformed *row = &malformed[i % COUNT_OF(malformed)];
        enum simd level = (enum simd)(i / COUNT_OF(malformed));
        /* A row of padding in front moves the row across the block boundary. */
        for (size_t before = 0; before < 80; before++) {
            size_t length = before + strlen(row->text);
            memset(work->text.bytes, '\n', before);
            memcpy(work->text.bytes + before, row->text, strlen(row->text));
            enum csv_state state = CSV_ROW_START;
            size_t count = oracle_chunk(level, work->text.bytes, length, ',', '"', &state, 0, work->found);
            oracle_index(work->text.bytes, length, ',', work->found, count, state, &work->got);
            describe(&work->got, got, sizeof got);
            EXPECT(strcmp(got, row->rows) == 0, "%s (%s, offset %zu): %s, got %s", row->what,
                   simd_name(level), before, row->rows, got);
        }
    }
    workspace_free(work);
}

static void an_open_quote_is_told_by_the_state(void **unused)
{
    (void)unused;
    for (enum simd level = SIMD_SCALAR; level <= cpu_simd(); level++) {
        char text[300];
        uint32_t ends[300];
        memset(text, 'x', sizeof text);
        text[10] = ',';
        text[11] = '"';
        text[200] = '\n';
        enum csv_state state = CSV_ROW_START;
        size_t count = oracle_chunk(level, text, sizeof text, ',', '"', &state, 0, ends);
        EXPECT(count == 1 && ends[0] == 10, "%s: only the delimiter before the quote ends a field",
               simd_name(level));
        EXPECT(state == CSV_QUOTED, "%s: the text stops inside quotes", simd_name(level));
    }
}

static void no_text_has_no_ends(void **unused)
{
    (void)unused;
    for (enum simd level = SIMD_SCALAR; level <= cpu_simd(); level++) {
        for (int begin = 0; begin < CSV_STATE_COUNT; begin++) {
            enum csv_state state = (enum csv_state)begin;
            uint32_t ends[1];
            EXPECT(oracle_chunk(level, "", 0, ',', '\n', &state, 0, ends) == 0, "nothing ends");
            EXPECT(state == (enum csv_state)begin, "the state stays");
        }
    }
}

static void levels_degrade_to_what_there_is(void **unused)
{
    (void)unused;
    for (enum simd level = SIMD_SCALAR; level < SIMD_COUNT; level++)
        EXPECT(csv_index_kernel(level) != NULL, "%s has a kernel", simd_name(level));
    if (cpu_simd() >= SIMD_AVX2)
        EXPECT(csv_index_kernel(SIMD_AVX2) != csv_index_kernel(SIMD_SCALAR), "AVX2 is not the reference");
    if (cpu_simd() >= SIMD_AVX512)
        EXPECT(csv_index_kernel(SIMD_AVX512) != csv_index_kernel(SIMD_AVX2), "AVX-512 has its own kernel");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_rows_are_treated_as_published),
        cmocka_unit_test(an_open_quote_is_told_by_the_state),
        cmocka_unit_test(no_text_has_no_ends),
        cmocka_unit_test(levels_degrade_to_what_there_is),
        cmocka_unit_test(kernels_begin_in_every_state),
        cmocka_unit_test(random_rows_are_those_of_libcsv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
