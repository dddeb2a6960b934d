/* Which events of an address no policy can need any more. */
#ifndef RUN_EXPIRE_H
#define RUN_EXPIRE_H

#include "policy/policy.h"
#include "tally/tally_event.h"

/* Kinds that all policies can do without (policy_idle_kinds). */
uint32_t expire_kinds(const struct policy_set *policies);

/* How many events at the start of an address's sorted run can go: all before the last open or click of those
 * that are older than cutoff_ms, are of `kinds`, and have no event of another kind before them.
 *
 * Why no result can change, provided that no event from before cutoff_ms is ever added: what goes, and the
 * open or click that stays, come before the first bounce and before anything that takes or gives permission,
 * now and for ever. Nothing is counted then and nothing is frozen, so an open or click has nothing to reset,
 * and the time of the last one, which some policies ask for, is that of the one that stays. A delivery can
 * undo or be undone by a bounce of its campaign only as the last of the two, and the bounce is yet to come.
 * The address keeps an event, so it is counted as before. */
size_t expire_count(const struct tally_event *events, size_t count, int64_t cutoff_ms, uint32_t kinds);

#endif
