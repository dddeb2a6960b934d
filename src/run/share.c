/* Form of the section (varints, texts as in tally_file.h):
 *
 *   text, the same in all shares: number of shares, number of tally files, 8 bytes hash of each, outputs,
 *       kinds, 8 bytes as_of, differences, duplicates and expired rows of the files, text policies as given,
 *       number of
 *       as_of as given, each a text, number of settings, each a text, number of policies, each a text
 *   this share, addresses, events, duplicates;
 *   for each policy: suppressed, addresses by status; number of pairs; for each: a, b, both, only_a, only_b,
 *       neither; addresses by segment and recency; number of domains with failures that time may mend; for
 * each: text name, number of failures, for each hours since the one before */
#include "run/share.h"
#include "base/base.h"

#include "run/tally_save.h"
#include "tally/tally_bytes.h"

#define HOUR_MAX (TALLY_TIME_LIMIT_MS / HOUR_MS) /* of a time in the tallies */

static void put_text(struct text *out, const char *text)
{
    put_span(out, (struct span){text ? text : "", text ? strlen(text) : 0});
}

static int hash_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Hashes of the files, in no order that the command line could change. */
static void put_files(struct text *out, const struct tally_set *set)
{
    uint64_t *hashes = malloc((set->count + 1) * sizeof *hashes);
    if (!hashes) {
        out->failed = true;
        return;
    }
    for (size_t k = 0; k < set->count; k++)
        hashes[k] = set->files[k].xxh3;
    qsort(hashes, set->count, sizeof *hashes, hash_order);
    put_varint(out, set->count);
    for (size_t k = 0; k < set->count; k++)
        put_le(out, hashes[k], 8);
    free(hashes);
}

static void put_common(struct text *out, const struct run *run)
{
    const struct bm_run_options *options = run->plan.options;
    put_varint(out, run->plan.share_count);
    put_files(out, &run->tallies);
    put_varint(out, run->plan.outputs);
    put_varint(out, run->plan.kinds);
    put_le(out, (uint64_t)run->plan.as_of_ms, 8);
    put_varint(out, options->differences_max);
    put_varint(out, tally_set_duplicates(&run->tallies));
    put_varint(out, tally_set_expired(&run->tallies));
    put_text(out, options->policies ? options->policies : "sfmc");
    put_varint(out, options->as_of_count);
    for (size_t k = 0; k < options->as_of_count; k++)
        put_text(out, options->as_of[k]);
    put_varint(out, options->setting_count);
    for (size_t k = 0; k < options->setting_count; k++)
        put_text(out, options->settings[k]);
    put_varint(out, run->plan.policies.count);
    for (size_t k = 0; k < run->plan.policies.count; k++)
        put_text(out, run->plan.names[k]);
}

/* Of each failure its domain's place among the names in byte order: numbers depend on the threads. */
struct failure_domain {
    struct span name;
    uint32_t number;
};

static int domain_order(const void *a, const void *b)
{
    const struct failure_domain *x = a, *y = b;
    return span_compare(x->name, y->name);
}

static int entry_order(const void *a, const void *b)
{
    const struct domain_hour *x = a, *y = b;
    if (x->domain != y->domain)
        return x->domain < y->domain ? -1 : 1;
    return (x->hour > y->hour) - (x->hour < y->hour);
}

/* All failures in one array, their domains by place. */
struct failure_list {
    const uint32_t *places;
    struct domain_hour *entries;
    size_t count;
};

static void failures_add(void *argument, const struct domain_hour *entries, size_t count)
{
    struct failure_list *list = argument;
    for (size_t k = 0; k < count; k++) {
        struct domain_hour *entry = &list->entries[list->count++];
        *entry = entries[k];
        entry->domain = list->places[entry->domain];
    }
}

/* The failures of one domain stand from `begin` on; for each, how many hours it is behind the one before. */
static size_t put_domain(struct text *out, const struct failure_list *list, struct span name, uint32_t place,
                         size_t begin)
{
    size_t end = begin;
    uint64_t failures = 0;
    uint32_t before = 0;
    for (; end < list->count && list->entries[end].domain == place; end++)
        failures += list->entries[end].failures;
    put_span(out, name);
    put_varint(out, failures);
    for (size_t k = begin; k < end; k++)
        for (uint32_t left = list->entries[k].failures; left > 0; left--) {
            put_varint(out, list->entries[k].hour - before);
            before = list->entries[k].hour;
        }
    return end;
}

