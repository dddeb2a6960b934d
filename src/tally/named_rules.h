/* Rules by name, for what tally files say of them: the classifier's own, and those that only another
 * classifier has, whose names and hits are kept here. */
#ifndef TALLY_NAMED_RULES_H
#define TALLY_NAMED_RULES_H

#include "base/arena.h"
#include "tally/report.h"

#include <bouncemill/classify.h>

/* Zero-initialise. */
struct named_rules {
    struct count_rule *others;
    uint32_t other_count;
    size_t other_capacity;
    struct arena text;
    uint32_t *slots; /* number + 1: the classifier's rules, then the others; open addressing */
    uint32_t slot_count;
};

#define RULE_NONE UINT32_MAX

/* The number of a rule: below own_count it is the classifier's, else that of others[number - own_count],
 * added when it is new. `classifier` and `own_count` are the same at every call. RULE_NONE when memory is
 * out. */
uint32_t named_rules_find(struct named_rules *rules, const struct bm_classifier *classifier,
                          uint32_t own_count, struct span rule, struct span table);
void named_rules_free(struct named_rules *rules);

#endif
