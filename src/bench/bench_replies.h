/* Replies as they come in archives, for measuring. */
#ifndef BENCH_BENCH_REPLIES_H
#define BENCH_BENCH_REPLIES_H

#include "base/fail.h"

#include <bouncemill/classify.h>

struct bench_replies {
    struct bm_reply *list;
    size_t count;
    size_t text_bytes; /* of all diagnostics */
    char *texts;       /* what the replies point into */
};

/* Makes `count` replies from the bounces of generated archives. Errors: BM_RESOURCE. */
enum bm_code bench_replies_make(struct bench_replies *replies, size_t count, struct bm_error *error);
void bench_replies_free(struct bench_replies *replies);

#endif
