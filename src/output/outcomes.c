/* Writing the rows of addresses in parallel, in one order.
 *
 * The sorted list is cut into stretches; threads format parts, a policy's rows of a stretch, to text in
 * memory and hand them to the files in turn. A stretch is small enough for its text to stay in a cache, and
 * for many threads to wait little. */
#include "output/outcomes.h"
#include "base/base.h"

#include "output/outcome_spill.h"
#include "output/outcome_text.h"
#include "output/turns.h"

#define ROW_BYTES_FIXED 256u /* of a row without its address */

enum outcome_file { FILE_SUPPRESSION, FILE_STATUS, FILE_HISTORY, FILE_COUNT };

static const struct {
    const char *name;
    enum output output;
    const char *header;
} outcome_files[FILE_COUNT] = {
    [FILE_SUPPRESSION] =
        {"suppression.csv", OUTPUT_SUPPRESSION,
         "policy,address,status,reason,since,bounce_count,first_bounce,last_bounce,last_reason,"
         "last_smtp_code,last_enhanced_code\n"},
    [FILE_STATUS] = {"status.csv", OUTPUT_STATUS,
                     "policy,address,status,suppressed,reason,since,bounce_count\n"},
    [FILE_HISTORY] = {"history.csv", OUTPUT_HISTORY, "policy,address,time,status,reason\n"},
};

size_t outcome_stretches(const struct outcome_list *list)
{
    return list->spill ? list->spill->stretch_count : (list->count + OUTCOME_STRETCH - 1) / OUTCOME_STRETCH;
}

bool outcome_stretch_at(const struct outcome_list *list, size_t number, struct outcome_stretch *stretch)
{
    if (stretch->number_after == number + 1)
        return true;
    stretch->number_after = 0;
    if (list->spill) {
        if (!outcome_spill_read(list->spill, number, stretch))
            return false;
    } else {
        size_t begin = number * OUTCOME_STRETCH, left = list->count - begin;
        stretch->refs = list->refs + begin;
        stretch->count = left < OUTCOME_STRETCH ? left : OUTCOME_STRETCH;
    }
    stretch->number_after = number + 1;
    return true;
}

void outcome_stretch_free(struct outcome_stretch *stretch)
{
    free(stretch->own_refs);
    free(stretch->bytes);
    *stretch = (struct outcome_stretch){0};
}

struct rows_work {
    const struct outcome_list *list;
    struct policy_report *reports;
    struct writer *writers[FILE_COUNT]; /* NULL: not wanted */
    size_t stretches;
    struct turns turns;
};

static void row_start(struct text *text, const char *policy, const struct outcome *outcome)
{
    text_name(text, policy);
    text_char(text, ',');
    text_csv(text, record_address(outcome->address));
    text_char(text, ',');
}

static void suppression_row(struct text *text, const char *policy, const struct outcome *outcome,
                            const struct policy_result *result)
{
    row_start(text, policy, outcome);
    text_state(text, result, false);
    text_char(text, ',');
    text_time(text, outcome->first_bounce_ms);
    text_char(text, ',');
    text_time(text, outcome->last_bounce_ms);
    text_char(text, ',');
    if (outcome->first_bounce_ms != TIME_NEVER)
        text_name(text, reason_table[outcome->last_reason].name);
    text_char(text, ',');
    if (outcome->last_smtp_code)
        text_u64(text, outcome->last_smtp_code);
    text_char(text, ',');
    char code[11];
    text_put(text, (struct span){code, enhanced_format(outcome->last_enhanced, code)});
    text_char(text, '\n');
}

static void status_row(struct text *text, const char *policy, const struct outcome *outcome,
                       const struct policy_result *result)
{
    row_start(text, policy, outcome);
    text_state(text, result, true);
    text_char(text, '\n');
}

static void history_rows(struct text *text, const struct outcome_list *list, const struct outcome *outcome)
{
    for (uint32_t k = 0; k < outcome->more->change_count; k++) {
        const struct outcome_change *change = &outcome->more->changes[k];
        row_start(text, list->policies[change->policy], outcome);
        text_time(text, change->time_ms);
        text_char(text, ',');
        text_name(text, status_name(change->change.status));
        text_char(text, ',');
        text_cause(text, change->change.cause, change->change.cause_reason);
        text_char(text, '\n');
    }
}

