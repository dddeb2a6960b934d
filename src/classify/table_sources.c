/* A user's file extends the built-in table: its rows come first, and the rest goes on as it was. Most users
 * have a few rows to add. Who names a table in `replace` gets that file alone. Trusted domains are a list
 * whose built-in rows nobody could take out otherwise: there, a file always replaces. */
#include "classify/table_sources.h"
#include "base/base.h"

#define PARTS_MAX 2

struct table_origin {
    struct span name;
    struct table_text parts[PARTS_MAX];
    bool is_list; /* a file always replaces it */
};

/* The built-in texts are objects of another file, so they are no constants. */
static struct table_origin origin_of(enum table_kind kind)
{
    const struct table_origin origins[TABLE_KINDS] = {
        [TABLE_CODES] = {SPAN("codes"), {{"codes.csv", table_builtin_codes, false}}, false},
        [TABLE_PHRASES] = {SPAN("phrases"), {{"phrases.csv", table_builtin_phrases, false}}, false},
        [TABLE_PROVIDERS] = {SPAN("providers"),
                             {{"providers.csv", table_builtin_providers, false},
                              {"provider_rules.csv", table_builtin_provider_rules, false}},
                             false},
        [TABLE_DOMAINS] = {SPAN("domains"),
                           {{"trusted_domains.txt", table_builtin_trusted_domains, false}},
                           true},
    };
    return origins[kind];
}

enum table_kind table_kind_find(struct span name)
{
    unsigned kind = 0;
    while (kind < TABLE_KINDS && !span_is(origin_of((enum table_kind)kind).name, name))
        kind++;
    return (enum table_kind)kind;
}

static const char *path_of(const struct bm_tables *tables, enum table_kind kind)
{
    const char *const paths[TABLE_KINDS] = {[TABLE_CODES] = tables->codes,
                                            [TABLE_PHRASES] = tables->phrases,
                                            [TABLE_PROVIDERS] = tables->providers,
                                            [TABLE_DOMAINS] = tables->trusted_domains};
    return paths[kind];
}

/* The next name of a comma-separated list; false at its end. */
static bool name_take(const char **rest, struct span *name)
{
    if (!*rest)
        return false;
    *name = (struct span){*rest, strcspn(*rest, ",")};
    *rest += name->length;
    *rest = **rest ? *rest + 1 : NULL;
    return true;
}

static bool is_replaced(const struct bm_tables *tables, enum table_kind kind)
{
    struct span name;
    for (const char *rest = tables->replace; name_take(&rest, &name);)
        if (table_kind_find(name) == kind)
            return true;
    return false;
}

enum bm_code table_sources_check(const struct bm_tables *tables, struct bm_error *error)
{
    struct span name;
    for (const char *rest = tables->replace; name_take(&rest, &name);) {
        enum table_kind kind = table_kind_find(name);
        int length = name.length > 100 ? 100 : (int)name.length;
        if (kind == TABLE_KINDS || kind == TABLE_DOMAINS) {
            fail(error, BM_USAGE, "cannot replace \"%.*s\": it is none of codes, phrases, providers", length,
                 name.at);
            return kind == TABLE_DOMAINS ? fail_hint(error, "a file of trusted domains always replaces them")
                                         : error->code;
        }
        if (!path_of(tables, kind)) {
            fail(error, BM_USAGE, "cannot replace the built-in %.*s: no file is given for them", length,
                 name.at);
            return fail_hint(error, "name it with --%.*s FILE", length, name.at);
        }
    }
    return BM_OK;
}

enum bm_code table_sources_read(const struct bm_tables *tables, enum table_kind kind, table_reader reader,
                                void *context, struct bm_error *error)
{
    struct table_origin origin = origin_of(kind);
    const char *path = path_of(tables, kind);
    bool replaced = path && (origin.is_list || is_replaced(tables, kind));
    enum bm_code code = BM_OK;
    if (path) {
        struct table_text text;
        code = table_load(&text, path, error);
        if (code != BM_OK)
            return code;
        code = reader(context, &text, !replaced, error);
        table_unload(&text);
    }
    for (size_t k = 0; k < PARTS_MAX && origin.parts[k].name && !replaced && code == BM_OK; k++)
        code = reader(context, &origin.parts[k], false, error);
    return code;
}
