/* What the rows of addresses are made of, in every file the same. */
#ifndef OUTPUT_OUTCOME_TEXT_H
#define OUTPUT_OUTCOME_TEXT_H

#include "base/text.h"
#include "policy/policy.h"

void text_time(struct text *text, int64_t ms); /* nothing for TIME_NEVER */
void text_name(struct text *text, const char *name);
/* "bounce-threshold", or with the reason that belongs to it "soft-as-hard:too-busy". */
void text_cause(struct text *text, enum cause cause, unsigned reason);

/* status and, between, where wanted, suppressed; reason, since, bounce_count. */
void text_state(struct text *text, const struct policy_result *result, bool with_suppressed);

#endif
