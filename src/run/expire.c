#include "run/expire.h"
#include "base/base.h"

uint32_t expire_kinds(const struct policy_set *policies)
{
    uint32_t kinds = UINT32_MAX;
    for (size_t k = 0; k < policies->count; k++)
        kinds &= policy_idle_kinds(policies->policies[k]);
    return kinds;
}

size_t expire_count(const struct tally_event *events, size_t count, int64_t cutoff_ms, uint32_t kinds)
{
    size_t last = 0;
    for (size_t k = 0; k < count; k++) {
        unsigned kind = tally_kind(&events[k]);
        if (!(kinds >> kind & 1) || tally_time_ms(&events[k]) >= cutoff_ms)
            break;
        if (kind == BM_OPEN || kind == BM_CLICK)
            last = k;
    }
    return last;
}
