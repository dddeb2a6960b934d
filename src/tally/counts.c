#include "tally/counts.h"
#include "base/base.h"

#include "base/hash.h"
#include "classify/text_mask.h"
#include "event/time.h"
#include "tally/name_table.h"
#include "tally/unmatched.h"

#define DAY_COUNT 50904 /* days that 42 bits of milliseconds reach, from 1970-01-01 */

struct named_item {
    struct count_cell cell;
    int64_t first_ms, last_ms;
    int32_t worst_day; /* set by counts_report */
    uint64_t worst_day_bounces;
};

struct named_table {
    struct name_table names;
    struct named_item *items;
    uint32_t capacity;
};

/* A pair of numbers and a count of each class: (domain, day) and (reply code, enhanced code). */
struct pair_item {
    uint32_t a, b;
    uint64_t classes[BM_CLASS_COUNT];
    uint64_t total;
};

struct pair_table {
    struct pair_item *items;
    uint32_t *slots; /* item + 1 */
    uint32_t count, capacity, slot_count;
};

struct counts {
    struct count_cell total;
    struct named_table domains, campaigns;
    struct pair_table domain_days, codes;
    struct count_cell *days; /* by day since the epoch */
    uint64_t reasons[REASON_COUNT][BM_CLASS_COUNT];
    uint64_t *rules;
    unsigned rule_count;
    struct unmatched unmatched;
    int64_t first_ms, last_ms;
    uint32_t domain; /* of the last event */
};

enum bm_code counts_new(struct counts **counts, unsigned rule_count, struct bm_error *error)
{
    struct counts *made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory(error, "the report's counts");
    made->days = calloc(DAY_COUNT, sizeof *made->days); /* untouched pages cost nothing */
    made->rules = calloc(rule_count + 1, sizeof *made->rules);
    made->rule_count = rule_count;
    made->first_ms = INT64_MAX;
    made->last_ms = INT64_MIN;
    if (!made->days || !made->rules) {
        counts_free(made);
        return fail_memory(error, "the report's counts");
    }
    *counts = made;
    return BM_OK;
}

static void named_free(struct named_table *table)
{
    name_table_free(&table->names);
    free(table->items);
}

static void pairs_free(struct pair_table *table)
{
    free(table->items);
    free(table->slots);
}

void counts_free(struct counts *counts)
{
    if (!counts)
        return;
    named_free(&counts->domains);
    named_free(&counts->campaigns);
    pairs_free(&counts->domain_days);
    pairs_free(&counts->codes);
    unmatched_free(&counts->unmatched);
    free(counts->days);
    free(counts->rules);
    free(counts);
}

/* The number of a name's item, a new one with no rows; NAME_NUMBER_NONE when memory is out. */
static uint32_t named_find(struct named_table *table, struct span name, uint64_t hash)
{
    bool added;
    uint32_t number = name_table_find(&table->names, name, hash, &added);
    if (!added)
        return number;
    if (!items_reserve((void **)&table->items, &table->capacity, number + 1, sizeof *table->items))
        return NAME_NUMBER_NONE;
    table->items[number] = (struct named_item){.first_ms = INT64_MAX, .last_ms = INT64_MIN, .worst_day = -1};
    return number;
}

static void named_see(struct named_item *item, const struct event *event)
{
    item->cell.kinds[event->kind]++;
    if (event->time_ms < item->first_ms)
        item->first_ms = event->time_ms;
    if (event->time_ms > item->last_ms)
        item->last_ms = event->time_ms;
}

static uint64_t pair_hash(uint32_t a, uint32_t b)
{
    uint64_t mixed = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);
    return mixed ^ mixed >> 32;
}

static bool pairs_grow(struct pair_table *table)
{
    uint32_t slot_count = table->slot_count ? 2 * table->slot_count : 256;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t k = 0; k < table->count; k++) {
        uint32_t at = (uint32_t)pair_hash(table->items[k].a, table->items[k].b) & (slot_count - 1);
        while (slots[at])
            at = (at + 1) & (slot_count - 1);
        slots[at] = k + 1;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = slot_count;
    return true;
}

static struct pair_item *pair_find(struct pair_table *table, uint32_t a, uint32_t b)
{
    if (table->count * UINT64_C(4) >= table->slot_count * UINT64_C(3) && !pairs_grow(table))
        return NULL;
    uint32_t mask = table->slot_count - 1, at = (uint32_t)pair_hash(a, b) & mask;
    for (; table->slots[at]; at = (at + 1) & mask) {
        struct pair_item *item = &table->items[table->slots[at] - 1];
        if (item->a == a && item->b == b)
            return item;
    }
    if (!items_reserve((void **)&table->items, &table->capacity, table->count + 1, sizeof *table->items))
        return NULL;
    table->slots[at] = ++table->count;
    table->items[table->count - 1] = (struct pair_item){.a = a, .b = b};
    return &table->items[table->count - 1];
}

