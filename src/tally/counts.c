#include "tally/counts.h"
#include "base/base.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/hash_factor.h"
#include "classify/text_mask.h"
#include "event/time.h"
#include "tally/counts_state.h"

enum bm_code counts_new(struct counts **counts, unsigned rule_count, struct bm_error *error)
{
    struct counts *made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory(error, "the report's counts");
    made->days = calloc(DAY_COUNT, sizeof *made->days); /* untouched pages cost nothing */
    made->rules = calloc(rule_count + 1, sizeof *made->rules);
    made->rule_count = rule_count;
    if (!made->days || !made->rules) {
        counts_free(made);
        return fail_memory(error, "the report's counts");
    }
    *counts = made;
    return BM_OK;
}

static void codes_free(struct code_items *table)
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
    codes_free(&counts->codes);
    labels_free(&counts->labels);
    unmatched_free(&counts->unmatched);
    named_rules_free(&counts->named_rules);
    free(counts->days);
    free(counts->rules);
    free(counts);
}

static uint64_t code_hash(uint32_t smtp_code, enhanced_code enhanced)
{
    uint64_t mixed = ((uint64_t)smtp_code << 32 | enhanced) * HASH_FACTOR;
    return mixed ^ mixed >> 32;
}

static bool codes_grow(struct code_items *table)
{
    uint32_t slot_count = table->slot_count ? 2 * table->slot_count : 256;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t k = 0; k < table->count; k++) {
        uint32_t at =
            (uint32_t)code_hash(table->items[k].smtp_code, table->items[k].enhanced) & (slot_count - 1);
        while (slots[at])
            at = (at + 1) & (slot_count - 1);
        slots[at] = k + 1;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = slot_count;
    return true;
}

struct code_item *counts_code_find(struct code_items *table, uint32_t smtp_code, enhanced_code enhanced)
{
    if (table->count * UINT64_C(4) >= table->slot_count * UINT64_C(3) && !codes_grow(table))
        return NULL;
    uint32_t mask = table->slot_count - 1, at = (uint32_t)code_hash(smtp_code, enhanced) & mask;
    for (; table->slots[at]; at = (at + 1) & mask) {
        struct code_item *item = &table->items[table->slots[at] - 1];
        if (item->smtp_code == smtp_code && item->enhanced == enhanced)
            return item;
    }
    struct code_item *items =
        array_room(table->items, &table->capacity, (size_t)table->count + 1, sizeof *items);
    if (!items)
        return NULL;
    table->items = items;
    table->slots[at] = ++table->count;
    table->items[table->count - 1] = (struct code_item){.smtp_code = smtp_code, .enhanced = enhanced};
    return &table->items[table->count - 1];
}

void counts_expect(const struct counts *counts, struct count_hashes hashes)
{
    named_expect(&counts->domains, hashes.domain);
    named_expect(&counts->campaigns, hashes.campaign);
}

void counts_expect_more(const struct counts *counts, struct count_hashes hashes)
{
    named_expect_more(&counts->domains, hashes.domain);
    named_expect_more(&counts->campaigns, hashes.campaign);
}

void counts_expect_bounce(const struct counts *counts, struct count_hashes hashes)
{
    named_expect_bounce(&counts->domains, hashes.domain);
    named_expect_bounce(&counts->campaigns, hashes.campaign);
}

void counts_expect_day(const struct counts *counts, struct count_hashes hashes, int64_t time_ms)
{
    named_expect_day(&counts->domains, hashes.domain, (int32_t)(time_ms / DAY_MS));
}

bool counts_event(struct counts *counts, const struct event *event, struct count_hashes hashes,
                  struct count_places *places)
{
    places->domain = named_find(&counts->domains, event->domain, hashes.domain);
    places->campaign = named_find(&counts->campaigns, event->campaign, hashes.campaign);
    if (UNLIKELY(places->domain == NAMED_NONE || places->campaign == NAMED_NONE))
        return false;
    named_count(&counts->domains, places->domain, event->kind, event->time_ms);
    named_count(&counts->campaigns, places->campaign, event->kind, event->time_ms);
    counts->days[event->time_ms / DAY_MS].kinds[event->kind]++;
    return true;
}

