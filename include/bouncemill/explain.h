/* Why an address has its statuses. */
#ifndef BOUNCEMILL_EXPLAIN_H
#define BOUNCEMILL_EXPLAIN_H

#include <bouncemill/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads the archives that `options` names, or the tally files (one or the other: BM_USAGE), which stand among
 * its archives and are told by how they begin, keeps the events of one address, replays the policies over
 * them and writes to the descriptor `fd`, which stays the caller's: the events, what each policy made of
 * every one of them, the rule that fired, and what time or one more event would change. With `json` as an
 * object, otherwise as text for people. Of the options those about outputs are of no meaning; of several
 * times in as_of the last counts. An address without events is no error: the text says so. BM_USAGE when
 * `address` is none, or tally files cannot answer as bm_merge would; from and to are for archives. */
BM_API enum bm_code bm_explain(const struct bm_run_options *options, const char *address, int fd, int json,
                               struct bm_error *error);

#ifdef __cplusplus
}
#endif

#endif