bool counts_event(struct counts *counts, const struct event *event, uint64_t campaign_hash)
{
    uint32_t domain = named_find(&counts->domains, event->domain, hash_span(event->domain));
    uint32_t campaign = named_find(&counts->campaigns, event->campaign, campaign_hash);
    if (domain == NAME_NUMBER_NONE || campaign == NAME_NUMBER_NONE)
        return false;
    named_see(&counts->domains.items[domain], event);
    named_see(&counts->campaigns.items[campaign], event);
    counts->total.kinds[event->kind]++;
    counts->days[event->time_ms / DAY_MS].kinds[event->kind]++;
    if (event->time_ms < counts->first_ms)
        counts->first_ms = event->time_ms;
    if (event->time_ms > counts->last_ms)
        counts->last_ms = event->time_ms;
    counts->domain = domain;
    if (event->kind != BM_BOUNCE)
        return true;
    counts->domains.items[domain].cell.classes[event->class_]++;
    counts->campaigns.items[campaign].cell.classes[event->class_]++;
    return true;
}

static bool text_unmatched(struct counts *counts, const struct event *event)
{
    char masked[UNMATCHED_BYTES_MAX];
    size_t length = text_mask(event->diagnostic, masked, sizeof masked);
    return unmatched_add(&counts->unmatched, (struct span){masked, length}, event->diagnostic,
                         event->smtp_code, event->enhanced, 1);
}

bool counts_bounce(struct counts *counts, const struct event *event, unsigned rule, bool text_matched)
{
    int32_t day = (int32_t)(event->time_ms / DAY_MS);
    ASSERT(rule < counts->rule_count && day >= 0 && day < DAY_COUNT);
    counts->rules[rule]++;
    counts->reasons[event->reason][event->class_]++;
    counts->total.classes[event->class_]++;
    counts->days[day].classes[event->class_]++;
    struct pair_item *code = pair_find(&counts->codes, event->smtp_code, event->enhanced);
    if (!code)
        return false;
    code->classes[event->class_]++;
    code->total++;
    if (event->class_ != BM_NONE) {
        struct pair_item *domain_day = pair_find(&counts->domain_days, counts->domain, (uint32_t)day);
        if (!domain_day)
            return false;
        domain_day->total++;
    }
    return text_matched || !event->diagnostic.length || text_unmatched(counts, event);
}

static bool cell_empty(const struct count_cell *cell)
{
    uint64_t sum = 0;
    for (unsigned k = 0; k < BM_KIND_COUNT; k++)
        sum += cell->kinds[k];
    return sum == 0;
}

static void cell_add(struct count_cell *into, const struct count_cell *from)
{
    for (unsigned k = 0; k < BM_KIND_COUNT; k++)
        into->kinds[k] += from->kinds[k];
    for (unsigned k = 0; k < BM_CLASS_COUNT; k++)
        into->classes[k] += from->classes[k];
}

/* Adds a table's items; renumbered[k], where wanted, becomes the number of from's item k. */
static bool named_merge(struct named_table *into, const struct named_table *from, uint32_t *renumbered)
{
    for (uint32_t k = 0; k < from->names.count; k++) {
        uint32_t number = named_find(into, from->names.names[k], from->names.hashes[k]);
        if (number == NAME_NUMBER_NONE)
            return false;
        struct named_item *item = &into->items[number];
        const struct named_item *other = &from->items[k];
        cell_add(&item->cell, &other->cell);
        item->first_ms = other->first_ms < item->first_ms ? other->first_ms : item->first_ms;
        item->last_ms = other->last_ms > item->last_ms ? other->last_ms : item->last_ms;
        if (renumbered)
            renumbered[k] = number;
    }
    return true;
}

static bool pairs_merge(struct pair_table *into, const struct pair_table *from, const uint32_t *renumbered)
{
    for (uint32_t k = 0; k < from->count; k++) {
        const struct pair_item *other = &from->items[k];
        struct pair_item *item = pair_find(into, renumbered ? renumbered[other->a] : other->a, other->b);
        if (!item)
            return false;
        for (unsigned c = 0; c < BM_CLASS_COUNT; c++)
            item->classes[c] += other->classes[c];
        item->total += other->total;
    }
    return true;
}

bool counts_merge(struct counts *into, const struct counts *from)
{
    cell_add(&into->total, &from->total);
    for (unsigned day = 0; day < DAY_COUNT; day++)
        if (!cell_empty(&from->days[day])) /* so that pages without a day stay untouched */
            cell_add(&into->days[day], &from->days[day]);
    for (unsigned k = 0; k < REASON_COUNT; k++)
        for (unsigned c = 0; c < BM_CLASS_COUNT; c++)
            into->reasons[k][c] += from->reasons[k][c];
    for (unsigned k = 0; k < from->rule_count; k++)
        into->rules[k] += from->rules[k];
    into->first_ms = from->first_ms < into->first_ms ? from->first_ms : into->first_ms;
    into->last_ms = from->last_ms > into->last_ms ? from->last_ms : into->last_ms;
    uint32_t *renumbered = malloc((from->domains.names.count + 1) * sizeof *renumbered);
    bool done = renumbered && named_merge(&into->domains, &from->domains, renumbered) &&
                named_merge(&into->campaigns, &from->campaigns, NULL) &&
                pairs_merge(&into->domain_days, &from->domain_days, renumbered) &&
                pairs_merge(&into->codes, &from->codes, NULL) &&
                unmatched_merge(&into->unmatched, &from->unmatched);
    free(renumbered);
    return done;
}

