/* Skeletons: what is masked, what stays, and the vector code against the one that looks at every byte. */
#include "classify/skeleton.h"
#include "base/base.h"

#include <ctype.h>

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
    skeleton_words_free(&words);
}

/* Phrases that may begin anywhere in a word keep the words that hold their start, and no others. */
static void test_kept_inside(void **state)
{
    (void)state;
    struct skeleton_words words = {0};
    skeleton_words_add(&words, SPAN("@163.com"), false, false);
    EXPECT_SKELETON(&words, "<a.b1@163.COM> <a@1634.com> <b@163.co>", "<a.b1@163.COM> <#> <#>");
    EXPECT_SKELETON(&words, "not for @163.com or 163.com", "not for @163.com or #");
    EXPECT_SKELETON(&words, "a@163.com.cn, 9@mx.example.org", "a@163.com.cn, #");
    skeleton_words_add(&words, SPAN("4x"), true, false);
    EXPECT_SKELETON(&words, "abc14x ab4 4x 4.x", "abc14x # 4x #");
    skeleton_words_add(&words, SPAN(".1and1.com refuses"), false, false);
    EXPECT_SKELETON(&words, "mx.1and1.com refuses mx.1und1.de", "mx.1and1.com refuses #");
    skeleton_words_add(&words, SPAN("@qq.com is full"), false, false);
    EXPECT_SKELETON(&words, "a@qq.com b@qs.com", "a@qq.com #");
    skeleton_words_add(&words, SPAN("-7"), false, false);
    EXPECT_SKELETON(&words, "550-7 552-8 a-7", "#-7 #-# a-7");
    skeleton_words_free(&words);
}

/* One word, or one behind a joint, that is no label. */
static size_t inner_random(char *phrase, size_t room, uint64_t *seed)
{
    static const char start[] = "9@.-_+", bytes[] = "9a8";
    size_t length = 2 + test_random(seed) % (room - 2);
    phrase[0] = start[test_random(seed) % (sizeof start - 1)];
    phrase[1] = '9';
    for (size_t i = 2; i < length; i++) {
        bool joins = i + 1 < length && isalnum((unsigned char)phrase[i - 1]) && test_random(seed) % 3 == 0;
        phrase[i] =
            joins ? (phrase[i - 1] == 'a' ? '-' : '.') : bytes[test_random(seed) % (sizeof bytes - 1)];
    }
    return length;
}

/* Whatever a text has of a phrase with an open start, its skeleton has too. */
static void test_kept_inside_always(void **state)
{
    (void)state;
    static const char sentence[] = "99aa8..@-_+ <";
    uint64_t seed = 11, found = 0, masked = 0;
    for (int round = 0; round < 20000; round++) {
        char phrase[12], text[64], made[SKELETON_ROOM];
        size_t length = inner_random(phrase, sizeof phrase, &seed);
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = sentence[test_random(&seed) % (sizeof sentence - 1)];
        if (round % 2)
            memcpy(text + test_random(&seed) % (sizeof text - length), phrase, length);
        struct skeleton_words words = {0};
        CHECK(skeleton_words_add(&words, (struct span){phrase, length}, true, true));
        size_t got = skeleton_make(&words, (struct span){text, sizeof text}, made, NULL);
        masked += memchr(made, SKELETON_MARK, got) != NULL;
        if (memmem(text, sizeof text, phrase, length)) {
            found++;
            EXPECT(memmem(made, got, phrase, length), "\"%.*s\" of \"%.*s\" stays, got \"%.*s\"", (int)length,
                   phrase, (int)sizeof text, text, (int)got, made);
        }
        skeleton_words_free(&words);
    }
    EXPECT(found > 10000 && masked > 5000, "texts with the phrase (%d) and with masks (%d) were tried",
           (int)found, (int)masked);
}

/* Of a thousand numbers, hosts and names none is kept but the one that a phrase has. */
static void test_kept_exactly(void **state)
{
    (void)state;
    struct skeleton_words words = {0};
    EXPECT(skeleton_words_add(&words, SPAN("rule 582"), false, false), "a phrase with a number");
    EXPECT(skeleton_words_add(&words, SPAN("dnsbl"), true, true), "a phrase that begins anywhere");
    for (unsigned i = 0; i < 400; i++) {
        char phrase[32], text[64];
        int length = snprintf(phrase, sizeof phrase, "q%ux", i * 7919);
        EXPECT(skeleton_words_add(&words, (struct span){phrase, (size_t)length}, false, false), "%s", phrase);
        (void)snprintf(text, sizeof text, "%u x%u.mail", i + 583, i);
        EXPECT_SKELETON(&words, text, "# #");
    }
    EXPECT_SKELETON(&words, "rule 582, rule 583", "rule 582, rule #");
    EXPECT_SKELETON(&words, "q7919x q7919y q7919", "q7919x # #");
    EXPECT_SKELETON(&words, "a.dnsbl.b a.dns.bl", "a.dnsbl.b #");
    skeleton_words_free(&words);
}

