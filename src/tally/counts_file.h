/* The report's counts in a tally file. */
#ifndef TALLY_COUNTS_FILE_H
#define TALLY_COUNTS_FILE_H

#include "base/text.h"
#include "tally/counts.h"
#include "tally/tally_file.h"

/* Appends the counts to `out` (whose `failed` is set when memory is out): the same bytes for the same counts,
 * whatever the threads that counted. */
void counts_save(struct counts *counts, const struct bm_classifier *classifier, struct text *out);

enum counts_loaded { COUNTS_LOADED, COUNTS_DAMAGED, COUNTS_MEMORY };

/* Adds what was saved to `counts`. Rules are found by name; those that the classifier does not have keep
 * their name and table. Behind `saved` stand NAMED_PAD_BYTES readable bytes. */
enum counts_loaded counts_load(struct counts *counts, const struct bm_classifier *classifier,
                               struct span saved);

/* Adds a tally file's counts. */
enum bm_code tally_file_counts(const struct tally_file *file, struct counts *counts,
                               const struct bm_classifier *classifier, struct bm_error *error);

#endif
