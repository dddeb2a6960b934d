/* A unit of work: one run of one archive, read row by row. */
#ifndef RUN_UNIT_H
#define RUN_UNIT_H

#include "base/stop.h"
#include "csv/scan.h"
#include "run/inputs.h"
#include "run/observe.h"

#define ROW_BYTES_MAX       ((size_t)1 << 20)
#define UNIT_STEP_BYTES     ((size_t)64 << 10) /* decompressed, then parsed while it is in the L2 cache */
#define ROW_START_BYTES     ((size_t)64 << 10)
#define REJECT_SAMPLE_BYTES 200u

/* One worker's tools, kept from unit to unit. */
struct unit_reader {
    struct text_stream *stream;
    struct observer observer;
    csv_index_function *index;
    csv_lines_function *lines;
    char *text_memory;     /* a few bytes, then the buffer */
    char *buffer;          /* text: what is left of a row, then a step, then padding */
    uint32_t *end_memory;  /* one entry, then the ends */
    struct csv_ends found; /* in the buffer */
    char *scratch;         /* where fields are unquoted */
    const volatile int *stop;
    size_t row_start_bytes; /* of a run's text in which its first row start must be found; the same for all
                               readers of an archive */
};

/* What a unit found. */
struct unit_result {
    uint64_t rows, tallied, ignored, rejected, outside, extra_fields;
    uint64_t rejects[REJECT_COUNT];
    uint64_t text_bytes, lines; /* of the run's own text */
    struct input_sample *samples;
    size_t sample_count, sample_capacity;
    bool inseparable; /* the archive must be read as one unit: what this one did is void */
};

enum bm_code unit_reader_init(struct unit_reader *reader, enum simd simd, struct bm_error *error);
void unit_reader_free(struct unit_reader *reader);

/* Reads a run. On BM_OK the result's samples are the caller's (unit_result_free, or taken over by
 * input_samples_add). */
enum bm_code unit_read(struct unit_reader *reader, const struct input *input, size_t run,
                       struct unit_result *result, struct bm_error *error);
void unit_result_free(struct unit_result *result);

#endif
