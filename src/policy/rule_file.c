/* `custom`: a policy of one's own, read from an INI file.
 *
 *     [policy]
 *     disposition = yes              ; a delivery undoes its campaign's bounces, a bounce its delivery
 *     complaint_status = Suppressed  ; default Unsubscribed
 *
 *     [rule soft]                    ; any name; each rule has a counter of its own
 *     bounces = soft, block, greylist   ; classes and reasons; a reason goes before its class
 *     limit = 5                      ; never, any (each bounce acts, counted or not), or a number
 *     limit_engaged = 10             ; instead of limit for who ever opened or clicked
 *     count = run                    ; or cumulative (default)
 *     reset = delivered, open, click ; what ends a run
 *     unit = campaign                ; or row, day: what counts once
 *     count_max = 5                  ; where the counter stops; 0: these bounces are not counted
 *     window_days = 30               ; only what was counted within so long
 *     span_days = 15                 ; acts only so long after the first bounce on the counter
 *     status = Suppressed
 *     cause = soft-limit
 *     cause_of_reason = yes          ; the bounce's reason goes with the cause
 *     grace_days = 30                ; with limit = any: so long after an open or click ...
 *     grace_rule = soft              ; ... this rule is for the bounce instead
 *
 * Bounces that no rule names are not seen. A status that is still mailed (Failing, Review, Bounced) is left
 * at the first event that ends the run of the rule that made it; any other is left by resubscription only.
 *
 * Keys are first taken down with their lines, rule by rule; a rule is worked out, and checked as a whole,
 * when all of the file has been read, because what a key may say depends on the others. The INI library does
 * not say in which line it is, so the reader that it is given counts. */
#include "base/base.h"
#include "event/time.h"
#include "policy/rules.h"

#include <errno.h>
#include <ini.h>
#include <limits.h>

#define NAME_ROOM     40
#define LINE_ROOM     512 /* with its end and a NUL; the library's own room decides where that is less */
#define DAYS_MAX      3650
#define COUNT_MAX     1000000
#define SECTION_BYTES 48 /* longer ones are cut by the library */
#define SUCCESSES     (POLICY_KIND(BM_DELIVERED) | POLICY_KIND(BM_OPEN) | POLICY_KIND(BM_CLICK))

enum key {
    KEY_BOUNCES,
    KEY_LIMIT,
    KEY_LIMIT_ENGAGED,
    KEY_COUNT,
    KEY_RESET,
    KEY_UNIT,
    KEY_COUNT_MAX,
    KEY_WINDOW,
    KEY_SPAN,
    KEY_STATUS,
    KEY_CAUSE,
    KEY_CAUSE_OF_REASON,
    KEY_GRACE_DAYS,
    KEY_GRACE_RULE,
    KEY_COUNT_OF
};

static const char *const key_names[KEY_COUNT_OF + 1] = {
    "bounces",     "limit",     "limit_engaged", "count", "reset",           "unit",       "count_max",
    "window_days", "span_days", "status",        "cause", "cause_of_reason", "grace_days", "grace_rule"};

enum general { GENERAL_DISPOSITION, GENERAL_COMPLAINT_STATUS, GENERAL_COUNT };
static const char *const general_names[GENERAL_COUNT + 1] = {"disposition", "complaint_status"};

struct draft {
    char name[NAME_ROOM];
    int line;                /* of its first key */
    int lines[KEY_COUNT_OF]; /* 0: not given */
    bool run;
    char grace_rule[NAME_ROOM];
    struct rule_row row;
};

struct rule_file {
    const char *path;
    FILE *stream;
    int line;
    bool line_continues; /* the last line read had no end */
    struct draft drafts[RULES_MAX];
    unsigned count;
    int general_lines[GENERAL_COUNT];
    bool disposition;
    enum status complaint_status;
    uint32_t classes; /* that have a rule */
    uint64_t reasons;
    struct bm_error *error;
    enum bm_code code; /* the first error's */
};

/* --- errors ------------------------------------------------------------------------------------------ */

