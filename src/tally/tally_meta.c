/* Form of the section (varints, texts as in tally_file.h; times are varints of the time + 1, 0 for none):
 *
 *   kinds, normalisation, 8 bytes reasons, 8 bytes tables,
 *   addresses, events, duplicates, expired, time of expiry, kinds expired,
 *   time of the first row,
 *   number of reasons for rejection, number of archives; for each, in order of path, size and hash:
 *     text path, bytes, 8 bytes XXH3, format, text dialect, text bytes, rows, tallied, ignored, rejected,
 *     extra fields, rows outside of --from and --to, same_as + 1, text failure (empty: none),
 *     rejected rows by reason, number of samples; for each: line, offset, reason, text */
#include "tally/tally_meta.h"
#include "base/base.h"

#include "base/hash.h"
#include "config.h"
#include "event/reason.h"
#include "tally/tally_bytes.h"

/* Counts up when an address that was normalised before would come out otherwise now. */
#define NORMALISATION_VERSION 1u
#define NORMALISATION_IDN     0x100u

struct tally_basis tally_basis_own(void)
{
    uint64_t reasons = 0;
    for (unsigned k = 0; k < REASON_COUNT; k++)
        reasons = hash_span_seed((struct span){reason_table[k].name, strlen(reason_table[k].name)}, reasons);
    return (struct tally_basis){.normalisation = NORMALISATION_VERSION | (HAVE_IDN ? NORMALISATION_IDN : 0),
                                .reasons = reasons};
}

static void put_text(struct text *out, const char *text)
{
    put_span(out, (struct span){text ? text : "", text ? strlen(text) : 0});
}

static void put_input(struct text *out, const struct tally_input *input)
{
    const struct input_report *report = &input->report;
    const uint64_t numbers[] = {
        report->text_bytes, report->rows,         report->tallied, report->ignored,
        report->rejected,   report->extra_fields, report->outside, (uint64_t)(report->same_as + 1)};
    put_text(out, report->path);
    put_varint(out, report->bytes);
    put_le(out, report->xxh3, 8);
    put_varint(out, report->format);
    put_text(out, report->dialect);
    for (unsigned k = 0; k < COUNT_OF(numbers); k++)
        put_varint(out, numbers[k]);
    put_text(out, report->failure);
    for (unsigned k = 0; k < REJECT_COUNT; k++)
        put_varint(out, input->rejects[k]);
    put_varint(out, input->sample_count);
    for (size_t k = 0; k < input->sample_count; k++) {
        put_varint(out, input->samples[k].line);
        put_varint(out, input->samples[k].offset);
        put_varint(out, input->samples[k].reason);
        put_span(out, input->samples[k].text);
    }
}

void tally_meta_put(const struct tally_meta *meta, struct text *out)
{
    put_varint(out, meta->basis.kinds);
    put_varint(out, meta->basis.normalisation);
    put_le(out, meta->basis.reasons, 8);
    put_le(out, meta->basis.tables, 8);
    put_varint(out, meta->addresses);
    put_varint(out, meta->events);
    put_varint(out, meta->duplicates);
    put_varint(out, meta->expired);
    put_varint(out, (uint64_t)(meta->expired_ms + 1));
    put_varint(out, meta->expired_kinds);
    put_varint(out, meta->first_ms == INT64_MAX ? 0 : (uint64_t)(meta->first_ms + 1));
    put_varint(out, REJECT_COUNT);
    put_varint(out, meta->input_count);
    for (size_t k = 0; k < meta->input_count; k++)
        put_input(out, &meta->inputs[k]);
}

/* A text of the section as a string of its own; NULL with *memory_out, or where it holds a NUL. */
static const char *take_string(struct take *take, struct arena *memory, bool *memory_out)
{
    struct span text = take_span(take);
    if (text.length && memchr(text.at, 0, text.length)) {
        take->bad = true;
        return "";
    }
    char *copy = arena_take(memory, text.length + 1, 1);
    if (!copy) {
        *memory_out = true;
        return "";
    }
    memcpy(copy, text.at, text.length);
    copy[text.length] = 0;
    return copy;
}

static void samples_take(struct take *take, struct tally_input *input, struct arena *memory, bool *memory_out)
{
    input->sample_count = take_count(take, 4);
    input->samples = arena_take(memory, (input->sample_count + 1) * sizeof *input->samples, 8);
    if (!input->samples) {
        *memory_out = true;
        input->sample_count = 0;
    }
    for (size_t k = 0; k < input->sample_count && !*memory_out; k++) {
        struct reject_sample *sample = &input->samples[k];
        *sample = (struct reject_sample){.line = take_varint(take), .offset = take_varint(take)};
        sample->reason = (enum reject)take_at_most(take, REJECT_COUNT - 1);
        if (!arena_copy(memory, take_span(take), &sample->text))
            *memory_out = true;
    }
}

