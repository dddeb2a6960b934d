/* CSV text as a list of fields and row ends: once as libcsv tells it, once as the index and csv_field do. */
#ifndef TESTS_CSV_ORACLE_H
#define TESTS_CSV_ORACLE_H

#include "base/base.h"

#include "csv/field.h"
#include "csv/scan.h"

#include <csv.h>

/* Each field is its length and its bytes; a row end is ORACLE_ROW instead of a length. */
#define ORACLE_ROW UINT32_MAX

struct oracle_list {
    char *bytes;
    size_t length, room;
};

static inline void oracle_append(struct oracle_list *list, const void *bytes, size_t length)
{
    if (length > list->room - list->length) {
        list->room = 2 * (list->length + length) + 4096;
        list->bytes = realloc(list->bytes, list->room);
        CHECK(list->bytes);
    }
    if (length)
        memcpy(list->bytes + list->length, bytes, length);
    list->length += length;
}

static inline void oracle_field(void *bytes, size_t length, void *list)
{
    uint32_t header = (uint32_t)length;
    oracle_append(list, &header, sizeof header);
    oracle_append(list, bytes, length);
}

static inline void oracle_row(int byte, void *list)
{
    (void)byte;
    uint32_t header = ORACLE_ROW;
    oracle_append(list, &header, sizeof header);
}

static inline void oracle_libcsv(const char *text, size_t length, char delimiter, struct oracle_list *list)
{
    struct csv_parser parser;
    list->length = 0;
    CHECK(csv_init(&parser, 0) == 0);
    csv_set_delim(&parser, (unsigned char)delimiter);
    CHECK(csv_parse(&parser, text, length, oracle_field, oracle_row, list) == length);
    CHECK(csv_fini(&parser, oracle_field, oracle_row, list) == 0);
    csv_free(&parser);
}

static inline bool oracle_is_blank(struct span field, char delimiter)
{
    for (size_t i = 0; i < field.length; i++) {
        if ((field.at[i] != ' ' && field.at[i] != '\t') || field.at[i] == delimiter)
            return false;
    }
    return true;
}

/* Walks an index as the parser does. `state` is where the text stopped. */
static inline void oracle_index(const char *text, size_t length, char delimiter, const uint32_t *ends,
                                size_t count, enum csv_state state, struct oracle_list *list)
{
    char *scratch = malloc(length + 1);
    CHECK(scratch);
    list->length = 0;
    size_t start = 0;
    bool row_open = false;
    for (size_t i = 0; i <= count; i++) {
        if (i == count && state == CSV_ROW_START)
            break;
        size_t end = i < count ? ends[i] : length;
        struct span raw = {text + start, end - start};
        bool row_ends = i == count || text[end] != delimiter;
        start = end + 1;
        if (!row_open && row_ends && oracle_is_blank(raw, delimiter))
            continue;
        struct span field = csv_field(raw, scratch);
        oracle_field((void *)field.at, field.length, list);
        row_open = !row_ends;
        if (row_ends)
            oracle_row(0, list);
    }
    free(scratch);
}

/* Runs a kernel over text[0 .. length) in buffers of exactly the sizes that the contract names, so that the
 * address sanitizer sees every byte too far. The padding is filled with `pad`. Appends the ends, counted from
 * `base`, at ends and returns their number. */
static inline size_t oracle_chunk(enum simd level, const char *text, size_t length, char delimiter, char pad,
                                  enum csv_state *state, size_t base, uint32_t *ends)
{
    char *exact_text = malloc(length + CSV_PAD_BYTES);
    struct csv_ends found = {.at = malloc((length + CSV_PAD_BYTES) * sizeof *found.at),
                             .rows = malloc((length + CSV_PAD_BYTES) * sizeof *found.rows)};
    CHECK(exact_text && found.at && found.rows);
    if (length)
        memcpy(exact_text, text, length);
    memset(exact_text + length, pad, CSV_PAD_BYTES);
    csv_index_kernel(level)(exact_text, length, delimiter, state, &found);
    CHECK(found.count <= length);
    size_t rows = 0;
    for (size_t i = 0; i < found.count; i++) {
        ends[i] = (uint32_t)(base + found.at[i]);
        if (exact_text[found.at[i]] != delimiter) /* every row end is told, and no other */
            CHECK(rows < found.row_count && found.rows[rows++] == i);
    }
    CHECK(rows == found.row_count);
    free(found.at);
    free(found.rows);
    free(exact_text);
    return found.count;
}

#endif