static void refuse(struct rule_file *file, int line, const char *key, const char *problem, const char *about,
                   const char *hint)
{
    if (file->code != BM_OK)
        return;
    file->code = fail(file->error, BM_USAGE, "%s:%d: %s: %s%s%.60s%s", file->path, line, key, problem,
                      about ? " \"" : "", about ? about : "", about ? "\"" : "");
    fail_hint(file->error, "%s", hint);
}

static const char *list_name(const void *list, unsigned k)
{
    const char *const *names = list;
    return names[k];
}

static const char *any_cause_name(const void *list, unsigned k)
{
    (void)list;
    return k + 1 < CAUSE_COUNT ? cause_name((enum cause)(k + 1)) : NULL;
}

static const char *any_status_name(const void *list, unsigned k)
{
    (void)list;
    return k < STATUS_COUNT ? status_name((enum status)k) : NULL;
}

static const char *any_bounce_name(const void *list, unsigned k)
{
    (void)list;
    if (k < BM_NONE)
        return bm_class_name((enum bm_class)k);
    return k - BM_NONE < REASON_COUNT ? reason_table[k - BM_NONE].name : NULL;
}

/* Refuses a name, with the nearest one there is, or else `otherwise`, as the hint. */
static void refuse_name(struct rule_file *file, const char *key, const char *problem, const char *name,
                        const char *(*next)(const void *list, unsigned k), const void *list,
                        const char *otherwise)
{
    char hint[128];
    const char *nearest = nearest_name((struct span){name, strlen(name)}, next, list);
    snprintf(hint, sizeof hint, nearest ? "did you mean \"%s\"?" : "%s", nearest ? nearest : otherwise);
    refuse(file, file->line, key, problem, name, hint);
}

/* --- values ------------------------------------------------------------------------------------------ */

/* The number of `name` among those of `next`, or -1. */
static int name_find(const char *name, const char *(*next)(const void *list, unsigned k), const void *list)
{
    const char *candidate;
    for (unsigned k = 0; (candidate = next(list, k)) != NULL; k++)
        if (strcmp(candidate, name) == 0)
            return (int)k;
    return -1;
}

static int64_t take_number(struct rule_file *file, const char *key, const char *value, int64_t minimum,
                           int64_t maximum)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if ((unsigned char)(value[0] - '0') <= 9 && !*end && !errno && number >= minimum && number <= maximum)
        return number;
    char hint[128];
    snprintf(hint, sizeof hint, "write a whole number from %lld to %lld%s", (long long)minimum,
             (long long)maximum, strcmp(key, "limit") == 0 ? ", or never, or any" : "");
    refuse(file, file->line, key, "not such a number:", value, hint);
    return minimum;
}

static int64_t take_days(struct rule_file *file, const char *key, const char *value)
{
    return take_number(file, key, value, 1, DAYS_MAX) * DAY_MS;
}

static bool take_truth(struct rule_file *file, const char *key, const char *value)
{
    static const char *const words[] = {"no", "yes", "0", "1", "false", "true", "off", "on", NULL};
    int word = name_find(value, list_name, words);
    if (word < 0)
        refuse(file, file->line, key, "neither yes nor no:", value, "write yes or no");
    return word > 0 && word % 2 == 1;
}

static unsigned take_word(struct rule_file *file, const char *key, const char *value,
                          const char *const *words, const char *hint)
{
    int word = name_find(value, list_name, words);
    if (word < 0)
        refuse_name(file, key, "there is no", value, list_name, words, hint);
    return word < 0 ? 0 : (unsigned)word;
}

static uint32_t take_limit(struct rule_file *file, const char *key, const char *value)
{
    if (strcmp(value, "never") == 0)
        return LIMIT_NEVER;
    if (strcmp(value, "any") == 0)
        return LIMIT_AT_ONCE;
    return (uint32_t)take_number(file, key, value, 1, COUNT_MAX);
}

static uint8_t take_status(struct rule_file *file, const char *key, const char *value)
{
    int status = name_find(value, any_status_name, NULL);
    if (status < 0)
        refuse_name(file, key, "there is no status", value, any_status_name, NULL,
                    "for example Suppressed, Failing, Blocklisted");
    else if (status == STATUS_ACTIVE || status == STATUS_DELETED)
        refuse(file, file->line, key, "no bounce leads to", value, "for example Suppressed or Failing");
    return status < 0 ? STATUS_ACTIVE : (uint8_t)status;
}

