/* --memory is a promise about the peak resident set: it is at most so much and 64 MiB.
 *
 * What grows with the archives is kept within it: the tallies of addresses while archives are read, the same
 * shards put together again in the merge, the outcomes of addresses until they are written. Each is given a
 * share of what is left when the program itself and its threads have theirs, and is spilled when it exceeds
 * that (tally/shard_spill.c, output/outcome_spill.c). Archives and tally files are mapped, and their pages
 * let go of behind the reader.
 *
 * What is not spilled is small: counts by domain, campaign, code and phrase (some hundred bytes each and a
 * thread), an open tally file's block in each thread; with --partition, 8 bytes for each failure that time
 * may mend. Where these are many, a cap needs to leave room for them. */
#include "run/job_memory.h"
#include "base/base.h"

#include "base/memory.h"

#define MIB          ((uint64_t)1 << 20)
#define SHARE        0.7        /* of what there is, without --memory */
#define THREAD_BYTES (20 * MIB) /* measured: buffers, batches, counts, mapped pages */
#define THREADS_FREE 2u         /* theirs, and the program's own memory, are in the 64 MiB */
#define LEFT_MIN     (12 * MIB) /* a shard keeps two blocks at least */
#define CAP_MIN      (16 * MIB)

enum bm_code memory_parse(const char *text, uint64_t *bytes, struct bm_error *error)
{
    if (!text || strcmp(text, "auto") == 0) {
        uint64_t available = memory_available();
        *bytes = available == UINT64_MAX ? available : (uint64_t)((double)available * SHARE);
        return BM_OK;
    }
    static const char units[] = "KMGT";
    char *end = NULL;
    unsigned long long number = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    const char *unit = end && *end ? strchr(units, *end) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if (end && !end[unit != NULL] && number && number <= UINT64_MAX >> shift) {
        *bytes = (uint64_t)number << shift;
        return BM_OK;
    }
    (void)fail(error, BM_USAGE, "--memory %s: not a size", text);
    return fail_hint(error, "write 512M or 4G");
}

enum bm_code job_memory_open(struct job_memory *memory, uint64_t bytes, bool given, unsigned threads,
                             const char *folder, size_t policies, struct bm_error *error)
{
    uint64_t others = threads > THREADS_FREE ? (threads - THREADS_FREE) * THREAD_BYTES : 0;
    uint64_t least = others + LEFT_MIN > CAP_MIN ? others + LEFT_MIN : CAP_MIN;
    if (bytes < least && !given)
        bytes = least;
    if (bytes < least) {
        (void)fail(error, BM_USAGE, "--memory: %llu MiB are too few for %u thread%s",
                   (unsigned long long)(bytes / MIB), threads, threads == 1 ? "" : "s");
        return fail_hint(error, "allow at least %lluM, or fewer --threads",
                         (unsigned long long)((least + MIB - 1) / MIB));
    }
    memory->bytes = (size_t)(bytes - others);
    memory->scan_bytes = memory->bytes / 4 * 3;
    spill_file_init(&memory->tallies, folder);
    outcome_spill_init(&memory->outcomes, folder, policies);
    memory->open = true;
    return BM_OK;
}

void job_memory_close(struct job_memory *memory)
{
    if (!memory->open)
        return;
    spill_file_free(&memory->tallies);
    outcome_spill_free(&memory->outcomes);
    memory->open = false;
}
