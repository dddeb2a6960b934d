#include "run/unit_result.h"
#include "base/base.h"

#include "base/array.h"

bool unit_result_reject(struct unit_result *result, size_t run, enum reject reason, uint64_t offset,
                        uint64_t line, struct span text)
{
    result->rows++;
    result->rejected++;
    result->rejects[reason]++;
    if (!unit_result_samples(result))
        return true;
    struct input_sample *samples =
        array_room(result->samples, &result->sample_capacity, result->sample_count + 1, sizeof *samples);
    if (!samples)
        return false;
    result->samples = samples;
    size_t length = text.length < REJECT_SAMPLE_BYTES ? text.length : REJECT_SAMPLE_BYTES;
    char *copy = malloc(length + 1);
    if (!copy)
        return false;
    if (length)
        memcpy(copy, text.at, length);
    result->samples[result->sample_count++] =
        (struct input_sample){run, offset, line, reason, {copy, length}};
    /* cppcheck-suppress memleak; the sample owns the copy */
    return true;
}

void unit_result_free(struct unit_result *result)
{
    for (size_t k = 0; k < result->sample_count; k++)
        free((char *)(uintptr_t)result->samples[k].text.at);
    free(result->samples);
    *result = (struct unit_result){0};
}