/* All under one domain without a name. */
bool counts_row(struct counts *counts, const struct event *event)
{
    if (UNLIKELY(!counts->domains.count) && named_find(&counts->domains, SPAN(""), 0) == NAMED_NONE)
        return false;
    named_count(&counts->domains, 0, event->kind, event->time_ms);
    return true;
}

static bool text_unmatched(struct counts *counts, const struct event *event)
{
    char masked[UNMATCHED_BYTES_MAX];
    size_t length = text_mask(event->diagnostic, masked, sizeof masked);
    return unmatched_add(&counts->unmatched, (struct span){masked, length}, event->diagnostic,
                         event->smtp_code, event->enhanced, 1);
}

bool counts_bounce(struct counts *counts, const struct event *event, struct count_places places,
                   unsigned rule, bool text_matched)
{
    int32_t day = (int32_t)(event->time_ms / DAY_MS);
    ASSERT(rule < counts->rule_count && day >= 0 && day < DAY_COUNT);
    counts->rules[rule]++;
    counts->reasons[event->reason][event->class_]++;
    counts->days[day].classes[event->class_]++;
    counts->domains.bounces[places.domain].classes[event->class_]++;
    counts->campaigns.bounces[places.campaign].classes[event->class_]++;
    struct code_item *code = counts_code_find(&counts->codes, event->smtp_code, event->enhanced);
    if (!code)
        return false;
    code->classes[event->class_]++;
    if (event->class_ != BM_NONE && !named_count_day(&counts->domains, places.domain, day, 1))
        return false;
    return text_matched || !event->diagnostic.length || text_unmatched(counts, event);
}

