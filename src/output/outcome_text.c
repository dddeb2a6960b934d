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
