/* A year of days over millions of addresses is hundreds of millions of rows. What the merge keeps of them is
 * only where an address's state changed from one date to the next; here every row is looked up in that, a
 * stretch of addresses at a time, formatted on all threads and written in order. Memory does not grow with
 * the number of dates. */
#include "output/snapshots.h"
#include "base/base.h"

#include "output/outcome_text.h"
#include "output/turns.h"

#define PART_ADDRESSES 8192u

struct snapshots_work {
    const struct outcome_list *list;
    const int64_t *dates_ms;
    struct writer writer;
    size_t stretches;
    uint32_t *first_dates; /* by stretch: no address of it has anything to say before */
    uint64_t rows;
    struct turns turns;
};

const struct policy_result *outcome_at(const struct outcome *outcome, size_t policy, size_t date)
{
    /* The last snapshot that is not behind (policy, date). */
    size_t begin = 0, end = outcome->snapshot_count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        const struct outcome_snapshot *at = &outcome->snapshots[middle];
        if (at->policy < policy || (at->policy == policy && at->date <= date))
            begin = middle + 1;
        else
            end = middle;
    }
    if (!begin || outcome->snapshots[begin - 1].policy != policy)
        return NULL;
    return &outcome->snapshots[begin - 1].result;
}

/* Formats a part: the rows of a date, a policy and a stretch of addresses. Returns their number. */
static uint64_t part_format(const struct snapshots_work *work, size_t part, struct text *text)
{
    const struct outcome_list *list = work->list;
    size_t begin = part % work->stretches * PART_ADDRESSES, which = part / work->stretches;
    size_t policy = which % list->policy_count, date = which / list->policy_count;
    if (date < work->first_dates[part % work->stretches])
        return 0;
    size_t end = list->count - begin < PART_ADDRESSES ? list->count : begin + PART_ADDRESSES;
    struct text start = {0};
    text_time(&start, work->dates_ms[date]);
    text_char(&start, ',');
    text_name(&start, list->policies[policy]);
    text_char(&start, ',');
    uint64_t rows = 0;
    for (size_t k = begin; k < end; k++) {
        const struct outcome *outcome = list->refs[k].outcome;
        const struct policy_result *result = outcome_at(outcome, policy, date);
        if (!result)
            continue;
        text_put(text, (struct span){start.at, start.length});
        text_csv(text, (struct span){outcome->address->bytes, outcome->address->length});
        text_char(text, ',');
        text_state(text, result, true);
        text_char(text, '\n');
        rows++;
    }
    text->failed |= start.failed;
    text_free(&start);
    return rows;
}

static bool first_dates_find(struct snapshots_work *work)
{
    work->first_dates = malloc((work->stretches + 1) * sizeof *work->first_dates);
    for (size_t stretch = 0; work->first_dates && stretch < work->stretches; stretch++) {
        size_t begin = stretch * PART_ADDRESSES, left = work->list->count - begin;
        uint32_t first = UINT32_MAX;
        for (size_t k = 0; k < left && k < PART_ADDRESSES; k++) {
            const struct outcome *outcome = work->list->refs[begin + k].outcome;
            if (outcome->snapshot_count && outcome->snapshots[0].date < first)
                first = outcome->snapshots[0].date; /* every policy's first is of the same date */
        }
        work->first_dates[stretch] = first;
    }
    return work->first_dates != NULL;
}

static void snapshots_worker(void *argument, unsigned worker)
{
    (void)worker;
    struct snapshots_work *work = argument;
    struct text text = {0};
    for (size_t part; turns_take(&work->turns, &part);) {
        text.length = 0;
        uint64_t rows = part_format(work, part, &text);
        if (!turns_wait(&work->turns, part))
            continue;
        writer_put(&work->writer, (struct span){text.at, text.length});
        work->rows += rows;
        turns_pass(&work->turns, text.failed);
    }
    text_free(&text);
}

enum bm_code output_snapshots(struct folder *folder, const struct outcome_list *list, const int64_t *dates_ms,
                              size_t date_count, unsigned threads, uint64_t *rows, struct bm_error *error)
{
    static const char name[] = "snapshots.csv";
    struct snapshots_work *work = calloc(1, sizeof *work);
    if (!work)
        return fail_memory(error, "snapshots");
    work->list = list;
    work->dates_ms = dates_ms;
    work->stretches = (list->count + PART_ADDRESSES - 1) / PART_ADDRESSES;
    work->turns.parts = work->stretches * list->policy_count * date_count;
    enum bm_code code = first_dates_find(work) ? BM_OK : fail_memory(error, "snapshots");
    if (code == BM_OK)
        code = folder_file_open(folder, &work->writer, name, error);
    if (code == BM_OK) {
        writer_text(&work->writer, "as_of,policy,address,status,suppressed,reason,since,bounce_count\n");
        code = turns_run(&work->turns, threads, snapshots_worker, work, "snapshots", error);
        struct bm_error close_error;
        enum bm_code closed = folder_file_close(folder, &work->writer, name, &close_error);
        if (code == BM_OK && closed != BM_OK) {
            *error = close_error;
            code = closed;
        }
    }
    *rows = work->rows;
    free(work->first_dates);
    free(work);
    return code;
}
