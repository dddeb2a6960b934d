/* How a job keeps to its memory. */
#ifndef RUN_JOB_MEMORY_H
#define RUN_JOB_MEMORY_H

#include "base/spill_file.h"
#include "output/outcome_spill.h"

/* What does not fit is spilled to these. */
struct job_memory {
    bool open;
    size_t bytes;      /* for tallies and outcomes together */
    size_t scan_bytes; /* for tallies, while archives are read */
    struct spill_file tallies;
    uint64_t before_bytes, before_runs; /* spilled in rounds before this one */
    struct outcome_spill outcomes;
};

/* "256M" to bytes. BM_USAGE for what is no size. NULL: 70 % of what the cgroup or the machine has. */
enum bm_code memory_parse(const char *text, uint64_t *bytes, struct bm_error *error);

/* Divides `bytes` of memory. Where they are too few for so many threads, BM_USAGE when they were `given`,
 * else the least that will do is taken. What is spilled will be written in `folder`. job_memory_close after
 * success. */
enum bm_code job_memory_open(struct job_memory *memory, uint64_t bytes, bool given, unsigned threads,
                             const char *folder, size_t policies, struct bm_error *error);
void job_memory_close(struct job_memory *memory);

#endif
