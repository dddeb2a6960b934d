/* What a policy is made of: for the files of this folder.
 *
 * A machine is a file of its own that holds only what is its own: which events count, how states follow each
 * other, its timers and settings. What all have in common is in common.c: the permission axis, freezing, the
 * residual rule, resubscription, the units that count once, the anonymous groups, the disposition rule,
 * timers, and the history.
 *
 * A new policy is: a file with a `const struct machine`, its declaration below, one row for it (and one for
 * each variant, which is the same machine with other defaults) in registry.c, and the statuses and causes
 * that it brings in policy.h and status.c. The conformance test runs the cases of every policy in the
 * registry. */
#ifndef POLICY_MACHINE_H
#define POLICY_MACHINE_H

#include "policy/policy.h"

#define POLICY_SETTINGS_MAX 24
#define FEW_CAMPAIGNS       8 /* most addresses see fewer */
#define TIMER_NONE          INT64_MAX
#define ANONYMOUS_GROUP_MS  (INT64_C(72) * 3600 * 1000)

/* --- settings ---------------------------------------------------------------------------------------- */

/* The words of a choice (one of them) or set (any of them, with commas or pluses between) are in the row. */
enum setting_type {
    SETTING_BOOL,
    SETTING_INTEGER,
    SETTING_DAYS,
    SETTING_CHOICE,
    SETTING_SET,
    SETTING_FILE,
    SETTING_TYPE_COUNT
};

struct setting_row {
    const char *name;
    enum setting_type type;
    const char *default_text;
    int64_t minimum, maximum; /* as written: of days, in days; of integers and days only */
    const char *meaning;
    const char *words; /* of a choice or set: "first second" */
};

const char *setting_type_name(enum setting_type type);

/* The value as machines use it: bool 0 or 1, days in milliseconds, the number of a choice's word, the bits of
 * a set's words; of a file nothing, its text is the value. BM_USAGE when the text does not say one;
 * `what` names the setting in the message. */
enum bm_code setting_parse(const struct setting_row *row, struct span text, struct span what, int64_t *value,
                           struct bm_error *error);

/* The row of that name, or NULL with BM_USAGE and the nearest name as a hint. */
const struct setting_row *setting_find(const struct setting_row *rows, unsigned count, const char *policy,
                                       struct span name, struct bm_error *error);

/* Of the names that next(k) gives (NULL ends them) the one nearest to `name`, or NULL when none is near. */
const char *nearest_name(struct span name, const char *(*next)(const void *list, unsigned k),
                         const void *list);

/* --- machines ---------------------------------------------------------------------------------------- */

struct replay;

/* The kinds that every policy looks at. */
#define PERMISSION_KINDS                                                                                     \
    (POLICY_KIND(BM_RESUBSCRIBE) | POLICY_KIND(BM_UNSUBSCRIBE) | POLICY_KIND(BM_COMPLAINT) |                 \
     POLICY_KIND(BM_DELETE))

#define IDLE_KINDS (POLICY_KIND(BM_DELIVERED) | POLICY_KIND(BM_OPEN) | POLICY_KIND(BM_CLICK))

struct machine {
    const struct setting_row *settings; /* values are in policy->values, in this order */
    unsigned setting_count;
    enum status complaint_status; /* shown while the permission is "complaint" */
    uint32_t
        residual_statuses;   /* bits: own statuses in which bounce, delivered, open and click are ignored */
    uint32_t residual_kinds; /* bits: kinds that reach the machine all the same */
    /* Bits of delivered, open, click: those that change nothing while the address had no bounce and no other
     * event yet, if a later open or click stands between them and the first of these. */
    uint32_t idle_kinds;
    enum policy_detail detail; /* what replay.detail is */
    bool disposition;          /* the D-rule applies: a delivery undoes the bounces of its campaign */
    size_t bytes_per_event;    /* of scratch, for replay_memory */

    /* Where not NULL: called when the settings are known, to work them out and to check them as a whole. */
    enum bm_code (*prepare)(struct policy *policy, struct bm_error *error);
    /* The kinds looked at beyond PERMISSION_KINDS. */
    uint32_t (*kinds)(const struct policy *policy);
    /* Makes the machine's struct, whose first member is a struct replay, and hands it to replay_run. */
    bool (*replay)(const struct policy *policy, const struct policy_input *input,
                   struct policy_scratch *scratch, struct policy_result *result);
    /* A bounce (never of class none), delivered, open or click; neither frozen nor residual. */
    void (*event)(struct replay *replay, const struct policy_event *event);
    /* replay->timer_ms has come: acts, and sets the next one. NULL when the machine has none. */
    void (*timer)(struct replay *replay);
    /* Resubscribed: clears the counters. The own status is Active, and may be set to something else. */
    void (*clear)(struct replay *replay, int64_t time_ms);
};

