/* Rows are classified where they stand in the read buffer and written back as they came, with the result
 * behind them: nothing is copied but a CSV field with quotes in it. One thread and one memo: servers' answers
 * repeat, so a row costs little more than reading and writing it. */
#include "cli.h"

#include "message.h"
#include "reply_stream.h"

#include <errno.h>
#include <unistd.h>

#define BUFFER_BYTES (4 * REPLY_ROW_BYTES_MAX)

const char *const reply_column_names[REPLY_COLUMNS] = {"smtp_code", "enhanced_code", "diagnostic", "address",
                                                       "mta"};

/* Reads more behind what is there; false when there is no more, or with error->code set. */
static bool buffer_fill(struct reply_stream *stream, struct bm_error *error)
{
    if (stream->from) {
        memmove(stream->buffer, stream->buffer + stream->from, stream->to - stream->from);
        stream->to -= stream->from;
        stream->from = 0;
    }
    ssize_t got;
    do
        got = read(STDIN_FILENO, stream->buffer + stream->to, BUFFER_BYTES - stream->to);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        error_set(error, BM_INPUT, "cannot read standard input: %s", strerror(errno));
    stream->ended = got <= 0;
    stream->to += got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* The bytes of the first row of a CSV text with its newline, 0: its end is not there. */
static size_t csv_row_length(const char *at, size_t length)
{
    bool quoted = false, field_start = true;
    for (size_t i = 0; i < length; i++) {
        char byte = at[i];
        if (quoted) {
            const char *quote = memchr(at + i, '"', length - i);
            if (!quote)
                return 0;
            i = (size_t)(quote - at);
            if (i + 1 < length && at[i + 1] == '"')
                i++;
            else
                quoted = false;
        } else if (byte == '\n') {
            return i + 1;
        } else {
            quoted = field_start && byte == '"';
            field_start = byte == ',';
        }
    }
    return 0;
}

static size_t row_length(const struct reply_stream *stream, bool quotes)
{
    const char *at = stream->buffer + stream->from;
    size_t length = stream->to - stream->from;
    if (quotes)
        return csv_row_length(at, length);
    const char *newline = memchr(at, '\n', length);
    return newline ? (size_t)(newline + 1 - at) : 0;
}

static uint64_t newlines_count(struct reply_text text)
{
    uint64_t count = 0;
    for (const char *end = text.at + text.length; (text.at = memchr(text.at, '\n', (size_t)(end - text.at)));
         text.at++)
        count++;
    return count;
}

bool reply_row_take(struct reply_stream *stream, bool quotes, struct reply_text *row, struct bm_error *error)
{
    size_t length;
    error->code = BM_OK;
    while ((length = row_length(stream, quotes)) == 0 && stream->to - stream->from <= REPLY_ROW_BYTES_MAX &&
           !stream->ended)
        if (!buffer_fill(stream, error) && error->code != BM_OK)
            return false;
    stream->line = stream->lines_before + 1;
    if (!length)
        length = stream->to - stream->from; /* the last row has no newline */
    if (length > REPLY_ROW_BYTES_MAX) {
        error_set(error, BM_INPUT, "standard input, line %llu: a row is longer than %zu bytes",
                  (unsigned long long)stream->line, REPLY_ROW_BYTES_MAX);
        return false;
    }
    *row = (struct reply_text){stream->buffer + stream->from, length};
    stream->lines_before += quotes ? newlines_count(*row) : 1;
    stream->from += length;
    if (length && row->at[length - 1] == '\n')
        row->length--;
    if (row->length && row->at[row->length - 1] == '\r')
        row->length--;
    return length > 0;
}

void reply_classify(struct reply_stream *stream, const struct reply_text columns[REPLY_COLUMNS],
                    struct bm_verdict *verdict)
{
    char address[BM_ADDRESS_BYTES_MAX];
    size_t domain_at = 0, length = 0;
    if (columns[REPLY_ADDRESS].length)
        length = bm_address_normalise(columns[REPLY_ADDRESS].at, columns[REPLY_ADDRESS].length, address,
                                      &domain_at);
    struct bm_reply reply = {.smtp_code = columns[REPLY_SMTP_CODE].at,
                             .smtp_code_length = columns[REPLY_SMTP_CODE].length,
                             .enhanced_code = columns[REPLY_ENHANCED_CODE].at,
                             .enhanced_code_length = columns[REPLY_ENHANCED_CODE].length,
                             .diagnostic = columns[REPLY_DIAGNOSTIC].at,
                             .diagnostic_length = columns[REPLY_DIAGNOSTIC].length,
                             .domain = address + domain_at,
                             .domain_length = length - domain_at,
                             .mta = columns[REPLY_MTA].at,
                             .mta_length = columns[REPLY_MTA].length};
    bm_classify_with(stream->classifier, stream->memo, &reply, verdict);
}

/* A line, then the result behind tabs. */
static enum bm_code lines_run(struct reply_stream *stream, struct bm_error *error)
{
    struct reply_text row;
    while (reply_row_take(stream, false, &row, error) && !ferror(stdout)) {
        struct reply_text columns[REPLY_COLUMNS] = {[REPLY_DIAGNOSTIC] = row};
        struct bm_verdict verdict;
        reply_classify(stream, columns, &verdict);
        fwrite(row.at, 1, row.length, stdout);
        putchar_unlocked('\t');
        fputs(bm_reason_name(verdict.reason), stdout);
        putchar_unlocked('\t');
        fputs(bm_class_name(verdict.class_), stdout);
        putchar_unlocked('\t');
        fputs(bm_rule_name(stream->classifier, verdict.rule), stdout);
        fprintf(stdout, "\t%u\n", verdict.confidence);
    }
    return error->code;
}

enum bm_code reply_stream_run(const struct bm_classifier *classifier, const char *format,
                              struct bm_error *error)
{
    struct reply_stream stream = {
        .classifier = classifier, .buffer = malloc(BUFFER_BYTES), .scratch = malloc(REPLY_ROW_BYTES_MAX)};
    enum bm_code code = bm_classify_memo_new(&stream.memo, classifier, error);
    if (code == BM_OK && (!stream.buffer || !stream.scratch))
        code = error_set(error, BM_RESOURCE, "out of memory for the stream of replies");
    if (code == BM_OK && strcmp(format, "csv") == 0)
        code = reply_csv_run(&stream, error);
    else if (code == BM_OK && strcmp(format, "json") == 0)
        code = reply_json_run(&stream, error);
    else if (code == BM_OK)
        code = lines_run(&stream, error);
    bm_classify_memo_free(stream.memo);
    free(stream.buffer);
    free(stream.scratch);
    return code;
}
