/* Where fields and rows end in CSV text: the structural index that everything else walks.
 *
 * The grammar is libcsv's, without strict mode (it is the oracle of the tests): a field whose first byte
 * after blanks is a quote is quoted; inside it "" is a quote; a quote that is followed by anything else than
 * blanks and an end is literal and the field goes on; a quote inside an unquoted field is literal. CR and LF
 * each end a row; a row without any byte but blanks is no row. */
#ifndef CSV_SCAN_H
#define CSV_SCAN_H

#include "base/cpu.h"
#include "base/span.h"

#include <stdint.h>

/* Where the scanner stands between two bytes. */
enum csv_state {
    CSV_ROW_START,   /* nothing of the row but blanks yet */
    CSV_FIELD_START, /* behind a delimiter, nothing of the field but blanks yet */
    CSV_UNQUOTED,
    CSV_QUOTED,
    CSV_QUOTE,        /* behind a quote in a quoted field: it may have closed it */
    CSV_QUOTE_BLANKS, /* the same, and blanks came after it */
    CSV_STATE_COUNT
};

#define CSV_PAD_BYTES 64 /* readable behind the text that csv_index gets; their content does not matter */

/* What csv_index finds. The arrays are the caller's, with room for length + CSV_PAD_BYTES entries each. */
struct csv_ends {
    uint32_t *at; /* offsets of every byte that ends a field (delimiter, CR, LF outside quotes), ascending */
    uint32_t *rows; /* indices into `at` of those that end a row (CR, LF), ascending */
    size_t count;
    size_t row_count;
};

/* Indexes text[0 .. length); length is below 2^31. *state is where text starts and becomes where it stops. */
typedef void csv_index_function(const char *text, size_t length, char delimiter, enum csv_state *state,
                                struct csv_ends *found);

/* The kernel of a level; the scalar one is the reference. Levels that this build does not have give the next
 * lower one. */
csv_index_function *csv_index_kernel(enum simd level);

/* The number of LF bytes. The scalar one is the reference. */
typedef uint64_t csv_lines_function(const char *text, size_t length);
csv_lines_function csv_lines_scalar;
csv_lines_function *csv_lines_kernel(enum simd level);

/* The next state behind one byte, by the scalar grammar. */
enum csv_state csv_step(enum csv_state state, char byte, char delimiter);

/* Finds a row start in text that begins anywhere, without knowing where. Returns true and sets *offset when
 * every state that text could begin in leads to CSV_ROW_START at *offset, just behind a row end (then it is
 * certain). Returns false when they do not agree; then *offset is a guess, behind the first CR LF, LF or CR,
 * or `length` when there is none. A CR LF pair is never split. */
bool csv_row_start(const char *text, size_t length, char delimiter, size_t *offset);

#endif
