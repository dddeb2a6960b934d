/* Policies that are tables of rules: the built-in ones of builtin.c, and those that rule_file.c reads.
 *
 * A rule is for some bounce reasons and has a counter. What of the bounces it counts (unit), what it forgets
 * (resets, window), when it acts (limit, span) and what it makes of the address (status, cause) are its
 * columns; rules.c is the one machine that carries them all. A reason has at most one rule; bounces of a
 * reason without a rule are not seen. */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include "policy/recent.h"

#define RULES_MAX        16
#define RULE_NONE        RULES_MAX
#define REASON_BIT(name) (UINT64_C(1) << (name))
#define CLASS_BIT(name)  (1u << (name))
#define CLASSES_NOT_HARD                                                                                     \
    (CLASS_BIT(BM_BLOCK) | CLASS_BIT(BM_SOFT) | CLASS_BIT(BM_TECHNICAL) | CLASS_BIT(BM_UNKNOWN))
_Static_assert(REASON_COUNT <= 64, "a mask has a bit for each reason");

/* Limits that are no numbers. */
#define LIMIT_NEVER   0
#define LIMIT_AT_ONCE UINT32_MAX /* every bounce acts, also one of a campaign that was counted before */

#define COUNT_ALL UINT32_MAX

/* What counts once: a campaign in the address's life, whatever the rule; every row; a UTC date for each rule.
 */
enum rule_unit { UNIT_CAMPAIGN, UNIT_ROW, UNIT_DAY };

struct rule {
    uint32_t limit;         /* of the counter, at which a counted bounce acts */
    uint32_t limit_engaged; /* the same for who ever opened or clicked; 0: no difference */
    uint32_t count_max;     /* the counter stops there; 0: the rule's bounces are not counted at all */
    uint32_t resets;        /* kinds that clear the counter: a run instead of a sum */
    int64_t window_ms;      /* only what was counted within it is on the counter; 0: all */
    int64_t span_ms;        /* acts only so long after the first bounce on the counter; 0: at once */
    int64_t grace_ms;       /* so long after an open or click grace_rule is for the bounce; 0: never */
    uint8_t grace_rule;
    uint8_t unit;         /* enum rule_unit */
    uint8_t status;       /* enum status */
    uint8_t cause;        /* enum cause */
    bool cause_of_reason; /* the bounce's reason goes with the cause */
};

struct rule_set {
    struct rule rules[RULES_MAX];
    unsigned count;
    uint8_t of[REASON_COUNT]; /* the rule for a reason; RULE_NONE */
};

/* A rule with what it is for: the reasons of some classes, and single reasons. */
struct rule_row {
    uint32_t classes;
    uint64_t reasons;
    struct rule rule;
};

/* Makes policy->rules; of rows for the same reason the last counts. */
enum bm_code rules_make(struct policy *policy, const struct rule_row *rows, unsigned count,
                        struct bm_error *error);

/* The callbacks of struct machine. */
uint32_t rules_kinds(const struct policy *policy);
bool rules_replay(const struct policy *policy, const struct policy_input *input,
                  struct policy_scratch *scratch, struct policy_result *result);
void rules_event(struct replay *replay, const struct policy_event *event);
void rules_clear(struct replay *replay, int64_t time_ms);

/* An address whose own status is not one of these is suppressed by the policy and left by resubscription. */
#define RULES_RESIDUAL                                                                                       \
    ~(1u << STATUS_ACTIVE | 1u << STATUS_BOUNCED | 1u << STATUS_FAILING | 1u << STATUS_REVIEW)

#define RULES_MACHINE                                                                                        \
    .residual_statuses = RULES_RESIDUAL, .bytes_per_event = sizeof(struct recent_entry),                     \
    .idle_kinds = IDLE_KINDS, .kinds = rules_kinds, .replay = rules_replay, .event = rules_event,            \
    .clear = rules_clear

#endif
