/* Checkpoints: what a long scan has read when it is interrupted is not lost.
 *
 * A job that saves a tally file FILE scans in rounds. When a round has taken so many seconds, no further
 * archive is begun; what was read, whole archives only, is written to FILE.partial-1, -2, ... as a tally file
 * like any other, and its memory is free for the next round. At the end the partials are merged with the last
 * round, as a nightly state is. When the job is interrupted or killed they stay, and the next one that writes
 * FILE takes those that are parts of its own work as if they had been named with --state: of the same basis,
 * and all their archives among its own, under the same names. When FILE is in place they are removed.
 *
 * Why not at the signal: tallies of a minute take longer to write than the second that a job has to stop in.
 * Why each round is a file of its own: what was tallied is written once, whatever the number of rounds. It
 * still is written and read again, which a run without checkpoints does not do: a scan of 20 million rows
 * took 1.06 times the processor time in two rounds, and 1.18 times in eight. So rounds are long, and a job
 * that takes less than one pays nothing. */
#ifndef RUN_CHECKPOINT_H
#define RUN_CHECKPOINT_H

#include "run/job.h"

#define CHECKPOINT_SECONDS 300.0 /* of a round */

/* Adds the partials of an interrupted job that fit this one to its tally files, and marks their archives as
 * known. Before the first scan. */
enum bm_code checkpoints_find(struct run *run, struct bm_error *error);

/* Writes what was scanned to the next partial, adds it to the job's tally files, and empties run->scanned. */
enum bm_code checkpoint_write(struct run *run, struct bm_error *error);

/* Removes all partials: the tally file is in place. */
void checkpoints_remove(const struct run *run);

/* Says with an interruption what is kept. */
void checkpoints_hint(const struct run *run, struct bm_error *error);

#endif
