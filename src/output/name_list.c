#include "output/name_list.h"
#include "base/base.h"

#include "base/span.h"

#define NAME_SHOWN_BYTES 64 /* of an unknown name, in a message */

static uint32_t name_bits(const struct name_list *list, struct span name)
{
    if (list->all && span_is(name, SPAN("all")))
        return list->all;
    for (unsigned k = 0; list->name(k); k++)
        if (span_is(name, (struct span){list->name(k), strlen(list->name(k))}))
            return (uint32_t)1 << k;
    return 0;
}

static enum bm_code fail_unknown(const struct name_list *list, struct span name, struct bm_error *error)
{
    char known[sizeof error->hint];
    size_t used = 0;
    for (unsigned k = 0; list->name(k); k++) {
        int length = snprintf(known + used, sizeof known - used, "%s%s", k ? ", " : "", list->name(k));
        CHECK(length > 0 && (size_t)length < sizeof known - used);
        used += (size_t)length;
    }
    int shown = name.length < NAME_SHOWN_BYTES ? (int)name.length : NAME_SHOWN_BYTES;
    (void)fail(error, BM_USAGE, "unknown %s \"%.*s\"", list->what, shown, name.at);
    return fail_hint(error, "%ss are %s%s", list->what, known, list->all ? ", or all" : "");
}

enum bm_code name_list_parse(const struct name_list *list, const char *names, uint32_t *bits,
                             struct bm_error *error)
{
    uint32_t found = 0;
    for (const char *at = names;; at++) {
        struct span name = {at, strcspn(at, ",")};
        uint32_t bit = name_bits(list, name);
        if (!bit)
            return fail_unknown(list, name, error);
        found |= bit;
        at += name.length;
        if (!*at)
            break;
    }
    *bits = found;
    return BM_OK;
}
