/* The reference: the grammar as a table, one byte a step. It is what every vector kernel must equal, what
 * they fall back to, and the kernel of processors without one. */
#include "base/base.h"

#include "csv/scan_kernels.h"

enum byte_class { BYTE_OTHER, BYTE_BLANK, BYTE_QUOTE, BYTE_ROW_END, BYTE_DELIMITER, BYTE_CLASS_COUNT };

static const uint8_t byte_classes[256] = {
    [' '] = BYTE_BLANK, ['\t'] = BYTE_BLANK, ['"'] = BYTE_QUOTE, ['\r'] = BYTE_ROW_END, ['\n'] = BYTE_ROW_END,
};

/* A delimiter is that before all else: with tabs between the fields, a tab is not blank. */
static inline enum byte_class byte_class(char byte, char delimiter)
{
    return byte == delimiter ? BYTE_DELIMITER : (enum byte_class)byte_classes[(unsigned char)byte];
}

/* In the order of enum byte_class: other, blank, quote, row end, delimiter. */
static const uint8_t next_states[CSV_STATE_COUNT][BYTE_CLASS_COUNT] = {
    [CSV_ROW_START] = {CSV_UNQUOTED, CSV_ROW_START, CSV_QUOTED, CSV_ROW_START, CSV_FIELD_START},
    [CSV_FIELD_START] = {CSV_UNQUOTED, CSV_FIELD_START, CSV_QUOTED, CSV_ROW_START, CSV_FIELD_START},
    [CSV_UNQUOTED] = {CSV_UNQUOTED, CSV_UNQUOTED, CSV_UNQUOTED, CSV_ROW_START, CSV_FIELD_START},
    [CSV_QUOTED] = {CSV_QUOTED, CSV_QUOTED, CSV_QUOTE, CSV_QUOTED, CSV_QUOTED},
    /* Behind a quote: an end closes the field, a second quote is the escape, all else makes it literal. */
    [CSV_QUOTE] = {CSV_QUOTED, CSV_QUOTE_BLANKS, CSV_QUOTED, CSV_ROW_START, CSV_FIELD_START},
    /* A quote behind blanks makes the earlier one literal, and may itself close the field. */
    [CSV_QUOTE_BLANKS] = {CSV_QUOTED, CSV_QUOTE_BLANKS, CSV_QUOTE, CSV_ROW_START, CSV_FIELD_START},
};

enum csv_state csv_step(enum csv_state state, char byte, char delimiter)
{
    ASSERT(state < CSV_STATE_COUNT);
    return (enum csv_state)next_states[state][byte_class(byte, delimiter)];
}

/* The first byte in [at, end) that an unquoted or a quoted field does not simply swallow. */
static const char *skip_content(const char *at, const char *end, char delimiter, enum csv_state state)
{
    if (state == CSV_QUOTED) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        return quote ? quote : end;
    }
    while (at < end && byte_class(*at, delimiter) < BYTE_ROW_END)
        at++;
    return at;
}

void csv_index_range(const char *text, size_t at, size_t end, char delimiter, enum csv_state *state,
                     struct csv_ends *found)
{
    const char *byte = text + at;
    const char *stop = text + end;
    enum csv_state now = *state;
    while (byte < stop) {
        if (now == CSV_UNQUOTED || now == CSV_QUOTED) {
            byte = skip_content(byte, stop, delimiter, now);
            if (byte == stop)
                break;
        }
        enum byte_class class_ = byte_class(*byte, delimiter);
        if (class_ >= BYTE_ROW_END && now != CSV_QUOTED) {
            if (class_ == BYTE_ROW_END)
                found->rows[found->row_count++] = (uint32_t)found->count;
            found->at[found->count++] = (uint32_t)(byte - text);
        }
        now = (enum csv_state)next_states[now][class_];
        byte++;
    }
    *state = now;
}

void csv_index_scalar(const char *text, size_t length, char delimiter, enum csv_state *state,
                      struct csv_ends *found)
{
    found->count = found->row_count = 0;
    csv_index_range(text, 0, length, delimiter, state, found);
}
