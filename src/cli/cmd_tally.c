/* Tally files for people: what is in one, whether it is whole, and all of it as CSV. */
#include "cli.h"

#include "command.h"
#include "message.h"

#include <bouncemill/tally.h>
#include <inttypes.h>

static void count_print(const char *label, uint64_t count)
{
    char text[NUMBER_TEXT_BYTES];
    printf("%-12s%s\n", label, number_text(count, text));
}

static void kinds_print(const char *label, uint32_t kinds)
{
    const char *comma = "";
    printf("%-12s", label);
    for (int kind = 0; kind < BM_KIND_COUNT; kind++)
        if (kinds >> kind & 1) {
            printf("%s%s", comma, bm_kind_name((enum bm_kind)kind));
            comma = ", ";
        }
    putchar('\n');
}

static void expiry_print(const struct bm_tally_about *about)
{
    char time[BM_TIME_BYTES];
    if (about->expired_ms < 0)
        return;
    count_print("expired", about->expired);
    printf("%-12s%.*s\n", "of before", (int)bm_time_format(about->expired_ms, time), time);
    kinds_print("of kinds", about->expired_kinds);
}

static void archives_print(const struct bm_tally *tally)
{
    struct bm_tally_archive archive;
    for (uint64_t k = 0; bm_tally_archive(tally, k, &archive); k++) {
        char rows[NUMBER_TEXT_BYTES], bytes[NUMBER_TEXT_BYTES];
        printf("  %016" PRIx64 "  %s bytes, %s rows  %s", archive.xxh3, number_text(archive.bytes, bytes),
               number_text(archive.rows, rows), archive.path);
        if (archive.same_as)
            printf("  (the same as %s)", archive.same_as);
        if (archive.failure)
            printf("  (left out: %s)", archive.failure);
        putchar('\n');
    }
}

static enum bm_code info_print(const struct bm_tally *tally, struct bm_error *error)
{
    struct bm_tally_about about;
    (void)error;
    bm_tally_tell(tally, &about);
    count_print("format", about.format_version);
    count_print("bytes", about.bytes);
    printf("%-12s%016" PRIx64 "\n", "content", about.xxh3);
    printf("%-12s%016" PRIx64 "\n", "tables", about.tables);
    kinds_print("kinds kept", about.kinds);
    count_print("rows", about.rows);
    count_print("tallied", about.tallied);
    count_print("ignored", about.ignored);
    count_print("rejected", about.rejected);
    count_print("duplicates", about.duplicates);
    expiry_print(&about);
    count_print("events", about.events);
    count_print("addresses", about.addresses);
    count_print("partitions", about.partitions);
    count_print("blocks", about.blocks);
    count_print("archives", about.archives);
    archives_print(tally);
    return BM_OK;
}

/* Bytes of an address as a CSV field: addresses may hold quotes and commas. */
static void field_print(const char *text, size_t length)
{
    bool quoted = memchr(text, ',', length) || memchr(text, '"', length);
    if (quoted)
        putchar('"');
    for (size_t k = 0; k < length; k++) {
        if (text[k] == '"')
            putchar('"');
        putchar(text[k]);
    }
    if (quoted)
        putchar('"');
}

static int event_print(void *argument, const struct bm_tally_event *event)
{
    char time[BM_TIME_BYTES];
    (void)argument;
    printf("%u,", event->partition);
    field_print(event->address, event->address_length);
    printf(",%.*s,%s,%s,%s,", (int)bm_time_format(event->time_ms, time), time, bm_kind_name(event->kind),
           event->reason ? bm_class_name(event->class_) : "", event->reason ? event->reason : "");
    if (event->smtp_code)
        printf("%u", event->smtp_code);
    printf(",%s,%016" PRIx64 ",%08" PRIx32 "\n", event->enhanced_code, event->campaign, event->detail);
    return ferror(stdout);
}

static enum bm_code dump_print(const struct bm_tally *tally, struct bm_error *error)
{
    printf("partition,address,time,event,class,reason,smtp_code,enhanced_code,campaign,detail\n");
    return bm_tally_walk(tally, event_print, NULL, error);
}

static enum bm_code verify_print(const struct bm_tally *tally, struct bm_error *error)
{
    struct bm_tally_about about;
    char addresses[NUMBER_TEXT_BYTES], events[NUMBER_TEXT_BYTES];
    enum bm_code code = bm_tally_verify(tally, error);
    if (code != BM_OK)
        return code;
    bm_tally_tell(tally, &about);
    printf("whole: %s events of %s addresses\n", number_text(about.events, events),
           number_text(about.addresses, addresses));
    return BM_OK;
}

int command_tally(const struct arguments *arguments)
{
    static const struct {
        const char *name;
        enum bm_code (*print)(const struct bm_tally *tally, struct bm_error *error);
    } views[] = {{"info", info_print}, {"verify", verify_print}, {"dump", dump_print}};
    struct bm_error error;
    const char *name = arguments->operands[0];
    for (size_t k = 0; k < sizeof views / sizeof views[0]; k++) {
        if (strcmp(views[k].name, name) != 0)
            continue;
        struct bm_tally *tally = NULL;
        enum bm_code code = bm_tally_open(&tally, arguments->operands[1], &error);
        if (code == BM_OK)
            code = views[k].print(tally, &error);
        bm_tally_free(tally);
        return code == BM_OK ? output_finish() : error_print(&error);
    }
    error_set(&error, BM_USAGE, "tally %s: no such view", name);
    error_hint(&error, "info, verify or dump");
    return error_print(&error);
}
