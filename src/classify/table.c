/* libcsv tells fields and rows but no lines, and an error must name its line. So it is fed a line at a time:
 * a row that is still open when a line ends (a quoted newline) keeps the number of the line that it began on.
 */
#include "classify/table.h"
#include "base/base.h"
#include "csv/field.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROW_BYTES_MAX ((size_t)1 << 20)

struct reading {
    struct table_row row;
    size_t column_count;
    size_t required;
    table_handler handler;
    void *context;
    int16_t wanted[TABLE_COLUMNS_MAX]; /* field number of the file -> wanted column, -1: ignored */
    struct span fields[TABLE_COLUMNS_MAX];
    char *bytes; /* the fields of the row; libcsv reuses its own buffer */
    size_t used;
    size_t field_number;
    bool heading_seen;
    bool ended; /* the line just fed ended a row */
    bool too_large;
    enum bm_code code;
};

static enum bm_code descriptor_read(int fd, struct table_text *text, struct bm_error *error)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return fail_errno(error, BM_USAGE, "cannot read table %s", text->name);
    if (!S_ISREG(about.st_mode) || (uint64_t)about.st_size > TABLE_FILE_BYTES_MAX)
        return fail(error, BM_USAGE, "table %s is not a file of at most %zu MiB", text->name,
                    TABLE_FILE_BYTES_MAX >> 20);
    size_t size = (size_t)about.st_size, length = 0;
    char *bytes = malloc(size + 1);
    if (!bytes)
        return fail_memory(error, "a table");
    text->bytes = (struct span){bytes, 0};
    text->owned = true;
    while (length < size) {
        ssize_t got = read(fd, bytes + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(error, BM_USAGE, "cannot read table %s", text->name);
        if (got == 0)
            break; /* it became shorter meanwhile */
        length += (size_t)got;
    }
    text->bytes.length = length;
    return BM_OK;
}

enum bm_code table_load(struct table_text *text, const char *path, struct bm_error *error)
{
    *text = (struct table_text){.name = path};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a fifo would block here */
    if (fd < 0)
        return fail_errno(error, BM_USAGE, "cannot open table %s", path);
    enum bm_code code = descriptor_read(fd, text, error);
    (void)close(fd); /* only read from */
    if (code != BM_OK)
        table_unload(text);
    return code;
}

void table_unload(struct table_text *text)
{
    if (text->owned)
        free((char *)(uintptr_t)text->bytes.at);
    text->owned = false;
    text->bytes = (struct span){"", 0};
}

enum bm_code table_bad(const struct table_row *row, size_t column, const char *format, ...)
{
    char what[512];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return fail(row->error, BM_USAGE, "%s:%llu: column %s: %s", row->name, (unsigned long long)row->line,
                row->columns[column], what);
}

static struct span trim(struct span text)
{
    while (text.length && (text.at[0] == ' ' || (text.at[0] >= '\t' && text.at[0] <= '\r'))) {
        text.at++;
        text.length--;
    }
    while (text.length && (text.at[text.length - 1] == ' ' ||
                           (text.at[text.length - 1] >= '\t' && text.at[text.length - 1] <= '\r')))
        text.length--;
    return text;
}

static void heading_field(struct reading *reading, struct span name)
{
    if (reading->field_number >= TABLE_COLUMNS_MAX)
        return;
    reading->wanted[reading->field_number] = -1;
    for (size_t i = 0; i < reading->column_count; i++)
        if (span_is(name, (struct span){reading->row.columns[i], strlen(reading->row.columns[i])})) {
            reading->wanted[reading->field_number] = (int16_t)i;
            reading->fields[i] = name; /* seen */
        }
}

static void on_field(void *field, size_t length, void *context)
{
    struct reading *reading = context;
    struct span text = trim((struct span){field, length});
    if (!reading->heading_seen) {
        heading_field(reading, text);
    } else if (reading->field_number < TABLE_COLUMNS_MAX && reading->wanted[reading->field_number] >= 0) {
        if (text.length > ROW_BYTES_MAX - reading->used) {
            reading->too_large = true;
            return;
        }
        char *copy = reading->bytes + reading->used;
        if (text.length)
            memcpy(copy, text.at, text.length);
        reading->used += text.length;
        reading->fields[reading->wanted[reading->field_number]] = (struct span){copy, text.length};
    }
    reading->field_number++;
}

static enum bm_code heading_check(struct reading *reading)
{
    for (size_t i = 0; i < reading->required; i++)
        if (!reading->fields[i].length)
            return fail(reading->row.error, BM_USAGE, "%s:%llu: the heading has no column %s",
                        reading->row.name, (unsigned long long)reading->row.line, reading->row.columns[i]);
    reading->heading_seen = true;
    return BM_OK;
}

