/* What a reader found in a run: the accounting, and samples of what was rejected. */
#ifndef RUN_UNIT_RESULT_H
#define RUN_UNIT_RESULT_H

#include "run/inputs.h"

#define REJECT_SAMPLE_BYTES 200u

struct unit_result {
    uint64_t rows, tallied, ignored, rejected, outside, extra_fields;
    uint64_t rejects[REJECT_COUNT];
    struct input_sample *samples;
    size_t sample_count, sample_capacity;
};

/* Counts a rejected row that stands at `offset`, in `line`, of the text of run `run`. False when memory is
 * out. */
bool unit_result_reject(struct unit_result *result, size_t run, enum reject reason, uint64_t offset,
                        uint64_t line, struct span text);

/* Whether the next rejected row is sampled; else its line does not matter. */
static inline bool unit_result_samples(const struct unit_result *result)
{
    return result->sample_count < REJECT_SAMPLES_MAX;
}
void unit_result_free(struct unit_result *result);

#endif
