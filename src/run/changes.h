/* The status changes of one address under several policies, in one order. */
#ifndef RUN_CHANGES_H
#define RUN_CHANGES_H

#include "output/outcomes.h"

/* Sorts by time, then policy; what has both in common stays as it stood. `room` is for as many again. */
void changes_sort(struct outcome_change *changes, size_t count, struct outcome_change *room);

#endif
