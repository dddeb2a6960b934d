#include "cli.h"

#include "message.h"
#include "reply_stream.h"

#define HEADING_RESULT ",reason,class,rule,confidence"

/* Undoes the quotes of the field at the front of row; returns the bytes it takes there, 0: a quote is not
 * closed. What follows a closing quote belongs to the field, as libcsv reads it. */
static size_t quotes_undo(struct reply_text row, char **scratch)
{
    bool quoted = true;
    size_t i = 1;
    for (; i < row.length && (quoted || row.at[i] != ','); i++) {
        bool quote = row.at[i] == '"';
        if (quote && quoted && i + 1 < row.length && row.at[i + 1] == '"')
            i++;
        else if (quote && quoted) {
            quoted = false;
            continue;
        }
        *(*scratch)++ = row.at[i];
    }
    return quoted ? 0 : i;
}

/* Takes a field off the front of row, its quotes undone into `scratch`; sets *more when another follows.
 * False when a quote is not closed. */
static bool field_take(struct reply_text *row, char **scratch, struct reply_text *field, bool *more)
{
    size_t taken;
    if (row->length && row->at[0] == '"') {
        field->at = *scratch;
        taken = quotes_undo(*row, scratch);
        field->length = (size_t)(*scratch - field->at);
        if (!taken)
            return false;
    } else {
        const char *comma = row->length ? memchr(row->at, ',', row->length) : NULL;
        taken = comma ? (size_t)(comma - row->at) : row->length;
        *field = (struct reply_text){row->at, taken};
    }
    *more = taken < row->length;
    row->at += taken + *more;
    row->length -= taken + *more;
    return true;
}

static bool is_name(struct reply_text text, const char *name)
{
    return strlen(name) == text.length && memcmp(text.at, name, text.length) == 0;
}

static enum bm_code unclosed(const struct reply_stream *stream, struct bm_error *error)
{
    return error_set(error, BM_INPUT, "standard input, line %llu: a quote is never closed",
                     (unsigned long long)stream->line);
}

static enum bm_code heading_read(struct reply_stream *stream, struct reply_text row, struct bm_error *error)
{
    bool more = true, known = false;
    char *scratch = stream->scratch;
    if (row.length >= 3 && memcmp(row.at, "\xef\xbb\xbf", 3) == 0) {
        row.at += 3;
        row.length -= 3;
    }
    while (more && stream->column_count < COUNT_OF(stream->columns)) {
        struct reply_text field;
        if (!field_take(&row, &scratch, &field, &more))
            return unclosed(stream, error);
        int *column = &stream->columns[stream->column_count++];
        *column = -1;
        for (int k = 0; k < REPLY_COLUMNS; k++)
            if (is_name(field, reply_column_names[k]))
                *column = k;
        known |= *column >= 0;
    }
    if (more)
        return error_set(error, BM_USAGE, "the heading on standard input has more than %zu columns",
                         COUNT_OF(stream->columns));
    if (known)
        return BM_OK;
    error_set(error, BM_USAGE, "the heading on standard input names no column of a reply");
    return error_hint(error, "the columns are smtp_code, enhanced_code, diagnostic, address and mta");
}

static void field_print(const char *text)
{
    putchar_unlocked(',');
    if (!strpbrk(text, ",\"\n\r")) {
        fputs(text, stdout);
        return;
    }
    putchar_unlocked('"');
    for (; *text; text++) {
        if (*text == '"')
            putchar_unlocked('"');
        putchar_unlocked(*text);
    }
    putchar_unlocked('"');
}

/* Writes the row as it came, made as long as the heading, so that the result stands in its columns. */
static enum bm_code row_run(struct reply_stream *stream, struct reply_text row, struct bm_error *error)
{
    struct reply_text columns[REPLY_COLUMNS] = {{NULL, 0}}, rest = row;
    char *scratch = stream->scratch;
    bool more = true;
    size_t fields = 0;
    for (; more && fields < stream->column_count; fields++) {
        struct reply_text field;
        if (!field_take(&rest, &scratch, &field, &more))
            return unclosed(stream, error);
        if (stream->columns[fields] >= 0)
            columns[stream->columns[fields]] = field;
    }
    struct bm_verdict verdict;
    reply_classify(stream, columns, &verdict);
    fwrite(row.at, 1, (size_t)(rest.at - row.at) - more, stdout); /* without fields past the heading's */
    for (; fields < stream->column_count; fields++)
        putchar_unlocked(',');
    field_print(bm_reason_name(verdict.reason));
    field_print(bm_class_name(verdict.class_));
    field_print(bm_rule_name(stream->classifier, verdict.rule));
    printf(",%u\n", verdict.confidence);
    return BM_OK;
}

enum bm_code reply_csv_run(struct reply_stream *stream, struct bm_error *error)
{
    struct reply_text row;
    if (!reply_row_take(stream, true, &row, error))
        return error->code;
    enum bm_code code = heading_read(stream, row, error);
    if (code != BM_OK)
        return code;
    fwrite(row.at, 1, row.length, stdout);
    puts(HEADING_RESULT);
    while (code == BM_OK && !ferror(stdout) && reply_row_take(stream, true, &row, error))
        if (row.length) /* an empty line is no row */
            code = row_run(stream, row, error);
    return code == BM_OK ? error->code : code;
}
