/* A unit of work: a run of an archive, read row by row by one reader or several. */
#ifndef RUN_UNIT_H
#define RUN_UNIT_H

#include "base/stop.h"
#include "run/observe.h"
#include "run/run_text.h"

/* One worker's tools, kept from unit to unit. */
struct unit_reader {
    struct text_stream *stream; /* for the runs that it starts */
    struct observer observer;
    struct text_part part;
    char *scratch; /* where fields are unquoted */
    const volatile int *stop;
};

enum bm_code unit_reader_init(struct unit_reader *reader, enum simd simd, struct bm_error *error);
void unit_reader_free(struct unit_reader *reader);

/* Reads parts of a run (its number is for the samples) until there are no more. On BM_OK the result's samples
 * are the caller's (unit_result_free, or taken over by input_samples_add). */
enum bm_code unit_read(struct unit_reader *reader, size_t run, struct run_text *text,
                       struct unit_result *result, struct bm_error *error);

#endif
