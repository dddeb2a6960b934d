/* Fuzz target of the classifier: the first byte says where the input is cut into the reply's columns; the
 * whole is also read as a table of codes, of phrases and of domains, and masked. */
#include "base/base.h"
#include "classify/codes.h"
#include "classify/phrases.h"
#include "classify/providers.h"
#include "classify/text_mask.h"
#include "classify/trust.h"

#include <bouncemill/classify.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct bm_classifier *classifier_get(void)
{
    static struct bm_classifier *classifier; /* built once: the target runs on one thread */
    struct bm_error error;
    if (!classifier)
        CHECK(bm_classifier_new(&classifier, NULL, &error) == BM_OK);
    return classifier;
}

static struct bm_classify_memo *memo_get(void)
{
    static struct bm_classify_memo *memo;
    struct bm_error error;
    if (!memo)
        CHECK(bm_classify_memo_new(&memo, classifier_get(), &error) == BM_OK);
    return memo;
}

static void classify_input(const char *text, size_t length)
{
    size_t cut = (size_t)(unsigned char)text[0] % length;
    struct bm_reply reply = {.smtp_code = text,
                             .smtp_code_length = cut / 2,
                             .enhanced_code = text + cut / 2,
                             .enhanced_code_length = cut - cut / 2,
                             .diagnostic = text + cut,
                             .diagnostic_length = length - cut,
                             .domain = text,
                             .domain_length = length,
                             .mta = text + cut / 2,
                             .mta_length = length - cut / 2};
    struct bm_verdict verdict, again;
    bm_classify(classifier_get(), &reply, &verdict);
    bm_classify_with(classifier_get(), memo_get(), &reply, &again);
    CHECK(verdict.rule == again.rule && verdict.confidence == again.confidence);
    CHECK(!verdict.match_length == !again.match_length);
    CHECK(verdict.reason < bm_reason_count());
    CHECK(verdict.rule < bm_rule_count(classifier_get()));
    CHECK(verdict.match_at + verdict.match_length <= length - cut);
    (void)bm_domain_trusted(classifier_get(), text, length);
    char out[64];
    CHECK(text_mask((struct span){text, length}, out, sizeof out) <= sizeof out);
}

static void tables_input(struct table_text text)
{
    struct rules rules;
    struct bm_error error;
    CHECK(rules_new(&rules, &error) == BM_OK);
    struct code_list list = {.rules = &rules};
    (void)codes_read(&list, &text, &error);
    code_list_free(&list);
    struct phrase_table phrases = {.rules = &rules};
    struct provider_table providers = {.list = {.rules = &rules}};
    char skeleton[SKELETON_ROOM];
    if (phrases_read(&phrases, &text, &error) == BM_OK)
        (void)providers_read(&providers, &phrases, &text, &error);
    else if (providers_read(&providers, &phrases, &text, &error) == BM_OK &&
             providers_build(&providers, &error) == BM_OK) {
        unsigned provider = providers_find(&providers, text.bytes);
        (void)(provider && providers_rule(&providers, provider, (struct codes_found){550, 0}));
    }
    if (phrases_build(&phrases, &error) == BM_OK) {
        size_t length = skeleton_make(&phrases.words, text.bytes, skeleton, NULL);
        (void)phrases_find(&phrases, (struct span){skeleton, length}, (struct codes_found){550, 0}, 1);
    }
    phrases_free(&phrases);
    providers_free(&providers);
    rules_free(&rules);
    struct trust trust;
    if (trust_new(&trust, text, &error) == BM_OK) {
        (void)trust_contains(&trust, text.bytes);
        trust_free(&trust);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* a copy of its own, so that reading past the end is noticed */
    CHECK(text);
    if (size) {
        memcpy(text, data, size);
        classify_input(text, size);
        tables_input((struct table_text){.name = "fuzz", .bytes = {text, size}});
    }
    free(text);
    return 0;
}
