/* A file for what does not fit the memory: without a name from the start where the file system knows such
 * files (O_TMPFILE), else its name is removed as soon as it is open. So a killed run leaves nothing behind,
 * and the space is free again when the file is closed. It is only opened when something is written.
 *
 * Pages are written and read with pwrite and pread and never mapped: what is spilled does not count as
 * memory of this process. */
#ifndef BASE_SPILL_FILE_H
#define BASE_SPILL_FILE_H

#include "base/fail.h"
#include "base/span.h"

#include <pthread.h>
#include <stdint.h>

struct spill_file {
    pthread_mutex_t lock;
    int fd; /* -1: not open yet */
    uint64_t bytes;
    char folder[4096];
};

/* Files will be opened in `folder`, which is cut when it is too long: opening then fails. */
void spill_file_init(struct spill_file *file, const char *folder);

/* Room for so many bytes at *offset, to be filled with spill_file_put. Opens the file. Any thread. */
enum bm_code spill_file_take(struct spill_file *file, uint64_t bytes, uint64_t *offset,
                             struct bm_error *error);
enum bm_code spill_file_put(const struct spill_file *file, uint64_t offset, struct span bytes,
                            struct bm_error *error);
enum bm_code spill_file_get(const struct spill_file *file, uint64_t offset, void *to, size_t bytes,
                            struct bm_error *error);

/* Forgets everything, and gives the space back. */
void spill_file_empty(struct spill_file *file);
void spill_file_free(struct spill_file *file);

#endif