static uint8_t take_complaint_status(struct rule_file *file, const char *key, const char *value)
{
    uint8_t status = take_status(file, key, value);
    if (!status_suppressed(status))
        refuse(file, file->line, key, "who complained must not be mailed, as with", value,
               "for example Unsubscribed or Suppressed");
    return status;
}

static uint8_t take_cause(struct rule_file *file, const char *key, const char *value)
{
    static const uint64_t others = UINT64_C(1) << CAUSE_OPEN | UINT64_C(1) << CAUSE_CLICK |
                                   UINT64_C(1) << CAUSE_RESUBSCRIBE | UINT64_C(1) << CAUSE_UNSUBSCRIBE |
                                   UINT64_C(1) << CAUSE_COMPLAINT | UINT64_C(1) << CAUSE_DELETE |
                                   UINT64_C(1) << CAUSE_DELIVERED;
    int cause = name_find(value, any_cause_name, NULL) + 1;
    if (cause == 0)
        refuse_name(file, key, "there is no cause", value, any_cause_name, NULL,
                    "for example hard, soft-limit, soft-consecutive, bounce-threshold");
    else if (others >> cause & 1)
        refuse(file, file->line, key, "not the cause of a bounce's status:", value,
               "for example hard, soft-limit, soft-consecutive, bounce-threshold");
    return (uint8_t)cause;
}

/* --- lists ------------------------------------------------------------------------------------------- */

/* The next word of a list with commas or blanks between. Returns false at its end. */
static bool word_next(const char **at, char word[NAME_ROOM])
{
    *at += strspn(*at, ", \t");
    size_t length = strcspn(*at, ", \t"), shown = length < NAME_ROOM - 1 ? length : NAME_ROOM - 1;
    memcpy(word, *at, shown);
    word[shown] = '\0';
    *at += length;
    return length > 0;
}

static void take_bounces(struct rule_file *file, struct draft *draft, const char *key, const char *value)
{
    char word[NAME_ROOM];
    while (word_next(&value, word)) {
        int name = name_find(word, any_bounce_name, NULL);
        if (name < 0 || name == BM_NONE + REASON_AUTO_REPLY) {
            refuse_name(file, key, "there is no class or reason", word, any_bounce_name, NULL,
                        "`bouncemill list reasons` shows them");
            return;
        }
        bool reason = name >= BM_NONE;
        uint64_t bit = UINT64_C(1) << (reason ? name - BM_NONE : name);
        if ((reason ? file->reasons : file->classes) & bit)
            refuse(file, file->line, key, "has a rule already:", word, "name a class or reason once");
        if (reason) {
            file->reasons |= bit;
            draft->row.reasons |= bit;
        } else {
            file->classes |= (uint32_t)bit;
            draft->row.classes |= (uint32_t)bit;
        }
    }
    if (!draft->row.reasons && !draft->row.classes)
        refuse(file, file->line, key, "names nothing", NULL,
               "name classes and reasons, such as soft, greylist");
}

static uint32_t take_resets(struct rule_file *file, const char *key, const char *value)
{
    char word[NAME_ROOM];
    static const char *const words[] = {"delivered", "open", "click", NULL};
    static const enum bm_kind kinds[] = {BM_DELIVERED, BM_OPEN, BM_CLICK};
    uint32_t resets = 0;
    while (word_next(&value, word))
        resets |= POLICY_KIND(kinds[take_word(file, key, word, words, "any of delivered, open, click")]);
    return resets;
}

/* --- taking keys down -------------------------------------------------------------------------------- */