static bool input_adds_up(const struct tally_input *input, size_t inputs)
{
    const struct input_report *report = &input->report;
    uint64_t rejected = 0;
    for (unsigned k = 0; k < REJECT_COUNT; k++)
        rejected += input->rejects[k];
    return rejected == report->rejected && report->outside <= report->ignored &&
           report->same_as < (int64_t)inputs &&
           report->rows == report->tallied + report->ignored + report->rejected;
}

static void input_take(struct take *take, struct tally_meta *meta, size_t which, bool *memory_out)
{
    struct tally_input *input = &meta->inputs[which];
    struct input_report *report = &input->report;
    *input = (struct tally_input){0};
    report->path = take_string(take, &meta->memory, memory_out);
    report->bytes = take_varint(take);
    report->xxh3 = take_le(take, 8);
    report->format = (enum archive_format)take_at_most(take, ARCHIVE_GZIP);
    report->dialect = take_string(take, &meta->memory, memory_out);
    uint64_t *numbers[] = {&report->text_bytes, &report->rows,         &report->tallied, &report->ignored,
                           &report->rejected,   &report->extra_fields, &report->outside};
    for (unsigned k = 0; k < COUNT_OF(numbers); k++)
        *numbers[k] = take_varint(take);
    report->same_as = (int64_t)take_at_most(take, meta->input_count) - 1;
    report->failure = take_string(take, &meta->memory, memory_out);
    for (unsigned k = 0; k < REJECT_COUNT; k++)
        input->rejects[k] = take_varint(take);
    samples_take(take, input, &meta->memory, memory_out);
    if (!*report->dialect)
        report->dialect = NULL;
    if (!*report->failure)
        report->failure = NULL;
    if (!take->bad && !*memory_out && !input_adds_up(input, meta->input_count))
        take->bad = true;
}

static void sums_take(struct take *take, struct tally_meta *meta)
{
    meta->basis.kinds = (uint32_t)take_at_most(take, (1u << BM_KIND_COUNT) - 1);
    meta->basis.normalisation = take_varint(take);
    meta->basis.reasons = take_le(take, 8);
    meta->basis.tables = take_le(take, 8);
    meta->addresses = take_varint(take);
    meta->events = take_varint(take);
    meta->duplicates = take_varint(take);
    meta->expired = take_varint(take);
    meta->expired_ms = (int64_t)take_at_most(take, TALLY_TIME_LIMIT_MS) - 1;
    meta->expired_kinds = (uint32_t)take_at_most(take, (1u << BM_KIND_COUNT) - 1);
    uint64_t first = take_at_most(take, TALLY_TIME_LIMIT_MS);
    meta->first_ms = first ? (int64_t)first - 1 : INT64_MAX;
}

/* Every tallied row is an event that was kept, or was dropped for a reason. */
static bool meta_adds_up(const struct tally_meta *meta, const struct tally_file *file)
{
    uint64_t tallied = 0;
    if (file->sections[TALLY_SHARE].packed_bytes) /* its events are in its share of the output */
        return true;
    for (size_t k = 0; k < meta->input_count; k++)
        if (!meta->inputs[k].report.failure)
            tallied += meta->inputs[k].report.tallied;
    return tallied == meta->events + meta->duplicates + meta->expired && meta->events == file->events &&
           meta->addresses <= file->addresses && (meta->addresses > 0) == (file->addresses > 0);
}

static enum bm_code meta_take(struct tally_meta *meta, const struct tally_file *file,
                              const struct text *content, struct bm_error *error)
{
    struct take take = {content->at, content->at + content->length, false};
    bool memory_out = false;
    sums_take(&take, meta);
    if (take_varint(&take) != REJECT_COUNT)
        take.bad = true;
    meta->input_count = take_count(&take, 20);
    meta->inputs = arena_take(&meta->memory, (meta->input_count + 1) * sizeof *meta->inputs, 8);
    for (size_t k = 0; meta->inputs && k < meta->input_count && !take.bad && !memory_out; k++)
        input_take(&take, meta, k, &memory_out);
    if (!meta->inputs || memory_out)
        return fail_memory(error, "reading a tally file");
    if (take.bad || take.at != take.end || !meta_adds_up(meta, file))
        return fail(error, BM_INPUT, "%s: damaged at byte %llu: the accounting does not add up", file->path,
                    (unsigned long long)file->sections[TALLY_META].offset);
    return BM_OK;
}

enum bm_code tally_meta_read(struct tally_meta *meta, const struct tally_file *file, struct bm_error *error)
{
    struct text content;
    *meta = (struct tally_meta){0};
    enum bm_code code = tally_file_section(file, TALLY_META, &content, error);
    if (code == BM_OK)
        code = meta_take(meta, file, &content, error);
    text_free(&content);
    return code;
}

void tally_meta_free(struct tally_meta *meta)
{
    arena_free(&meta->memory);
    *meta = (struct tally_meta){0};
}
