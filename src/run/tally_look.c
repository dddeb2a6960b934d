/* The public view of tally files. */
#include "base/base.h"

#include "event/reason.h"
#include "tally/counts_file.h"
#include "tally/tally_meta.h"

#include <bouncemill/tally.h>

struct bm_tally {
    struct tally_file file;
    struct tally_meta meta;
};

void bm_tally_free(struct bm_tally *tally)
{
    if (!tally)
        return;
    tally_meta_free(&tally->meta);
    tally_file_close(&tally->file);
    free(tally);
}

enum bm_code bm_tally_open(struct bm_tally **tally, const char *path, struct bm_error *error)
{
    struct bm_tally *made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory(error, "a tally file");
    enum bm_code code = tally_file_open(&made->file, path, error);
    if (code == BM_OK)
        code = tally_meta_read(&made->meta, &made->file, error);
    if (code != BM_OK) {
        bm_tally_free(made);
        return code;
    }
    *tally = made;
    return BM_OK;
}

void bm_tally_tell(const struct bm_tally *tally, struct bm_tally_about *about)
{
    const struct tally_meta *meta = &tally->meta;
    *about = (struct bm_tally_about){.format_version = TALLY_FORMAT_VERSION,
                                     .bytes = tally->file.size,
                                     .xxh3 = tally->file.xxh3,
                                     .tables = meta->basis.tables,
                                     .kinds = meta->basis.kinds,
                                     .archives = meta->input_count,
                                     .addresses = meta->addresses,
                                     .events = meta->events,
                                     .duplicates = meta->duplicates,
                                     .expired = meta->expired,
                                     .expired_ms = meta->expired_ms,
                                     .expired_kinds = meta->expired_kinds,
                                     .blocks = tally->file.first_block[PARTITION_COUNT]};
    for (size_t k = 0; k < meta->input_count; k++) {
        const struct input_report *report = &meta->inputs[k].report;
        if (report->failure)
            continue;
        about->rows += report->rows;
        about->tallied += report->tallied;
        about->ignored += report->ignored;
        about->rejected += report->rejected;
    }
    for (unsigned k = 0; k < PARTITION_COUNT; k++)
        about->partitions += tally->file.first_block[k] != tally->file.first_block[k + 1];
}

int bm_tally_archive(const struct bm_tally *tally, uint64_t k, struct bm_tally_archive *archive)
{
    if (k >= tally->meta.input_count)
        return 0;
    const struct input_report *report = &tally->meta.inputs[k].report;
    *archive = (struct bm_tally_archive){
        .path = report->path,
        .bytes = report->bytes,
        .xxh3 = report->xxh3,
        .rows = report->rows,
        .tallied = report->tallied,
        .ignored = report->ignored,
        .rejected = report->rejected,
        .same_as = report->same_as >= 0 ? tally->meta.inputs[report->same_as].report.path : NULL,
        .failure = report->failure,
    };
    return 1;
}

/* What to do with each address of a walk; false ends it. */
typedef bool run_function(void *argument, unsigned partition, const struct tally_run *run);

static enum bm_code runs_walk(const struct bm_tally *tally, run_function *each, void *argument,
                              struct bm_error *error)
{
    struct partition_reader reader = {0};
    enum bm_code code = BM_OK;
    bool more = true;
    for (unsigned partition = 0; partition < PARTITION_COUNT && more && code == BM_OK; partition++) {
        struct tally_run run = {.count = 1};
        code = partition_reader_start(&reader, &tally->file, partition, tally->meta.basis.kinds, error);
        while (code == BM_OK && more && run.count) {
            code = partition_reader_next(&reader, &run, error);
            if (code == BM_OK && run.count)
                more = each(argument, partition, &run);
        }
    }
    partition_reader_free(&reader);
    return code;
}

static bool address_count(void *argument, unsigned partition, const struct tally_run *run)
{
    (void)partition;
    (void)run;
    ++*(uint64_t *)argument;
    return true;
}

static enum bm_code counts_verify(const struct bm_tally *tally, struct bm_error *error)
{
    struct bm_classifier *classifier = NULL;
    struct counts *counts = NULL;
    enum bm_code code = bm_classifier_new(&classifier, NULL, error);
    if (code == BM_OK)
        code = counts_new(&counts, bm_rule_count(classifier), error);
    if (code == BM_OK)
        code = tally_file_counts(&tally->file, counts, classifier, error);
    counts_free(counts);
    bm_classifier_free(classifier);
    return code;
}

enum bm_code bm_tally_verify(const struct bm_tally *tally, struct bm_error *error)
{
    uint64_t addresses = 0;
    enum bm_code code = runs_walk(tally, address_count, &addresses, error);
    if (code == BM_OK && addresses != tally->meta.addresses)
        code =
            fail(error, BM_INPUT, "%s: it says that it holds %llu addresses, and holds %llu",
                 tally->file.path, (unsigned long long)tally->meta.addresses, (unsigned long long)addresses);
    return code == BM_OK ? counts_verify(tally, error) : code;
}

struct event_walk {
    int (*each)(void *argument, const struct bm_tally_event *event);
    void *argument;
};

static bool events_tell(void *argument, unsigned partition, const struct tally_run *run)
{
    const struct event_walk *walk = argument;
    for (size_t k = 0; k < run->count; k++) {
        const struct tally_event *from = &run->events[k];
        struct bm_tally_event event = {.partition = partition,
                                       .address = run->address.at,
                                       .address_length = run->address.length,
                                       .time_ms = tally_time_ms(from),
                                       .kind = (enum bm_kind)tally_kind(from),
                                       .class_ = (enum bm_class)tally_class(from),
                                       .smtp_code = tally_smtp_code(from),
                                       .campaign = from->campaign,
                                       .detail = from->detail};
        if (event.kind == BM_BOUNCE)
            event.reason = reason_table[tally_reason(from)].name;
        event.enhanced_code[enhanced_format(from->enhanced, event.enhanced_code)] = 0;
        if (walk->each(walk->argument, &event))
            return false;
    }
    return true;
}

enum bm_code bm_tally_walk(const struct bm_tally *tally,
                           int (*each)(void *argument, const struct bm_tally_event *event), void *argument,
                           struct bm_error *error)
{
    struct event_walk walk = {each, argument};
    return runs_walk(tally, events_tell, &walk, error);
}
