/* A CSV file of addresses' rows: formatted by all threads, a part at a time, written in order. */
#ifndef OUTPUT_ROW_FILE_H
#define OUTPUT_ROW_FILE_H

#include "base/text.h"
#include "output/folder.h"

#define ROW_FILE_PART 8192u /* addresses of a part: its text stays in a cache */

struct row_file {
    const char *name, *header;
    size_t parts;
    const void *argument;
    /* Appends the part's rows; returns their number. Called from several threads at once. */
    uint64_t (*format)(const void *argument, size_t part, struct text *text);
};

/* Parts that `count` addresses make. */
static inline size_t row_file_parts(size_t count)
{
    return (count + ROW_FILE_PART - 1) / ROW_FILE_PART;
}

/* Adds up the rows in *rows, where not NULL. */
enum bm_code row_file_write(const struct row_file *file, struct folder *folder, unsigned threads,
                            uint64_t *rows, struct bm_error *error);

#endif
