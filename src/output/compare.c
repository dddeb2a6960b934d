/* Counting what pairs of policies have in common.
 *
 * The suppressions of 64 addresses by one policy are a word; two words' common bits are counted by one
 * instruction or a few, so that a pair costs next to nothing and the cost is reading each outcome once. The
 * counts of every stretch are kept apart: their sums do not depend on which thread took which stretch, and
 * they tell differences.csv where its rows are without reading everything again. */
#include "base/base.h"

#include "base/pool.h"
#include "output/compare.h"

#include <stdatomic.h>

struct count_work {
    struct comparison *comparison;
    const struct outcome_list *list;
    uint64_t *words; /* [worker][policy] */
    atomic_size_t next_stretch;
    atomic_bool failed; /* a stretch could not be read */
};

/* Pairs (a, b) with a <= b, row by row. */
static size_t both_count(size_t policies)
{
    return policies * (policies + 1) / 2;
}

static size_t both_index(size_t policies, size_t a, size_t b)
{
    return a * (2 * policies - a + 1) / 2 + (b - a);
}

uint64_t compare_word(const struct outcome_stretch *stretch, size_t begin, size_t policy)
{
    size_t count = stretch->count - begin < 64 ? stretch->count - begin : 64;
    uint64_t word = 0;
    for (size_t k = 0; k < count; k++)
        word |= (uint64_t)stretch->refs[begin + k].outcome->results[policy].suppressed << k;
    return word;
}

static void words_count(const uint64_t *words, size_t policies, uint32_t *both)
{
    for (size_t a = 0; a < policies; a++)
        for (size_t b = a; b < policies; b++)
            *both++ += (uint32_t)__builtin_popcountll(words[a] & words[b]);
}

static void stretch_count(const struct count_work *work, const struct outcome_stretch *stretch,
                          uint64_t *words, uint32_t *both)
{
    size_t policies = work->list->policy_count;
    for (size_t at = 0; at < stretch->count; at += 64) {
        for (size_t k = 0; k < policies; k++)
            words[k] = compare_word(stretch, at, k);
        words_count(words, policies, both);
    }
}

static void count_worker(void *argument, unsigned worker)
{
    struct count_work *work = argument;
    uint64_t *words = work->words + worker * work->list->policy_count;
    struct outcome_stretch stretch = {0};
    for (size_t k; (k = atomic_fetch_add(&work->next_stretch, 1)) < work->comparison->stretch_count;) {
        if (!outcome_stretch_at(work->list, k, &stretch)) {
            atomic_store(&work->failed, true);
            break;
        }
        stretch_count(work, &stretch, words,
                      work->comparison->both + k * both_count(work->list->policy_count));
    }
    outcome_stretch_free(&stretch);
}

static uint64_t both_sum(const struct comparison *comparison, size_t a, size_t b)
{
    size_t each = both_count(comparison->policy_count), at = both_index(comparison->policy_count, a, b);
    uint64_t sum = 0;
    for (size_t k = 0; k < comparison->stretch_count; k++)
        sum += comparison->both[k * each + at];
    return sum;
}

static void pairs_fill(struct comparison *comparison, uint64_t addresses)
{
    for (size_t a = 0; a + 1 < comparison->policy_count; a++) {
        uint64_t by_a = both_sum(comparison, a, a);
        for (size_t b = a + 1; b < comparison->policy_count; b++) {
            uint64_t by_b = both_sum(comparison, b, b), both = both_sum(comparison, a, b);
            comparison->pairs[comparison->pair_count++] =
                (struct policy_pair){a, b, both, by_a - both, by_b - both, addresses - by_a - by_b + both};
        }
    }
}

enum bm_code comparison_count(struct comparison *comparison, const struct outcome_list *list,
                              unsigned threads, struct bm_error *error)
{
    size_t policies = list->policy_count;
    *comparison = (struct comparison){.policy_count = policies};
    if (policies < 2)
        return BM_OK;
    comparison->stretch_count = outcome_stretches(list);
    comparison->pairs = calloc(policies * (policies - 1) / 2, sizeof *comparison->pairs);
    comparison->both = calloc(comparison->stretch_count * both_count(policies) + 1, sizeof *comparison->both);
    struct count_work work = {.comparison = comparison, .list = list};
    work.words = calloc(threads * policies, sizeof *work.words);
    enum bm_code code;
    if (!comparison->pairs || !comparison->both || !work.words) {
        code = fail_memory(error, "comparing policies");
    } else {
        code = pool_run(threads, count_worker, &work, error);
        if (code == BM_OK && atomic_load(&work.failed))
            code = fail_memory(error, "comparing policies");
        if (code == BM_OK)
            pairs_fill(comparison, list->count);
    }
    free(work.words);
    return code;
}

void comparison_free(struct comparison *comparison)
{
    free(comparison->pairs);
    free(comparison->both);
    *comparison = (struct comparison){0};
}

uint32_t comparison_differences(const struct comparison *comparison, size_t stretch, size_t a, size_t b)
{
    size_t policies = comparison->policy_count;
    const uint32_t *both = comparison->both + stretch * both_count(policies);
    return both[both_index(policies, a, a)] + both[both_index(policies, b, b)] -
           2 * both[both_index(policies, a, b)];
}

static void pair_write(struct writer *writer, const char *const *policies, const struct policy_pair *pair)
{
    writer_text(writer, policies[pair->a]);
    writer_char(writer, ',');
    writer_text(writer, policies[pair->b]);
    const uint64_t counts[] = {pair->both, pair->only_a, pair->only_b, pair->neither};
    for (size_t k = 0; k < COUNT_OF(counts); k++) {
        writer_char(writer, ',');
        writer_u64(writer, counts[k]);
    }
    writer_char(writer, '\n');
}

enum bm_code output_compare(struct folder *folder, const struct comparison *comparison,
                            const struct outcome_list *list, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "compare.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, "policy_a,policy_b,both,only_a,only_b,neither\n");
    for (size_t k = 0; k < comparison->pair_count; k++)
        pair_write(&writer, list->policies, &comparison->pairs[k]);
    return folder_file_close(folder, &writer, "compare.csv", error);
}
