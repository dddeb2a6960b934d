/* Tables and texts that were made to hurt: bounded memory and time, or a clear refusal. */
#include "base/base.h"
#include "classify/phrases.h"

#include <time.h>

#include "tests/classify/support.h"

#define TEXT_BYTES ((size_t)100 << 20)

static double seconds_now(void)
{
    struct timespec now;
    EXPECT(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0, "a clock");
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A table of `count` phrases, each written by `phrase`. The caller frees it. */
static char *table_make(size_t count, size_t phrase_bytes, int (*phrase)(char *, size_t, size_t),
                        size_t *length)
{
    size_t row = phrase_bytes + 32;
    char *text = malloc(count * row + 64);
    EXPECT(text != NULL, "memory");
    *length = (size_t)snprintf(text, 64, "phrase,reason\n");
    for (size_t i = 0; i < count; i++) {
        *length += (size_t)phrase(text + *length, row, i);
        *length += (size_t)snprintf(text + *length, 32, ",user-unknown\n");
    }
    return text;
}

static enum bm_code tables_try(const char *text, size_t length, struct bm_classifier **classifier,
                               struct bm_error *error)
{
    char path[64];
    support_file(path, text, length);
    struct bm_tables tables = {.phrases = path};
    enum bm_code code = bm_classifier_new(classifier, &tables, error);
    unlink(path);
    return code;
}

static int phrase_long(char *out, size_t room, size_t i)
{
    return snprintf(out, room, "mailbox number %zu of this host is not known to us at all", i * 7919);
}

static int phrase_short(char *out, size_t room, size_t i)
{
    return snprintf(out, room, "a%zu", i);
}

static int phrase_nested(char *out, size_t room, size_t i)
{
    (void)room;
    out[0] = '*';
    memset(out + 1, 'a', i + 1);
    out[i + 2] = '*';
    return (int)i + 3;
}

static int phrase_same(char *out, size_t room, size_t i)
{
    (void)i;
    return snprintf(out, room, "user unknown");
}

static void test_a_million_phrases(void **state)
{
    (void)state;
    size_t length;
    struct bm_classifier *classifier = NULL;
    struct bm_error error = {0};
    char *text = table_make(1000000, 80, phrase_long, &length);
    double start = seconds_now();
    EXPECT(tables_try(text, length, &classifier, &error) == BM_OK, "a million phrases are taken: %s",
           error.message);
    EXPECT(seconds_now() - start < 60, "in %.1f s", seconds_now() - start);
    EXPECT_REASON(classifier, "", "", "mailbox number 7919 of this host is not known to us at all",
                  "user-unknown");
    bm_classifier_free(classifier);
    free(text);
    text = table_make(1000000, 16, phrase_same, &length);
    EXPECT(tables_try(text, length, &classifier, &error) == BM_OK, "the same one is no trouble: %s",
           error.message);
    bm_classifier_free(classifier);
    free(text);
    text = table_make(100000, 16, phrase_short, &length);
    EXPECT(tables_try(text, length, &classifier, &error) == BM_OK, "a hundred thousand are taken: %s",
           error.message);
    EXPECT_REASON(classifier, "", "", "this is a77777 here", "user-unknown");
    EXPECT_REASON(classifier, "", "", "this is a177777 here", "undetermined");
    bm_classifier_free(classifier);
    free(text);
}

static void test_nested_phrases(void **state)
{
    (void)state;
    size_t length;
    struct bm_classifier *classifier = NULL;
    struct bm_error error = {0};
    char *text = table_make(PHRASES_NESTED_MAX + 1, PHRASES_NESTED_MAX + 8, phrase_nested, &length);
    EXPECT(tables_try(text, length, &classifier, &error) == BM_USAGE,
           "phrases that begin each other, bounded");
    EXPECT(strstr(error.message, "phrases begin like \"aaa") != NULL, "the phrase is named, got %s",
           error.message);
    free(text);
    text = table_make(PHRASES_NESTED_MAX, PHRASES_NESTED_MAX + 8, phrase_nested, &length);
    EXPECT(tables_try(text, length, &classifier, &error) == BM_OK, "up to the limit: %s", error.message);
    EXPECT(strcmp(bm_rule_name(classifier, support_classify(classifier, "", "", "caaab").rule),
                  "phrase:*a*") == 0,
           "the first row decides");
    bm_classifier_free(classifier);
    free(text);
}

/* A reply's time does not depend on how long its text is past what is looked at. */
static void test_long_texts(void **state)
{
    (void)state;
    static const char fills[] = {'a', ' ', '5', '.', '@', '-', '\n', '\xff', 0};
    struct bm_classifier *classifier = support_classifier(NULL);
    char *text = malloc(TEXT_BYTES);
    EXPECT(text != NULL, "memory");
    for (size_t i = 0; i < sizeof fills; i++) {
        memset(text, fills[i], TEXT_BYTES);
        memcpy(text, "user unknown ", 13);
        struct bm_reply reply = {.diagnostic = text, .diagnostic_length = TEXT_BYTES};
        struct bm_verdict verdict;
        double start = seconds_now();
        for (int round = 0; round < 100; round++)
            bm_classify(classifier, &reply, &verdict);
        double seconds = seconds_now() - start;
        EXPECT(strcmp(bm_reason_name(verdict.reason), "user-unknown") == 0, "what it begins with counts");
        EXPECT(seconds < 10, "a hundred texts of 100 MB of byte %d take %.1f s", fills[i], seconds);
    }
    free(text);
    bm_classifier_free(classifier);
}

/* Blanks that a phrase may span and beginnings that come to nothing. */
static void test_almost_phrases(void **state)
{
    (void)state;
    struct bm_classifier *classifier = support_classifier(NULL);
    static char text[SKELETON_TEXT_BYTES_MAX];
    memset(text, ' ', sizeof text);
    memcpy(text, "user", 4);
    memcpy(text + sizeof text - 8, "unknown.", 8);
    struct bm_reply reply = {.diagnostic = text, .diagnostic_length = sizeof text};
    struct bm_verdict verdict;
    bm_classify(classifier, &reply, &verdict);
    EXPECT(verdict.match_at == 0 && verdict.match_length == sizeof text - 1, "a phrase over a run of blanks");
    for (size_t i = 0; i + 5 <= sizeof text; i += 5)
        memcpy(text + i, "user ", 5);
    bm_classify(classifier, &reply, &verdict);
    EXPECT(verdict.match_length == 0, "beginnings alone are no match");
    bm_classifier_free(classifier);
}

static int phrase_repeated(char *out, size_t room, size_t i)
{
    (void)room;
    memset(out, 'a', 980);
    out[0] = '*';
    return 980 + snprintf(out + 980, 16, "%zub*", i);
}

/* A text every place of which begins a long phrase that it has not. */
static void test_repeated_beginning(void **state)
{
    (void)state;
    size_t length;
    struct bm_classifier *classifier = NULL;
    struct bm_error error = {0};
    char *table = table_make(50, 1000, phrase_repeated, &length);
    EXPECT(tables_try(table, length, &classifier, &error) == BM_OK, "long phrases: %s", error.message);
    free(table);
    static char text[SKELETON_TEXT_BYTES_MAX];
    memset(text, 'a', sizeof text);
    struct bm_reply reply = {.diagnostic = text, .diagnostic_length = sizeof text};
    struct bm_verdict verdict;
    double start = seconds_now();
    for (int round = 0; round < 100; round++)
        bm_classify(classifier, &reply, &verdict);
    double seconds = seconds_now() - start;
    EXPECT(verdict.match_length == 0, "nothing is found");
    EXPECT(seconds < 20, "a hundred such texts take %.1f s", seconds);
    bm_classifier_free(classifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_million_phrases), cmocka_unit_test(test_nested_phrases),
        cmocka_unit_test(test_long_texts), cmocka_unit_test(test_almost_phrases),
        cmocka_unit_test(test_repeated_beginning)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
