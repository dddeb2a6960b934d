/* The text of a run, handed out in parts of whole rows to any number of readers. */
#ifndef RUN_RUN_TEXT_H
#define RUN_RUN_TEXT_H

#include "csv/scan.h"
#include "run/inputs.h"
#include "run/unit_result.h"

#define ROW_BYTES_MAX ((size_t)1 << 20)

/* Decompressed, then parsed while it is in the L2 cache. (With less, for the L1 cache, a run takes as long.)
 */
#define PART_STEP_BYTES ((size_t)64 << 10)
#define ROW_START_BYTES ((size_t)64 << 10)

/* With several readers: waking one that waits for its turn costs more than what the cache saves. */
#define PART_STEP_SHARED_BYTES ((size_t)1 << 20)
#define PART_BYTES             (ROW_BYTES_MAX + PART_STEP_SHARED_BYTES)

/* One reader's buffer and the part that it holds. */
struct text_part {
    csv_index_function *index;
    csv_lines_function *lines_of;
    char *memory;          /* a few bytes, then the buffer */
    char *text;            /* the rows, an unfinished one behind them, then padding */
    uint32_t *end_memory;  /* one entry, then the ends */
    struct csv_ends found; /* fields and rows; at[-1] is where the first row starts, less one */
    size_t begin;          /* where the first row starts */
    size_t length;         /* of the text */
    uint64_t base;         /* offset of its first byte in the run's text */
    uint64_t lines;        /* LF bytes of the run's text up to the end of this one */
    bool header;           /* the first row is the archive's header */
};

/* Zero-initialised part; to be freed whether or not it fails. */
enum bm_code text_part_init(struct text_part *part, enum simd simd, struct bm_error *error);
void text_part_free(struct text_part *part);

/* The line, from 0, of the run's text in which byte `at` of the part stands. */
static inline uint64_t text_part_line(const struct text_part *part, size_t at)
{
    return part->lines - part->lines_of(part->text + at, part->length - at);
}

/* Whether the row of `fields` fields from `begin` to `end` is an empty line, which is no row. */
static inline bool text_part_blank(const struct text_part *part, size_t begin, size_t end, size_t fields)
{
    if (fields > 1 || end - begin > ROW_BYTES_MAX)
        return false;
    while (begin < end && (part->text[begin] == ' ' || part->text[begin] == '\t'))
        begin++;
    return begin == end;
}

struct run_text;

/* Sizes that tests make small; 0: as above. The same for all runs of an archive. */
struct run_text_sizes {
    size_t step_bytes;      /* at most PART_STEP_SHARED_BYTES; with one reader or several */
    size_t row_start_bytes; /* in so much of a run's text its first row start must be found */
};

/* Starts on a run of an archive. `stream` is the run's until it has ended: the reader that starts must go on
 * to the end, or stop the run. */
enum bm_code run_text_new(struct run_text **text, const struct input *input, size_t run,
                          struct text_stream *stream, struct run_text_sizes sizes, struct bm_error *error);
void run_text_free(struct run_text *text);

/* Gives a reader the next part, and the columns of its rows; *more is false, and nothing given, when there is
 * none. What is rejected without being a row (a quote that is never closed, a row that is too long) goes into
 * `result`. */
enum bm_code run_text_take(struct run_text *text, struct text_part *part, struct columns *columns,
                           struct unit_result *result, bool *more, struct bm_error *error);

/* Whether there may be parts left. */
bool run_text_goes_on(struct run_text *text);

/* From now on a second reader may take parts. */
void run_text_share(struct run_text *text);

/* A header with other columns stands in a part: they hold for the parts to come. */
void run_text_change(struct run_text *text, const struct columns *columns);

/* No part will be given any more. */
void run_text_stop(struct run_text *text);

/* When it has ended: of the run's own text. */
uint64_t run_text_bytes(const struct run_text *text);
uint64_t run_text_lines(const struct run_text *text);

/* And where the run is all of an archive that was not hashed before: that hash. False where it is not. */
bool run_text_hash(const struct run_text *text, uint64_t *hash);

/* Whether the archive must be read as one unit by one reader: what was made of its parts is void. */
bool run_text_inseparable(struct run_text *text);

#endif
