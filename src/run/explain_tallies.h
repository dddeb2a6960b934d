/* One address out of tally files, of whose partitions only its own is unpacked. */
#ifndef RUN_EXPLAIN_TALLIES_H
#define RUN_EXPLAIN_TALLIES_H

#include "archive/archive.h"
#include "run/tally_set.h"

/* Whether the paths are tally files, told by how they begin; BM_USAGE when only some of them are. */
enum bm_code tallies_tell(const struct path_list *paths, bool *tallies, struct bm_error *error);

/* The address's events of all files, sorted and without duplicates, as a merge has them. *events is the
 * caller's to free; it is left alone where there are none. */
enum bm_code tally_set_find(const struct tally_set *set, struct span address, struct tally_event **events,
                            size_t *count, struct bm_error *error);

#endif
