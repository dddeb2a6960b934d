/* A CSV file of addresses' rows: formatted by all threads, a part at a time, written in order. */
#ifndef OUTPUT_ROW_FILE_H
#define OUTPUT_ROW_FILE_H

#include "base/text.h"
#include "output/folder.h"
#include "output/outcomes.h"

struct row_file {
    const char *name, *header;
    const struct outcome_list *list;
    size_t passes; /* over all stretches of the list: their parts stand one behind the other */
    const void *argument;
    /* Appends the rows of a stretch in a pass; returns their number. Called from several threads at once. */
    uint64_t (*format)(const void *argument, size_t pass, const struct outcome_stretch *stretch,
                       struct text *text);
    /* Whether a stretch has rows in a pass, where that is known; NULL: it may. */
    bool (*skip)(const void *argument, size_t pass, size_t stretch);
};

/* Adds up the rows in *rows, where not NULL. */
enum bm_code row_file_write(const struct row_file *file, struct folder *folder, unsigned threads,
                            uint64_t *rows, struct bm_error *error);

#endif
