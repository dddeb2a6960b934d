#include "output/json.h"
#include "base/base.h"
#include "event/time.h"
#include "output/columns.h"
#include "output/pattern_text.h"

static void indent(struct json *json)
{
    writer_char(json->writer, '\n');
    for (unsigned k = 0; k < json->depth; k++)
        writer_text(json->writer, "  ");
}

static void member(struct json *json, const char *key)
{
    struct writer *writer = json->writer;
    if (json->depth > 0) {
        if (json->filled[json->depth])
            writer_char(writer, ',');
        if (json->depth <= JSON_LINE_DEPTH)
            indent(json);
        else if (json->filled[json->depth])
            writer_char(writer, ' ');
        json->filled[json->depth] = true;
    }
    if (key) {
        writer_json(writer, span_of(key));
        writer_text(writer, ": ");
    }
}

static void container(struct json *json, const char *key, char opening, char closing)
{
    member(json, key);
    CHECK(json->depth < JSON_DEPTH_MAX);
    json->depth++;
    json->filled[json->depth] = false;
    json->closing[json->depth] = closing;
    writer_char(json->writer, opening);
}

void json_object(struct json *json, const char *key)
{
    container(json, key, '{', '}');
}

void json_array(struct json *json, const char *key)
{
    container(json, key, '[', ']');
}

void json_close(struct json *json)
{
    CHECK(json->depth > 0);
    unsigned depth = json->depth--;
    if (depth <= JSON_LINE_DEPTH && json->filled[depth])
        indent(json);
    writer_char(json->writer, json->closing[depth]);
    if (json->depth == 0)
        writer_char(json->writer, '\n');
}

void json_span(struct json *json, const char *key, struct span text)
{
    member(json, key);
    writer_json(json->writer, text);
}

static void json_null(struct json *json, const char *key)
{
    member(json, key);
    writer_text(json->writer, "null");
}

void json_text(struct json *json, const char *key, const char *text)
{
    if (text)
        json_span(json, key, span_of(text));
    else
        json_null(json, key);
}

void json_count(struct json *json, const char *key, uint64_t value)
{
    member(json, key);
    writer_u64(json->writer, value);
}

void json_code(struct json *json, const char *key, unsigned value)
{
    if (value)
        json_count(json, key, value);
    else
        json_null(json, key);
}

void json_bool(struct json *json, const char *key, bool value)
{
    member(json, key);
    writer_text(json->writer, value ? "true" : "false");
}

void json_hash(struct json *json, const char *key, uint64_t hash)
{
    member(json, key);
    writer_format(json->writer, "\"%016llx\"", (unsigned long long)hash);
}

void json_share(struct json *json, const char *key, uint64_t part, uint64_t whole)
{
    if (!whole) {
        json_null(json, key);
        return;
    }
    member(json, key);
    share_write(json->writer, part, whole);
}

void json_tenths(struct json *json, const char *key, double value)
{
    member(json, key);
    tenths_write(json->writer, value);
}

void json_seconds(struct json *json, const char *key, double seconds)
{
    /* In microseconds, because printf's decimal point follows the caller's locale. */
    uint64_t us = seconds > 0 && seconds < 1e12 ? (uint64_t)(seconds * 1e6 + 0.5) : 0;
    member(json, key);
    share_write(json->writer, us, 1000000);
}

void json_time(struct json *json, const char *key, int64_t ms)
{
    if (ms == INT64_MIN || ms == INT64_MAX) {
        json_null(json, key);
        return;
    }
    member(json, key);
    writer_char(json->writer, '"');
    time_write(json->writer, ms);
    writer_char(json->writer, '"');
}

void json_day(struct json *json, const char *key, int32_t day)
{
    if (day < 0) {
        json_null(json, key);
        return;
    }
    member(json, key);
    writer_char(json->writer, '"');
    day_write(json->writer, day);
    writer_char(json->writer, '"');
}

void json_enhanced(struct json *json, const char *key, enhanced_code code)
{
    char digits[11];
    size_t length = enhanced_format(code, digits);
    if (length)
        json_span(json, key, (struct span){digits, length});
    else
        json_null(json, key);
}

void json_classes(struct json *json, const char *key, const uint64_t classes[BM_CLASS_COUNT])
{
    json_object(json, key);
    for (int k = 0; k < BM_CLASS_COUNT; k++)
        json_count(json, bm_class_name((enum bm_class)k), classes[k]);
    json_close(json);
}

void json_kinds(struct json *json, const char *key, const uint64_t kinds[BM_KIND_COUNT])
{
    json_object(json, key);
    for (int k = 0; k < BM_KIND_COUNT; k++)
        json_count(json, bm_kind_name((enum bm_kind)k), kinds[k]);
    json_close(json);
}

void json_rejects(struct json *json, const char *key, const uint64_t rejects[REJECT_COUNT])
{
    json_object(json, key);
    for (int k = 0; k < REJECT_COUNT; k++)
        json_count(json, reject_name((enum reject)k), rejects[k]);
    json_close(json);
}
