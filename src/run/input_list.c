#include "run/input_list.h"
#include "base/base.h"

#define KNOWN_NOWHERE SIZE_MAX

static size_t samples_count(const struct inputs *inputs)
{
    size_t count = 0;
    for (size_t k = 0; k < inputs->count; k++)
        count += inputs->items[k].sample_count;
    return count;
}

static void samples_copy(const struct input *input, struct tally_input *item)
{
    item->sample_count = input->left_out ? 0 : input->sample_count;
    for (size_t k = 0; k < item->sample_count; k++) {
        const struct input_sample *sample = &input->samples[k];
        item->samples[k] = (struct reject_sample){.line = sample->line + 1,
                                                  .offset = sample->offset,
                                                  .reason = sample->reason,
                                                  .text = sample->text};
    }
}

static void files_add(struct input_list *list, const struct tally_set *set)
{
    for (size_t k = 0; k < set->count; k++) {
        size_t base = list->count;
        for (size_t j = 0; j < set->metas[k].input_count; j++) {
            struct tally_input *item = &list->items[list->count++];
            *item = set->metas[k].inputs[j];
            if (item->report.same_as >= 0)
                item->report.same_as += (int64_t)base;
        }
    }
}

/* Where an archive of that size and hash that a tally file holds stands in the list. */
static size_t known_place(const struct input_list *list, size_t known_count, const struct input *input)
{
    for (size_t k = 0; k < known_count; k++) {
        const struct input_report *report = &list->items[k].report;
        if (report->bytes == input->report.bytes && report->xxh3 == input->report.xxh3 &&
            report->same_as < 0 && !report->failure)
            return k;
    }
    return KNOWN_NOWHERE;
}

/* Whether the list has the archive already, under the same name. */
static bool known_by_name(const struct input_list *list, size_t known_count, const struct input *input)
{
    for (size_t k = 0; k < known_count; k++) {
        const struct input_report *report = &list->items[k].report;
        if (report->bytes == input->report.bytes && report->xxh3 == input->report.xxh3 && !report->failure &&
            strcmp(report->path, input->report.path) == 0)
            return true;
    }
    return false;
}

/* The archives read now. One that a tally file holds is the same as the one there, or, by the same name, is
 * it. `places` gets where each stands. */
static void inputs_add(struct input_list *list, const struct inputs *inputs, size_t *places)
{
    size_t known_count = list->count, sample = 0;
    for (size_t k = 0; k < inputs->count; k++) {
        const struct input *input = &inputs->items[k];
        size_t original = input->report.same_as >= 0 ? (size_t)input->report.same_as : k;
        bool known = inputs->items[original].known;
        if (known && known_by_name(list, known_count, input))
            continue;
        struct tally_input *item = &list->items[list->count];
        *item = (struct tally_input){.report = input->report, .samples = list->samples + sample};
        memcpy(item->rejects, input->rejects, sizeof item->rejects);
        samples_copy(input, item);
        sample += item->sample_count;
        places[k] = list->count++;
        if (known)
            item->report.same_as = (int64_t)known_place(list, known_count, input);
    }
    for (size_t k = 0; k < inputs->count; k++) {
        const struct input *input = &inputs->items[k];
        if (input->report.same_as >= 0 && !inputs->items[input->report.same_as].known)
            list->items[places[k]].report.same_as = (int64_t)places[input->report.same_as];
    }
}

struct list_place {
    const struct tally_input *item;
    size_t place;
};

