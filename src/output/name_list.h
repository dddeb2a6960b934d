/* Options that are lists of names from a table: "status,daily" to bits. */
#ifndef OUTPUT_NAME_LIST_H
#define OUTPUT_NAME_LIST_H

#include "base/fail.h"

#include <stdint.h>

struct name_list {
    const char *what;                /* one of them, for messages: "export" */
    const char *(*name)(unsigned k); /* the name of bit k; NULL behind the last */
    uint32_t all;                    /* what "all" stands for; 0: nothing */
};

/* Sets the bits of comma-separated names. BM_USAGE for one that is not in the list, with a hint that names
 * all; the bits are then as they were. */
enum bm_code name_list_parse(const struct name_list *list, const char *names, uint32_t *bits,
                             struct bm_error *error);

#endif
