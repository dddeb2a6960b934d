#include "event/reason.h"
#include "base/base.h"

#include <bouncemill/classify.h>

/* Numbers of reasons are kept in bytes. */
_Static_assert(REASON_COUNT < 256, "a reason fits into a byte");

static struct span reason_name(unsigned reason)
{
    const char *name = reason_table[reason].name;
    return (struct span){name, strlen(name)};
}

enum reason reason_find(struct span name)
{
    unsigned low = 0, high = REASON_COUNT;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        int order = span_compare(name, reason_name(middle));
        if (order == 0)
            return (enum reason)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return REASON_COUNT;
}

enum reason reason_class_default(enum bm_class class_)
{
    switch (class_) {
    case BM_HARD:
        return REASON_HARD_OTHER;
    case BM_BLOCK:
        return REASON_POLICY;
    case BM_SOFT:
        return REASON_MAILBOX_UNAVAILABLE;
    case BM_TECHNICAL:
        return REASON_OTHER_RECEIVER;
    case BM_NONE:
        return REASON_AUTO_REPLY;
    default:
        return REASON_UNDETERMINED;
    }
}

unsigned bm_reason_count(void)
{
    return REASON_COUNT;
}

const char *bm_reason_name(unsigned reason)
{
    return reason < REASON_COUNT ? reason_table[reason].name : NULL;
}
