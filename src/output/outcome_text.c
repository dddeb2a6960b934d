#include "base/base.h"

#include "output/outcome_text.h"

void text_time(struct text *text, int64_t ms)
{
    if (ms == TIME_NEVER || !text_reserve(text, BM_TIME_BYTES))
        return;
    text->length += bm_time_format(ms, text->at + text->length);
}

void text_name(struct text *text, const char *name)
{
    text_put(text, (struct span){name, strlen(name)});
}

void text_cause(struct text *text, enum cause cause, unsigned reason)
{
    text_name(text, cause_name(cause));
    if (reason >= REASON_COUNT)
        return;
    text_char(text, ':');
    text_name(text, reason_table[reason].name);
}

void text_state(struct text *text, const struct policy_result *result, bool with_suppressed)
{
    text_name(text, status_name(result->status));
    if (with_suppressed)
        text_put(text, result->suppressed ? SPAN(",1") : SPAN(",0"));
    text_char(text, ',');
    text_cause(text, result->cause, result->cause_reason);
    text_char(text, ',');
    text_time(text, result->since_ms);
    text_char(text, ',');
    text_u64(text, result->bounce_count);
}
