/* What is not finished stands beside its target under a name of its own, ".NAME.bouncemill-PID-RANDOM", until
 * it is moved into place. A run that was killed leaves it behind, and the next one with the same target
 * removes it.
 *
 * How a dead run's leftover is told from a run that is still at work: a run holds a flock on what it has not
 * finished, which the kernel drops with the process. The process id in the name alone would not do, since
 * containers that share a volume have the same few ids. */
#ifndef BASE_TEMPORARY_H
#define BASE_TEMPORARY_H

#include "base/fail.h"

#include <limits.h>
#include <stdbool.h>

/* Another name at every call; `ending` is its end. BM_OUTPUT when it would be too long. */
enum bm_code temporary_path(const char *target, const char *ending, char path[PATH_MAX],
                            struct bm_error *error);

/* Opens and locks a file or folder that was made under such a name; to be closed when it is in place or gone.
 * -1 with errno. A file system without locks leaves the process id. */
int temporary_lock(const char *path);

/* Hands all leftovers of dead runs for this target to `take`, which returns false for those that are to be
 * removed, files and whole folders. One that cannot be removed stands in nobody's way: no error. */
void temporaries_remove(const char *target, bool (*take)(const char *path, const char *target));

/* Removes a file, or a folder and what is in it. Never follows symbolic links. */
bool tree_remove(const char *path);

/* The folder that a path is in: "." for a bare name. */
void path_parent(const char *path, char parent[PATH_MAX]);

/* Syncs a folder: a new name in it is there for good then. False with errno. */
bool folder_sync(const char *path);

#endif
