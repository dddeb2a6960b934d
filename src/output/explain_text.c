#include "base/base.h"
#include "event/time.h"
#include "output/explanation.h"

#define SETTING_BYTES_MAX 512

const char *fate_name(enum policy_fate fate)
{
    static const char *const names[] = {"taken", "frozen", "residual", "undone", "timer"};
    return names[fate];
}

const char *fate_clause(enum policy_fate fate)
{
    static const char *const clauses[] = {
        [FATE_TAKEN] = "",
        [FATE_FROZEN] = "ignored: the person had opted out",
        [FATE_RESIDUAL] = "ignored: suppressed already",
        [FATE_UNDONE] = "ignored: the campaign came out otherwise in the end",
        [FATE_TIMER] = "",
    };
    return clauses[fate];
}

static void put_padded(struct writer *writer, const char *text, size_t width)
{
    writer_text(writer, text);
    for (size_t length = strlen(text); length < width; length++)
        writer_char(writer, ' ');
}

/* Campaigns are named by strangers: nothing of them may steer a terminal. */
static void put_foreign(struct writer *writer, struct span text)
{
    for (size_t k = 0; k < text.length;) {
        const unsigned char *at = (const unsigned char *)text.at + k;
        size_t length = utf8_length(at, text.length - k), bytes = length ? length : 1;
        writer_put(writer, utf8_is_control(at, length) ? SPAN("?") : (struct span){text.at + k, bytes});
        k += bytes;
    }
}

static void put_state(struct writer *writer, enum status status, enum cause cause, unsigned reason)
{
    writer_text(writer, status_name(status));
    if (cause == CAUSE_NONE)
        return;
    writer_format(writer, " (%s", cause_name(cause));
    if (reason < REASON_COUNT)
        writer_format(writer, ":%s", reason_table[reason].name);
    writer_char(writer, ')');
}

static void write_event(struct writer *writer, const struct explanation *explanation, size_t k)
{
    const struct tally_event *event = &explanation->events[k];
    writer_format(writer, "  %4zu  ", k + 1);
    time_write(writer, tally_time_ms(event));
    writer_text(writer, "  ");
    put_padded(writer, bm_kind_name((enum bm_kind)tally_kind(event)), 12);
    if (tally_kind(event) == BM_BOUNCE) {
        char code[11];
        writer_format(writer, "%s/%s", bm_class_name((enum bm_class)tally_class(event)),
                      reason_table[tally_reason(event)].name);
        if (tally_smtp_code(event))
            writer_format(writer, " %u", tally_smtp_code(event));
        size_t length = enhanced_format(event->enhanced, code);
        if (length)
            writer_format(writer, " %.*s", (int)length, code);
        writer_text(writer, "  ");
    }
    struct span campaign = campaign_name(&explanation->campaigns, event->campaign);
    if (campaign.length) {
        writer_text(writer, "campaign ");
        put_foreign(writer, campaign);
    }
    writer_char(writer, '\n');
}

static size_t event_number(const struct explanation *explanation, const struct policy_step *step)
{
    return (size_t)(step->event - explanation->policy_events) + 1;
}

static bool is_ignored(const struct policy_step *step)
{
    return step->fate != FATE_TAKEN && step->fate != FATE_TIMER;
}

/* Events in a row that were ignored for the same reason are one line. Returns how many there were. */
static size_t write_ignored(struct writer *writer, const struct explanation *explanation,
                            const struct explained_policy *policy, size_t at)
{
    const struct policy_step *first = &policy->steps[at];
    size_t count = 1;
    while (at + count < policy->step_count && policy->steps[at + count].fate == first->fate)
        count++;
    writer_text(writer, "    ");
    time_write(writer, first->time_ms);
    writer_format(writer, count > 1 ? "  events %zu" : "  event %zu", event_number(explanation, first));
    if (count > 1)
        writer_format(writer, " to %zu", event_number(explanation, &policy->steps[at + count - 1]));
    writer_format(writer, ": %s\n", fate_clause(first->fate));
    return count;
}