static void draft_take(struct rule_file *file, struct draft *draft, enum key which, const char *value)
{
    static const char *const counts[] = {"cumulative", "run", NULL};
    static const char *const units[] = {"campaign", "row", "day", NULL};
    struct rule *rule = &draft->row.rule;
    const char *key = key_names[which];
    switch (which) {
    case KEY_BOUNCES:
        take_bounces(file, draft, key, value);
        break;
    case KEY_LIMIT:
        rule->limit = take_limit(file, key, value);
        break;
    case KEY_LIMIT_ENGAGED:
        rule->limit_engaged = (uint32_t)take_number(file, key, value, 1, COUNT_MAX);
        break;
    case KEY_COUNT:
        draft->run = take_word(file, key, value, counts, "run or cumulative") == 1;
        break;
    case KEY_RESET:
        rule->resets = take_resets(file, key, value);
        break;
    case KEY_UNIT:
        rule->unit = (uint8_t)take_word(file, key, value, units, "campaign, row or day");
        break;
    case KEY_COUNT_MAX:
        rule->count_max = (uint32_t)take_number(file, key, value, 0, COUNT_MAX);
        break;
    case KEY_WINDOW:
        rule->window_ms = take_days(file, key, value);
        break;
    case KEY_SPAN:
        rule->span_ms = take_days(file, key, value);
        break;
    case KEY_STATUS:
        rule->status = take_status(file, key, value);
        break;
    case KEY_CAUSE:
        rule->cause = take_cause(file, key, value);
        break;
    case KEY_CAUSE_OF_REASON:
        rule->cause_of_reason = take_truth(file, key, value);
        break;
    case KEY_GRACE_DAYS:
        rule->grace_ms = take_days(file, key, value);
        break;
    case KEY_GRACE_RULE:
        snprintf(draft->grace_rule, sizeof draft->grace_rule, "%s", value);
        break;
    case KEY_COUNT_OF:
        break;
    }
}

/* The number of a key that is known and not given before; -1 where it is refused. */
static int key_find(struct rule_file *file, const char *key, const char *const *names, int *lines)
{
    int which = name_find(key, list_name, names);
    if (which < 0) {
        refuse_name(file, key, "there is no key", key, list_name, names,
                    "the keys are bounces, limit, count, reset, unit, status, cause and others");
        return -1;
    }
    if (lines[which]) {
        refuse(file, file->line, key, "is given twice", NULL, "give it once, on one line");
        return -1;
    }
    lines[which] = file->line;
    return which;
}

static void general_take(struct rule_file *file, const char *key, const char *value)
{
    int which = key_find(file, key, general_names, file->general_lines);
    if (which == GENERAL_DISPOSITION)
        file->disposition = take_truth(file, key, value);
    else if (which == GENERAL_COMPLAINT_STATUS)
        file->complaint_status = (enum status)take_complaint_status(file, key, value);
}

static struct draft *draft_find(struct rule_file *file, const char *name)
{
    for (unsigned k = 0; k < file->count; k++)
        if (strcmp(file->drafts[k].name, name) == 0)
            return &file->drafts[k];
    return NULL;
}

/* The draft of the section's rule, made where it is new. */
static struct draft *draft_of(struct rule_file *file, const char *name)
{
    struct draft *draft = draft_find(file, name);
    if (draft)
        return draft;
    if (file->count == RULES_MAX) {
        refuse(file, file->line, name, "one rule too many", NULL,
               "there may be 16; a rule takes many reasons");
        return NULL;
    }
    draft = &file->drafts[file->count++];
    *draft = (struct draft){.line = file->line, .row.rule.count_max = COUNT_ALL};
    snprintf(draft->name, sizeof draft->name, "%s", name);
    return draft;
}

/* Called by the library for each key. It always goes on: the first error stays. */
static int take_key(void *argument, const char *section, const char *key, const char *value)
{
    struct rule_file *file = argument;
    const char *name = strncmp(section, "rule ", 5) == 0 ? section + 5 + strspn(section + 5, " ") : NULL;
    if (file->code != BM_OK)
        return 1;
    if (strcmp(section, "policy") == 0) {
        general_take(file, key, value);
    } else if (!name || !*name || strlen(name) >= NAME_ROOM || strlen(section) > SECTION_BYTES) {
        refuse(file, file->line, key, *section ? "in a section that is not known:" : "before any section",
               *section ? section : NULL, "the sections are [policy] and [rule NAME], with a short name");
    } else {
        struct draft *draft = draft_of(file, name);
        int which = draft ? key_find(file, key, key_names, draft->lines) : -1;
        if (which >= 0)
            draft_take(file, draft, (enum key)which, value);
    }
    return 1;
}

/* --- the rules as a whole ---------------------------------------------------------------------------- */

