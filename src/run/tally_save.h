/* The end of a tally file: what stands behind its partitions. */
#ifndef RUN_TALLY_SAVE_H
#define RUN_TALLY_SAVE_H

#include "tally/counts_file.h"
#include "tally/tally_meta.h"

/* Writes the sections and finishes the file, which is then to be committed. */
enum bm_code tally_save_finish(struct tally_writer *writer, const struct tally_meta *meta,
                               struct counts *counts, const struct bm_classifier *classifier,
                               struct bm_error *error);

#endif
