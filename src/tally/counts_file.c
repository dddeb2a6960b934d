/* Form (varints, texts as in tally_file.h; "cell" is a varint of bits that say which counters are not 0, then
 * a varint for each of those):
 *
 *   domains, then campaigns: varint number; for each, in byte order of names:
 *       text name, varint first time, varint last - first, cell of kinds, cell of classes,
 *       varint number of days with bounces; for each: varint days since the one before, varint bounces
 *   codes: varint number; for each: varint reply code, varint enhanced code, cell of classes
 *   days: varint number; for each: varint days since the one before, cell of kinds, cell of classes
 *   reasons: varint number with bounces; for each: varint reason, cell of classes
 *   rules: varint number with hits; for each: text rule, text table, varint hits
 *   labels: varint number; for each with each reason: text label, varint reason, varint bounces;
 *       the empty label stands for all that are not kept (tally/label_counts.h)
 *   texts without a phrase: varint limit of hashes, varint number; for each, in byte order:
 *       text masked, text example, varint reply code, varint enhanced code, varint count
 *
 * Domains keep their bounces by day, because the worst day of two parts is not one of their worst days. */
#include "tally/counts_file.h"
#include "base/base.h"

#include "base/hash.h"
#include "event/time.h"
#include "tally/counts_state.h"
#include "tally/tally_bytes.h"
#include "tally/tally_event.h"

#define ENHANCED_MAX    ENHANCED(9, 999, 999)
#define CODE_DETAIL_MAX 999u

/* --- saving -------------------------------------------------------------------------------------------- */

static void put_cell(struct text *out, const uint64_t *counters, unsigned count)
{
    uint64_t bits = 0;
    for (unsigned k = 0; k < count; k++)
        bits |= (uint64_t)(counters[k] != 0) << k;
    put_varint(out, bits);
    for (unsigned k = 0; k < count; k++)
        if (counters[k])
            put_varint(out, counters[k]);
}

static void put_days(struct text *out, const struct named_bounces *own)
{
    uint64_t count = 0, before = 0;
    for (uint32_t k = 0; k < own->day_count; k++)
        count += own->days[k] != 0;
    put_varint(out, count);
    for (uint32_t k = 0; k < own->day_count; k++) {
        if (!own->days[k])
            continue;
        uint64_t day = (uint64_t)own->day_first + k;
        put_varint(out, day - before);
        put_varint(out, own->days[k]);
        before = day;
    }
}

static void put_named(struct text *out, const struct named_counts *table, uint32_t number)
{
    const struct named_hot *hot = &table->hot[number];
    uint64_t kinds[BM_KIND_COUNT];
    for (unsigned kind = 0; kind < BM_KIND_COUNT; kind++)
        kinds[kind] = (uint64_t)table->cold[number].wraps[kind] << 32 | hot->kinds[kind];
    put_span(out, table->cold[number].name);
    put_varint(out, (uint64_t)hot->first_ms);
    put_varint(out, (uint64_t)(hot->last_ms - hot->first_ms));
    put_cell(out, kinds, BM_KIND_COUNT);
    put_cell(out, table->bounces[number].classes, BM_CLASS_COUNT);
    put_days(out, &table->bounces[number]);
}

struct named_place {
    struct span name;
    uint32_t number;
};

static int named_order(const void *a, const void *b)
{
    const struct named_place *x = a, *y = b;
    return span_compare(x->name, y->name);
}

static void put_names(struct text *out, const struct named_counts *table)
{
    struct named_place *places = malloc(((size_t)table->count + 1) * sizeof *places);
    if (!places) {
        out->failed = true;
        return;
    }
    for (uint32_t k = 0; k < table->count; k++)
        places[k] = (struct named_place){table->cold[k].name, k};
    qsort(places, table->count, sizeof *places, named_order);
    put_varint(out, table->count);
    for (uint32_t k = 0; k < table->count; k++)
        put_named(out, table, places[k].number);
    free(places);
}

