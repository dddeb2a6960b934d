/* Policies: state machines that are replayed over one address's events. A policy is a file of its own and a
 * row of the registry. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "base/arena.h"
#include "base/fail.h"
#include "event/reason.h"

/* One event of an address, as the tallies keep it. Campaign keys are hashes: only equality is ever asked of
 * them. */
struct policy_event {
    int64_t time_ms;
    uint64_t
        campaign;   /* key of campaign or message id, never equal between the two name spaces; 0: neither */
    uint8_t kind;   /* enum bm_kind */
    uint8_t class_; /* enum bm_class, of a bounce */
    uint8_t reason; /* enum reason, of a bounce */
};

/* Shown statuses, over all policies. */
enum status {
    STATUS_ACTIVE,
    STATUS_BOUNCED,
    STATUS_HELD,
    STATUS_UNSUBSCRIBED,
    STATUS_DELETED,
    STATUS_FAILING,
    STATUS_REVIEW,
    STATUS_SUPPRESSED,
    STATUS_UNDELIVERABLE,
    STATUS_SUSPENDED,
    STATUS_INVALID,
    STATUS_CLEANED,
    STATUS_BLOCKLISTED,
    STATUS_DISABLED,
    STATUS_INACTIVE,
    STATUS_INELIGIBLE,
    STATUS_DO_NOT_CONTACT,
    STATUS_COUNT
};

/* Room for arrays by status elsewhere, and for masks of them. */
#define STATUS_ROOM 32
_Static_assert(STATUS_COUNT <= STATUS_ROOM, "every status has room");

/* Causes of a status, one vocabulary for all policies. */
enum cause {
    CAUSE_NONE,
    CAUSE_BOUNCE,
    CAUSE_BOUNCE_THRESHOLD,
    CAUSE_TRUSTED_HARD,
    CAUSE_HARD,
    CAUSE_OPEN,
    CAUSE_CLICK,
    CAUSE_RESUBSCRIBE,
    CAUSE_UNSUBSCRIBE,
    CAUSE_COMPLAINT,
    CAUSE_DELETE,
    CAUSE_DELIVERED,
    CAUSE_INVALID,
    CAUSE_SOFT_FAILURE,
    CAUSE_SOFT_AS_HARD,
    CAUSE_SAME_FAILURE,
    CAUSE_SOFT_CONSECUTIVE,
    CAUSE_SOFT_DURATION,
    CAUSE_SOFT_LIMIT,
    CAUSE_BOUNCE_SCORE,
    CAUSE_CATEGORY_1,
    CAUSE_CATEGORY_2,
    CAUSE_SUSPENSION_EXPIRED,
    CAUSE_COUNT
};

const char *status_name(enum status status);
const char *cause_name(enum cause cause);
/* Whether no mail may go to an address of that status. */
bool status_suppressed(enum status status);

#define TIME_NEVER INT64_MIN

/* What a platform keeps of an address beside the status; policy_result.detail has it, 0 for none. */
enum policy_detail {
    DETAIL_NONE,
    DETAIL_LIFETIME_BOUNCES, /* counted ones that no reset takes back */
    DETAIL_SUSPENDED_UNTIL,  /* the end of the last suspension, over or not: a time */
    DETAIL_SES_REASON        /* follows from the cause */
};

/* The state at as_of. */
struct policy_result {
    int64_t detail;
    int64_t since_ms; /* last change of status; TIME_NEVER: never changed */
    uint32_t bounce_count;
    uint8_t status;
    uint8_t cause;
    uint8_t cause_reason; /* the enum reason that belongs to the cause; REASON_COUNT: none does */
    bool suppressed;
};

/* One status change (history.csv). */
struct policy_change {
    int64_t time_ms;
    uint8_t status;
    uint8_t cause;
    uint8_t cause_reason;
};

/* What a replay needs and gives. `changes` is NULL when nobody asked for the history. */
struct policy_change_list {
    struct policy_change *items;
    size_t count;
    size_t capacity;
};

/* The state at a date and at those after it, up to the next snapshot's. */
struct policy_snapshot {
    struct policy_result result;
    uint32_t date; /* index into the input's dates */
};

struct policy_snapshot_list {
    struct policy_snapshot *items;
    size_t count;
    size_t capacity;
};

/* What became of an event. */
enum policy_fate {
    FATE_TAKEN,
    FATE_FROZEN,   /* the address had opted out, complained or was deleted */
    FATE_RESIDUAL, /* it was suppressed already */
    FATE_UNDONE,   /* the campaign's last disposition is another (the retry succeeded, or bounced later) */
    FATE_TIMER     /* no event: time went by */
};

/* A step of a replay, for who wants it explained. */
struct policy_step {
    const struct policy_event *event; /* NULL: a timer */
    int64_t time_ms;
    enum policy_fate fate;
    struct policy_result before, after;
};

struct policy_input {
    const struct policy_event *events; /* sorted, no exact duplicates, none after as_of */
    size_t count;
    int64_t as_of_ms;
    bool domain_trusted;
    const int64_t *dates_ms; /* rising, none after as_of: snapshots are wanted of these */
    size_t date_count;       /* 0: of none */
    size_t date_first;       /* and of none before this one */
    void (*step)(void *argument, const struct policy_step *step); /* NULL: nobody wants it explained */
    void *step_argument;
};

/* Memory that a replay may use; it is reused from address to address. Zero-initialise; free with
 * policy_scratch_free. */
struct policy_scratch {
    void *memory;
    size_t bytes;
    struct policy_change_list changes;
    struct policy_snapshot_list snapshots;
    bool want_changes;
    bool by_date; /* a delivery undid a bounce: the states of earlier dates need replays of their own */
};
void policy_scratch_free(struct policy_scratch *scratch);

/* A policy with its settings, ready to replay. */
struct policy;

#define POLICY_KIND(kind) (1u << (kind))

/* Makes the policies of a comma-separated list ("sfmc,sfmc/timer") with `settings` ("sfmc.window_days=15"; a
 * setting of a name applies to that policy and, written without variant, to all its variants). Unknown names
 * or settings, bad values, a policy named twice: BM_USAGE with a hint. */
struct policy_set {
    struct policy **policies;
    size_t count;
    uint32_t kinds; /* the union of what they look at */
};
enum bm_code policy_set_new(struct policy_set *set, const char *names, const char *const *settings,
                            size_t setting_count, struct bm_error *error);
void policy_set_free(struct policy_set *set);

enum policy_detail policy_detail(const struct policy *policy);
const char *policy_name(const struct policy *policy);
uint32_t policy_kinds(const struct policy *policy); /* bits of enum bm_kind that it looks at */

/* The s-th setting's name, NULL past the end, and its value as a user would write it. */
const char *policy_setting_text(const struct policy *policy, unsigned s, char *value, size_t room);

/* A sentence on how an address comes to a status by that cause. Static string. */
const char *cause_sentence(enum cause cause);

/* Bits of delivered, open and click: the events at the start of an address's life, before any of another
 * kind, that the policy can do without when a later open or click of that start is kept. */
uint32_t policy_idle_kinds(const struct policy *policy);

/* Replays. Returns false when memory is out. When scratch->want_changes, scratch->changes holds the status
 * changes in order afterwards. When the input has dates, scratch->snapshots holds the states at all of them:
 * each is what a replay of only the events up to that date would give. */
bool policy_replay(const struct policy *policy, const struct policy_input *input,
                   struct policy_scratch *scratch, struct policy_result *result);

#endif
