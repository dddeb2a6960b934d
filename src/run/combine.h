/* Adding up the output folders of all shares of a merge. */
#ifndef RUN_COMBINE_H
#define RUN_COMBINE_H

#include <bouncemill/run.h>

enum bm_code combine(const struct bm_run_options *options, struct bm_run_summary *summary,
                     struct bm_error *error);

#endif