static void write_step(struct writer *writer, const struct explanation *explanation,
                       const struct policy_step *step)
{
    writer_text(writer, "    ");
    time_write(writer, step->time_ms);
    if (step->event)
        writer_format(writer, "  event %zu, %s: ", event_number(explanation, step),
                      bm_kind_name((enum bm_kind)step->event->kind));
    else
        writer_text(writer, "  time alone: ");
    const struct policy_result *before = &step->before, *after = &step->after;
    bool counted = before->bounce_count != after->bounce_count, changed = before->status != after->status;
    if (counted)
        writer_format(writer, "counter %u -> %u", before->bounce_count, after->bounce_count);
    if (changed) {
        writer_format(writer, "%s%s -> ", counted ? ", " : "", status_name(before->status));
        put_state(writer, after->status, after->cause, after->cause_reason);
    } else if (before->cause != after->cause) {
        writer_format(writer, "%sreason %s", counted ? ", " : "", cause_name(after->cause));
    } else if (!counted && step->fate == FATE_TAKEN) {
        writer_text(writer, "changes nothing");
    }
    writer_char(writer, '\n');
}

static void write_forecasts(struct writer *writer, const struct explained_policy *policy)
{
    writer_text(writer, "  by itself   ");
    if (policy->next.time_ms == TIME_NEVER) {
        writer_text(writer, "time alone changes nothing\n");
    } else {
        put_state(writer, policy->next.status, policy->next.cause, policy->next.cause_reason);
        writer_text(writer, " at ");
        time_write(writer, policy->next.time_ms);
        writer_char(writer, '\n');
    }
    for (size_t k = 0; k < policy->forecast_count; k++) {
        const struct forecast *forecast = &policy->forecasts[k];
        writer_text(writer, k ? "              " : "  after now   ");
        put_padded(writer, forecast->what, 28);
        if (forecast->result.status == policy->result.status)
            writer_format(writer, "still %s", status_name(policy->result.status));
        else
            put_state(writer, forecast->result.status, forecast->result.cause, forecast->result.cause_reason);
        if (forecast->result.bounce_count != policy->result.bounce_count)
            writer_format(writer, ", counter %u", forecast->result.bounce_count);
        writer_char(writer, '\n');
    }
}

static void write_policy(struct writer *writer, const struct explanation *explanation,
                         const struct explained_policy *policy)
{
    const struct policy_result *result = &policy->result;
    writer_format(writer, "\n%s: ", policy_name(policy->policy));
    put_state(writer, result->status, result->cause, result->cause_reason);
    writer_text(writer, result->suppressed ? ", suppressed" : ", not suppressed");
    if (result->since_ms != TIME_NEVER) {
        writer_text(writer, ", since ");
        time_write(writer, result->since_ms);
    }
    writer_format(writer, "\n  why         %s\n  counter     %u\n", cause_sentence(result->cause),
                  result->bounce_count);
    char value[SETTING_BYTES_MAX];
    const char *name;
    for (unsigned s = 0; (name = policy_setting_text(policy->policy, s, value, sizeof value)) != NULL; s++)
        writer_format(writer, "%s%s=%s", s ? " " : "  settings    ", name, value);
    writer_text(writer, policy_setting_text(policy->policy, 0, value, sizeof value) ? "\n" : "");
    writer_text(writer, policy->step_count ? "  steps\n" : "");
    for (size_t k = 0; k < policy->step_count;) {
        if (is_ignored(&policy->steps[k]))
            k += write_ignored(writer, explanation, policy, k);
        else
            write_step(writer, explanation, &policy->steps[k++]);
    }
    write_forecasts(writer, policy);
}

void explain_text(struct writer *writer, const struct explanation *explanation)
{
    writer_put(writer, explanation->address);
    writer_format(writer, ": %zu event%s, as of ", explanation->event_count,
                  explanation->event_count == 1 ? "" : "s");
    time_write(writer, explanation->as_of_ms);
    writer_text(writer, "\nhard bounces of ");
    writer_put(writer, explanation->domain);
    writer_text(writer, explanation->domain_trusted ? " are trusted\n" : " are not trusted\n");
    for (size_t k = 0; k < explanation->event_count; k++)
        write_event(writer, explanation, k);
    for (size_t k = 0; k < explanation->policy_count; k++)
        write_policy(writer, explanation, &explanation->policies[k]);
}
