/* Reading the classifier's tables: the same reader for those built in and for the user's files. */
#ifndef CLASSIFY_TABLE_H
#define CLASSIFY_TABLE_H

#include "base/fail.h"
#include "base/span.h"

#include <stdint.h>

#define TABLE_COLUMNS_MAX    32
#define TABLE_FILE_BYTES_MAX ((size_t)256 << 20)

/* The tables in the program, made from tables/ at build. */
extern const struct span table_builtin_codes;
extern const struct span table_builtin_phrases;
extern const struct span table_builtin_providers;
extern const struct span table_builtin_provider_rules;
extern const struct span table_builtin_reasons;
extern const struct span table_builtin_trusted_domains;

/* A table's text and what to call it in messages. `bytes` is the owner's to free when `owned`. */
struct table_text {
    const char *name;
    struct span bytes;
    bool owned;
};

/* Reads a user's file. Errors: BM_USAGE (missing, unreadable, a folder, larger than TABLE_FILE_BYTES_MAX),
 * BM_RESOURCE. */
enum bm_code table_load(struct table_text *text, const char *path, struct bm_error *error);
void table_unload(struct table_text *text);

/* One row, on its way through the handler. */
struct table_row {
    const char *name; /* of the table */
    uint64_t line;
    const char *const *columns; /* names, as wanted */
    const struct span *fields;  /* in the wanted order; a missing optional one is empty; valid for the call */
    struct bm_error *error;
};

/* What to do with a row; anything but BM_OK ends the reading. */
typedef enum bm_code (*table_handler)(void *context, const struct table_row *row);

/* BM_USAGE naming file, line and column. `column` counts in the wanted columns. */
enum bm_code table_bad(const struct table_row *row, size_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* Reads CSV with a heading: columns in any order, unknown ones ignored, blanks around fields dropped, empty
 * lines skipped. The first `required` of the wanted columns must be there. Errors: the handler's; BM_USAGE
 * with the line; BM_RESOURCE. */
enum bm_code table_read(const struct table_text *text, const char *const *columns, size_t column_count,
                        size_t required, table_handler handler, void *context, struct bm_error *error);

/* Reads a list: an entry a line, blanks around it dropped, # begins a comment, empty lines skipped. The row
 * has one field. */
enum bm_code table_read_lines(const struct table_text *text, table_handler handler, void *context,
                              struct bm_error *error);

#endif
