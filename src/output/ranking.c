#include "output/ranking.h"
#include "base/base.h"
#include "output/columns.h"

static int reason_count_compare(const void *a, const void *b)
{
    const struct reason_count *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    if (x->reason != y->reason)
        return x->reason < y->reason ? -1 : 1; /* reasons are numbered in the order of their names */
    return strcmp(bm_class_name(x->class_), bm_class_name(y->class_));
}

size_t ranking_reasons(const struct report *report, struct reason_count ranking[RANKING_REASONS_MAX])
{
    size_t count = 0;
    for (int reason = 0; reason < REASON_COUNT; reason++)
        for (int class_ = 0; class_ < BM_CLASS_COUNT; class_++)
            if (report->reasons[reason][class_])
                ranking[count++] = (struct reason_count){(enum reason)reason, (enum bm_class)class_,
                                                         report->reasons[reason][class_]};
    qsort(ranking, count, sizeof *ranking, reason_count_compare);
    return count;
}

const struct reason_row *ranking_platforms(const struct reason_count *item)
{
    const struct reason_row *own = &reason_table[item->reason];
    return own->class_ == item->class_ ? own : &reason_table[reason_class_default(item->class_)];
}

#define RANKING_LIMIT_MAX 100

/* The items with the largest keys, the largest first; of equal keys, what came first. */
struct top {
    const void *items[RANKING_LIMIT_MAX];
    uint64_t keys[RANKING_LIMIT_MAX];
    size_t count, limit;
};

/* Insertion into a short sorted list: one comparison for nearly every item of a long table. */
static void top_insert(struct top *top, const void *item, uint64_t key)
{
    CHECK(top->limit > 0 && top->limit <= RANKING_LIMIT_MAX);
    if (key == 0 || (top->count == top->limit && key <= top->keys[top->count - 1]))
        return;
    size_t at = top->count < top->limit ? top->count++ : top->limit - 1;
    for (; at > 0 && top->keys[at - 1] < key; at--) {
        top->keys[at] = top->keys[at - 1];
        top->items[at] = top->items[at - 1];
    }
    top->keys[at] = key;
    top->items[at] = item;
}

size_t ranking_named(const struct count_named *items, size_t count, const struct count_named **top,
                     size_t limit)
{
    struct top found = {.limit = limit};
    for (size_t k = 0; k < count; k++)
        top_insert(&found, &items[k], cell_bounces(&items[k].cell));
    for (size_t k = 0; k < found.count; k++)
        top[k] = found.items[k];
    return found.count;
}

size_t ranking_codes(const struct count_code *items, size_t count, const struct count_code **top,
                     size_t limit)
{
    struct top found = {.limit = limit};
    for (size_t k = 0; k < count; k++)
        top_insert(&found, &items[k], classes_bounces(items[k].classes));
    for (size_t k = 0; k < found.count; k++)
        top[k] = found.items[k];
    return found.count;
}

size_t ranking_labels(const struct report *report, const struct count_label **top, size_t limit)
{
    struct top found = {.limit = limit};
    for (size_t k = 0; k < report->label_count; k++)
        if (report->labels[k].agreement == LABEL_DISAGREES)
            top_insert(&found, &report->labels[k], report->labels[k].count);
    for (size_t k = 0; k < found.count; k++)
        top[k] = found.items[k];
    return found.count;
}

const char *path_last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int input_compare(const void *a, const void *b)
{
    const struct input_report *x = *(const struct input_report *const *)a;
    const struct input_report *y = *(const struct input_report *const *)b;
    int names = strcmp(path_last_part(x->path), path_last_part(y->path));
    if (names)
        return names;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    if (x->xxh3 != y->xxh3)
        return x->xxh3 < y->xxh3 ? -1 : 1;
    return (x->same_as >= 0) - (y->same_as >= 0); /* the one that was read first */
}

const struct input_report **ranking_inputs(const struct report *report)
{
    const struct input_report **inputs = malloc((report->input_count + 1) * sizeof *inputs);
    if (!inputs)
        return NULL;
    for (size_t k = 0; k < report->input_count; k++)
        inputs[k] = &report->inputs[k];
    qsort(inputs, report->input_count, sizeof *inputs, input_compare);
    return inputs;
}
