/* Sorting addresses in parallel.
 *
 * A sample of the addresses gives splitters; every thread counts, then moves its share of the references into
 * the parts between them; parts are then sorted each on its own. Splitters are whole addresses, not prefixes:
 * lists exist in which every address starts with the same eight bytes.
 *
 * Within a part, references are sorted by eight bytes at a time, as big-endian integers (radix sort, least
 * significant byte first, passes in which all bytes are equal left out); groups with equal words are sorted
 * by the next eight. Against qsort over whole addresses this avoids one cache miss a comparison. */
#include "base/base.h"
#include "output/outcomes.h"

#include "base/pool.h"

#include <stdatomic.h>

#define PARTS_PER_THREAD   16u
#define SAMPLES_PER_PART   32u
#define PARALLEL_COUNT_MIN 4096u
#define INSERTION_MAX      24u

static int ref_compare(const struct outcome_ref *a, const struct outcome_ref *b)
{
    return span_compare(outcome_ref_address(a), outcome_ref_address(b));
}

static void insertion_sort(struct outcome_ref *refs, size_t count)
{
    for (size_t k = 1; k < count; k++) {
        struct outcome_ref ref = refs[k];
        size_t at = k;
        for (; at > 0 && (ref.prefix < refs[at - 1].prefix ||
                          (ref.prefix == refs[at - 1].prefix && ref_compare(&ref, &refs[at - 1]) < 0));
             at--)
            refs[at] = refs[at - 1];
        refs[at] = ref;
    }
}

/* One stable pass over byte `shift` of the word. */
static void radix_pass(const struct outcome_ref *from, struct outcome_ref *to, size_t count, unsigned shift,
                       const size_t sizes[256])
{
    size_t starts[256], sum = 0;
    for (unsigned k = 0; k < 256; k++) {
        starts[k] = sum;
        sum += sizes[k];
    }
    for (size_t k = 0; k < count; k++)
        to[starts[from[k].prefix >> shift & 255]++] = from[k];
}

static void words_sort(struct outcome_ref *refs, struct outcome_ref *spare, size_t count)
{
    size_t sizes[8][256];
    memset(sizes, 0, sizeof sizes);
    for (size_t k = 0; k < count; k++)
        for (unsigned byte = 0; byte < 8; byte++)
            sizes[byte][refs[k].prefix >> 8 * byte & 255]++;
    struct outcome_ref *from = refs, *to = spare;
    for (unsigned byte = 0; byte < 8; byte++) {
        if (sizes[byte][refs[0].prefix >> 8 * byte & 255] == count)
            continue;
        radix_pass(from, to, count, 8 * byte, sizes[byte]);
        struct outcome_ref *swap = from;
        from = to;
        to = swap;
    }
    if (from != refs)
        memcpy(refs, from, count * sizeof *refs);
}

/* Sorts references whose addresses are equal up to byte `at`; their prefix is the word there. */
static void refs_sort(struct outcome_ref *refs, struct outcome_ref *spare, size_t count, size_t at)
{
    if (count <= INSERTION_MAX) {
        insertion_sort(refs, count);
        return;
    }
    words_sort(refs, spare, count);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && refs[end].prefix == refs[first].prefix; end++)
            ;
        /* Addresses differ, so a group of two or more goes on behind this word. */
        if (end - first < 2)
            continue;
        for (size_t k = first; k < end; k++)
            refs[k].prefix = span_word(outcome_ref_address(&refs[k]), at + sizeof refs->prefix);
        refs_sort(refs + first, spare + first, end - first, at + sizeof refs->prefix);
    }
}

struct sort_work {
    struct outcome_ref *refs, *spare;
    size_t count;
    unsigned threads, parts;
    struct outcome_ref *splitters; /* parts - 1 */
    size_t *starts;    /* [thread][part]: counts, then where the thread's share of the part goes */
    uint16_t *part_of; /* by reference */
    atomic_uint next_part;
    size_t *part_ends;
    const volatile int *stop; /* base/stop.h */
};

static size_t share_begin(const struct sort_work *work, unsigned worker)
{
    return work->count / work->threads * worker + (work->count % work->threads) * worker / work->threads;
}