bool counts_label(struct counts *counts, struct span label, enum reason reason)
{
    return labels_add(&counts->labels, label, reason, 1);
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

static bool codes_merge(struct code_items *into, const struct code_items *from)
{
    for (uint32_t k = 0; k < from->count; k++) {
        const struct code_item *other = &from->items[k];
        struct code_item *item = counts_code_find(into, other->smtp_code, other->enhanced);
        if (!item)
            return false;
        for (unsigned c = 0; c < BM_CLASS_COUNT; c++)
            item->classes[c] += other->classes[c];
    }
    return true;
}

bool counts_merge(struct counts *into, const struct counts *from)
{
    for (unsigned day = 0; day < DAY_COUNT; day++)
        if (!cell_empty(&from->days[day])) /* so that pages without a day stay untouched */
            cell_add(&into->days[day], &from->days[day]);
    for (unsigned k = 0; k < REASON_COUNT; k++)
        for (unsigned c = 0; c < BM_CLASS_COUNT; c++)
            into->reasons[k][c] += from->reasons[k][c];
    for (unsigned k = 0; k < from->rule_count; k++)
        into->rules[k] += from->rules[k];
    return named_merge(&into->domains, &from->domains) && named_merge(&into->campaigns, &from->campaigns) &&
           codes_merge(&into->codes, &from->codes) && labels_merge(&into->labels, &from->labels) &&
           unmatched_merge(&into->unmatched, &from->unmatched);
}

static int code_order(const void *a, const void *b)
{
    const struct count_code *x = a, *y = b;
    if (x->smtp_code != y->smtp_code)
        return x->smtp_code < y->smtp_code ? -1 : 1;
    return (x->enhanced > y->enhanced) - (x->enhanced < y->enhanced);
}

static struct count_code *codes_report(const struct code_items *codes, size_t *count)
{
    struct count_code *rows = malloc((codes->count + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    for (uint32_t k = 0; k < codes->count; k++) {
        rows[k] = (struct count_code){.smtp_code = (uint16_t)codes->items[k].smtp_code,
                                      .enhanced = codes->items[k].enhanced};
        memcpy(rows[k].classes, codes->items[k].classes, sizeof rows[k].classes);
        for (unsigned c = 0; c < BM_NONE; c++)
            rows[k].bounces += rows[k].classes[c];
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

static int rule_name_order(const void *a, const void *b)
{
    const struct count_rule *x = a, *y = b;
    int order = strcmp(x->rule, y->rule);
    return order ? order : strcmp(x->table, y->table);
}

static int rule_order(const void *a, const void *b)
{
    const struct count_rule *x = a, *y = b;
    if (x->hits != y->hits)
        return x->hits > y->hits ? -1 : 1;
    return rule_name_order(a, b);
}

/* Adds up what has one name in one table: a rule is known by its name, in a tally file by nothing else. */
static size_t rules_join(struct count_rule *rows, size_t count)
{
    size_t used = 0;
    qsort(rows, count, sizeof *rows, rule_name_order);
    for (size_t k = 0; k < count; k++)
        if (used && rule_name_order(&rows[used - 1], &rows[k]) == 0)
            rows[used - 1].hits += rows[k].hits;
        else
            rows[used++] = rows[k];
    return used;
}

static struct count_rule *rules_report(const struct counts *counts, const struct bm_classifier *classifier,
                                       size_t *count)
{
    struct count_rule *rows =
        malloc(((size_t)counts->rule_count + counts->named_rules.other_count + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    size_t used = 0;
    for (unsigned k = 0; k < counts->rule_count; k++)
        if (counts->rules[k])
            rows[used++] = (struct count_rule){bm_rule_name(classifier, k), bm_rule_table(classifier, k),
                                               counts->rules[k]};
    for (uint32_t k = 0; k < counts->named_rules.other_count; k++)
        rows[used++] = counts->named_rules.others[k];
    *count = rules_join(rows, used);
    qsort(rows, *count, sizeof *rows, rule_order);
    return rows;
}

/* The sums over all rows, from those by day, by domain and by label. */
static void totals_set(struct report *report)
{
    memset(report->agreements, 0, sizeof report->agreements);
    for (size_t k = 0; k < report->label_count; k++)
        report->agreements[report->labels[k].agreement] += report->labels[k].count;
    for (size_t k = 0; k < report->day_count; k++)
        cell_add(&report->total, &report->days[k].cell);
    report->first_ms = INT64_MAX;
    report->last_ms = INT64_MIN;
    for (size_t k = 0; k < report->domain_count; k++) {
        const struct count_named *domain = &report->domains[k];
        report->first_ms = domain->first_ms < report->first_ms ? domain->first_ms : report->first_ms;
        report->last_ms = domain->last_ms > report->last_ms ? domain->last_ms : report->last_ms;
    }
}

int64_t counts_first_ms(const struct counts *counts)
{
    int64_t first_ms = INT64_MAX;
    for (uint32_t k = 0; k < counts->domains.count; k++)
        if (counts->domains.hot[k].first_ms < first_ms)
            first_ms = counts->domains.hot[k].first_ms;
    return first_ms;
}

bool counts_report(struct counts *counts, const struct bm_classifier *classifier, struct report *report)
{
    memcpy(report->reasons, counts->reasons, sizeof report->reasons);
    report->unrecognised = 0;
    for (unsigned c = 0; c < BM_CLASS_COUNT; c++)
        report->unrecognised += counts->reasons[REASON_UNDETERMINED][c];
    report->domains = named_report(&counts->domains, &report->domain_count);
    report->campaigns = named_report(&counts->campaigns, &report->campaign_count);
    report->codes = codes_report(&counts->codes, &report->code_count);
    report->days = days_report(counts->days, &report->day_count);
    report->rules = rules_report(counts, classifier, &report->rule_count);
    report->labels = labels_report(&counts->labels, &report->label_count);
    report->unmatched = unmatched_top(&counts->unmatched, &report->unmatched_count);
    if (!report->domains || !report->campaigns || !report->codes || !report->days || !report->rules ||
        !report->labels || !report->unmatched)
        return false;
    totals_set(report);
    return true;
}

void counts_report_free(struct report *report)
{
    free(report->domains);
    free(report->campaigns);
    free(report->codes);
    free(report->days);
    free(report->rules);
    free(report->labels);
    free(report->unmatched);
}
