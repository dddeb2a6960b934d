/* A JSON document, member by member, through a writer: one member a line down to JSON_LINE_DEPTH, deeper ones
 * side by side, so that a table has a row a line. */
#ifndef OUTPUT_JSON_H
#define OUTPUT_JSON_H

#include "base/writer.h"
#include "tally/report.h"

#define JSON_DEPTH_MAX  8
#define JSON_LINE_DEPTH 2

struct json {
    struct writer *writer;
    unsigned depth;
    bool filled[JSON_DEPTH_MAX + 1]; /* whether the container at this depth has a member yet */
    char closing[JSON_DEPTH_MAX + 1];
};

/* `key` is NULL inside an array. The outermost container has no key either. */
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
/* Closes the innermost container; the outermost one with a line end behind it. */
void json_close(struct json *json);

void json_text(struct json *json, const char *key, const char *text); /* null for NULL */
void json_span(struct json *json, const char *key, struct span text);
void json_count(struct json *json, const char *key, uint64_t value);
void json_code(struct json *json, const char *key, unsigned value); /* null for 0 */
void json_bool(struct json *json, const char *key, bool value);
void json_hash(struct json *json, const char *key, uint64_t hash);                  /* 16 hex digits */
void json_share(struct json *json, const char *key, uint64_t part, uint64_t whole); /* null for n of 0 */
void json_tenths(struct json *json, const char *key, double value); /* not negative, one decimal */
void json_seconds(struct json *json, const char *key, double seconds);
void json_time(struct json *json, const char *key, int64_t ms); /* null outside the range of times */
void json_day(struct json *json, const char *key, int32_t day);
void json_enhanced(struct json *json, const char *key, enhanced_code code); /* null for none */

/* {"hard": 1, ...} and {"sent": 1, ...} */
void json_classes(struct json *json, const char *key, const uint64_t classes[BM_CLASS_COUNT]);
void json_kinds(struct json *json, const char *key, const uint64_t kinds[BM_KIND_COUNT]);
/* {"too-few-fields": 1, ...} */
void json_rejects(struct json *json, const char *key, const uint64_t rejects[REJECT_COUNT]);

#endif
