/* The policies by name, and their settings. Variants are the same machine with other defaults. */
#include "base/base.h"
#include "policy/machine.h"

#include <bouncemill/policy.h>

#define PRESETS_MAX       4
#define MESSAGE_BYTES_MAX 80

struct preset {
    const char *setting, *value;
};

struct registry_row {
    const char *name, *summary, *source;
    const struct machine *machine;
    struct preset presets[PRESETS_MAX]; /* what a variant's defaults are instead */
};

#define SOURCE_BLACKBAUD "https://bb-email-services.docs.blackbaud.com/faqs/failures/technical/"
#define SOURCE_KLAVIYO   "https://help.klaviyo.com/hc/en-us/articles/115005250408"
#define SOURCE_LISTMONK  "https://github.com/knadh/listmonk"
#define SOURCE_MARKETO                                                                                       \
    "https://github.com/AdobeDocs/marketo.en, deliverability/hard-and-soft-bounces-in-email.md"
#define SOURCE_SES "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SuppressionAttributes.html"
#define SOURCE_SFMC                                                                                          \
    "https://help.salesforce.com/s/articleView?id=mktg.mc_es_bounce_mail_management.htm&type=5"

/* In byte order of the names. */
static const struct registry_row registry[] = {
    {"blackbaud",
     "three failures for one reason are as good as a hard bounce; a hard bounce at once",
     SOURCE_BLACKBAUD,
     &machine_blackbaud,
     {{NULL, NULL}}},
    {"braze",
     "hard bounces only",
     "Braze, community answers on invalid e-mail addresses",
     &machine_braze,
     {{NULL, NULL}}},
    {"custom", "your own rules: --set custom.file=PATH", "the rule file", &machine_custom, {{NULL, NULL}}},
    {"hubspot",
     "hard bounces only",
     "HubSpot, community answers on bounced contacts",
     &machine_hubspot,
     {{NULL, NULL}}},
    {"industry",
     "five failed campaigns in a row, or a month of them; twice that for the server's own troubles",
     "general practice, as articles on soft bounces describe it",
     &machine_industry,
     {{NULL, NULL}}},
    {"iterable",
     "hard bounces only",
     "https://support.iterable.com/hc/en-us/articles/207907633",
     &machine_iterable,
     {{NULL, NULL}}},
    {"klaviyo",
     "a hard bounce, or more than seven failed campaigns in a row",
     SOURCE_KLAVIYO,
     &machine_klaviyo,
     {{NULL, NULL}}},
    {"klaviyo/limit7",
     "klaviyo at the seventh failed campaign in a row",
     SOURCE_KLAVIYO,
     &machine_klaviyo,
     {{"limit", "7"}}},
    {"listmonk",
     "a hard bounce; soft ones are recorded, twice at most",
     SOURCE_LISTMONK,
     &machine_listmonk,
     {{NULL, NULL}}},
    {"listmonk/soft2",
     "listmonk with the second soft bounce blocklisting too",
     SOURCE_LISTMONK,
     &machine_listmonk,
     {{"soft_action", "blocklist"}}},
    {"mailchimp",
     "a hard bounce, or seven soft ones; fifteen for those who once opened or clicked",
     "https://mailchimp.com/help/soft-vs-hard-bounces/",
     &machine_mailchimp,
     {{NULL, NULL}}},
    {"mailgun",
     "hard bounces only",
     "https://github.com/mailgun/documentation, api-suppressions.rst",
     &machine_mailgun,
     {{NULL, NULL}}},
    {"mailman3",
     "a score of one a day with a bounce, forgotten after a week without",
     "https://gitlab.com/mailman/mailman",
     &machine_mailman3,
     {{NULL, NULL}}},
    {"marketo",
     "invalid after category 2, suspended for 24 hours after category 1 (blocked as spam)",
     SOURCE_MARKETO,
     &machine_marketo,
     {{NULL, NULL}}},
    {"mautic", "hard bounces only", "https://github.com/mautic/mautic", &machine_mautic, {{NULL, NULL}}},
    {"postmark", "hard bounces only", "general knowledge of Postmark", &machine_postmark, {{NULL, NULL}}},
    {"responsys",
     "hard bounces; soft ones are counted",
     "https://docs.oracle.com/cloud/latest/related-docs/OMCEZ/de/more-about-bounces.htm",
     &machine_responsys,
     {{NULL, NULL}}},
    {"sendgrid",
     "hard bounces and addresses that are malformed",
     "https://github.com/sendgrid/docs, ui/sending-email",
     &machine_sendgrid,
     {{NULL, NULL}}},
    {"ses",
     "hard bounces and complaints, as on the account's suppression list",
     SOURCE_SES,
     &machine_ses,
     {{NULL, NULL}}},
    {"ses/complaint-only",
     "ses with complaints alone",
     SOURCE_SES,
     &machine_ses,
     {{"suppressed_reasons", "complaint"}}},
    {"sfmc",
     "three bounces, the last more than 15 days after the first; an open or click resets",
     SOURCE_SFMC,
     &machine_sfmc,
     {{NULL, NULL}}},
    {"sfmc/attempts",
     "sfmc over a mail server's single attempts: retries of a campaign count once",
     SOURCE_SFMC,
     &machine_sfmc,
     {{"attempts", "1"}}},
    {"sfmc/timer",
     "sfmc with a check 15 days after the first bounce instead of at the next one",
     SOURCE_SFMC,
     &machine_sfmc,
     {{"timer", "1"}}},
    {"sparkpost",
     "hard bounces (codes 10 and 30)",
     "https://github.com/SparkPost/support-docs",
     &machine_sparkpost,
     {{NULL, NULL}}},
};

