/* Speed of the classifier on one core: building its parts, and replies per second as `bouncemill bench
 * classify` measures them. */
#include "base/base.h"
#include "classify/perfect_hash.h"

#include <bouncemill/bench.h>
#include <time.h>

static double seconds_now(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void hash_bench(size_t count)
{
    uint64_t *keys = malloc(count * sizeof *keys), seed = 9, sum = 0;
    CHECK(keys);
    for (size_t i = 0; i < count; i++)
        keys[i] = random_next(&seed);
    struct perfect_hash hash;
    struct bm_error error;
    double start = seconds_now();
    CHECK(perfect_hash_build(&hash, keys, count, &error) == BM_OK);
    double built = seconds_now();
    for (size_t n = 0; n < 20000000; n++)
        sum += perfect_hash_slot(&hash, keys[n % 1024]);
    double done = seconds_now();
    printf("perfect hash of %zu keys: %.1f ms to build, %.2f ns a look-up (check %llu)\n", count,
           (built - start) * 1e3, (done - built) / 20000000 * 1e9, (unsigned long long)sum);
    perfect_hash_free(&hash);
    free(keys);
}

int main(void)
{
    static const size_t counts[] = {1000, 100000, 1000000};
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        hash_bench(counts[i]);
    struct bm_bench_classify figures;
    struct bm_error error;
    CHECK(bm_bench_classify(NULL, &figures, &error) == BM_OK);
    printf("classifier: %.2f ms to build, %u rules\n", figures.build_ms, figures.rules);
    printf("codes only:          %5.1f M replies/s\n", figures.codes_per_s / 1e6);
    printf("with text:           %5.1f M replies/s\n", figures.text_cold_per_s / 1e6);
    printf("with text and memo:  %5.1f M replies/s\n", figures.text_memo_per_s / 1e6);
    return 0;
}
