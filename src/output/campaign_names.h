/* The tallies keep a campaign's key, a hash of its name; the report's counts have the names. */
#ifndef OUTPUT_CAMPAIGN_NAMES_H
#define OUTPUT_CAMPAIGN_NAMES_H

#include "tally/report.h"

struct campaign_name {
    uint64_t key;
    struct span name;
};

struct campaign_names {
    struct campaign_name *items; /* by key */
    size_t count;
};

/* False when memory is out. The names are the report's. */
bool campaign_names_make(struct campaign_names *names, const struct report *report);
void campaign_names_free(struct campaign_names *names);

/* The name of a key; empty where it is no campaign's. */
struct span campaign_name(const struct campaign_names *names, uint64_t key);

#endif