/* --- listing ----------------------------------------------------------------------------------------- */

const char *bm_policy_name(unsigned k)
{
    return k < COUNT_OF(registry) ? registry[k].name : NULL;
}

const char *bm_policy_summary(unsigned k)
{
    return k < COUNT_OF(registry) ? registry[k].summary : NULL;
}

const char *bm_policy_source(unsigned k)
{
    return k < COUNT_OF(registry) ? registry[k].source : NULL;
}

static const char *default_text(const struct registry_row *row, const struct setting_row *setting)
{
    for (size_t k = 0; k < PRESETS_MAX && row->presets[k].setting; k++)
        if (strcmp(row->presets[k].setting, setting->name) == 0)
            return row->presets[k].value;
    return setting->default_text;
}

int bm_policy_setting(unsigned k, unsigned s, const char **name, const char **type, const char **default_,
                      const char **meaning)
{
    if (k >= COUNT_OF(registry) || s >= registry[k].machine->setting_count)
        return 0;
    const struct setting_row *setting = &registry[k].machine->settings[s];
    *name = setting->name;
    *type = setting_type_name(setting->type);
    *default_ = default_text(&registry[k], setting);
    *meaning = setting->meaning;
    return 1;
}

/* --- making a policy --------------------------------------------------------------------------------- */

static struct span text_span(const char *text)
{
    return (struct span){text, strlen(text)};
}

static int shown_bytes(struct span text)
{
    return (int)(text.length < MESSAGE_BYTES_MAX ? text.length : MESSAGE_BYTES_MAX);
}

static const char *registry_name(const void *list, unsigned k)
{
    (void)list;
    return bm_policy_name(k);
}

static enum bm_code fail_unknown_policy(struct span name, struct bm_error *error)
{
    fail(error, BM_USAGE, "there is no policy \"%.*s\"", shown_bytes(name), name.at);
    const char *nearest = nearest_name(name, registry_name, NULL);
    return nearest ? fail_hint(error, "did you mean \"%s\"?", nearest)
                   : fail_hint(error, "`bouncemill list policies` shows them");
}

static const struct registry_row *registry_find(struct span name)
{
    for (size_t k = 0; k < COUNT_OF(registry); k++)
        if (span_is(name, text_span(registry[k].name)))
            return &registry[k];
    return NULL;
}

static enum bm_code policy_make(const struct registry_row *row, struct policy **policy,
                                struct bm_error *error)
{
    const struct machine *machine = row->machine;
    *policy = calloc(1, sizeof **policy);
    if (!*policy)
        return fail_memory(error, "a policy");
    (*policy)->name = row->name;
    (*policy)->machine = machine;
    for (unsigned k = 0; k < machine->setting_count; k++) {
        const struct setting_row *setting = &machine->settings[k];
        struct span text = text_span(default_text(row, setting));
        CHECK(setting_parse(setting, text, text_span(setting->name), &(*policy)->values[k], error) == BM_OK);
    }
    return BM_OK;
}

static enum bm_code set_add(struct policy_set *set, struct span name, struct bm_error *error)
{
    const struct registry_row *row = registry_find(name);
    if (!row)
        return fail_unknown_policy(name, error);
    for (size_t k = 0; k < set->count; k++)
        if (set->policies[k]->name == row->name) {
            fail(error, BM_USAGE, "policy \"%s\" is named twice", row->name);
            return fail_hint(error, "name it once");
        }
    struct policy **policies = reallocarray(set->policies, set->count + 1, sizeof *policies);
    if (!policies)
        return fail_memory(error, "the policies");
    set->policies = policies;
    enum bm_code code = policy_make(row, &policies[set->count], error);
    set->count += code == BM_OK;
    return code;
}

