/* Seconds are those of the thread, not of the clock: what else the machine does then disturbs less. The
 * rounds of the three figures take turns for the same reason. */
#include "base/base.h"
#include "base/clock.h"
#include "bench/bench_replies.h"

#include <bouncemill/bench.h>

#define REPLIES       10000 /* about a megabyte of text */
#define ROUNDS        5
#define ROUND_SECONDS 0.25

enum figure { FIGURE_CODES, FIGURE_TEXT_COLD, FIGURE_TEXT_MEMO, FIGURES };

struct bench {
    const struct bm_classifier *classifier;
    struct bm_classify_memo *memo;
    struct bench_replies replies;
    unsigned sum; /* of the verdicts, so that none is left out */
};

/* Once through the stream. */
static void pass(struct bench *bench, enum figure figure)
{
    struct bm_classify_memo *memo = figure == FIGURE_TEXT_MEMO ? bench->memo : NULL;
    for (size_t k = 0; k < bench->replies.count; k++) {
        struct bm_reply reply = bench->replies.list[k];
        if (figure == FIGURE_CODES)
            reply.diagnostic_length = reply.domain_length = 0;
        struct bm_verdict verdict;
        bm_classify_with(bench->classifier, memo, &reply, &verdict);
        bench->sum += verdict.reason;
    }
}

/* Replies per second of one round. */
static double round_rate(struct bench *bench, enum figure figure)
{
    double start = clock_seconds(CLOCK_THREAD_CPUTIME_ID), seconds;
    size_t passes = 0;
    do {
        pass(bench, figure);
        passes++;
        seconds = clock_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    } while (seconds < ROUND_SECONDS);
    return (double)(passes * bench->replies.count) / seconds;
}

static void rounds_run(struct bench *bench, struct bm_bench_classify *figures)
{
    double best[FIGURES] = {0};
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned figure = 0; figure < FIGURES; figure++) {
            double rate = round_rate(bench, (enum figure)figure);
            best[figure] = rate > best[figure] ? rate : best[figure];
        }
    figures->rounds = ROUNDS;
    figures->replies = bench->replies.count;
    figures->text_bytes = (double)bench->replies.text_bytes / (double)bench->replies.count;
    figures->codes_per_s = best[FIGURE_CODES];
    figures->text_cold_per_s = best[FIGURE_TEXT_COLD];
    figures->text_memo_per_s = best[FIGURE_TEXT_MEMO];
}

enum bm_code bm_bench_classify(const struct bm_tables *tables, struct bm_bench_classify *figures,
                               struct bm_error *error)
{
    struct bm_classifier *classifier;
    struct bench bench = {0};
    *figures = (struct bm_bench_classify){0};
    double start = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
    enum bm_code code = bm_classifier_new(&classifier, tables, error);
    if (code != BM_OK)
        return code;
    figures->build_ms = (clock_seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e3;
    figures->rules = bm_rule_count(classifier);
    bench.classifier = classifier;
    code = bm_classify_memo_new(&bench.memo, classifier, error);
    if (code == BM_OK)
        code = bench_replies_make(&bench.replies, REPLIES, error);
    if (code == BM_OK)
        rounds_run(&bench, figures);
    bench_replies_free(&bench.replies);
    bm_classify_memo_free(bench.memo);
    bm_classifier_free(classifier);
    /* Reasons are many: that all come out as number 0 is a fault, and the sum must be looked at. */
    CHECK(code != BM_OK || bench.sum != 0);
    return code;
}
