#include "base/base.h"
#include "output/campaign_names.h"
#include "output/outcome_text.h"
#include "output/people.h"
#include "output/row_file.h"

struct moments_work {
    struct campaign_names names;
};

static const char *moment_text(unsigned category)
{
    return category == MARKETO_INVALID   ? "Email: Email invalid - Bounced from "
           : category == MARKETO_BLOCKED ? "Email: Spam blocked - Bounced from "
                                         : "Email: Soft bounced from ";
}

static void moment_row(const struct moments_work *work, const struct outcome *outcome,
                       const struct outcome_moment *moment, struct text *text, struct text *phrase)
{
    text_csv(text, record_address(outcome->address));
    text_char(text, ',');
    text_time(text, moment->time_ms);
    text_char(text, ',');
    text_u64(text, moment->category);
    text_char(text, ',');
    phrase->length = 0;
    text_name(phrase, moment_text(moment->category));
    struct span subject = campaign_name(&work->names, moment->campaign);
    text_put(phrase, subject.length ? subject : SPAN("{{email subject}}"));
    text_csv(text, (struct span){phrase->at, phrase->length});
    text_char(text, ',');
    text_name(text, reason_table[moment->reason].name);
    text_char(text, '\n');
}

static uint64_t moments_format(const void *argument, size_t pass, const struct outcome_stretch *stretch,
                               struct text *text)
{
    (void)pass;
    const struct moments_work *work = argument;
    struct text phrase = {0};
    uint64_t rows = 0;
    for (size_t k = 0; k < stretch->count; k++) {
        const struct outcome *outcome = stretch->refs[k].outcome;
        for (uint32_t j = 0; j < outcome->more->moment_count; j++)
            moment_row(work, outcome, &outcome->more->moments[j], text, &phrase);
        rows += outcome->more->moment_count;
    }
    text->failed |= phrase.failed;
    text_free(&phrase);
    return rows;
}

enum bm_code output_moments(struct folder *folder, const struct outcome_list *list,
                            const struct report *report, unsigned threads, struct bm_error *error)
{
    struct moments_work work = {0};
    if (!campaign_names_make(&work.names, report))
        return fail_memory(error, "the campaigns' names");
    struct row_file file = {
        .name = "moments.csv",
        .header = "address,time,category,moment,reason\n",
        .list = list,
        .passes = 1,
        .argument = &work,
        .format = moments_format,
    };
    enum bm_code code = row_file_write(&file, folder, threads, NULL, error);
    campaign_names_free(&work.names);
    return code;
}
