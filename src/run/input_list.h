/* All archives of a job, those read now and those inside tally files, in one order: by path, size and hash,
 * so that reports are the same whatever way the archives came in. */
#ifndef RUN_INPUT_LIST_H
#define RUN_INPUT_LIST_H

#include "run/inputs.h"
#include "run/tally_set.h"

struct input_list {
    struct tally_input *items; /* texts belong to where they came from */
    size_t count;
    struct reject_sample *samples; /* of the archives read now */
};

/* After the scan. Zero-initialise; free whether or not it fails. */
enum bm_code input_list_make(struct input_list *list, const struct tally_set *set,
                             const struct inputs *inputs, struct bm_error *error);

/* Only the archives that the last scan has read. */
enum bm_code input_list_make_read(struct input_list *list, const struct inputs *inputs,
                                  struct bm_error *error);
void input_list_free(struct input_list *list);

/* Fills the report's inputs, samples and accounting (to be freed by the caller), and checks that no row was
 * lost. */
enum bm_code input_list_report(const struct input_list *list, struct report *report, struct bm_error *error);

#endif
