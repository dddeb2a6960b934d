/* A year of days over millions of addresses is hundreds of millions of rows. What the merge keeps of them is
 * only where an address's state changed from one date to the next; here every row is looked up in that, a
 * stretch of addresses at a time, formatted on all threads and written in order. Memory does not grow with
 * the number of dates. */
#include "output/snapshots.h"
#include "base/base.h"

#include "output/outcome_text.h"
#include "output/row_file.h"

struct snapshots_work {
    const struct outcome_list *list;
    const int64_t *dates_ms;
    uint32_t *first_dates; /* by stretch: no address of it has anything to say before */
};

const struct policy_result *outcome_at(const struct outcome *outcome, size_t policy, size_t date)
{
    /* The last snapshot that is not behind (policy, date). */
    const struct outcome_snapshot *snapshots = outcome->more->snapshots;
    size_t begin = 0, end = outcome->more->snapshot_count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        const struct outcome_snapshot *at = &snapshots[middle];
        if (at->policy < policy || (at->policy == policy && at->date <= date))
            begin = middle + 1;
        else
            end = middle;
    }
    if (!begin || snapshots[begin - 1].policy != policy)
        return NULL;
    return &snapshots[begin - 1].result;
}

/* A pass takes the rows of a date and a policy. */
static uint64_t snapshots_format(const void *argument, size_t pass, const struct outcome_stretch *stretch,
                                 struct text *text)
{
    const struct snapshots_work *work = argument;
    const struct outcome_list *list = work->list;
    size_t policy = pass % list->policy_count, date = pass / list->policy_count;
    struct text start = {0};
    text_time(&start, work->dates_ms[date]);
    text_char(&start, ',');
    text_name(&start, list->policies[policy]);
    text_char(&start, ',');
    uint64_t rows = 0;
    for (size_t k = 0; k < stretch->count; k++) {
        const struct outcome *outcome = stretch->refs[k].outcome;
        const struct policy_result *result = outcome_at(outcome, policy, date);
        if (!result)
            continue;
        text_put(text, (struct span){start.at, start.length});
        text_csv(text, record_address(outcome->address));
        text_char(text, ',');
        text_state(text, result, true);
        text_char(text, '\n');
        rows++;
    }
    text->failed |= start.failed;
    text_free(&start);
    return rows;
}

static bool snapshots_skip(const void *argument, size_t pass, size_t stretch)
{
    const struct snapshots_work *work = argument;
    return pass / work->list->policy_count < work->first_dates[stretch];
}

static uint32_t first_date(const struct outcome_stretch *stretch)
{
    uint32_t first = UINT32_MAX;
    for (size_t k = 0; k < stretch->count; k++) {
        const struct outcome_more *more = stretch->refs[k].outcome->more;
        if (more->snapshot_count && more->snapshots[0].date < first)
            first = more->snapshots[0].date; /* every policy's first is of the same date */
    }
    return first;
}

/* False when memory is out, or a stretch could not be read. */
static bool first_dates_find(struct snapshots_work *work)
{
    size_t stretches = outcome_stretches(work->list);
    struct outcome_stretch stretch = {0};
    work->first_dates = malloc((stretches + 1) * sizeof *work->first_dates);
    bool done = work->first_dates != NULL;
    for (size_t k = 0; k < stretches && done; k++) {
        done = outcome_stretch_at(work->list, k, &stretch);
        if (done)
            work->first_dates[k] = first_date(&stretch);
    }
    outcome_stretch_free(&stretch);
    return done;
}

enum bm_code output_snapshots(struct folder *folder, const struct outcome_list *list, const int64_t *dates_ms,
                              size_t date_count, unsigned threads, uint64_t *rows, struct bm_error *error)
{
    struct snapshots_work work = {.list = list, .dates_ms = dates_ms};
    if (!first_dates_find(&work)) {
        free(work.first_dates);
        return fail_memory(error, "snapshots");
    }
    struct row_file file = {
        .name = "snapshots.csv",
        .header = "as_of,policy,address,status,suppressed,reason,since,bounce_count\n",
        .list = list,
        .passes = list->policy_count * date_count,
        .argument = &work,
        .format = snapshots_format,
        .skip = snapshots_skip,
    };
    enum bm_code code = row_file_write(&file, folder, threads, rows, error);
    free(work.first_dates);
    return code;
}
