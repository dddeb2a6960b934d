/* Policies side by side: which addresses one of a pair suppresses and the other does not. For whoever moves
 * from one platform's rules to another's and wants to know what it would change. */
#ifndef OUTPUT_COMPARE_H
#define OUTPUT_COMPARE_H

#include "output/folder.h"
#include "output/outcomes.h"
#include "output/output.h"

struct comparison {
    struct policy_pair *pairs; /* a < b, by a, then b: the order of the files */
    size_t pair_count;
    size_t policy_count, stretch_count;
    uint32_t *both; /* [stretch][a <= b]: addresses of the stretch that both suppress */
};

/* Counts, on all threads. With fewer than two policies there are no pairs. Free with comparison_free, also
 * after an error. */
enum bm_code comparison_count(struct comparison *comparison, const struct outcome_list *list,
                              unsigned threads, struct bm_error *error);
void comparison_free(struct comparison *comparison);

/* Addresses of a stretch that exactly one of a and b (a < b) suppresses. */
uint32_t comparison_differences(const struct comparison *comparison, size_t stretch, size_t a, size_t b);

/* A bit for each of 64 addresses of the stretch from `begin` on, the lowest first: whether the policy
 * suppresses it. */
uint64_t compare_word(const struct outcome_stretch *stretch, size_t begin, size_t policy);

/* compare.csv */
enum bm_code output_compare(struct folder *folder, const struct comparison *comparison,
                            const struct outcome_list *list, struct bm_error *error);
/* differences.csv, with at most `rows_max` rows a pair. */
enum bm_code output_differences(struct folder *folder, const struct comparison *comparison,
                                const struct outcome_list *list, uint64_t rows_max, unsigned threads,
                                struct bm_error *error);

#endif