static void put_codes(struct text *out, const struct report *report)
{
    put_varint(out, report->code_count);
    for (size_t k = 0; k < report->code_count; k++) {
        put_varint(out, report->codes[k].smtp_code);
        put_varint(out, report->codes[k].enhanced);
        put_cell(out, report->codes[k].classes, BM_CLASS_COUNT);
    }
}

static void put_calendar(struct text *out, const struct report *report)
{
    int32_t before = 0;
    put_varint(out, report->day_count);
    for (size_t k = 0; k < report->day_count; k++) {
        put_varint(out, (uint64_t)(report->days[k].day - before));
        put_cell(out, report->days[k].cell.kinds, BM_KIND_COUNT);
        put_cell(out, report->days[k].cell.classes, BM_CLASS_COUNT);
        before = report->days[k].day;
    }
}

static void put_reasons(struct text *out, const struct report *report)
{
    uint64_t sums[REASON_COUNT] = {0}, used = 0;
    for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
        for (unsigned c = 0; c < BM_CLASS_COUNT; c++)
            sums[reason] |= report->reasons[reason][c];
        used += sums[reason] != 0;
    }
    put_varint(out, used);
    for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
        if (!sums[reason])
            continue;
        put_varint(out, reason);
        put_cell(out, report->reasons[reason], BM_CLASS_COUNT);
    }
}

static void put_rules(struct text *out, const struct report *report)
{
    put_varint(out, report->rule_count);
    for (size_t k = 0; k < report->rule_count; k++) {
        put_span(out, (struct span){report->rules[k].rule, strlen(report->rules[k].rule)});
        put_span(out, (struct span){report->rules[k].table, strlen(report->rules[k].table)});
        put_varint(out, report->rules[k].hits);
    }
}

static void put_labels(struct text *out, const struct report *report)
{
    put_varint(out, report->label_count);
    for (size_t k = 0; k < report->label_count; k++) {
        put_span(out, report->labels[k].label);
        put_varint(out, report->labels[k].reason);
        put_varint(out, report->labels[k].count);
    }
}

static int masked_order(const void *a, const void *b)
{
    const struct unmatched_item *const *x = a, *const *y = b;
    return span_compare((*x)->masked, (*y)->masked);
}

/* After unmatched_top, which leaves no more than UNMATCHED_TEXTS_MAX. */
static void put_unmatched(struct text *out, const struct unmatched *unmatched)
{
    const struct unmatched_item **items = malloc((unmatched->count + 1) * sizeof(void *));
    size_t count = 0;
    if (!items) {
        out->failed = true;
        return;
    }
    for (size_t k = 0; k < unmatched->count; k++)
        if (!unmatched->hash_limit_plus_1 || unmatched->items[k].hash < unmatched->hash_limit_plus_1)
            items[count++] = &unmatched->items[k];
    qsort(items, count, sizeof *items, masked_order);
    put_varint(out, unmatched->hash_limit_plus_1);
    put_varint(out, count);
    for (size_t k = 0; k < count; k++) {
        put_span(out, items[k]->masked);
        put_span(out, items[k]->example);
        put_varint(out, items[k]->smtp_code);
        put_varint(out, items[k]->enhanced);
        put_varint(out, items[k]->count);
    }
    free(items);
}

void counts_save(struct counts *counts, const struct bm_classifier *classifier, struct text *out)
{
    struct report report = {0};
    if (!counts_report(counts, classifier, &report)) {
        out->failed = true;
    } else {
        put_names(out, &counts->domains);
        put_names(out, &counts->campaigns);
        put_codes(out, &report);
        put_calendar(out, &report);
        put_reasons(out, &report);
        put_rules(out, &report);
        put_labels(out, &report);
        put_unmatched(out, &counts->unmatched);
    }
    counts_report_free(&report);
}

/* --- loading ------------------------------------------------------------------------------------------- */

static void take_cell(struct take *take, uint64_t *counters, unsigned count)
{
    uint64_t bits = take_at_most(take, (UINT64_C(1) << count) - 1);
    for (unsigned k = 0; k < count; k++)
        if (bits >> k & 1)
            counters[k] += take_varint(take);
}

