/* The rows come from the generator and are taken apart as a run does it, so that what is measured is what a
 * run sees: the same mix of templates, with every reply's own addresses, hosts and ids in it. What a reply is
 * made of lies together, so that the stream fits into the second-level cache, as a run's texts do. */
#include "bench/bench_replies.h"
#include "base/base.h"

#include "csv/field.h"
#include "csv/scan.h"
#include "generate/rows.h"
#include "generate/text.h"

#define STREAM_SEED      1
#define STREAM_ADDRESSES 200000
#define STREAM_DAYS      30

/* Columns of a native row as the generator writes it. */
enum { FIELD_ADDRESS = 2, FIELD_SMTP_CODE = 5, FIELD_ENHANCED_CODE, FIELD_DIAGNOSTIC, FIELD_COUNT };

/* Copies a span to where the stream's next bytes go. */
static struct span keep(struct text *texts, struct span from)
{
    struct span kept = {texts->at, from.length};
    if (from.length)
        text_span(texts, from);
    return kept;
}

static struct span domain_of(struct span address)
{
    const char *at = memchr(address.at, '@', address.length);
    CHECK(at);
    at++;
    return (struct span){at, (size_t)(address.at + address.length - at)};
}

static struct bm_reply reply_keep(const struct span *fields, struct text *texts)
{
    struct span smtp_code = keep(texts, fields[FIELD_SMTP_CODE]);
    struct span enhanced_code = keep(texts, fields[FIELD_ENHANCED_CODE]);
    struct span diagnostic = keep(texts, fields[FIELD_DIAGNOSTIC]);
    struct span domain = keep(texts, domain_of(fields[FIELD_ADDRESS]));
    return (struct bm_reply){.smtp_code = smtp_code.at,
                             .smtp_code_length = smtp_code.length,
                             .enhanced_code = enhanced_code.at,
                             .enhanced_code_length = enhanced_code.length,
                             .diagnostic = diagnostic.at,
                             .diagnostic_length = diagnostic.length,
                             .domain = domain.at,
                             .domain_length = domain.length,
                             .mta = ""};
}

static struct bm_reply reply_draw(struct stream *stream, struct text *texts)
{
    char row[ROW_BYTES_MAX + CSV_PAD_BYTES] = "", scratch[ROW_BYTES_MAX + CSV_PAD_BYTES];
    uint32_t ends[ROW_BYTES_MAX + CSV_PAD_BYTES], rows[ROW_BYTES_MAX + CSV_PAD_BYTES];
    struct csv_ends found = {.at = ends, .rows = rows};
    struct text written = {row};
    stream_row(stream, &written);
    enum csv_state state = CSV_ROW_START;
    csv_index_kernel(SIMD_SCALAR)(row, (size_t)(written.at - row), ',', &state, &found);
    CHECK(found.count == FIELD_COUNT && state == CSV_ROW_START);
    struct span fields[FIELD_COUNT];
    size_t begin = 0, used = 0;
    for (size_t k = 0; k < found.count; k++) {
        struct span raw = {row + begin, found.at[k] - begin};
        fields[k] = csv_field(raw, scratch + used);
        used += raw.length;
        begin = found.at[k] + 1;
    }
    return reply_keep(fields, texts);
}

enum bm_code bench_replies_make(struct bench_replies *replies, size_t count, struct bm_error *error)
{
    struct world *world = calloc(1, sizeof *world);
    *replies = (struct bench_replies){.list = malloc(count * sizeof *replies->list),
                                      .texts = malloc(count * REPLY_BYTES_MAX + CSV_PAD_BYTES),
                                      .count = count};
    bool made = world && replies->list && replies->texts &&
                world_init(world, ROW_NATIVE, STREAM_SEED, STREAM_ADDRESSES, STREAM_DAYS, 1.0);
    if (made) {
        struct stream stream;
        struct text texts = {replies->texts};
        stream_init(&stream, world, 0, 1, count);
        for (size_t k = 0; k < count; k++) {
            replies->list[k] = reply_draw(&stream, &texts);
            replies->text_bytes += replies->list[k].diagnostic_length;
        }
        world_free(world);
    }
    free(world);
    if (made)
        return BM_OK;
    bench_replies_free(replies);
    return fail_memory(error, "the replies to measure with");
}

void bench_replies_free(struct bench_replies *replies)
{
    free(replies->list);
    free(replies->texts);
    *replies = (struct bench_replies){0};
}