struct policy {
    const char *name;
    const struct machine *machine;
    uint32_t kinds;
    uint32_t ignored_kinds; /* of PERMISSION_KINDS: those that do nothing here */
    int64_t values[POLICY_SETTINGS_MAX];
    char *file;                  /* the value of a setting of type file; NULL: not given */
    struct rule_set *rules;      /* of the machines made of rules */
    struct machine *own_machine; /* where `machine` is this policy's own, made by prepare */
};

extern const struct machine machine_sfmc, machine_blackbaud, machine_marketo, machine_industry,
    machine_mailman3;
/* Made of rules (rules.h). */
extern const struct machine machine_braze, machine_custom, machine_hubspot, machine_iterable, machine_klaviyo,
    machine_listmonk, machine_mailchimp, machine_mailgun, machine_mautic, machine_postmark, machine_responsys,
    machine_sendgrid, machine_ses, machine_sparkpost;

/* --- replay ------------------------------------------------------------------------------------------ */

/* Campaign keys with a number each: a few in place, more in a hash table in the scratch memory. */
struct campaign_map {
    uint64_t *keys; /* 0: free */
    uint32_t *values;
    uint32_t count;
    unsigned shift; /* the table has 2^(64 - shift) slots; 0: still the few in place */
    uint64_t few_keys[FEW_CAMPAIGNS];
    uint32_t few_values[FEW_CAMPAIGNS];
};

enum permission { PERMISSION_IN, PERMISSION_UNSUBSCRIBE, PERMISSION_COMPLAINT, PERMISSION_DELETE };

/* A status with its cause. */
struct standing {
    uint8_t status, cause, cause_reason;
};

/* The state that all machines share. Machines may read everything and write bounce_count, detail and
 * timer_ms. */
struct replay {
    const struct policy *policy;
    const struct policy_input *input;
    struct policy_scratch *scratch;
    int64_t timer_ms; /* when machine->timer is due; TIMER_NONE */
    int64_t date_ms;  /* the next date that a snapshot is wanted of; TIMER_NONE */
    size_t date;      /* its index */
    int64_t detail;   /* as machine->detail says */
    uint32_t bounce_count;
    enum permission permission;
    struct standing own;   /* the machine's */
    struct standing shown; /* own, or that of the permission */
    bool failed;           /* memory is out */
    bool anonymous_open;
    bool mixed; /* a campaign has deliveries and bounces; known where the disposition rule applies */
    int64_t anonymous_first_ms;
    int64_t since_ms;
    size_t memory_used;
    struct campaign_map campaigns;
    struct campaign_map dispositions;
};

/* Replays `replay`, the first member of a machine's struct; nothing of it need be set. */
bool replay_run(struct replay *replay, const struct policy *policy, const struct policy_input *input,
                struct policy_scratch *scratch, struct policy_result *result);

/* Sets the machine's own status. What is shown follows while the permission is "in". */
void replay_set(struct replay *replay, int64_t time_ms, enum status status, enum cause cause);
void replay_set_reason(struct replay *replay, int64_t time_ms, enum status status, enum cause cause,
                       enum reason reason);

/* The key of what counts once: the bounce's campaign, or the anonymous group that takes it, which is opened
 * where needed. To be asked only for bounces that count. Never 0. */
uint64_t replay_unit(struct replay *replay, const struct policy_event *event);

/* The number kept for a key, made 0 where the key is new. Valid until the next call. */
uint32_t *campaign_value(struct replay *replay, struct campaign_map *map, uint64_t key);
/* The same, but NULL where the key is new. */
uint32_t *campaign_find(struct campaign_map *map, uint64_t key);

/* A part of the scratch memory for an array with an element of machine->bytes_per_event for each event. Only
 * where input->count is over FEW_CAMPAIGNS: fewer elements have room in the machine's struct. */
void *replay_memory(struct replay *replay);

/* The reason, or where the given class contradicts it the class's default reason. */
static inline enum reason event_reason(const struct policy_event *event)
{
    return reason_table[event->reason].class_ == event->class_ ? (enum reason)event->reason
                                                               : reason_class_default(event->class_);
}

#endif
