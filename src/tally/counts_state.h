/* What counts are made of: for counts.c, and for the files that they are saved in. */
#ifndef TALLY_COUNTS_STATE_H
#define TALLY_COUNTS_STATE_H

#include "tally/counts.h"
#include "tally/label_counts.h"
#include "tally/named_counts.h"
#include "tally/named_rules.h"
#include "tally/unmatched.h"

#define DAY_COUNT 50904 /* days that 42 bits of milliseconds reach, from 1970-01-01 */

/* Bounces by reply code and enhanced code. */
struct code_item {
    uint32_t smtp_code;
    enhanced_code enhanced;
    uint64_t classes[BM_CLASS_COUNT];
};

struct code_items {
    struct code_item *items;
    uint32_t *slots; /* item + 1 */
    uint32_t count, slot_count;
    size_t capacity; /* of items */
};

struct counts {
    struct named_counts domains, campaigns;
    struct code_items codes;
    struct count_cell *days; /* by day since the epoch */
    uint64_t reasons[REASON_COUNT][BM_CLASS_COUNT];
    uint64_t *rules;
    unsigned rule_count;
    struct label_counts labels;
    struct unmatched unmatched;
    struct named_rules named_rules; /* of tally files */
};

/* The item of a pair of codes, added when it is new; NULL when memory is out. */
struct code_item *counts_code_find(struct code_items *table, uint32_t smtp_code, enhanced_code enhanced);

#endif