/* By what the limit is, keys that have no meaning, and those that there must be. */
enum mode { MODE_NEVER = 1, MODE_ANY = 2, MODE_NUMBER = 4, MODE_ALL = 7 };

static const struct {
    uint8_t allowed, required; /* in these modes */
    const char *hint;          /* where it is not allowed */
} key_modes[KEY_COUNT_OF] = {
    [KEY_BOUNCES] = {MODE_ALL, MODE_ALL, ""},
    [KEY_LIMIT] = {MODE_ALL, MODE_ALL, ""},
    [KEY_LIMIT_ENGAGED] = {MODE_NUMBER, 0, "only a limit that is a number can be another one"},
    [KEY_COUNT] = {MODE_ALL, 0, ""},
    [KEY_RESET] = {MODE_ALL, 0, ""},
    [KEY_UNIT] = {MODE_ALL, 0, ""},
    [KEY_COUNT_MAX] = {MODE_ALL, 0, ""},
    [KEY_WINDOW] = {MODE_NUMBER | MODE_NEVER, 0, "with limit = any the count does not matter"},
    [KEY_SPAN] = {MODE_NUMBER, 0, "only with a limit that is a number"},
    [KEY_STATUS] = {MODE_ANY | MODE_NUMBER, MODE_ANY | MODE_NUMBER, "with limit = never nothing changes"},
    [KEY_CAUSE] = {MODE_ANY | MODE_NUMBER, MODE_ANY | MODE_NUMBER, "with limit = never nothing changes"},
    [KEY_CAUSE_OF_REASON] = {MODE_ANY | MODE_NUMBER, 0, "with limit = never nothing changes"},
    [KEY_GRACE_DAYS] = {MODE_ANY, 0, "only with limit = any"},
    [KEY_GRACE_RULE] = {MODE_ANY, 0, "only with limit = any"},
};

static void draft_check_keys(struct rule_file *file, const struct draft *draft)
{
    uint32_t limit = draft->row.rule.limit;
    unsigned mode = !draft->lines[KEY_LIMIT] ? MODE_ALL
                    : limit == LIMIT_NEVER   ? MODE_NEVER
                    : limit == LIMIT_AT_ONCE ? MODE_ANY
                                             : MODE_NUMBER;
    for (int k = 0; k < KEY_COUNT_OF; k++) {
        if (draft->lines[k] && !(key_modes[k].allowed & mode))
            refuse(file, draft->lines[k], key_names[k], "contradicts the limit of rule", draft->name,
                   key_modes[k].hint);
        if (!draft->lines[k] && (key_modes[k].required & mode) == mode)
            refuse(file, draft->line, key_names[k], "is missing in rule", draft->name,
                   "a rule has bounces and limit, and where it acts status and cause");
    }
}

static void draft_check_count(struct rule_file *file, const struct draft *draft)
{
    const struct rule *rule = &draft->row.rule;
    uint32_t most = rule->limit > rule->limit_engaged ? rule->limit : rule->limit_engaged;
    if (draft->run && !rule->resets)
        refuse(file, draft->lines[KEY_COUNT], "count", "nothing ends the run of rule", draft->name,
               "add reset = delivered, open, click or some of them");
    if (!draft->run && draft->lines[KEY_RESET])
        refuse(file, draft->lines[KEY_RESET], "reset", "contradicts the cumulative count of rule",
               draft->name, "write count = run, or leave reset out");
    if (rule->limit != LIMIT_AT_ONCE && rule->count_max < most)
        refuse(file, draft->lines[KEY_COUNT_MAX], "count_max", "keeps the limit out of reach in rule",
               draft->name, "it is the limit or more");
    if (rule->window_ms && rule->span_ms >= rule->window_ms)
        refuse(file, draft->lines[KEY_SPAN], "span_days", "does not fit into the window of rule", draft->name,
               "it is less than window_days");
}

