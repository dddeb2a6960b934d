#include "base/base.h"
#include "output/outcome_text.h"
#include "output/people.h"
#include "output/row_file.h"

struct segments_work {
    const struct outcome_list *list;
    int64_t as_of_ms;
};

static void segment_row(const struct segments_work *work, const struct outcome *outcome, struct text *text)
{
    const struct segmented *segmented = &outcome->more->segmented;
    text_name(text, segment_name((enum segment)segmented->segment));
    text_char(text, ',');
    text_csv(text, record_address(outcome->address));
    text_char(text, ',');
    text_name(text, recency_name(recency_of(segmented->last_bounce_ms, work->as_of_ms)));
    text_char(text, ',');
    text_u64(text, segmented->bounces);
    text_char(text, ',');
    text_time(text, segmented->first_bounce_ms);
    text_char(text, ',');
    text_time(text, segmented->last_bounce_ms);
    text_char(text, ',');
    text_time(text, segmented->engaged_ms);
    text_char(text, '\n');
}

/* A pass takes a segment's rows. */
static uint64_t segments_format(const void *argument, size_t segment, const struct outcome_stretch *stretch,
                                struct text *text)
{
    const struct segments_work *work = argument;
    uint64_t rows = 0;
    for (size_t k = 0; k < stretch->count; k++) {
        if (stretch->refs[k].outcome->more->segmented.segment != segment)
            continue;
        segment_row(work, stretch->refs[k].outcome, text);
        rows++;
    }
    return rows;
}

enum bm_code output_segments(struct folder *folder, const struct outcome_list *list, int64_t as_of_ms,
                             unsigned threads, struct bm_error *error)
{
    struct segments_work work = {list, as_of_ms};
    struct row_file file = {
        .name = "segments.csv",
        .header = "segment,address,recency,bounces,first_bounce,last_bounce,last_engaged\n",
        .list = list,
        .passes = SEGMENT_COUNT,
        .argument = &work,
        .format = segments_format,
    };
    return row_file_write(&file, folder, threads, NULL, error);
}
