/* An explanation from the sorted events of an address, wherever they come from. */
#ifndef RUN_EXPLAIN_H
#define RUN_EXPLAIN_H

#include "output/explanation.h"
#include "run/run_plan.h"

/* Fills explanation->policies and policy_events from its address, events, domain_trusted and as_of_ms. To be
 * freed with explanation_free in any case. */
enum bm_code explanation_make(struct explanation *explanation, const struct run_plan *plan,
                              struct bm_error *error);
void explanation_free(struct explanation *explanation);

#endif
