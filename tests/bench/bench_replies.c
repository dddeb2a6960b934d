/* The replies that are measured with: whole, the same every time, and as mixed as the generator's. */
#include "bench/bench_replies.h"
#include "base/base.h"

#include "test.h"

#define COUNT 5000

static void test_replies(void **state)
{
    (void)state;
    struct bm_classifier *classifier;
    struct bench_replies replies, again;
    struct bm_error error = {0};
    EXPECT(bm_classifier_new(&classifier, NULL, &error) == BM_OK, "%s", error.message);
    EXPECT(bench_replies_make(&replies, COUNT, &error) == BM_OK, "%s", error.message);
    EXPECT(bench_replies_make(&again, COUNT, &error) == BM_OK, "%s", error.message);
    unsigned classes[BM_CLASS_COUNT] = {0};
    size_t text_bytes = 0;
    for (size_t k = 0; k < COUNT; k++) {
        const struct bm_reply *reply = &replies.list[k];
        struct bm_verdict verdict;
        bm_classify(classifier, reply, &verdict);
        classes[verdict.class_]++;
        text_bytes += reply->diagnostic_length;
        EXPECT(reply->domain_length > 3 && memchr(reply->domain, '.', reply->domain_length) &&
                   !memchr(reply->domain, '@', reply->domain_length),
               "reply %zu has a domain", k);
        EXPECT(reply->smtp_code_length == 0 || reply->smtp_code_length == 3, "and a reply code or none");
        EXPECT(reply->diagnostic_length == again.list[k].diagnostic_length &&
                   memcmp(reply->diagnostic, again.list[k].diagnostic, reply->diagnostic_length) == 0,
               "and the same text every time");
    }
    EXPECT(text_bytes == replies.text_bytes && text_bytes > COUNT * 20, "texts are counted");
    for (int class_ = BM_HARD; class_ <= BM_UNKNOWN; class_++)
        EXPECT(classes[class_] > COUNT / 200, "class %s occurs, got %u", bm_class_name((enum bm_class)class_),
               classes[class_]);
    bench_replies_free(&replies);
    bench_replies_free(&again);
    bm_classifier_free(classifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_replies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