static void draft_check_grace(struct rule_file *file, struct draft *draft)
{
    if (!draft->lines[KEY_GRACE_DAYS] && !draft->lines[KEY_GRACE_RULE])
        return;
    const struct draft *other = draft_find(file, draft->grace_rule);
    if (!draft->lines[KEY_GRACE_DAYS] || !draft->lines[KEY_GRACE_RULE])
        refuse(file, draft->line, "grace_days", "and grace_rule go together in rule", draft->name,
               "give both or none");
    else if (!other || other == draft || other->lines[KEY_GRACE_RULE])
        refuse(file, draft->lines[KEY_GRACE_RULE], "grace_rule",
               "not another rule without a grace:", draft->grace_rule,
               "name the rule that is for such bounces instead");
    else
        draft->row.rule.grace_rule = (uint8_t)(other - file->drafts);
}

static void file_check(struct rule_file *file)
{
    for (unsigned k = 0; k < file->count; k++) {
        draft_check_keys(file, &file->drafts[k]);
        draft_check_count(file, &file->drafts[k]);
        draft_check_grace(file, &file->drafts[k]);
    }
    if (!file->count)
        refuse(file, file->line, "[rule NAME]", "there is no rule", NULL,
               "for example: [rule hard] bounces = hard, limit = any, status = Suppressed, cause = hard");
}

/* --- reading ----------------------------------------------------------------------------------------- */

/* fgets that counts lines; a line that does not fit would come out as two. */
static char *read_line(char *buffer, int room, void *argument)
{
    struct rule_file *file = argument;
    if (!fgets(buffer, room < LINE_ROOM ? room : LINE_ROOM, file->stream))
        return NULL;
    if (file->line_continues)
        refuse(file, file->line, "line", "is too long", NULL, "lines have fewer than 200 bytes");
    else
        file->line++;
    file->line_continues = !strchr(buffer, '\n');
    return buffer;
}

static enum bm_code file_read(struct rule_file *file)
{
    file->stream = fopen(file->path, "re");
    if (!file->stream) {
        fail_errno(file->error, BM_USAGE, "cannot open rule file %s", file->path);
        return fail_hint(file->error, "custom.file is the path of an INI file with the rules");
    }
    int line = ini_parse_stream(read_line, file, take_key, file);
    bool failed = ferror(file->stream) != 0;
    fclose(file->stream);
    if (failed) {
        fail(file->error, BM_USAGE, "cannot read rule file %s", file->path);
        return fail_hint(file->error, "custom.file is the path of an INI file with the rules");
    }
    if (line < 0 && file->code == BM_OK)
        return fail_memory(file->error, "a rule file");
    if (line > 0)
        refuse(file, line, "line", "is neither [SECTION] nor KEY = VALUE", NULL,
               "comments begin with ; or #");
    return file->code;
}

static enum bm_code file_apply(const struct rule_file *file, struct policy *policy)
{
    struct rule_row rows[RULES_MAX];
    policy->own_machine = malloc(sizeof *policy->own_machine);
    if (!policy->own_machine)
        return fail_memory(file->error, "a policy");
    *policy->own_machine = *policy->machine;
    policy->own_machine->disposition = file->disposition;
    policy->own_machine->complaint_status = file->complaint_status;
    policy->machine = policy->own_machine;
    for (unsigned k = 0; k < file->count; k++)
        rows[k] = file->drafts[k].row;
    return rules_make(policy, rows, file->count, file->error);
}

static enum bm_code custom_prepare(struct policy *policy, struct bm_error *error)
{
    if (!policy->file || !*policy->file) {
        fail(error, BM_USAGE, "policy \"custom\" has no rules");
        return fail_hint(error, "name its rule file: --set custom.file=PATH");
    }
    struct rule_file *file = calloc(1, sizeof *file);
    if (!file)
        return fail_memory(error, "a rule file");
    file->path = policy->file;
    file->error = error;
    file->complaint_status = STATUS_UNSUBSCRIBED;
    enum bm_code code = file_read(file);
    if (code == BM_OK) {
        file_check(file);
        code = file->code;
    }
    if (code == BM_OK)
        code = file_apply(file, policy);
    free(file);
    return code;
}

static const struct setting_row custom_settings[] = {
    {"file", SETTING_FILE, "", 0, 0, "path of the rule file (INI)", NULL},
};

const struct machine machine_custom = {.settings = custom_settings,
                                       .setting_count = COUNT_OF(custom_settings),
                                       .complaint_status = STATUS_UNSUBSCRIBED,
                                       .prepare = custom_prepare,
                                       RULES_MACHINE};
