/* Why an address has its statuses: its events, and what each policy made of them, step by step. */
#ifndef OUTPUT_EXPLANATION_H
#define OUTPUT_EXPLANATION_H

#include "base/writer.h"
#include "output/campaign_names.h"
#include "policy/policy.h"
#include "tally/tally_event.h"

/* What one more event would make of the address. */
struct forecast {
    const char *what; /* "a bounce, mailbox-full" */
    uint8_t kind;     /* enum bm_kind */
    struct policy_result result;
};

#define FORECASTS_MAX 6

struct explained_policy {
    const struct policy *policy;
    struct policy_result result;
    struct policy_step *steps;
    size_t step_count, step_capacity;
    struct policy_change next; /* what time alone would change next; time_ms TIME_NEVER: nothing */
    struct forecast forecasts[FORECASTS_MAX];
    size_t forecast_count;
};

struct explanation {
    struct span address, domain;
    bool domain_trusted;
    int64_t as_of_ms;
    const struct tally_event *events; /* in the order of replay */
    const struct policy_event *policy_events;
    size_t event_count;
    struct campaign_names campaigns;
    struct explained_policy *policies; /* by name */
    size_t policy_count;
};

/* For people, and for programs. */
void explain_text(struct writer *writer, const struct explanation *explanation);
void explain_json(struct writer *writer, const struct explanation *explanation);

/* "taken", "frozen", ...; and as a clause. Static strings. */
const char *fate_name(enum policy_fate fate);
const char *fate_clause(enum policy_fate fate);

#endif
