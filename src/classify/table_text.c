/* The tables in use, as text that the options take. */
#include "base/base.h"
#include "classify/table_sources.h"

#define PRECEDENCE "precedence"

/* The columns of a table's text, those that a row must have first. */
struct table_form {
    const char *const *columns;
    size_t count;
    size_t required;
};

static const char *const codes_columns[] = {"kind", "code", "reason", "meaning", "source", "strength"};
static const char *const phrases_columns[] = {"phrase", "reason", "strength", "when", PRECEDENCE, "note"};
static const char *const providers_columns[] = {"provider", "domain",   "code",     "phrase",
                                                "reason",   "strength", PRECEDENCE, "note"};

static const struct table_form forms[] = {
    [TABLE_CODES] = {codes_columns, COUNT_OF(codes_columns), 3},
    [TABLE_PHRASES] = {phrases_columns, COUNT_OF(phrases_columns), 2},
    [TABLE_PROVIDERS] = {providers_columns, COUNT_OF(providers_columns), 1},
};

struct printing {
    FILE *out;
    const struct table_form *form;
    bool extends;
};

static void field_print(FILE *out, struct span field)
{
    bool quoted = false;
    for (size_t i = 0; i < field.length; i++)
        quoted |= field.at[i] == ',' || field.at[i] == '"' || field.at[i] == '\n' || field.at[i] == '\r';
    if (!quoted) {
        fwrite(field.at, 1, field.length, out);
        return;
    }
    fputc('"', out);
    for (size_t i = 0; i < field.length; i++) {
        if (field.at[i] == '"')
            fputc('"', out);
        fputc(field.at[i], out);
    }
    fputc('"', out);
}

static bool has_phrase(const struct table_form *form, const struct table_row *row)
{
    for (size_t k = 0; k < form->count; k++)
        if (strcmp(form->columns[k], "phrase") == 0)
            return row->fields[k].length > 0;
    return false;
}

/* The row; that a user's phrases stand before the built-in ones is told by their precedence. */
static enum bm_code row_print(void *context, const struct table_row *row)
{
    const struct printing *printing = context;
    const struct table_form *form = printing->form;
    bool first = printing->extends && has_phrase(form, row);
    for (size_t k = 0; k < form->count; k++) {
        if (k)
            fputc(',', printing->out);
        bool is_precedence = strcmp(form->columns[k], PRECEDENCE) == 0;
        field_print(printing->out, first && is_precedence ? SPAN("first") : row->fields[k]);
    }
    fputc('\n', printing->out);
    return BM_OK;
}

static enum bm_code rows_print(void *context, const struct table_text *text, bool extends,
                               struct bm_error *error)
{
    struct printing *printing = context;
    printing->extends = extends;
    return table_read(text, printing->form->columns, printing->form->count, printing->form->required,
                      row_print, printing, error);
}

static enum bm_code text_print(void *context, const struct table_text *text, bool extends,
                               struct bm_error *error)
{
    const struct printing *printing = context;
    (void)extends;
    (void)error;
    fwrite(text->bytes.at, 1, text->bytes.length, printing->out);
    return BM_OK;
}

static enum bm_code table_print(FILE *out, enum table_kind kind, const struct bm_tables *tables,
                                struct bm_error *error)
{
    struct printing printing = {.out = out};
    if (kind == TABLE_DOMAINS)
        return table_sources_read(tables, kind, text_print, &printing, error);
    printing.form = &forms[kind];
    for (size_t k = 0; k < printing.form->count; k++)
        fprintf(out, "%s%s", k ? "," : "", printing.form->columns[k]);
    fputc('\n', out);
    return table_sources_read(tables, kind, rows_print, &printing, error);
}

/* What a table holds is what the classifier takes: all of it is built once to have bad rows named. */
static enum bm_code tables_check(const struct bm_tables *tables, struct bm_error *error)
{
    struct bm_classifier *classifier;
    enum bm_code code = bm_classifier_new(&classifier, tables, error);
    if (code == BM_OK)
        bm_classifier_free(classifier);
    return code;
}

enum bm_code bm_table_text(const char *table, const struct bm_tables *tables, char **text, size_t *length,
                           struct bm_error *error)
{
    static const struct bm_tables builtin = {0};
    enum table_kind kind = table_kind_find((struct span){table, strlen(table)});
    bool is_reasons = strcmp(table, "reasons") == 0;
    tables = tables ? tables : &builtin;
    if (kind == TABLE_KINDS && !is_reasons)
        return fail(error, BM_USAGE, "there is no table \"%.100s\"", table);
    enum bm_code code = tables_check(tables, error);
    if (code != BM_OK)
        return code;
    *text = NULL;
    FILE *out = open_memstream(text, length);
    if (!out)
        return fail_memory(error, "a table's text");
    if (is_reasons)
        fwrite(table_builtin_reasons.at, 1, table_builtin_reasons.length, out);
    else
        code = table_print(out, kind, tables, error);
    bool whole = !ferror(out);
    whole &= fclose(out) == 0;
    if (code == BM_OK && !whole)
        code = fail_memory(error, "a table's text");
    if (code != BM_OK) {
        free(*text);
        *text = NULL;
    }
    return code;
}
