#include "base/base.h"
#include "event/event.h"

static const char *const kind_names[BM_KIND_COUNT] = {
    [BM_RESUBSCRIBE] = "resubscribe",
    [BM_SENT] = "sent",
    [BM_DELIVERED] = "delivered",
    [BM_OPEN] = "open",
    [BM_CLICK] = "click",
    [BM_BOUNCE] = "bounce",
    [BM_UNSUBSCRIBE] = "unsubscribe",
    [BM_COMPLAINT] = "complaint",
    [BM_DELETE] = "delete",
    [BM_DEFERRED] = "deferred",
};

static const char *const class_names[BM_CLASS_COUNT] = {
    [BM_HARD] = "hard",           [BM_BLOCK] = "block",     [BM_SOFT] = "soft",
    [BM_TECHNICAL] = "technical", [BM_UNKNOWN] = "unknown", [BM_NONE] = "none",
};

const char *bm_kind_name(enum bm_kind kind)
{
    return (unsigned)kind < BM_KIND_COUNT ? kind_names[kind] : "?";
}

const char *bm_class_name(enum bm_class class_)
{
    return (unsigned)class_ < BM_CLASS_COUNT ? class_names[class_] : "?";
}

/* Writes a number up to 9999 without leading zeros. */
static char *number_format(char *out, unsigned number)
{
    ASSERT(number <= 9999);
    for (unsigned unit = number > 999 ? 1000 : number > 99 ? 100 : number > 9 ? 10 : 1; unit; unit /= 10)
        *out++ = (char)('0' + number / unit % 10);
    return out;
}

size_t enhanced_format(enhanced_code code, char out[11])
{
    if (!code)
        return 0;
    char *end = number_format(out, ENHANCED_CLASS(code) % 10);
    *end++ = '.';
    end = number_format(end, ENHANCED_SUBJECT(code));
    *end++ = '.';
    end = number_format(end, ENHANCED_DETAIL(code));
    return (size_t)(end - out);
}
