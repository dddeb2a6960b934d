#include "policy/segment.h"
#include "base/base.h"
#include "event/time.h"

static const struct {
    const char *name, *advice;
} segments[SEGMENT_COUNT] = {
    [SEGMENT_BLOCK] = {"block", "refused for the sender: mend reputation, content and authentication"},
    [SEGMENT_HARD] = {"hard", "dead: stop mailing"},
    [SEGMENT_INACTIVE] = {"inactive", "disabled or abandoned: reach the person another way"},
    [SEGMENT_MAILBOX_FULL] = {"mailbox-full", "full, hence little used: win back by other channels"},
    [SEGMENT_MESSAGE] = {"message", "the message was too large or malformed: mend it"},
    [SEGMENT_SERVER_SIDE] = {"server-side", "the receiving system failed: patience"},
    [SEGMENT_UNAVAILABLE] = {"unavailable", "cause not named: watch, then reach the person another way"},
    [SEGMENT_UNKNOWN] = {"unknown", "the reply says nothing usable: watch"},
};

static const char *const recencies[RECENCY_COUNT] = {"0-7d", "8-30d", "31-90d", "over-90d"};

const char *segment_name(enum segment segment)
{
    return segments[segment].name;
}

const char *segment_advice(enum segment segment)
{
    return segments[segment].advice;
}

const char *recency_name(enum recency recency)
{
    return recencies[recency];
}

enum recency recency_of(int64_t last_bounce_ms, int64_t as_of_ms)
{
    int64_t days = (as_of_ms - last_bounce_ms) / DAY_MS;
    return days <= 7    ? RECENCY_WEEK
           : days <= 30 ? RECENCY_MONTH
           : days <= 90 ? RECENCY_QUARTER
                        : RECENCY_OLDER;
}

enum segment segment_of_reason(enum bm_class class_, enum reason reason)
{
    if (class_ == BM_HARD || class_ == BM_BLOCK)
        return class_ == BM_HARD ? SEGMENT_HARD : SEGMENT_BLOCK;
    switch (reason) {
    case REASON_MAILBOX_FULL:
        return SEGMENT_MAILBOX_FULL;
    case REASON_MAILBOX_INACTIVE:
        return SEGMENT_INACTIVE;
    case REASON_MAILBOX_UNAVAILABLE:
    case REASON_RECIPIENT_THROTTLED:
        return SEGMENT_UNAVAILABLE;
    case REASON_DATA_FORMAT:
    case REASON_TOO_LARGE:
    case REASON_TOO_MANY_RECIPIENTS:
        return SEGMENT_MESSAGE;
    default:
        return class_ == BM_UNKNOWN ? SEGMENT_UNKNOWN : SEGMENT_SERVER_SIDE;
    }
}

struct counted {
    uint32_t bounces[SEGMENT_COUNT];
    size_t last[SEGMENT_COUNT]; /* index of the last bounce, plus 1 */
};

static enum segment segment_choose(const struct counted *counted)
{
    if (counted->bounces[SEGMENT_HARD])
        return SEGMENT_HARD;
    unsigned best = 0;
    for (unsigned k = 1; k < SEGMENT_COUNT; k++)
        if (counted->bounces[k] > counted->bounces[best] ||
            (counted->bounces[k] == counted->bounces[best] && counted->last[k] > counted->last[best]))
            best = k;
    return counted->bounces[best] ? (enum segment)best : SEGMENT_NONE;
}

static void bounce_take(struct segmented *result, struct counted *counted, const struct policy_event *event,
                        size_t at)
{
    enum segment segment = segment_of_reason((enum bm_class)event->class_, (enum reason)event->reason);
    counted->bounces[segment]++;
    counted->last[segment] = at + 1;
    if (result->bounces++ == 0)
        result->first_bounce_ms = event->time_ms;
    result->last_bounce_ms = event->time_ms;
}

struct segmented segment_events(const struct policy_event *events, size_t count)
{
    struct segmented result = {.engaged_ms = TIME_NEVER};
    struct counted counted = {0};
    bool opted_out = false;
    for (size_t k = 0; k < count; k++) {
        const struct policy_event *event = &events[k];
        switch (event->kind) {
        case BM_BOUNCE:
            bounce_take(&result, &counted, event, k);
            break;
        case BM_UNSUBSCRIBE:
        case BM_COMPLAINT:
        case BM_DELETE:
            opted_out = true;
            break;
        case BM_OPEN:
        case BM_CLICK:
        case BM_RESUBSCRIBE:
            opted_out &= event->kind != BM_RESUBSCRIBE;
            if (event->kind != BM_RESUBSCRIBE)
                result.engaged_ms = event->time_ms;
            result.bounces = 0;
            counted = (struct counted){0};
            break;
        default:
            break;
        }
    }
    result.segment = (uint8_t)(opted_out ? SEGMENT_NONE : segment_choose(&counted));
    return result;
}
