/* The memo changes no verdict: every reply is classified with it, twice, and without it. */
#include "classify/memo.h"
#include "base/base.h"

#include "tests/classify/support.h"

static struct bm_classifier *builtin;
static const char *root;

static int setup(void **state)
{
    (void)state;
    builtin = support_classifier(NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bm_classifier_free(builtin);
    return 0;
}

static void expect_same(struct bm_classify_memo *memo, const struct bm_reply *reply)
{
    struct bm_verdict plain, with;
    bm_classify(builtin, reply, &plain);
    for (int time = 0; time < 2; time++) {
        bm_classify_with(builtin, memo, reply, &with);
        EXPECT(plain.class_ == with.class_ && plain.reason == with.reason && plain.rule == with.rule &&
                   plain.smtp_code == with.smtp_code && plain.enhanced_code == with.enhanced_code &&
                   plain.confidence == with.confidence && !plain.match_length == !with.match_length,
               "the verdict is the same, time %d, on \"%.*s\": %s, got %s", time,
               (int)reply->diagnostic_length, reply->diagnostic, bm_rule_name(builtin, plain.rule),
               bm_rule_name(builtin, with.rule));
    }
}

static const char *const codes[] = {"", "550", "450", "421", "554", "5x"};
static const char *const enhanced_codes[] = {"", "5.1.1", "4.2.2", "5.7.1", "5.0.0", "5.7.606"};
static const char *const domains[] = {"", "gmail.com", "example.org", "hotmail.com", "yahoo.co.uk"};
static const char *const pieces[] = {"550 ",
                                     "550-5.1.1 ",
                                     "user unknown",
                                     "mailbox is full",
                                     "5322 ",
                                     "rfc ",
                                     "@",
                                     "a.b@example.org ",
                                     "blocked ",
                                     "spamhaus.org ",
                                     "zen.",
                                     "192.0.2.1 ",
                                     "4.2.2 ",
                                     "access denied",
                                     " 550 ",
                                     ".",
                                     "AS(201806)",
                                     "disabled",
                                     "\n",
                                     "policy ",
                                     "8bit ",
                                     "x",
                                     "resolver.adr.recipient ",
                                     "-"};

static struct bm_reply reply_random(uint64_t *seed, char *text, size_t room)
{
    size_t length = 0;
    for (size_t count = test_random(seed) % 12; count; count--) {
        const char *piece = pieces[test_random(seed) % COUNT_OF(pieces)];
        int added = snprintf(text + length, room - length, "%s%s", piece, test_random(seed) % 2 ? " " : "");
        length += (size_t)added;
        if (length && test_random(seed) % 4 == 0)
            text[test_random(seed) % length] = (char)test_random(seed);
    }
    const char *code = codes[test_random(seed) % COUNT_OF(codes)];
    const char *enhanced = enhanced_codes[test_random(seed) % COUNT_OF(enhanced_codes)];
    const char *domain = domains[test_random(seed) % COUNT_OF(domains)];
    return (struct bm_reply){code,           strlen(code), enhanced, strlen(enhanced), text, length, domain,
                             strlen(domain), NULL,         0};
}

static void test_random_replies(void **state)
{
    (void)state;
    struct bm_classify_memo *memo;
    struct bm_error error;
    EXPECT(bm_classify_memo_new(&memo, builtin, &error) == BM_OK, "a memo");
    uint64_t seed = 11;
    char text[1024];
    for (int round = 0; round < 200000; round++) {
        struct bm_reply reply = reply_random(&seed, text, sizeof text);
        expect_same(memo, &reply);
    }
    bm_classify_memo_free(memo);
}

static enum bm_code fixture_row(void *context, const struct table_row *row)
{
    struct span code = row->fields[0], enhanced = row->fields[1], text = row->fields[2];
    struct bm_reply reply = {
        code.at, code.length, enhanced.at, enhanced.length, text.at, text.length, NULL, 0, NULL, 0};
    expect_same(context, &reply);
    reply.smtp_code_length = reply.enhanced_code_length = 0;
    expect_same(context, &reply);
    return BM_OK;
}

static void test_real_replies(void **state)
{
    (void)state;
    static const char *const columns[] = {"smtp_code", "enhanced_code", "diagnostic"};
    struct bm_classify_memo *memo;
    struct bm_error error;
    EXPECT(bm_classify_memo_new(&memo, builtin, &error) == BM_OK, "a memo");
    support_fixture(root, "texts.csv", columns, COUNT_OF(columns), fixture_row, memo);
    bm_classify_memo_free(memo);
}

static void test_not_its_own(void **state)
{
    (void)state;
    struct bm_classifier *other = support_classifier(NULL);
    struct bm_classify_memo *memo;
    struct bm_error error;
    EXPECT(bm_classify_memo_new(&memo, other, &error) == BM_OK, "a memo of another classifier");
    struct bm_reply reply = {.diagnostic = "user unknown", .diagnostic_length = 12};
    expect_same(memo, &reply);
    expect_same(NULL, &reply);
    bm_classify_memo_free(memo);
    bm_classify_memo_free(NULL);
    bm_classifier_free(other);
}

static void test_long_skeleton(void **state)
{
    (void)state;
    struct memo memo = {calloc(MEMO_ENTRIES, sizeof *memo.entries)};
    EXPECT(memo.entries != NULL, "memory for a memo");
    static char text[MEMO_SKELETON_BYTES + 1];
    memset(text, 'a', sizeof text);
    struct memo_entry *entry, *again;
    EXPECT(!memo_find(&memo, 1, (struct span){text, sizeof text}, &entry) && !entry, "too long for an entry");
    struct span fits = {text, MEMO_SKELETON_BYTES};
    EXPECT(!memo_find(&memo, 1, fits, &entry) && entry, "an empty memo holds nothing");
    EXPECT(!memo_holds(entry, 1, fits), "nor does an empty entry");
    memo_put(entry, 1, fits);
    EXPECT(memo_holds(entry, 1, fits) && !memo_holds(entry, 2, fits), "it holds what was put");
    EXPECT(memo_find(&memo, 1, fits, &again) && again == entry, "it is found again");
    free(memo.entries);
}

/* More skeletons than a memo has room for: what it holds is what was put, and the latest is always there. */
static void test_crowded(void **state)
{
    (void)state;
    struct memo memo = {calloc(MEMO_ENTRIES, sizeof *memo.entries)};
    EXPECT(memo.entries != NULL, "memory for a memo");
    for (unsigned k = 0; k < 3 * MEMO_ENTRIES; k++) {
        struct span skeleton = {(const char *)&k, sizeof k};
        struct memo_entry *entry, *again;
        EXPECT(!memo_find(&memo, 7, skeleton, &entry) && entry, "skeleton %u is new", k);
        memo_put(entry, 7, skeleton);
        entry->rule = k;
        EXPECT(memo_find(&memo, 7, skeleton, &again) && again == entry && again->rule == k,
               "skeleton %u is found", k);
    }
    free(memo.entries);
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    root = argv[1];
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_replies),
                                       cmocka_unit_test(test_real_replies),
                                       cmocka_unit_test(test_not_its_own),
                                       cmocka_unit_test(test_long_skeleton), cmocka_unit_test(test_crowded)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