static void kinds_add(struct named_counts *table, uint32_t number, const uint64_t kinds[BM_KIND_COUNT])
{
    struct named_hot *hot = &table->hot[number];
    for (unsigned kind = 0; kind < BM_KIND_COUNT; kind++) {
        uint32_t low = (uint32_t)kinds[kind];
        hot->kinds[kind] += low;
        table->cold[number].wraps[kind] += (uint32_t)(kinds[kind] >> 32) + (hot->kinds[kind] < low);
    }
}

static bool days_take(struct take *take, struct named_counts *table, uint32_t number)
{
    uint64_t day = 0;
    for (size_t count = take_count(take, 2); count > 0 && !take->bad; count--) {
        day += take_at_most(take, DAY_COUNT);
        uint64_t bounces = take_at_most(take, UINT32_MAX);
        if (day >= DAY_COUNT)
            take->bad = true;
        else if (!take->bad && !named_count_day(table, number, (int32_t)day, (uint32_t)bounces))
            return false;
    }
    return true;
}

/* False when memory is out. */
static bool names_take(struct take *take, struct named_counts *table, size_t name_max)
{
    for (size_t count = take_count(take, 6); count > 0 && !take->bad; count--) {
        struct span name = take_span(take);
        uint64_t first = take_at_most(take, TALLY_TIME_LIMIT_MS - 1), kinds[BM_KIND_COUNT] = {0};
        uint64_t last = first + take_at_most(take, TALLY_TIME_LIMIT_MS);
        take_cell(take, kinds, BM_KIND_COUNT);
        if (take->bad || last >= TALLY_TIME_LIMIT_MS || name.length > name_max) {
            take->bad = true;
            return true;
        }
        uint32_t number = named_find(table, name, hash_span(name));
        if (number == NAMED_NONE)
            return false;
        struct named_hot *hot = &table->hot[number];
        hot->first_ms = (int64_t)first < hot->first_ms ? (int64_t)first : hot->first_ms;
        hot->last_ms = (int64_t)last > hot->last_ms ? (int64_t)last : hot->last_ms;
        kinds_add(table, number, kinds);
        take_cell(take, table->bounces[number].classes, BM_CLASS_COUNT);
        if (!days_take(take, table, number))
            return false;
    }
    return true;
}

static uint16_t smtp_code_take(struct take *take)
{
    uint64_t code = take_at_most(take, 699);
    if (code && code < 200)
        take->bad = true;
    return (uint16_t)code;
}

static enhanced_code enhanced_take(struct take *take)
{
    enhanced_code code = (enhanced_code)take_at_most(take, ENHANCED_MAX);
    if (ENHANCED_SUBJECT(code) > CODE_DETAIL_MAX || ENHANCED_DETAIL(code) > CODE_DETAIL_MAX)
        take->bad = true;
    return code;
}

static bool codes_take(struct take *take, struct code_items *codes)
{
    for (size_t count = take_count(take, 3); count > 0 && !take->bad; count--) {
        uint16_t smtp_code = smtp_code_take(take);
        enhanced_code enhanced = enhanced_take(take);
        if (take->bad)
            return true;
        struct code_item *item = counts_code_find(codes, smtp_code, enhanced);
        if (!item)
            return false;
        take_cell(take, item->classes, BM_CLASS_COUNT);
    }
    return true;
}

static void calendar_take(struct take *take, struct count_cell *days)
{
    uint64_t day = 0;
    for (size_t count = take_count(take, 3); count > 0 && !take->bad; count--) {
        day += take_at_most(take, DAY_COUNT);
        if (day >= DAY_COUNT) {
            take->bad = true;
            return;
        }
        take_cell(take, days[day].kinds, BM_KIND_COUNT);
        take_cell(take, days[day].classes, BM_CLASS_COUNT);
    }
}

static void reasons_take(struct take *take, uint64_t reasons[][BM_CLASS_COUNT])
{
    for (size_t count = take_count(take, 2); count > 0 && !take->bad; count--) {
        uint64_t reason = take_at_most(take, REASON_COUNT - 1);
        take_cell(take, reasons[reason], BM_CLASS_COUNT);
    }
}

