/* Classifying a stream of replies: `bouncemill classify -`. */
#ifndef CLI_REPLY_STREAM_H
#define CLI_REPLY_STREAM_H

#include <bouncemill/classify.h>

#include <stdbool.h>

#define REPLY_FIELDS_MAX    64
#define REPLY_ROW_BYTES_MAX ((size_t)1 << 20)

/* Columns of a reply, in CSV and in JSON. */
enum reply_column {
    REPLY_SMTP_CODE,
    REPLY_ENHANCED_CODE,
    REPLY_DIAGNOSTIC,
    REPLY_ADDRESS,
    REPLY_MTA,
    REPLY_COLUMNS
};
extern const char *const reply_column_names[REPLY_COLUMNS];

struct reply_text {
    const char *at;
    size_t length;
};

struct reply_stream {
    const struct bm_classifier *classifier;
    struct bm_classify_memo *memo;
    char *buffer;
    size_t from, to; /* what is read and not yet taken */
    bool ended;
    uint64_t line;                 /* of the row taken last, from 1 */
    uint64_t lines_before;         /* newlines in the rows taken */
    char *scratch;                 /* REPLY_ROW_BYTES_MAX bytes for a row's fields */
    int columns[REPLY_FIELDS_MAX]; /* CSV: which column of a reply a field is, -1: none */
    size_t column_count;
};

/* Reads standard input to its end and writes each row with its result to standard output. `format`: "lines",
 * "csv" or "json". Errors: BM_INPUT with the line of a row that cannot be read; BM_USAGE when a heading names
 * no column of a reply; BM_RESOURCE. What was written before an error stays written. */
enum bm_code reply_stream_run(const struct bm_classifier *classifier, const char *format,
                              struct bm_error *error);

/* The next row, without its newline; false at the end or with error->code set. `quotes`: as in CSV, a newline
 * inside quotes does not end it. */
bool reply_row_take(struct reply_stream *stream, bool quotes, struct reply_text *row, struct bm_error *error);

/* Classifies what a row's columns say. */
void reply_classify(struct reply_stream *stream, const struct reply_text columns[REPLY_COLUMNS],
                    struct bm_verdict *verdict);

enum bm_code reply_csv_run(struct reply_stream *stream, struct bm_error *error);
enum bm_code reply_json_run(struct reply_stream *stream, struct bm_error *error);

#endif