static void test_short_open_end(void **state)
{
    (void)state;
    struct skeleton_words words = {0};
    EXPECT(skeleton_words_add(&words, SPAN("e1"), false, true), "a short word with an open end");
    EXPECT_SKELETON(&words, "e1 E12 e1.example e2 x", "e1 E12 e1.example # x");
    skeleton_words_free(&words);
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

static void expect_same_bits(skeleton_bits_function *find, struct span text)
{
    static struct skeleton_bits fast, slow;
    find(text, &fast);
    skeleton_bits_find_scalar(text, &slow);
    size_t bytes = (text.length / 64 + 1) * sizeof fast.word[0];
    EXPECT(memcmp(fast.word, slow.word, bytes) == 0 && memcmp(fast.label, slow.label, bytes) == 0 &&
               memcmp(fast.special, slow.special, bytes) == 0 && memcmp(fast.spare, slow.spare, bytes) == 0,
           "both find the same in %zu bytes", text.length);
}

static void test_vector_equals_scalar(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 20000; round++) {
        size_t length = test_random(&seed) % 300;
        char *text = malloc(length + 1), *exact = text + 1; /* of just that size: a read past it is noticed */
        random_fill(exact, length, &seed);
        struct span span = {exact, length};
        for (enum simd level = SIMD_SCALAR; level <= cpu_simd(); level++) {
            expect_same_bits(skeleton_bits_kernel(level), span);
            struct skeleton_words words = {.bits_find = skeleton_bits_kernel(level)};
            char out[SKELETON_ROOM];
            EXPECT(skeleton_make(&words, span, out, NULL) <= length,
                   "a skeleton is not longer than its text");
        }
        free(text);
    }
}

/* The plain way: a byte at a time, words and what makes them special as the essay in skeleton.c has them. */
static bool plain_alnum(struct span text, size_t at)
{
    return at < text.length && isalnum((unsigned char)text.at[at]) && (unsigned char)text.at[at] < 0x80;
}

static bool plain_joint(struct span text, size_t at)
{
    if (at == 0 || !text.at[at] || !strchr(".@_+-", text.at[at]))
        return false;
    bool before = text.at[at] == '-' ? plain_alnum(text, at - 1) && !isdigit((unsigned char)text.at[at - 1])
                                     : plain_alnum(text, at - 1);
    return before && plain_alnum(text, at + 1);
}

static size_t plain_make(struct span text, char *out)
{
    size_t length = 0;
    for (size_t at = 0, end; at < text.length; at = end) {
        bool special = false;
        for (end = at; end < text.length && (plain_alnum(text, end) || plain_joint(text, end)); end++)
            special |= isdigit((unsigned char)text.at[end]) || text.at[end] == '.' || text.at[end] == '@';
        if (special)
            out[length++] = SKELETON_MARK;
        for (size_t i = at; i < end && !special; i++)
            out[length++] = text.at[i];
        if (end > at)
            continue;
        end = at + 1;
        if (!at || !isspace((unsigned char)text.at[at]) || !isspace((unsigned char)text.at[at - 1]))
            out[length++] = text.at[at];
    }
    return length;
}

static void test_masked_as_plain(void **state)
{
    (void)state;
    uint64_t seed = 8;
    for (int round = 0; round < 20000; round++) {
        char text[300], made[SKELETON_ROOM], plain[300];
        size_t length = test_random(&seed) % sizeof text;
        random_fill(text, length, &seed);
        for (size_t i = 0; i < length; i++) /* reply codes repeat or not: tested above */
            text[i] = text[i] >= '2' && text[i] <= '5' ? '9' : text[i];
        memcpy(text, "??", length < 2 ? length : 2); /* no word is where a lead would be */
        struct span span = {text, length};
        size_t wanted = plain_make(span, plain), got = skeleton_make(&no_words, span, made, NULL);
        EXPECT(got == wanted && memcmp(made, plain, got) == 0, "the same of \"%.*s\"", (int)length, text);
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
                                       cmocka_unit_test(test_kept_exactly),
                                       cmocka_unit_test(test_kept_inside),
                                       cmocka_unit_test(test_kept_inside_always),
                                       cmocka_unit_test(test_short_open_end),
                                       cmocka_unit_test(test_continued_lines),
                                       cmocka_unit_test(test_places),
                                       cmocka_unit_test(test_vector_equals_scalar),
                                       cmocka_unit_test(test_masked_as_plain),
                                       cmocka_unit_test(test_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