/* Formats a part: one policy's rows of a stretch of addresses; the histories of all policies go with the
 * first. */
static void part_format(struct rows_work *work, size_t policy, const struct outcome_stretch *stretch,
                        struct text texts[FILE_COUNT], struct policy_report *report)
{
    const struct outcome_list *list = work->list;
    for (size_t k = 0; k < stretch->count; k++) {
        outcome_fetch(stretch, k);
        const struct outcome *outcome = stretch->refs[k].outcome;
        const struct policy_result *result = &outcome->results[policy];
        report->statuses[result->status]++;
        report->suppressed += result->suppressed;
        if (work->writers[FILE_SUPPRESSION] && result->suppressed)
            suppression_row(&texts[FILE_SUPPRESSION], list->policies[policy], outcome, result);
        if (work->writers[FILE_STATUS])
            status_row(&texts[FILE_STATUS], list->policies[policy], outcome, result);
        if (work->writers[FILE_HISTORY] && policy == 0)
            history_rows(&texts[FILE_HISTORY], list, outcome);
    }
}

/* Waits for the part's turn, writes its texts, adds up its report. */
static void part_hand_in(struct rows_work *work, size_t part, struct text texts[FILE_COUNT],
                         const struct policy_report *report, bool failed)
{
    if (!turns_wait(&work->turns, part))
        return;
    for (unsigned k = 0; k < FILE_COUNT; k++) {
        if (work->writers[k])
            writer_put(work->writers[k], (struct span){texts[k].at, texts[k].length});
        failed |= texts[k].failed;
    }
    struct policy_report *sum = &work->reports[part / work->stretches];
    for (unsigned k = 0; k < COUNT_OF(sum->statuses); k++)
        sum->statuses[k] += report->statuses[k];
    sum->suppressed += report->suppressed;
    turns_pass(&work->turns, failed);
}

static void rows_worker(void *argument, unsigned worker)
{
    (void)worker;
    struct rows_work *work = argument;
    struct text texts[FILE_COUNT] = {0};
    struct outcome_stretch stretch = {0};
    for (size_t part; turns_take(&work->turns, &part);) {
        struct policy_report report = {0};
        for (unsigned k = 0; k < FILE_COUNT; k++)
            texts[k].length = 0;
        bool there = outcome_stretch_at(work->list, part % work->stretches, &stretch);
        if (there)
            part_format(work, part / work->stretches, &stretch, texts, &report);
        part_hand_in(work, part, texts, &report, !there);
    }
    outcome_stretch_free(&stretch);
    for (unsigned k = 0; k < FILE_COUNT; k++)
        text_free(&texts[k]);
}

enum bm_code output_outcomes(struct folder *folder, const struct outcome_list *list, uint32_t outputs,
                             unsigned threads, struct policy_report *reports, struct bm_error *error)
{
    struct rows_work work = {.list = list, .reports = reports};
    work.stretches = outcome_stretches(list);
    work.turns.parts = work.stretches * list->policy_count;
    work.turns.stop = folder->stop;
    struct writer writers[FILE_COUNT];
    enum bm_code code = BM_OK;
    for (unsigned k = 0; k < FILE_COUNT && code == BM_OK; k++) {
        if (!(outputs >> outcome_files[k].output & 1))
            continue;
        code = folder_file_open(folder, &writers[k], outcome_files[k].name, error);
        if (code == BM_OK) {
            work.writers[k] = &writers[k];
            writer_text(&writers[k], outcome_files[k].header);
        }
    }
    if (code == BM_OK)
        code = turns_run(&work.turns, threads, rows_worker, &work, "output rows", error);
    for (unsigned k = 0; k < FILE_COUNT; k++) {
        struct bm_error close_error;
        if (!work.writers[k])
            continue;
        enum bm_code closed = folder_file_close(folder, work.writers[k], outcome_files[k].name, &close_error);
        if (code == BM_OK && closed != BM_OK) {
            *error = close_error;
            code = closed;
        }
    }
    return code;
}