/* Failures by domain, in byte order of the names. */
static void put_failures(struct text *out, struct domain_hours *hours)
{
    struct failure_domain *domains = malloc((hours->domain_count + (size_t)1) * sizeof *domains);
    uint32_t *places = malloc((hours->domain_count + (size_t)1) * sizeof *places);
    struct failure_list list = {.places = places};
    list.entries = malloc((size_t)(domain_hours_count(hours) + 1) * sizeof *list.entries);
    bool done = domains && places && list.entries;
    if (done) {
        for (uint32_t k = 0; k < hours->domain_count; k++)
            domains[k] = (struct failure_domain){hours->domains[k].name, k};
        qsort(domains, hours->domain_count, sizeof *domains, domain_order);
        for (uint32_t k = 0; k < hours->domain_count; k++)
            places[domains[k].number] = k;
        done = domain_hours_each(hours, failures_add, &list);
    }
    if (done) {
        qsort(list.entries, list.count, sizeof *list.entries, entry_order);
        put_varint(out, hours->domain_count);
        size_t at = 0;
        for (uint32_t k = 0; k < hours->domain_count; k++)
            at = put_domain(out, &list, domains[k].name, k, at);
    }
    out->failed |= !done;
    free(domains);
    free(places);
    free(list.entries);
}

static void put_own(struct text *out, struct run *run)
{
    put_varint(out, run->plan.share);
    put_varint(out, run->merged.addresses);
    put_varint(out, run->merged.events);
    put_varint(out, run->merged.duplicates);
    for (size_t k = 0; k < run->plan.policies.count; k++) {
        put_varint(out, run->policy_reports[k].suppressed);
        for (unsigned status = 0; status < STATUS_COUNT; status++)
            put_varint(out, run->policy_reports[k].statuses[status]);
    }
    put_varint(out, run->comparison.pair_count);
    for (size_t k = 0; k < run->comparison.pair_count; k++) {
        const struct policy_pair *pair = &run->comparison.pairs[k];
        const uint64_t numbers[] = {pair->a, pair->b, pair->both, pair->only_a, pair->only_b, pair->neither};
        for (unsigned j = 0; j < COUNT_OF(numbers); j++)
            put_varint(out, numbers[j]);
    }
    for (unsigned segment = 0; segment < SEGMENT_COUNT; segment++)
        for (unsigned recency = 0; recency < RECENCY_COUNT; recency++)
            put_varint(out, run->merged.segments.addresses[segment][recency]);
    put_failures(out, &run->merged.failures);
}

static enum bm_code sections_put(struct run *run, struct tally_writer *writer, struct bm_error *error)
{
    struct text common = {0}, section = {0}, meta_text = {0}, counts_text = {0};
    struct tally_meta meta = {.basis = run->tallies.metas[0].basis,
                              .expired_ms = -1,
                              .first_ms = INT64_MAX,
                              .inputs = run->list.items,
                              .input_count = run->list.count};
    put_common(&common, run);
    put_span(&section, (struct span){common.at, common.length});
    section.failed |= common.failed;
    put_own(&section, run);
    tally_meta_put(&meta, &meta_text);
    counts_save(run->scanned.counts, run->plan.classifier, &counts_text);
    enum bm_code code = tally_writer_section(writer, TALLY_META, &meta_text, error);
    if (code == BM_OK)
        code = tally_writer_section(writer, TALLY_COUNTS, &counts_text, error);
    if (code == BM_OK)
        code = tally_writer_section(writer, TALLY_SHARE, &section, error);
    text_free(&common);
    text_free(&section);
    text_free(&meta_text);
    text_free(&counts_text);
    return code == BM_OK ? tally_writer_finish(writer, error) : code;
}

enum bm_code share_save(struct run *run, struct bm_error *error)
{
    struct writer file;
    struct tally_writer *writer = NULL;
    struct bm_error closing;
    enum bm_code code = folder_file_open(&run->folder, &file, SHARE_FILE, error);
    if (code != BM_OK)
        return code;
    code = tally_writer_over(&writer, &file, error);
    if (code == BM_OK)
        code = sections_put(run, writer, error);
    tally_writer_free(writer);
    enum bm_code closed = folder_file_close(&run->folder, &file, SHARE_FILE, &closing);
    if (code == BM_OK && closed != BM_OK)
        *error = closing;
    return code == BM_OK ? closed : code;
}

/* --- reading ------------------------------------------------------------------------------------------- */

/* A text of the section, as a string; NULL for an empty one. */
static const char *take_string(struct take *take, struct share *share, bool *memory_out)
{
    struct span text = take_span(take);
    char *copy = arena_take(&share->memory, text.length + 1, 1);
    if (!copy) {
        *memory_out = true;
        return "";
    }
    memcpy(copy, text.at, text.length);
    copy[text.length] = 0;
    return text.length ? copy : NULL;
}