static struct span trim(struct span text)
{
    while (text.length && text.at[0] == ' ') {
        text.at++;
        text.length--;
    }
    while (text.length && text.at[text.length - 1] == ' ')
        text.length--;
    return text;
}

static enum bm_code set_add_all(struct policy_set *set, const char *names, struct bm_error *error)
{
    for (const char *at = names;; at++) {
        size_t length = strcspn(at, ",");
        enum bm_code code = set_add(set, trim((struct span){at, length}), error);
        if (code != BM_OK)
            return code;
        at += length;
        if (!*at)
            return BM_OK;
    }
}

/* --- settings ---------------------------------------------------------------------------------------- */

/* "sfmc" speaks of sfmc and of all its variants, "sfmc/timer" of that one. */
static bool names_policy(struct span target, const char *name)
{
    size_t length = strlen(name);
    if (target.length > length || memcmp(target.at, name, target.length) != 0)
        return false;
    return target.length == length || name[target.length] == '/';
}

static bool names_any_policy(struct span target)
{
    for (size_t k = 0; k < COUNT_OF(registry); k++)
        if (target.length && names_policy(target, registry[k].name))
            return true;
    return false;
}

static enum bm_code policy_apply(struct policy *policy, struct span name, struct span value, struct span what,
                                 struct bm_error *error)
{
    const struct machine *machine = policy->machine;
    const struct setting_row *row =
        setting_find(machine->settings, machine->setting_count, policy->name, name, error);
    if (!row)
        return BM_USAGE;
    if (row->type == SETTING_FILE) {
        free(policy->file);
        policy->file = strndup(value.at, value.length);
        return policy->file ? BM_OK : fail_memory(error, "a setting");
    }
    return setting_parse(row, value, what, &policy->values[row - machine->settings], error);
}

static enum bm_code set_apply(struct policy_set *set, const char *text, struct bm_error *error)
{
    size_t dot = strcspn(text, ".="), equal = strcspn(text, "=");
    if (text[dot] != '.' || !text[equal]) {
        fail(error, BM_USAGE, "setting \"%.*s\" is not of the form POLICY.NAME=VALUE", MESSAGE_BYTES_MAX,
             text);
        return fail_hint(error, "for example sfmc.window_days=15");
    }
    struct span target = {text, dot}, what = {text, equal}, name = {text + dot + 1, equal - dot - 1};
    bool applied = false;
    for (size_t k = 0; k < set->count; k++) {
        if (!dot || !names_policy(target, set->policies[k]->name))
            continue;
        applied = true;
        enum bm_code code = policy_apply(set->policies[k], name, text_span(text + equal + 1), what, error);
        if (code != BM_OK)
            return code;
    }
    if (applied)
        return BM_OK;
    if (!names_any_policy(target))
        return fail_unknown_policy(target, error);
    fail(error, BM_USAGE, "setting \"%.*s\" is for a policy that was not chosen", shown_bytes(what), text);
    return fail_hint(error, "add \"%.*s\" to the policies, or leave the setting out", shown_bytes(target),
                     text);
}

static enum bm_code policy_prepare(struct policy *policy, struct bm_error *error)
{
    enum bm_code code = policy->machine->prepare ? policy->machine->prepare(policy, error) : BM_OK;
    if (code == BM_OK)
        policy->kinds = (PERMISSION_KINDS | policy->machine->kinds(policy)) & ~policy->ignored_kinds;
    return code;
}

static enum bm_code set_fill(struct policy_set *set, const char *names, const char *const *settings,
                             size_t setting_count, struct bm_error *error)
{
    enum bm_code code = set_add_all(set, names, error);
    for (size_t k = 0; code == BM_OK && k < setting_count; k++)
        code = set_apply(set, settings[k], error);
    for (size_t k = 0; code == BM_OK && k < set->count; k++)
        code = policy_prepare(set->policies[k], error);
    return code;
}

enum bm_code policy_set_new(struct policy_set *set, const char *names, const char *const *settings,
                            size_t setting_count, struct bm_error *error)
{
    *set = (struct policy_set){0};
    enum bm_code code = set_fill(set, names, settings, setting_count, error);
    if (code != BM_OK) {
        policy_set_free(set);
        return code;
    }
    /* An address is listed with its permission even where the policy makes nothing of it. */
    set->kinds = PERMISSION_KINDS;
    for (size_t k = 0; k < set->count; k++)
        set->kinds |= set->policies[k]->kinds;
    return BM_OK;
}

static void policy_free(struct policy *policy)
{
    free(policy->file);
    free(policy->rules);
    free(policy->own_machine);
    free(policy);
}

void policy_set_free(struct policy_set *set)
{
    for (size_t k = 0; k < set->count; k++)
        policy_free(set->policies[k]);
    free(set->policies);
    *set = (struct policy_set){0};
}
