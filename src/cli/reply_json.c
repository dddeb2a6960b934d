#include "cli.h"

#include "message.h"
#include "reply_stream.h"
#include "utf8.h"

#include <jansson.h>

static enum bm_code bad_row(const struct reply_stream *stream, const char *what, struct bm_error *error)
{
    return error_set(error, BM_INPUT, "standard input, line %llu: %s", (unsigned long long)stream->line,
                     what);
}

/* A member as text; a number, as codes often are, is printed to `number`. */
static struct reply_text member_text(const json_t *object, const char *name, char number[24])
{
    const json_t *value = json_object_get(object, name);
    if (json_is_string(value))
        return (struct reply_text){json_string_value(value), json_string_length(value)};
    if (!json_is_integer(value))
        return (struct reply_text){NULL, 0};
    int length = snprintf(number, 24, "%lld", (long long)json_integer_value(value));
    return (struct reply_text){number, length > 0 ? (size_t)length : 0};
}

static bool result_add(const struct reply_stream *stream, json_t *object, const struct bm_verdict *verdict)
{
    return json_object_set_new(object, "reason", json_string(bm_reason_name(verdict->reason))) == 0 &&
           json_object_set_new(object, "class", json_string(bm_class_name(verdict->class_))) == 0 &&
           json_object_set_new(object, "rule",
                               json_string(bm_rule_name(stream->classifier, verdict->rule))) == 0 &&
           json_object_set_new(object, "confidence", json_integer(verdict->confidence)) == 0;
}

/* Writes what jansson made of an object; it hands over whole characters, and of what may steer a terminal
 * leaves DEL and the C1 characters as they are. Such a character is inside a string. */
static int chunk_write(const char *text, size_t length, void *unused)
{
    size_t done = 0;
    (void)unused;
    for (size_t k = 0; k < length; k++) {
        const unsigned char *at = (const unsigned char *)text + k;
        size_t bytes = *at == 0xc2 && k + 1 < length ? 2 : 1;
        if ((*at != 0xc2 && *at != 0x7f) || !utf8_is_control(at, bytes))
            continue;
        (void)fwrite(text + done, 1, k - done, stdout);
        printf("\\u%04x", at[bytes - 1]);
        k += bytes - 1;
        done = k + 1;
    }
    return fwrite(text + done, 1, length - done, stdout) == length - done ? 0 : -1;
}

static enum bm_code object_run(struct reply_stream *stream, json_t *object, struct bm_error *error)
{
    if (!json_is_object(object))
        return bad_row(stream, "not a JSON object", error);
    struct reply_text columns[REPLY_COLUMNS];
    char numbers[REPLY_COLUMNS][24];
    for (int k = 0; k < REPLY_COLUMNS; k++)
        columns[k] = member_text(object, reply_column_names[k], numbers[k]);
    struct bm_verdict verdict;
    reply_classify(stream, columns, &verdict);
    if (!result_add(stream, object, &verdict))
        return error_set(error, BM_RESOURCE, "out of memory for a JSON object");
    if (json_dump_callback(object, chunk_write, NULL, JSON_COMPACT | JSON_PRESERVE_ORDER) != 0 &&
        !ferror(stdout))
        return error_set(error, BM_RESOURCE, "out of memory for a JSON object");
    putchar_unlocked('\n');
    return BM_OK;
}

enum bm_code reply_json_run(struct reply_stream *stream, struct bm_error *error)
{
    struct reply_text row;
    enum bm_code code = BM_OK;
    while (code == BM_OK && !ferror(stdout) && reply_row_take(stream, false, &row, error)) {
        json_error_t where;
        if (!row.length)
            continue;
        json_t *object = json_loadb(row.at, row.length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
        code = object ? object_run(stream, object, error) : bad_row(stream, where.text, error);
        json_decref(object);
    }
    return code == BM_OK ? error->code : code;
}