static int place_order(const void *a, const void *b)
{
    const struct list_place *x = a, *y = b;
    const struct input_report *p = &x->item->report, *q = &y->item->report;
    int order = strcmp(p->path, q->path);
    if (order)
        return order;
    if (p->bytes != q->bytes)
        return p->bytes < q->bytes ? -1 : 1;
    if (p->xxh3 != q->xxh3)
        return p->xxh3 < q->xxh3 ? -1 : 1;
    if (p->same_as != q->same_as && (p->same_as < 0 || q->same_as < 0))
        return p->same_as < 0 ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* Puts the list in order; what is the same as another follows it to its new place. */
static enum bm_code list_sort(struct input_list *list, struct bm_error *error)
{
    struct list_place *places = malloc((list->count + 1) * sizeof *places);
    size_t *moved = malloc((list->count + 1) * sizeof *moved);
    struct tally_input *items = malloc((list->count + 1) * sizeof *items);
    if (!places || !moved || !items) {
        free(places);
        free(moved);
        free(items);
        return fail_memory(error, "the list of archives");
    }
    for (size_t k = 0; k < list->count; k++)
        places[k] = (struct list_place){&list->items[k], k};
    qsort(places, list->count, sizeof *places, place_order);
    for (size_t k = 0; k < list->count; k++) {
        items[k] = *places[k].item;
        moved[places[k].place] = k;
    }
    for (size_t k = 0; k < list->count; k++)
        if (items[k].report.same_as >= 0)
            items[k].report.same_as = (int64_t)moved[items[k].report.same_as];
    free(list->items);
    list->items = items;
    free(places);
    free(moved);
    return BM_OK;
}

enum bm_code input_list_make(struct input_list *list, const struct tally_set *set,
                             const struct inputs *inputs, struct bm_error *error)
{
    size_t count = inputs->count;
    for (size_t k = 0; k < set->count; k++)
        count += set->metas[k].input_count;
    list->items = calloc(count + 1, sizeof *list->items);
    list->samples = calloc(samples_count(inputs) + 1, sizeof *list->samples);
    size_t *places = calloc(inputs->count + 1, sizeof *places);
    if (!list->items || !list->samples || !places) {
        free(places);
        return fail_memory(error, "the list of archives");
    }
    files_add(list, set);
    inputs_add(list, inputs, places);
    free(places);
    return list_sort(list, error);
}

enum bm_code input_list_make_read(struct input_list *list, const struct inputs *inputs,
                                  struct bm_error *error)
{
    list->items = calloc(inputs->count + 1, sizeof *list->items);
    list->samples = calloc(samples_count(inputs) + 1, sizeof *list->samples);
    if (!list->items || !list->samples)
        return fail_memory(error, "the list of archives");
    size_t sample = 0;
    for (size_t k = 0; k < inputs->count; k++) {
        const struct input *input = &inputs->items[k];
        if (!input->read)
            continue;
        struct tally_input *item = &list->items[list->count++];
        *item = (struct tally_input){.report = input->report, .samples = list->samples + sample};
        memcpy(item->rejects, input->rejects, sizeof item->rejects);
        samples_copy(input, item);
        sample += item->sample_count;
    }
    return list_sort(list, error);
}

void input_list_free(struct input_list *list)
{
    free(list->items);
    free(list->samples);
    *list = (struct input_list){0};
}

/* Totals over the archives, and the check that no row was lost. */
static enum bm_code account(const struct input_list *list, struct report *report, struct bm_error *error)
{
    for (size_t k = 0; k < list->count; k++) {
        const struct tally_input *input = &list->items[k];
        const struct input_report *sums = &input->report;
        if (sums->rows != sums->tallied + sums->ignored + sums->rejected || sums->outside > sums->ignored)
            return fail(error, BM_INTERNAL, "%s: rows do not add up", sums->path);
        if (sums->failure)
            continue;
        report->rows += sums->rows;
        report->tallied += sums->tallied;
        report->ignored += sums->ignored;
        report->outside += sums->outside;
        report->rejected += sums->rejected;
        for (unsigned j = 0; j < REJECT_COUNT; j++)
            report->rejects[j] += input->rejects[j];
        report->sample_count += input->sample_count;
    }
    if (report->rows != report->tallied + report->ignored + report->rejected)
        return fail(error, BM_INTERNAL, "rows do not add up");
    return BM_OK;
}

enum bm_code input_list_report(const struct input_list *list, struct report *report, struct bm_error *error)
{
    enum bm_code code = account(list, report, error);
    if (code != BM_OK)
        return code;
    report->inputs = calloc(list->count + 1, sizeof *report->inputs);
    report->samples = calloc(report->sample_count + 1, sizeof *report->samples);
    if (!report->inputs || !report->samples)
        return fail_memory(error, "the report");
    size_t at = 0;
    for (size_t k = 0; k < list->count; k++) {
        const struct tally_input *input = &list->items[k];
        report->inputs[k] = input->report;
        for (size_t j = 0; j < input->sample_count && !input->report.failure; j++) {
            report->samples[at] = input->samples[j];
            report->samples[at++].archive = (uint32_t)k;
        }
    }
    report->sample_count = at;
    report->input_count = list->count;
    return BM_OK;
}
