/* The tally files that a job reads: open, of one basis, and no archive in two of them. */
#ifndef RUN_TALLY_SET_H
#define RUN_TALLY_SET_H

#include "run/expire.h"
#include "run/inputs.h"
#include "tally/counts_file.h"
#include "tally/tally_meta.h"

struct tally_set {
    struct tally_file *files;
    struct tally_meta *metas; /* of each file */
    size_t count;
    size_t same;              /* files not among them, because another has the same archives */
    const volatile int *stop; /* base/stop.h */
};

/* Opens the files and checks them against each other, and that they hold what the policies look at and the
 * `kinds` (bits of enum bm_kind) that are needed in all. Files
 * with the same archives as another are left out; BM_USAGE when an archive is in two files otherwise. To be
 * closed whether or not it fails. */
enum bm_code tally_set_open(struct tally_set *set, const char *const *paths, size_t count,
                            const struct policy_set *policies, uint32_t kinds, const volatile int *stop,
                            struct bm_error *error);

/* Adds a file that is known to go with the others and to have no archive in common with them. Like an archive
 * it is refused when it has rows from before what a file has dropped. */
enum bm_code tally_set_add(struct tally_set *set, const char *path, struct bm_error *error);
void tally_set_close(struct tally_set *set);

/* Whether archives classified with these tables can be added to the files: BM_USAGE when not. */
enum bm_code tally_set_accepts(const struct tally_set *set, uint64_t tables, struct bm_error *error);

/* The latest moment before which events of a file were dropped for their age; -1: there is none. */
int64_t tally_set_expired_ms(const struct tally_set *set);
uint64_t tally_set_expired(const struct tally_set *set); /* how many */
uint32_t tally_set_expired_kinds(const struct tally_set *set);

/* Whether rows from first_ms on can be added: BM_USAGE when a file has dropped events that these might need.
 */
enum bm_code tally_set_accepts_from(const struct tally_set *set, int64_t first_ms, struct bm_error *error);

/* Whether statuses of that moment can be told (TIME_NEVER: they can): BM_USAGE when a file has dropped events
 * from later ones. */
enum bm_code tally_set_accepts_as_of(const struct tally_set *set, int64_t as_of_ms, struct bm_error *error);

/* Adds the files' counts for the report to `counts`. */
enum bm_code tally_set_counts(const struct tally_set *set, struct counts *counts,
                              const struct bm_classifier *classifier, struct bm_error *error);

/* Rows that were dropped as duplicates when the files were made. */
uint64_t tally_set_duplicates(const struct tally_set *set);

/* Marks the archives that the files hold, by size and hash. */
enum bm_code tally_set_mark_known(const struct tally_set *set, struct inputs *inputs, unsigned threads,
                                  struct bm_error *error);

#endif
