/* Merging the sorted CSV files of shares into that of the whole. */
#ifndef RUN_ROWS_MERGE_H
#define RUN_ROWS_MERGE_H

#include "output/folder.h"

/* How rows are ordered: by the first `groups` cells as they stand, then by the address in cell `address`. */
struct rows_order {
    unsigned groups;
    unsigned address;
    uint64_t rows_max; /* of each group, at most; later ones are left out */
};

/* Merges the file `name` of all folders into that of `folder`; they have the same header. Sets *rows to how
 * many rows were read. */
enum bm_code rows_merge(struct folder *folder, const char *name, const char *const *folders, size_t count,
                        const struct rows_order *order, uint64_t *rows, struct bm_error *error);

#endif
