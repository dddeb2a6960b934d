/* Random archives of event rows with everything that the reader accepts or rejects, and what a reading of one
 * comes to, as bytes to compare. */
#ifndef TESTS_RUN_TEXTS_H
#define TESTS_RUN_TEXTS_H

#include "../archive/samples.h"

#include "base/hash.h"
#include "run/scan.h"

struct text_shape {
    unsigned rows;
    bool quotes;         /* quoted fields, with newlines inside */
    bool wide;           /* some rows of tens of kilobytes */
    bool header_changes; /* half-way, with other columns */
    bool ends_in_quote;  /* that is never closed */
    bool ends_in_row;    /* no newline at the end */
    bool byte_order_mark;
};

static inline void text_add(struct bytes *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline void text_add(struct bytes *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *at = (char *)bytes_room(text, 1024);
    int length = vsnprintf(at, 1024, format, arguments);
    CHECK(length >= 0 && length < 1024);
    text->size += (size_t)length;
    va_end(arguments);
}

static inline bool chance(uint64_t *seed, unsigned one_in)
{
    return test_random(seed) >> 20 & 1 ? test_random(seed) % one_in * 2 < 1 : test_random(seed) % one_in == 0;
}

static inline const char *pick(uint64_t *seed, const char *const *choices, size_t count)
{
    return choices[test_random(seed) % count];
}

/* The inside of a diagnostic in quotes. */
static inline void quoted_add(struct bytes *text, const struct text_shape *shape, uint64_t *seed)
{
    static const char *const pieces[] = {"550 5.1.1 user unknown",
                                         "\n",
                                         "\"\"",
                                         ",",
                                         "\r\n",
                                         " ",
                                         "mailbox full",
                                         "\n\n1700000000,bounce,not@a.row,c1,,550,,\n",
                                         "\"\",\"\"",
                                         "x"};
    text_add(text, "\"");
    for (unsigned k = (unsigned)(test_random(seed) % 8); k > 0; k--)
        text_add(text, "%s", pick(seed, pieces, COUNT_OF(pieces)));
    if (shape->wide && chance(seed, 12))
        for (unsigned k = (unsigned)(test_random(seed) % 3000); k > 0; k--)
            text_add(text, "%s", k % 50 ? "and so on, " : "\n");
    text_add(text, "\"");
}

static inline void row_add(struct bytes *text, const struct text_shape *shape, bool turned, uint64_t *seed)
{
    static const char *const kinds[] = {"bounce",    "delivered", "sent", "open", "bounce",
                                        "complaint", "deferred",  "?",    ""};
    static const char *const plain[] = {"450 4.2.2 quota \"exceeded\" today", "", "  blanks  ",
                                        "spam blocked 12345", "nothing that anybody knows"};
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", "\r", "\n\n", "\n  \n"};
    unsigned user = (unsigned)(test_random(seed) % 40);
    const char *address = user == 0 ? "nobody" : user == 1 ? "" : "@example.org";
    const char *kind = pick(seed, kinds, COUNT_OF(kinds));
    unsigned second = (unsigned)(test_random(seed) % 1000);
    if (chance(seed, 40)) {
        text_add(text, "17000%05u,bounce%s", second, ends[test_random(seed) % COUNT_OF(ends)]);
        return;
    }
    if (turned)
        text_add(text, "%s%u%s,%s, 17000%05u,c%u,m%u,550,", chance(seed, 9) ? " " : "", user, address, kind,
                 second, second % 5, second % 50);
    else
        text_add(text, "17000%05u,%s,%u%s,c%u,m%u,550,", second, kind, user, address, second % 5,
                 second % 50);
    text_add(text, "%s,", chance(seed, 3) ? "5.1.1" : "");
    if (shape->quotes && chance(seed, 3))
        quoted_add(text, shape, seed);
    else
        text_add(text, "%s", pick(seed, plain, COUNT_OF(plain)));
    text_add(text, "%s%s", chance(seed, 20) ? ",more" : "", pick(seed, ends, COUNT_OF(ends)));
}

static inline struct bytes text_make(const struct text_shape *shape, uint64_t *seed)
{
    static const char header[] =
        "time,event,address,campaign,message_id,smtp_code,enhanced_code,diagnostic\n";
    static const char other[] = "address,event,time,campaign,message_id,smtp_code,enhanced_code,diagnostic\n";
    struct bytes text = {0};
    text_add(&text, "%s%s%s", shape->byte_order_mark ? "\xef\xbb\xbf" : "", chance(seed, 5) ? "\n" : "",
             header);
    bool turned = false;
    for (unsigned k = 0; k < shape->rows; k++) {
        if (chance(seed, 30))
            text_add(&text, "%s", turned ? other : header);
        if (shape->header_changes && k == shape->rows / 2) {
            turned = true;
            text_add(&text, "%s", other);
        }
        row_add(&text, shape, turned, seed);
    }
    if (shape->ends_in_quote)
        text_add(&text, "1700000000,bounce,last@example.org, \t\"and\nthen\n");
    else if (shape->ends_in_row)
        text_add(&text, "1700000000,bounce,last@example.org,c1,m1,550,5.1.1,no newline");
    return text;
}

/* An archive of frames; `ends` gets where each ends. */
static inline struct bytes frames_make(const struct bytes *text, const size_t *cuts, size_t cut_count,
                                       size_t *ends)
{
    struct bytes archive = {0};
    for (size_t k = 0; k <= cut_count; k++) {
        size_t begin = k ? cuts[k - 1] : 0, end = k < cut_count ? cuts[k] : text->size;
        zstd_add(&archive, text->at + begin, end - begin, true);
        if (ends)
            ends[k] = archive.size;
    }
    return archive;
}

static inline void number_add(struct bytes *to, uint64_t number)
{
    bytes_add(to, &number, sizeof number);
}

static inline void span_add(struct bytes *to, struct span span)
{
    number_add(to, span.length);
    bytes_add(to, span.at, span.length);
}

/* Every (address, event) that the shards hold, as a sum that does not depend on the order. */
static inline void shards_dump(struct shards *shards, struct bytes *to)
{
    struct shard_view_memory memory = {0};
    uint64_t sum = 0, addresses = 0, events = 0;
    for (unsigned which = 0; which < SHARD_COUNT; which++) {
        struct shard_view view;
        CHECK(shard_group(shards, which, &memory, &view));
        for (uint32_t k = 0; k < view.address_count; k++)
            for (uint64_t j = k ? view.event_ends[k - 1] : 0; j < view.event_ends[k]; j++) {
                struct span event = {(const char *)&view.events[j], sizeof view.events[j]};
                struct span address = record_address(view.records[k]);
                sum += hash_span_seed(address, hash_span(event));
            }
        addresses += view.address_count;
        events += view.event_count;
    }
    shard_view_memory_free(&memory);
    number_add(to, addresses);
    number_add(to, events);
    number_add(to, sum);
}

static inline void named_dump(const struct count_named *rows, size_t count, struct bytes *to)
{
    for (size_t k = 0; k < count; k++) {
        span_add(to, rows[k].name);
        bytes_add(to, &rows[k].cell, sizeof rows[k].cell);
        number_add(to, (uint64_t)rows[k].first_ms);
        number_add(to, (uint64_t)rows[k].last_ms);
        number_add(to, (uint64_t)rows[k].worst_day);
        number_add(to, rows[k].worst_day_bounces);
    }
}

/* Everything that the report files are made of. */
static inline void counts_dump(struct counts *counts, const struct bm_classifier *classifier,
                               struct bytes *to)
{
    struct report report = {0};
    CHECK(counts_report(counts, classifier, &report));
    bytes_add(to, &report.total, sizeof report.total);
    bytes_add(to, report.reasons, sizeof report.reasons);
    number_add(to, report.unrecognised);
    named_dump(report.domains, report.domain_count, to);
    named_dump(report.campaigns, report.campaign_count, to);
    for (size_t k = 0; k < report.code_count; k++) {
        number_add(to, (uint64_t)report.codes[k].smtp_code << 32 | report.codes[k].enhanced);
        bytes_add(to, report.codes[k].classes, sizeof report.codes[k].classes);
        number_add(to, report.codes[k].bounces);
    }
    for (size_t k = 0; k < report.day_count; k++) {
        number_add(to, (uint64_t)report.days[k].day);
        bytes_add(to, &report.days[k].cell, sizeof report.days[k].cell);
    }
    for (size_t k = 0; k < report.rule_count; k++) {
        span_add(to, (struct span){report.rules[k].rule, strlen(report.rules[k].rule)});
        number_add(to, report.rules[k].hits);
    }
    for (size_t k = 0; k < report.unmatched_count; k++) {
        span_add(to, report.unmatched[k].masked);
        span_add(to, report.unmatched[k].example);
        number_add(to, report.unmatched[k].count);
    }
    counts_report_free(&report);
}

/* The accounting and the samples of rejected rows. */
static inline void input_dump(const struct input *input, struct bytes *to)
{
    const struct input_report *report = &input->report;
    const uint64_t numbers[] = {report->text_bytes, report->rows,         report->tallied,    report->ignored,
                                report->rejected,   report->extra_fields, input->sample_count};
    bytes_add(to, numbers, sizeof numbers);
    bytes_add(to, input->rejects, sizeof input->rejects);
    for (size_t k = 0; k < input->sample_count; k++) {
        number_add(to, input->samples[k].offset);
        number_add(to, input->samples[k].line);
        number_add(to, input->samples[k].reason);
        span_add(to, input->samples[k].text);
    }
}

#endif
