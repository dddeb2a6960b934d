/* Words for explanations: the rule behind a cause, and settings as they are in force. */
#include "base/base.h"
#include "event/time.h"
#include "policy/machine.h"

const char *cause_sentence(enum cause cause)
{
    static const char *const sentences[CAUSE_COUNT] = {
        [CAUSE_NONE] = "nothing that the policy looks at has changed the status",
        [CAUSE_BOUNCE] = "a bounce was counted: it is either too early or too few for more",
        [CAUSE_BOUNCE_THRESHOLD] =
            "enough bounces were counted, and the window since the first of them was over",
        [CAUSE_TRUSTED_HARD] = "a hard bounce of a domain whose hard bounces are trusted acts at once",
        [CAUSE_HARD] = "a hard bounce acts at once",
        [CAUSE_OPEN] = "an open shows that the address is read",
        [CAUSE_CLICK] = "a click shows that the address is read",
        [CAUSE_RESUBSCRIBE] = "the person opted in again, or an administrator took the address off the list",
        [CAUSE_UNSUBSCRIBE] = "the person unsubscribed; only a new opt-in lifts it",
        [CAUSE_COMPLAINT] = "the person complained about the mail as spam; only a new opt-in lifts it",
        [CAUSE_DELETE] = "the subscriber was deleted; only a new opt-in lifts it",
        [CAUSE_DELIVERED] = "a delivery ended the run of failures",
        [CAUSE_INVALID] = "the address is malformed: no mail can go there",
        [CAUSE_SOFT_FAILURE] = "a failed campaign was counted: too few, or too short a time, for more",
        [CAUSE_SOFT_AS_HARD] =
            "as many failures for the same reason as the limit are as good as a hard bounce",
        [CAUSE_SAME_FAILURE] = "the same failure came back over the whole period",
        [CAUSE_SOFT_CONSECUTIVE] =
            "as many campaigns in a row failed as the limit, without a success between",
        [CAUSE_SOFT_DURATION] = "campaigns failed for the whole period, without a success between",
        [CAUSE_SOFT_LIMIT] = "as many soft bounces were counted as the limit",
        [CAUSE_BOUNCE_SCORE] = "the score of days with a bounce reached the threshold",
        [CAUSE_CATEGORY_1] = "a bounce of category 1 (blocked as spam) suspends the address for 24 hours",
        [CAUSE_CATEGORY_2] = "a bounce of category 2 (hard) makes the address invalid",
        [CAUSE_SUSPENSION_EXPIRED] = "the 24 hours of the suspension were over",
    };
    return (unsigned)cause < CAUSE_COUNT ? sentences[cause] : "";
}

/* The words of a choice or set whose number or bits are in `value`. */
static void words_text(const struct setting_row *row, int64_t value, char *text, size_t room)
{
    size_t used = 0;
    const char *at = row->words;
    text[0] = 0;
    for (unsigned k = 0; *at; k++) {
        size_t length = strcspn(at, " ");
        bool is = row->type == SETTING_SET ? value >> k & 1 : value == (int64_t)k;
        if (is && used + length + 2 < room)
            used += (size_t)snprintf(text + used, room - used, "%s%.*s", used ? "," : "", (int)length, at);
        at += length + strspn(at + length, " ");
    }
}

const char *policy_setting_text(const struct policy *policy, unsigned s, char *value, size_t room)
{
    if (s >= policy->machine->setting_count)
        return NULL;
    const struct setting_row *row = &policy->machine->settings[s];
    int64_t number = policy->values[s];
    switch (row->type) {
    case SETTING_FILE:
        (void)snprintf(value, room, "%s", policy->file ? policy->file : "");
        break;
    case SETTING_CHOICE:
    case SETTING_SET:
        words_text(row, number, value, room);
        break;
    default:
        (void)snprintf(value, room, "%lld",
                       (long long)(row->type == SETTING_DAYS ? number / DAY_MS : number));
    }
    return row->name;
}