static int name_order(const void *a, const void *b)
{
    const struct count_named *x = a, *y = b;
    return span_compare(x->name, y->name);
}

static struct count_named *named_report(const struct named_table *table, size_t *count)
{
    struct count_named *rows = malloc((table->names.count + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    for (uint32_t k = 0; k < table->names.count; k++) {
        const struct named_item *item = &table->items[k];
        rows[k] = (struct count_named){table->names.names[k], item->cell,      item->first_ms,
                                       item->last_ms,         item->worst_day, item->worst_day_bounces};
    }
    *count = table->names.count;
    qsort(rows, *count, sizeof *rows, name_order);
    return rows;
}

static void worst_days_set(struct counts *counts)
{
    for (uint32_t k = 0; k < counts->domain_days.count; k++) {
        const struct pair_item *pair = &counts->domain_days.items[k];
        struct named_item *item = &counts->domains.items[pair->a];
        bool earlier = (int32_t)pair->b < item->worst_day;
        if (pair->total > item->worst_day_bounces || (pair->total == item->worst_day_bounces && earlier)) {
            item->worst_day = (int32_t)pair->b;
            item->worst_day_bounces = pair->total;
        }
    }
}

static int code_order(const void *a, const void *b)
{
    const struct count_code *x = a, *y = b;
    if (x->smtp_code != y->smtp_code)
        return x->smtp_code < y->smtp_code ? -1 : 1;
    return (x->enhanced > y->enhanced) - (x->enhanced < y->enhanced);
}

static struct count_code *codes_report(const struct pair_table *codes, size_t *count)
{
    struct count_code *rows = malloc((codes->count + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    for (uint32_t k = 0; k < codes->count; k++) {
        rows[k] =
            (struct count_code){.smtp_code = (uint16_t)codes->items[k].a, .enhanced = codes->items[k].b};
        memcpy(rows[k].classes, codes->items[k].classes, sizeof rows[k].classes);
        rows[k].bounces = codes->items[k].total - codes->items[k].classes[BM_NONE];
    }
    *count = codes->count;
    qsort(rows, *count, sizeof *rows, code_order);
    return rows;
}

static struct count_day *days_report(const struct count_cell *days, size_t *count)
{
    *count = 0;
    for (int32_t day = 0; day < DAY_COUNT; day++)
        *count += !cell_empty(&days[day]);
    struct count_day *rows = malloc((*count + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    size_t used = 0;
    for (int32_t day = 0; day < DAY_COUNT; day++)
        if (!cell_empty(&days[day]))
            rows[used++] = (struct count_day){day, days[day]};
    return rows;
}

static int rule_order(const void *a, const void *b)
{
    const struct count_rule *x = a, *y = b;
    if (x->hits != y->hits)
        return x->hits > y->hits ? -1 : 1;
    return strcmp(x->rule, y->rule);
}

static struct count_rule *rules_report(const struct counts *counts, const struct bm_classifier *classifier,
                                       size_t *count)
{
    struct count_rule *rows = malloc((counts->rule_count + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    size_t used = 0;
    for (unsigned k = 0; k < counts->rule_count; k++)
        if (counts->rules[k])
            rows[used++] = (struct count_rule){bm_rule_name(classifier, k), bm_rule_table(classifier, k),
                                               counts->rules[k]};
    *count = used;
    qsort(rows, used, sizeof *rows, rule_order);
    return rows;
}

bool counts_report(struct counts *counts, const struct bm_classifier *classifier, struct report *report)
{
    worst_days_set(counts);
    report->total = counts->total;
    report->first_ms = counts->first_ms;
    report->last_ms = counts->last_ms;
    memcpy(report->reasons, counts->reasons, sizeof report->reasons);
    report->unrecognised = 0;
    for (unsigned c = 0; c < BM_CLASS_COUNT; c++)
        report->unrecognised += counts->reasons[REASON_UNDETERMINED][c];
    report->domains = named_report(&counts->domains, &report->domain_count);
    report->campaigns = named_report(&counts->campaigns, &report->campaign_count);
    report->codes = codes_report(&counts->codes, &report->code_count);
    report->days = days_report(counts->days, &report->day_count);
    report->rules = rules_report(counts, classifier, &report->rule_count);
    report->unmatched = unmatched_top(&counts->unmatched, &report->unmatched_count);
    return report->domains && report->campaigns && report->codes && report->days && report->rules &&
           report->unmatched;
}

void counts_report_free(struct report *report)
{
    free(report->domains);
    free(report->campaigns);
    free(report->codes);
    free(report->days);
    free(report->rules);
    free(report->unmatched);
}
