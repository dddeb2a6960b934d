/* Fields as libcsv gives them. `raw` lies between two ends of the index, so it is one field whole, or what
 * there is of one whose quote is never closed. */
#include "base/base.h"

#include "csv/field.h"

static inline bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static inline struct span skip_blanks(struct span raw)
{
    while (raw.length && is_blank(raw.at[0])) {
        raw.at++;
        raw.length--;
    }
    return raw;
}

static inline struct span drop_blanks_behind(struct span raw)
{
    while (raw.length && is_blank(raw.at[raw.length - 1]))
        raw.length--;
    return raw;
}

/* The bytes of a quoted field behind its opening quote, when a quote at `quote` does not close it: "" is a
 * quote, any other quote inside is itself, and the last one goes with the blanks behind it. */
static struct span unquote(struct span body, size_t quote, char *scratch)
{
    const char *at = body.at;
    const char *end = body.at + body.length;
    const char *next = at + quote;
    char *out = scratch;
    while (next) {
        next++; /* behind the quote */
        memcpy(out, at, (size_t)(next - at));
        out += next - at;
        at = next;
        struct span rest = skip_blanks((struct span){at, (size_t)(end - at)});
        if (rest.length == 0)
            return (struct span){scratch, (size_t)(out - scratch) - 1};
        if (*at == '"')
            at++;
        next = at < end ? memchr(at, '"', (size_t)(end - at)) : NULL;
    }
    if (at < end)
        memcpy(out, at, (size_t)(end - at));
    return (struct span){scratch, (size_t)(out - scratch) + (size_t)(end - at)};
}

/* `field` begins with its opening quote. */
static struct span quoted_field(struct span field, char *scratch)
{
    struct span body = {field.at + 1, field.length - 1};
    const char *quote = body.length ? memchr(body.at, '"', body.length) : NULL;
    if (!quote)
        return body; /* never closed */
    size_t inner = (size_t)(quote - body.at);
    struct span rest = {quote + 1, body.length - inner - 1};
    if (LIKELY(skip_blanks(rest).length == 0))
        return (struct span){body.at, inner};
    return unquote(body, inner, scratch);
}

struct span csv_field(struct span raw, char *scratch)
{
    struct span field = skip_blanks(raw);
    if (field.length && field.at[0] == '"')
        return quoted_field(field, scratch);
    return drop_blanks_behind(field);
}

struct span csv_field_blanks(struct span raw, char *scratch)
{
    struct span field = skip_blanks(raw);
    if (field.length && field.at[0] == '"')
        return quoted_field(field, scratch);
    return raw;
}