static void fields_clear(struct reading *reading)
{
    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++)
        reading->fields[i] = SPAN("");
    reading->field_number = 0;
    reading->used = 0;
}

static void on_row(int terminator, void *context)
{
    (void)terminator;
    struct reading *reading = context;
    reading->ended = true;
    if (reading->code != BM_OK)
        return;
    if (reading->too_large)
        reading->code = fail(reading->row.error, BM_USAGE, "%s:%llu: the row is larger than %zu bytes",
                             reading->row.name, (unsigned long long)reading->row.line, ROW_BYTES_MAX);
    else
        reading->code = reading->heading_seen ? reading->handler(reading->context, &reading->row)
                                              : heading_check(reading);
    fields_clear(reading);
}

static bool is_blank_line(struct span line)
{
    return trim(line).length == 0;
}

/* Takes one line with its newline off the front of rest. */
static struct span line_take(struct span *rest)
{
    const char *newline = memchr(rest->at, '\n', rest->length);
    struct span line = {rest->at, newline ? (size_t)(newline - rest->at) + 1 : rest->length};
    rest->at += line.length;
    rest->length -= line.length;
    return line;
}

static struct span without_bom(struct span text)
{
    size_t bom = csv_bom_length(text.at, text.length);
    return (struct span){text.at + bom, text.length - bom};
}

static enum bm_code feed_failed(struct reading *reading, struct csv_parser *parser)
{
    if (csv_error(parser) != CSV_EPARSE)
        return fail_memory(reading->row.error, "a table's row");
    return fail(reading->row.error, BM_USAGE, "%s:%llu: a quote inside a field (write it as \"\" in quotes)",
                reading->row.name, (unsigned long long)reading->row.line);
}

static enum bm_code lines_feed(struct reading *reading, struct csv_parser *parser, struct span rest)
{
    bool row_open = false;
    for (uint64_t line = 1; rest.length && reading->code == BM_OK; line++) {
        struct span bytes = line_take(&rest);
        if (!row_open)
            reading->row.line = line;
        reading->ended = false;
        if (csv_parse(parser, bytes.at, bytes.length, on_field, on_row, reading) != bytes.length)
            return feed_failed(reading, parser);
        row_open = !reading->ended && (row_open || !is_blank_line(bytes));
    }
    if (reading->code == BM_OK && csv_fini(parser, on_field, on_row, reading) != 0 && reading->code == BM_OK)
        return fail(reading->row.error, BM_USAGE, "%s:%llu: a quote is never closed", reading->row.name,
                    (unsigned long long)reading->row.line);
    if (reading->code == BM_OK && !reading->heading_seen)
        return fail(reading->row.error, BM_USAGE, "%s:1: the table is empty: it needs a heading",
                    reading->row.name);
    return reading->code;
}

enum bm_code table_read(const struct table_text *text, const char *const *columns, size_t column_count,
                        size_t required, table_handler handler, void *context, struct bm_error *error)
{
    ASSERT(column_count <= TABLE_COLUMNS_MAX && required <= column_count);
    struct reading reading = {.row = {.name = text->name, .columns = columns, .error = error, .line = 1},
                              .column_count = column_count,
                              .required = required,
                              .handler = handler,
                              .context = context,
                              .code = BM_OK};
    reading.row.fields = reading.fields;
    reading.bytes = malloc(ROW_BYTES_MAX);
    struct csv_parser parser;
    if (!reading.bytes || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        free(reading.bytes);
        return fail_memory(error, "reading a table");
    }
    fields_clear(&reading);
    enum bm_code code = lines_feed(&reading, &parser, without_bom(text->bytes));
    csv_free(&parser);
    free(reading.bytes);
    return code;
}

enum bm_code table_read_lines(const struct table_text *text, table_handler handler, void *context,
                              struct bm_error *error)
{
    static const char *const columns[] = {"rule"};
    struct span entry;
    struct table_row row = {.name = text->name, .columns = columns, .fields = &entry, .error = error};
    struct span rest = without_bom(text->bytes);
    while (rest.length) {
        struct span line = line_take(&rest);
        row.line++;
        const char *comment = memchr(line.at, '#', line.length);
        if (comment)
            line.length = (size_t)(comment - line.at);
        entry = trim(line);
        if (!entry.length)
            continue;
        enum bm_code code = handler(context, &row);
        if (code != BM_OK)
            return code;
    }
    return BM_OK;
}
