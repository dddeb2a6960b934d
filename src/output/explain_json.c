#include "base/base.h"
#include "output/explanation.h"
#include "output/json.h"

#define EXPLANATION_FORMAT_VERSION 1
#define SETTING_BYTES_MAX          512

static void write_event(struct json *json, const struct explanation *explanation,
                        const struct tally_event *event)
{
    bool bounce = tally_kind(event) == BM_BOUNCE;
    struct span campaign = campaign_name(&explanation->campaigns, event->campaign);
    json_object(json, NULL);
    json_time(json, "time", tally_time_ms(event));
    json_text(json, "event", bm_kind_name((enum bm_kind)tally_kind(event)));
    json_text(json, "class", bounce ? bm_class_name((enum bm_class)tally_class(event)) : NULL);
    json_text(json, "reason", bounce ? reason_table[tally_reason(event)].name : NULL);
    json_code(json, "smtp_code", tally_smtp_code(event));
    json_enhanced(json, "enhanced_code", event->enhanced);
    if (campaign.length)
        json_span(json, "campaign", campaign);
    else
        json_text(json, "campaign", NULL);
    json_close(json);
}

static void write_cause(struct json *json, enum cause cause, unsigned reason)
{
    char text[128];
    (void)snprintf(text, sizeof text, "%s%s%s", cause_name(cause), reason < REASON_COUNT ? ":" : "",
                   reason < REASON_COUNT ? reason_table[reason].name : "");
    json_text(json, "reason", text);
}

static void write_result(struct json *json, const struct policy_result *result)
{
    json_text(json, "status", status_name(result->status));
    json_bool(json, "suppressed", result->suppressed);
    write_cause(json, result->cause, result->cause_reason);
    json_time(json, "since", result->since_ms);
    json_count(json, "bounce_count", result->bounce_count);
}

static void write_steps(struct json *json, const struct explanation *explanation,
                        const struct explained_policy *policy)
{
    json_array(json, "steps");
    for (size_t k = 0; k < policy->step_count; k++) {
        const struct policy_step *step = &policy->steps[k];
        json_object(json, NULL);
        json_time(json, "time", step->time_ms);
        json_code(json, "event", step->event ? (unsigned)(step->event - explanation->policy_events) + 1 : 0);
        json_text(json, "effect", fate_name(step->fate));
        json_bool(json, "changed", step->before.status != step->after.status);
        write_result(json, &step->after);
        json_close(json);
    }
    json_close(json);
}

static void write_forecasts(struct json *json, const struct explained_policy *policy)
{
    if (policy->next.time_ms == TIME_NEVER) {
        json_text(json, "next", NULL);
    } else {
        json_object(json, "next");
        json_time(json, "time", policy->next.time_ms);
        json_text(json, "status", status_name(policy->next.status));
        write_cause(json, policy->next.cause, policy->next.cause_reason);
        json_close(json);
    }
    json_array(json, "forecasts");
    for (size_t k = 0; k < policy->forecast_count; k++) {
        json_object(json, NULL);
        json_text(json, "after", policy->forecasts[k].what);
        write_result(json, &policy->forecasts[k].result);
        json_close(json);
    }
    json_close(json);
}

static void write_policy(struct json *json, const struct explanation *explanation,
                         const struct explained_policy *policy)
{
    char value[SETTING_BYTES_MAX];
    const char *name;
    json_object(json, NULL);
    json_text(json, "policy", policy_name(policy->policy));
    write_result(json, &policy->result);
    json_text(json, "why", cause_sentence(policy->result.cause));
    json_object(json, "settings");
    for (unsigned s = 0; (name = policy_setting_text(policy->policy, s, value, sizeof value)) != NULL; s++)
        json_text(json, name, value);
    json_close(json);
    write_steps(json, explanation, policy);
    write_forecasts(json, policy);
    json_close(json);
}

void explain_json(struct writer *writer, const struct explanation *explanation)
{
    struct json json = {.writer = writer};
    json_object(&json, NULL);
    json_text(&json, "format", "bouncemill-explanation");
    json_count(&json, "format_version", EXPLANATION_FORMAT_VERSION);
    json_span(&json, "address", explanation->address);
    json_bool(&json, "domain_trusted", explanation->domain_trusted);
    json_time(&json, "as_of", explanation->as_of_ms);
    json_array(&json, "events");
    for (size_t k = 0; k < explanation->event_count; k++)
        write_event(&json, explanation, &explanation->events[k]);
    json_close(&json);
    json_array(&json, "policies");
    for (size_t k = 0; k < explanation->policy_count; k++)
        write_policy(&json, explanation, &explanation->policies[k]);
    json_close(&json);
    json_close(&json);
}
