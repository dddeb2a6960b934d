/* Which files about single addresses a run writes beside their statuses, and writing them. */
#ifndef RUN_PEOPLE_H
#define RUN_PEOPLE_H

#include "output/people.h"
#include "run/run_plan.h"

/* Bits of enum output: those of segments, details and moments that are asked for and that the policies fill.
 */
uint32_t people_outputs(const struct run_plan *plan);

enum bm_code people_write(const struct run_plan *plan, struct folder *folder, const struct outcome_list *list,
                          const struct report *report, struct bm_error *error);

#endif