static unsigned part_find(const struct sort_work *work, const struct outcome_ref *ref)
{
    unsigned low = 0, high = work->parts - 1; /* the number of splitters not above the address */
    while (low < high) {
        unsigned middle = (low + high) / 2;
        const struct outcome_ref *splitter = &work->splitters[middle];
        bool below =
            ref->prefix != splitter->prefix ? ref->prefix < splitter->prefix : ref_compare(ref, splitter) < 0;
        if (below)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void share_count(void *argument, unsigned worker)
{
    struct sort_work *work = argument;
    size_t *counts = work->starts + (size_t)worker * work->parts;
    for (size_t k = share_begin(work, worker); k < share_begin(work, worker + 1) && !stop_asked(work->stop);
         k++) {
        unsigned part = part_find(work, &work->refs[k]);
        work->part_of[k] = (uint16_t)part;
        counts[part]++;
    }
}

static void share_move(void *argument, unsigned worker)
{
    struct sort_work *work = argument;
    size_t *starts = work->starts + (size_t)worker * work->parts;
    for (size_t k = share_begin(work, worker); k < share_begin(work, worker + 1); k++)
        work->spare[starts[work->part_of[k]]++] = work->refs[k];
}

static void parts_sort(void *argument, unsigned worker)
{
    (void)worker;
    struct sort_work *work = argument;
    for (unsigned part;
         (part = atomic_fetch_add(&work->next_part, 1)) < work->parts && !stop_asked(work->stop);) {
        size_t begin = part ? work->part_ends[part - 1] : 0, end = work->part_ends[part];
        memcpy(work->refs + begin, work->spare + begin, (end - begin) * sizeof *work->refs);
        refs_sort(work->refs + begin, work->spare + begin, end - begin, 0);
    }
}

/* Every so many-th address, sorted, and of them every so many-th. */
static bool splitters_pick(struct sort_work *work)
{
    size_t samples = (size_t)work->parts * SAMPLES_PER_PART;
    struct outcome_ref *picked = malloc(2 * samples * sizeof *picked);
    if (!picked)
        return false;
    for (size_t k = 0; k < samples; k++)
        picked[k] = work->refs[k * (work->count / samples)];
    refs_sort(picked, picked + samples, samples, 0);
    for (unsigned k = 0; k + 1 < work->parts; k++) {
        work->splitters[k] = picked[(size_t)(k + 1) * SAMPLES_PER_PART];
        work->splitters[k].prefix = span_word(outcome_ref_address(&work->splitters[k]), 0);
    }
    free(picked);
    return true;
}

/* From counts of [thread][part] to where each thread's share of each part starts. */
static void starts_set(struct sort_work *work)
{
    size_t sum = 0;
    for (unsigned part = 0; part < work->parts; part++) {
        for (unsigned worker = 0; worker < work->threads; worker++) {
            size_t *start = &work->starts[(size_t)worker * work->parts + part];
            size_t count = *start;
            *start = sum;
            sum += count;
        }
        work->part_ends[part] = sum;
    }
}

static enum bm_code work_run(struct sort_work *work, struct bm_error *error)
{
    if (!splitters_pick(work))
        return fail_memory(error, "sorting addresses");
    enum bm_code code = pool_run(work->threads, share_count, work, error);
    if (code != BM_OK)
        return code;
    if (stop_asked(work->stop))
        return fail_stopped(error);
    starts_set(work);
    code = pool_run(work->threads, share_move, work, error);
    if (code == BM_OK)
        code = pool_run(work->threads, parts_sort, work, error);
    return code == BM_OK && stop_asked(work->stop) ? fail_stopped(error) : code;
}

void outcomes_sort_few(struct outcome_ref *refs, struct outcome_ref *spare, size_t count)
{
    if (count)
        refs_sort(refs, spare, count, 0);
}

enum bm_code outcomes_sort(struct outcome_ref *refs, size_t count, unsigned threads, const volatile int *stop,
                           struct bm_error *error)
{
    if (stop_asked(stop))
        return fail_stopped(error);
    struct sort_work work = {.refs = refs, .count = count, .threads = threads, .stop = stop};
    work.parts = threads * PARTS_PER_THREAD;
    if (work.parts > 1024)
        work.parts = 1024;
    bool parallel = count >= PARALLEL_COUNT_MIN && count >= (size_t)work.parts * SAMPLES_PER_PART;
    work.spare = malloc((count + 1) * sizeof *work.spare);
    work.splitters = malloc(work.parts * sizeof *work.splitters);
    work.starts = calloc((size_t)work.parts * threads, sizeof *work.starts);
    work.part_of = malloc((count + 1) * sizeof *work.part_of);
    work.part_ends = malloc(work.parts * sizeof *work.part_ends);
    enum bm_code code = BM_OK;
    if (!work.spare || !work.splitters || !work.starts || !work.part_of || !work.part_ends)
        code = fail_memory(error, "sorting addresses");
    else if (parallel)
        code = work_run(&work, error);
    else if (count)
        refs_sort(refs, work.spare, count, 0);
    free(work.spare);
    free(work.splitters);
    free(work.starts);
    free(work.part_of);
    free(work.part_ends);
    return code;
}
