/* differences.csv: the addresses that exactly one of two policies suppresses.
 *
 * How many of them each stretch of addresses has is known from counting; so the rows are divided among the
 * threads, limit and all, before any is looked for, and stretches without rows to give are not read. */
#include "base/base.h"

#include "output/compare.h"
#include "output/outcome_text.h"
#include "output/turns.h"

/* The first `rows` differences of a pair in a stretch. */
struct difference_part {
    size_t a, b, stretch;
    uint32_t rows;
};

struct difference_work {
    const struct outcome_list *list;
    const struct difference_part *parts;
    struct writer *writer;
    struct turns turns;
};

static void text_result(struct text *text, const struct policy_result *result)
{
    text_char(text, ',');
    text_name(text, status_name(result->status));
    text_char(text, ',');
    text_cause(text, result->cause, result->cause_reason);
}

static void difference_row(struct text *text, const struct outcome_list *list,
                           const struct difference_part *part, const struct outcome *outcome)
{
    text_name(text, list->policies[part->a]);
    text_char(text, ',');
    text_name(text, list->policies[part->b]);
    text_char(text, ',');
    text_csv(text, record_address(outcome->address));
    text_result(text, &outcome->results[part->a]);
    text_result(text, &outcome->results[part->b]);
    text_char(text, '\n');
}

static void part_format(const struct outcome_list *list, const struct difference_part *part,
                        const struct outcome_stretch *stretch, struct text *text)
{
    size_t begin = 0;
    for (uint32_t rows = part->rows; rows; begin += 64) {
        CHECK(begin < stretch->count);
        uint64_t word = compare_word(stretch, begin, part->a) ^ compare_word(stretch, begin, part->b);
        for (; word && rows; word &= word - 1, rows--)
            difference_row(text, list, part, stretch->refs[begin + (size_t)__builtin_ctzll(word)].outcome);
    }
}

static void difference_worker(void *argument, unsigned worker)
{
    (void)worker;
    struct difference_work *work = argument;
    struct text text = {0};
    struct outcome_stretch stretch = {0};
    for (size_t part; turns_take(&work->turns, &part);) {
        text.length = 0;
        bool there = outcome_stretch_at(work->list, work->parts[part].stretch, &stretch);
        if (there)
            part_format(work->list, &work->parts[part], &stretch, &text);
        if (!turns_wait(&work->turns, part))
            break;
        writer_put(work->writer, (struct span){text.at, text.length});
        turns_pass(&work->turns, text.failed || !there);
    }
    outcome_stretch_free(&stretch);
    text_free(&text);
}

/* Appends a pair's parts; returns how many. */
static size_t pair_divide(const struct comparison *comparison, const struct policy_pair *pair,
                          uint64_t rows_max, struct difference_part *parts)
{
    size_t count = 0;
    for (size_t stretch = 0; stretch < comparison->stretch_count && rows_max; stretch++) {
        uint32_t rows = comparison_differences(comparison, stretch, pair->a, pair->b);
        if (rows > rows_max)
            rows = (uint32_t)rows_max;
        if (!rows)
            continue;
        parts[count++] = (struct difference_part){pair->a, pair->b, stretch, rows};
        rows_max -= rows;
    }
    return count;
}

/* All pairs' parts in order; NULL when memory is out. */
static struct difference_part *parts_divide(const struct comparison *comparison, uint64_t rows_max,
                                            size_t *count)
{
    size_t stretches = comparison->stretch_count;
    size_t per_pair = rows_max < stretches ? (size_t)rows_max : stretches; /* each has a row at least */
    struct difference_part *parts = calloc(comparison->pair_count * per_pair + 1, sizeof *parts);
    *count = 0;
    for (size_t k = 0; k < comparison->pair_count && parts; k++)
        *count += pair_divide(comparison, &comparison->pairs[k], rows_max, parts + *count);
    return parts;
}

enum bm_code output_differences(struct folder *folder, const struct comparison *comparison,
                                const struct outcome_list *list, uint64_t rows_max, unsigned threads,
                                struct bm_error *error)
{
    struct writer writer;
    struct difference_work work = {.list = list, .writer = &writer};
    struct difference_part *parts = parts_divide(comparison, rows_max, &work.turns.parts);
    if (!parts)
        return fail_memory(error, "the differences of policies");
    work.parts = parts;
    work.turns.stop = folder->stop;
    enum bm_code code = folder_file_open(folder, &writer, "differences.csv", error);
    if (code == BM_OK) {
        struct bm_error close_error;
        writer_text(&writer, "policy_a,policy_b,address,status_a,reason_a,status_b,reason_b\n");
        code =
            turns_run(&work.turns, threads, difference_worker, &work, "the differences of policies", error);
        enum bm_code closed = folder_file_close(folder, &writer, "differences.csv", &close_error);
        if (code == BM_OK && closed != BM_OK) {
            *error = close_error;
            code = closed;
        }
    }
    free(parts);
    return code;
}
