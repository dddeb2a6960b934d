/* Skeletons: what is masked, what stays, and the vector code against the one that looks at every byte. */
#include "classify/skeleton.h"
#include "base/base.h"

#include "tests/test.h"

static struct skeleton_words no_words;

/* The skeleton with '#' for the mark. */
static const char *skeleton_text(const struct skeleton_words *words, const char *text)
{
    static char out[SKELETON_ROOM];
    size_t length = skeleton_make(words, (struct span){text, strlen(text)}, out, NULL);
    for (size_t i = 0; i < length; i++)
        if (out[i] == SKELETON_MARK)
            out[i] = '#';
    out[length] = 0;
    return out;
}

#define EXPECT_SKELETON(words, text, wanted)                                                                 \
    EXPECT(strcmp(skeleton_text(words, text), wanted) == 0, "\"%s\" becomes \"%s\", got \"%s\"", text,       \
           wanted, skeleton_text(words, text))

static void test_masked(void **state)
{
    (void)state;
    EXPECT_SKELETON(&no_words, "", "");
    EXPECT_SKELETON(&no_words, "No such user", "No such user");
    EXPECT_SKELETON(&no_words, "550 5.1.1 <a.b+c@example.org>: unknown", "# # <#>: unknown");
    EXPECT_SKELETON(&no_words, "host mx-1.example.org[192.0.2.1] said", "host #[#] said");
    EXPECT_SKELETON(&no_words, "end. Start: x@ y", "end. Start: x@ y");
    EXPECT_SKELETON(&no_words, "550-Requested action", "#-Requested action");
    EXPECT_SKELETON(&no_words, "e-mail non-existent", "e-mail non-existent");
    EXPECT_SKELETON(&no_words, "a  b \t\r\n c", "a b c");
    EXPECT_SKELETON(&no_words, "\xe7\x94\xa8 12\xe4\xb8\x8d", "\xe7\x94\xa8 #\xe4\xb8\x8d");
}

static void test_kept(void **state)
{
    (void)state;
    struct skeleton_words words = {0};
    skeleton_words_add(&words, SPAN("not rfc 5322"), false, false);
    skeleton_words_add(&words, SPAN("resolver.adr.recip"), false, true);
    skeleton_words_add(&words, SPAN("s3 error"), false, false);
    skeleton_words_add(&words, SPAN("ib1"), false, true);
    skeleton_words_add(&words, SPAN("spamhaus"), true, true);
    EXPECT_SKELETON(&words, "not RFC 5322 or 5321", "not RFC 5322 or #");
    EXPECT_SKELETON(&words, "Resolver.ADR.RecipientNotFound;", "Resolver.ADR.RecipientNotFound;");
    EXPECT_SKELETON(&words, "S3 error, s33 error", "S3 error, # error");
    EXPECT_SKELETON(&words, "IB105 ib2", "IB105 #");
    skeleton_words_add(&words, SPAN("mail voll"), true, true);
    EXPECT_SKELETON(&words, "mail.example.org", "#");
    EXPECT_SKELETON(&words, "zen.Spamhaus.org a.example.org", "zen.Spamhaus.org #");
    skeleton_words_add(&words, SPAN("4x"), true, false);
    EXPECT(words.keep_all, "a phrase that may begin inside a word with digits turns masking off");
    EXPECT_SKELETON(&words, "abc14x", "abc14x");
}

static void test_continued_lines(void **state)
{
    (void)state;
    EXPECT_SKELETON(&no_words, "550-5.1.1 The user 550-5.1.1 is unknown\r\n550 5.1.1 here",
                    "#-# The user is unknown\rhere");
    EXPECT_SKELETON(&no_words, "550-the user 550 is unknown", "#-the user is unknown");
    EXPECT_SKELETON(&no_words, "550 the user 551 is unknown", "# the user # is unknown");
    EXPECT_SKELETON(&no_words, "a 550 b 550, 550", "a # b #, #");
}

static void test_places(void **state)
{
    (void)state;
    static const char text[] = "550-5.1.1 <a@example.org>  the   user 550 5.1.1 is unknown";
    char out[SKELETON_ROOM];
    struct span span = {text, sizeof text - 1};
    size_t length = skeleton_make(&no_words, span, out, NULL);
    char *user = memmem(out, length, "user", 4), *unknown = memmem(out, length, "unknown", 7);
    EXPECT(user && unknown, "both words are in the skeleton");
    struct skeleton_places places = {.wanted = {(size_t)(user - out), (size_t)(unknown - out) + 6}};
    (void)skeleton_make(&no_words, span, out, &places);
    EXPECT(places.found[0] == (size_t)(strstr(text, "user") - text), "the start, got %zu", places.found[0]);
    EXPECT(places.found[1] == sizeof text - 2, "the last byte, got %zu", places.found[1]);
}

static void random_fill(char *text, size_t length, uint64_t *seed)
{
    static const char common[] = "aZ09 .@_+-\t~";
    for (size_t i = 0; i < length; i++) {
        uint64_t r = test_random(seed);
        text[i] = r >> 32 & 7 ? common[r % (sizeof common - 1)] : (char)r;
    }
}

static void test_vector_equals_scalar(void **state)
{
    (void)state;
    static struct skeleton_bits fast, slow;
    uint64_t seed = 3;
    for (int round = 0; round < 20000; round++) {
        size_t length = test_random(&seed) % 300;
        char *text = malloc(length + 1); /* of just that size: a read past it is noticed */
        random_fill(text, length, &seed);
        skeleton_bits_find((struct span){text, length}, &fast);
        skeleton_bits_find_scalar((struct span){text, length}, &slow);
        size_t bytes = (length / 64 + (length % 64 > 0)) * sizeof fast.word[0];
        EXPECT(memcmp(fast.word, slow.word, bytes) == 0 && memcmp(fast.joint, slow.joint, bytes) == 0 &&
                   memcmp(fast.special, slow.special, bytes) == 0 &&
                   memcmp(fast.spare, slow.spare, bytes) == 0,
               "both find the same in %zu bytes", length);
        char out[SKELETON_ROOM];
        size_t made = skeleton_make(&no_words, (struct span){text, length}, out, NULL);
        EXPECT(made <= length, "a skeleton is not longer than its text");
        free(text);
    }
}

static void test_long(void **state)
{
    (void)state;
    size_t length = (size_t)100 << 20;
    char *text = malloc(length);
    EXPECT(text != NULL, "memory");
    memset(text, '7', length);
    char out[SKELETON_ROOM];
    EXPECT(skeleton_make(&no_words, (struct span){text, length}, out, NULL) == 1, "one word, one mark");
    memset(text, 'a', length);
    EXPECT(skeleton_make(&no_words, (struct span){text, length}, out, NULL) == SKELETON_TEXT_BYTES_MAX,
           "what stands behind the limit is not looked at");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_masked),
                                       cmocka_unit_test(test_kept),
                                       cmocka_unit_test(test_continued_lines),
                                       cmocka_unit_test(test_places),
                                       cmocka_unit_test(test_vector_equals_scalar),
                                       cmocka_unit_test(test_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
