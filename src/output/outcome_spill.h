/* Outcomes that do not fit the memory, on disk, and read again a stretch of addresses at a time. */
#ifndef OUTPUT_OUTCOME_SPILL_H
#define OUTPUT_OUTCOME_SPILL_H

#include "base/arena.h"
#include "base/spill_file.h"
#include "output/outcomes.h"

/* A stretch of a run. */
struct outcome_piece {
    uint64_t offset;
    uint64_t bytes;
    size_t count;
};

struct outcome_spill {
    struct spill_file file;
    size_t policy_count;
    pthread_mutex_t lock;        /* of what follows */
    struct span *starts;         /* by stretch: its addresses are not before; [0] is empty */
    struct arena arena;          /* of the starts */
    size_t stretch_count;        /* 0: nothing was spilled yet */
    struct outcome_piece **runs; /* [run][stretch] */
    size_t run_count, run_capacity;
    size_t count; /* outcomes */
    uint64_t bytes;
    struct bm_error error; /* the first; code BM_OK: none */
};

void outcome_spill_init(struct outcome_spill *spill, const char *folder, size_t policy_count);
void outcome_spill_free(struct outcome_spill *spill);

/* Writes a run of outcomes, sorted by address, no fewer than one. `total` is how many there will be in all,
 * as far as one can tell. Any thread. */
enum bm_code outcome_spill_add(struct outcome_spill *spill, const struct outcome_ref *refs, size_t count,
                               size_t total, struct bm_error *error);

/* Reads a stretch of all runs into `stretch`, sorted. False when that fails: spill->error says why. */
bool outcome_spill_read(struct outcome_spill *spill, size_t number, struct outcome_stretch *stretch);

#endif