static bool common_take(struct share *share, struct take take)
{
    bool memory_out = false;
    share->share_count = (unsigned)take_at_most(&take, PARTITION_COUNT);
    for (size_t files = take_count(&take, 8); files > 0; files--)
        (void)take_le(&take, 8);
    share->outputs = (uint32_t)take_at_most(&take, (1u << OUTPUT_COUNT) - 1);
    share->kinds = (uint32_t)take_at_most(&take, (1u << BM_KIND_COUNT) - 1);
    share->as_of_ms = (int64_t)take_le(&take, 8);
    share->differences_max = take_varint(&take);
    share->duplicates_before = take_varint(&take);
    share->expired = take_varint(&take);
    share->policies = take_string(&take, share, &memory_out);
    share->as_of_count = take_count(&take, 1);
    share->as_of_given = arena_take(&share->memory, (share->as_of_count + 1) * sizeof *share->as_of_given, 8);
    for (size_t k = 0; share->as_of_given && k < share->as_of_count; k++) {
        share->as_of_given[k] = take_string(&take, share, &memory_out);
        take.bad |= !share->as_of_given[k];
    }
    memory_out |= !share->as_of_given;
    share->setting_count = take_count(&take, 1);
    share->settings = arena_take(&share->memory, (share->setting_count + 1) * sizeof *share->settings, 8);
    for (size_t k = 0; share->settings && k < share->setting_count; k++) {
        share->settings[k] = take_string(&take, share, &memory_out);
        take.bad |= !share->settings[k];
    }
    share->policy_count = take_count(&take, 1);
    share->policy_reports =
        arena_take(&share->memory, (share->policy_count + 1) * sizeof *share->policy_reports, 8);
    for (size_t k = 0; share->policy_reports && k < share->policy_count; k++) {
        share->policy_reports[k] = (struct policy_report){.policy = take_string(&take, share, &memory_out)};
        take.bad |= !share->policy_reports[k].policy;
    }
    take.bad |= take.at != take.end || !share->policy_count;
    if (take.bad)
        share->share_count = 0; /* said by the caller */
    return !memory_out && share->settings && share->policy_reports;
}

/* False when memory is out. */
static bool failures_take(struct share *share, struct take *take)
{
    for (size_t domains = take_count(take, 3); domains > 0 && !take->bad; domains--) {
        struct span name;
        if (!arena_copy(&share->memory, take_span(take), &name))
            return false;
        uint32_t domain = domain_hours_find(&share->failures, name);
        uint64_t hour = 0;
        for (size_t count = take_count(take, 1); count > 0 && !take->bad; count--) {
            hour += take_at_most(take, HOUR_MAX);
            if (hour > HOUR_MAX)
                take->bad = true;
            else if (domain == DOMAIN_NONE || !domain_hours_add(&share->failures, domain, (uint32_t)hour))
                return false;
        }
    }
    return true;
}

static bool own_take(struct share *share, struct take *take)
{
    share->share = (unsigned)take_at_most(take, share->share_count);
    share->addresses = take_varint(take);
    share->events = take_varint(take);
    share->duplicates = take_varint(take);
    for (size_t k = 0; k < share->policy_count; k++) {
        share->policy_reports[k].suppressed = take_varint(take);
        for (unsigned status = 0; status < STATUS_COUNT; status++)
            share->policy_reports[k].statuses[status] = take_varint(take);
    }
    share->pair_count = take_count(take, 6);
    share->pairs = arena_take(&share->memory, (share->pair_count + 1) * sizeof *share->pairs, 8);
    for (size_t k = 0; share->pairs && k < share->pair_count; k++) {
        struct policy_pair *pair = &share->pairs[k];
        pair->a = (size_t)take_at_most(take, share->policy_count - 1);
        pair->b = (size_t)take_at_most(take, share->policy_count - 1);
        uint64_t *numbers[] = {&pair->both, &pair->only_a, &pair->only_b, &pair->neither};
        for (unsigned j = 0; j < COUNT_OF(numbers); j++)
            *numbers[j] = take_varint(take);
    }
    for (unsigned segment = 0; segment < SEGMENT_COUNT; segment++)
        for (unsigned recency = 0; recency < RECENCY_COUNT; recency++)
            share->segments.addresses[segment][recency] = take_varint(take);
    bool failures = failures_take(share, take);
    if (take->at != take->end || !share->share)
        take->bad = true;
    return share->pairs && failures;
}

enum bm_code share_read(struct share *share, const struct tally_file *file, struct bm_error *error)
{
    struct text content;
    *share = (struct share){0};
    if (!file->sections[TALLY_SHARE].packed_bytes)
        return fail(error, BM_USAGE, "%s is a tally file, and not the report of a share", file->path);
    enum bm_code code = tally_file_section(file, TALLY_SHARE, &content, error);
    if (code != BM_OK)
        return code;
    struct take take = {content.at, content.at + content.length, false};
    struct span common = take_span(&take);
    bool memory = arena_copy(&share->memory, common, &share->common) &&
                  common_take(share, (struct take){common.at, common.at + common.length, false});
    if (memory && share->share_count)
        memory = own_take(share, &take);
    if (!memory)
        code = fail_memory(error, "the report of a share");
    else if (!share->share_count || take.bad)
        code = fail(error, BM_INPUT, "%s: damaged at byte %llu: the share cannot be read", file->path,
                    (unsigned long long)file->sections[TALLY_SHARE].offset);
    text_free(&content);
    return code;
}

void share_free(struct share *share)
{
    domain_hours_free(&share->failures);
    arena_free(&share->memory);
    *share = (struct share){0};
}