static bool rules_take(struct take *take, struct counts *counts, const struct bm_classifier *classifier)
{
    for (size_t count = take_count(take, 3); count > 0 && !take->bad; count--) {
        struct span rule = take_span(take), table = take_span(take);
        uint64_t hits = take_varint(take);
        if (take->bad || memchr(rule.at, 0, rule.length) || memchr(table.at, 0, table.length)) {
            take->bad = true;
            return true;
        }
        uint32_t number = named_rules_find(&counts->named_rules, classifier, counts->rule_count, rule, table);
        if (number == RULE_NONE)
            return false;
        if (number < counts->rule_count)
            counts->rules[number] += hits;
        else
            counts->named_rules.others[number - counts->rule_count].hits += hits;
    }
    return true;
}

static bool labels_take(struct take *take, struct label_counts *labels)
{
    for (size_t count = take_count(take, 3); count > 0 && !take->bad; count--) {
        struct span label = take_span(take);
        uint64_t reason = take_at_most(take, REASON_COUNT - 1), bounces = take_varint(take);
        if (take->bad || label.length > LABEL_BYTES_MAX)
            take->bad = true;
        else if (!labels_add(labels, label, (enum reason)reason, bounces))
            return false;
    }
    return true;
}

static bool unmatched_take(struct take *take, struct unmatched *unmatched)
{
    uint64_t limit = take_varint(take);
    for (size_t count = take_count(take, 5); count > 0 && !take->bad; count--) {
        struct span masked = take_span(take), example = take_span(take);
        uint16_t smtp_code = smtp_code_take(take);
        enhanced_code enhanced = enhanced_take(take);
        uint64_t seen = take_varint(take);
        if (take->bad || masked.length > UNMATCHED_BYTES_MAX || example.length > UNMATCHED_BYTES_MAX) {
            take->bad = true;
            return true;
        }
        if (!unmatched_add(unmatched, masked, example, smtp_code, enhanced, seen))
            return false;
    }
    if (limit && (!unmatched->hash_limit_plus_1 || limit < unmatched->hash_limit_plus_1))
        unmatched->hash_limit_plus_1 = limit;
    return true;
}

enum counts_loaded counts_load(struct counts *counts, const struct bm_classifier *classifier,
                               struct span saved)
{
    struct take take = {saved.at, saved.at + saved.length, false};
    if (!names_take(&take, &counts->domains, BM_ADDRESS_BYTES_MAX) ||
        !names_take(&take, &counts->campaigns, UINT32_MAX) || !codes_take(&take, &counts->codes))
        return COUNTS_MEMORY;
    calendar_take(&take, counts->days);
    reasons_take(&take, counts->reasons);
    if (!rules_take(&take, counts, classifier) || !labels_take(&take, &counts->labels) ||
        !unmatched_take(&take, &counts->unmatched))
        return COUNTS_MEMORY;
    return take.bad || take.at != take.end ? COUNTS_DAMAGED : COUNTS_LOADED;
}

enum bm_code tally_file_counts(const struct tally_file *file, struct counts *counts,
                               const struct bm_classifier *classifier, struct bm_error *error)
{
    struct text content;
    _Static_assert(SECTION_PAD_BYTES >= NAMED_PAD_BYTES, "names are compared SHORT_BYTES at a time");
    enum bm_code code = tally_file_section(file, TALLY_COUNTS, &content, error);
    if (code != BM_OK)
        return code;
    enum counts_loaded loaded = counts_load(counts, classifier, (struct span){content.at, content.length});
    text_free(&content);
    if (loaded == COUNTS_MEMORY)
        return fail_memory(error, "the counts of a tally file");
    if (loaded == COUNTS_DAMAGED)
        return fail(error, BM_INPUT, "%s: damaged at byte %llu: the counts cannot be read", file->path,
                    (unsigned long long)file->sections[TALLY_COUNTS].offset);
    return BM_OK;
}
