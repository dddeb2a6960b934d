#include "base/base.h"
#include "output/outcome_text.h"
#include "output/people.h"
#include "output/row_file.h"

struct details_work {
    const struct outcome_list *list;
    const struct policy *const *policies;
};

/* The codes of the bounce, as platforms show the cause: "550 5.1.1"; its reason where it gave none. */
static void text_invalid_cause(struct text *text, const struct outcome_more *more)
{
    char code[11];
    size_t length = enhanced_format(more->invalid_enhanced, code);
    if (more->invalid_smtp_code)
        text_u64(text, more->invalid_smtp_code);
    if (more->invalid_smtp_code && length)
        text_char(text, ' ');
    text_put(text, (struct span){code, length});
    if (!more->invalid_smtp_code && !length)
        text_name(text, reason_table[more->invalid_reason].name);
}

/* The cells behind the address, each with its comma; false where there is nothing to say. */
static bool detail_cells(struct text *text, enum policy_detail detail, const struct outcome *outcome,
                         const struct policy_result *result)
{
    bool invalid = result->status == STATUS_INVALID;
    switch (detail) {
    case DETAIL_LIFETIME_BOUNCES:
        text_char(text, ',');
        text_u64(text, (uint64_t)result->detail);
        text_put(text, SPAN(",,,,"));
        return result->detail > 0;
    case DETAIL_SUSPENDED_UNTIL:
        text_put(text, result->detail ? SPAN(",,1,") : SPAN(",,0,"));
        text_time(text, result->detail ? result->detail : TIME_NEVER);
        text_char(text, ',');
        if (invalid)
            text_invalid_cause(text, outcome->more);
        text_char(text, ',');
        return result->detail || invalid;
    case DETAIL_SES_REASON:
        text_put(text, SPAN(",,,,,"));
        text_name(text, result->cause == CAUSE_COMPLAINT ? "COMPLAINT" : "BOUNCE");
        return result->status == STATUS_SUPPRESSED;
    default:
        return false;
    }
}

/* A pass takes a policy's rows. */
static uint64_t details_format(const void *argument, size_t policy, const struct outcome_stretch *stretch,
                               struct text *text)
{
    const struct details_work *work = argument;
    const struct outcome_list *list = work->list;
    enum policy_detail detail = policy_detail(work->policies[policy]);
    uint64_t rows = 0;
    for (size_t k = 0; detail && k < stretch->count; k++) {
        const struct outcome *outcome = stretch->refs[k].outcome;
        size_t before = text->length;
        text_name(text, list->policies[policy]);
        text_char(text, ',');
        text_csv(text, record_address(outcome->address));
        if (!detail_cells(text, detail, outcome, &outcome->results[policy])) {
            text->length = before;
            continue;
        }
        text_char(text, '\n');
        rows++;
    }
    return rows;
}

enum bm_code output_details(struct folder *folder, const struct outcome_list *list,
                            const struct policy *const *policies, unsigned threads, struct bm_error *error)
{
    struct details_work work = {list, policies};
    struct row_file file = {
        .name = "details.csv",
        .header = "policy,address,lifetime_bounces,suspended_ever,suspended_until,invalid_cause,ses_reason\n",
        .list = list,
        .passes = list->policy_count,
        .argument = &work,
        .format = details_format,
    };
    return row_file_write(&file, folder, threads, NULL, error);
}
