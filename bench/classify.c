/* Speed of the classifier on one core: building its parts, and replies per second by codes alone and with
 * text. The stream is synthetic and seeded: a fixed mix of templates with addresses and numbers filled in. */
#include "base/base.h"
#include "classify/perfect_hash.h"

#include <bouncemill/classify.h>
#include <time.h>

#define REPLIES      10000 /* about a megabyte of text: as in a scan, it is in the second-level cache */
#define TEXT_BYTES   512
#define ROUNDS       5 /* the best of them counts */
#define CODES_REPEAT 400
#define TEXT_REPEAT  40

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

struct sample {
    const char *smtp_code;
    const char *enhanced_code;
    const char *text;
};

/* In each text %a is an address, %i an IP address, %d an id, %h a host, %n a number. */
static const struct sample samples[] = {
    {"550", "5.1.1", "550 5.1.1 <%a>: Recipient address rejected: User unknown in virtual mailbox table"},
    {"550", "5.1.1",
     "550-5.1.1 The account that you tried to reach does not exist. Please check the address for typos or "
     "spaces. 550 5.1.1 https://mail.example.com/help?p=NoSuchUser %d - smtp"},
    {"552", "5.2.2", "552 5.2.2 <%a>: mailbox is full, the recipient should remove messages"},
    {"450", "4.2.1", "450 4.2.1 %a is receiving mail at a rate that is not allowed, try again later %d"},
    {"554", "5.7.1", "554 5.7.1 Service unavailable; client host [%i] blocked using dnsbl.example.org"},
    {"421", "4.7.0", "421 4.7.0 Messages from %i temporarily deferred due to complaints, see the help - %h"},
    {"550", "5.7.26", "550 5.7.26 Unauthenticated mail of %h is refused because of the domain's policy %d"},
    {"451", "4.3.0", "451 4.3.0 Message %d: local error in processing, the administrator has been told"},
    {"550", "5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(%n) [%h %d]"},
    {"", "5.4.4", "Host or domain name not found. Name service error for name=%h type=A: Host not found"},
    {"", "", "554 delivery error: this user doesn't have an account (%a) [0] - %h"},
    {"", "", "host %h[%i] said: 550 5.7.1 Unable to deliver to <%a>, message %n looks like spam"},
};

struct stream {
    struct bm_reply *replies;
    char *texts;
};

/* What stands at a gap of a sample. */
static int gap_fill(char kind, char *out, size_t room, uint64_t *seed)
{
    uint64_t r = random_next(seed);
    unsigned a = (unsigned)(r % 100000), b = (unsigned)(r >> 20 & 255), c = (unsigned)(r >> 28 & 255);
    switch (kind) {
    case 'a':
        return snprintf(out, room, "user.%u@host%u.example.org", a, b);
    case 'i':
        return snprintf(out, room, "192.0.%u.%u", b, c);
    case 'h':
        return snprintf(out, room, "mx-%u.mail%u.example.net", c, b);
    case 'd':
        return snprintf(out, room, "%xa%u-%xsi%u.%u", b, a, c, a / 3, c);
    default:
        return snprintf(out, room, "%u", a);
    }
}

static size_t text_make(const char *template, char *text, uint64_t *seed)
{
    size_t length = 0;
    for (const char *at = template; *at; at++) {
        CHECK(length + 64 < TEXT_BYTES);
        if (*at == '%')
            length += (size_t)gap_fill(*++at, text + length, TEXT_BYTES - length, seed);
        else
            text[length++] = *at;
    }
    return length;
}

static void stream_make(struct stream *stream)
{
    uint64_t seed = 1;
    stream->replies = calloc(REPLIES, sizeof *stream->replies);
    stream->texts = malloc((size_t)REPLIES * TEXT_BYTES);
    CHECK(stream->replies && stream->texts);
    char *text = stream->texts;
    for (size_t i = 0; i < REPLIES; i++) {
        const struct sample *sample = &samples[random_next(&seed) % COUNT_OF(samples)];
        stream->replies[i] = (struct bm_reply){.smtp_code = sample->smtp_code,
                                               .smtp_code_length = strlen(sample->smtp_code),
                                               .enhanced_code = sample->enhanced_code,
                                               .enhanced_code_length = strlen(sample->enhanced_code),
                                               .diagnostic = text,
                                               .diagnostic_length = text_make(sample->text, text, &seed)};
        text += stream->replies[i].diagnostic_length;
    }
}

/* Replies per second, best of ROUNDS. */
static double classify_rate(const struct bm_classifier *classifier, const struct stream *stream,
                            struct bm_classify_memo *memo, bool with_text, int repeat, unsigned *sum)
{
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = seconds_now();
        for (size_t n = 0; n < (size_t)REPLIES * (size_t)repeat; n++) {
            struct bm_reply reply = stream->replies[n % REPLIES];
            if (!with_text)
                reply.diagnostic_length = 0;
            struct bm_verdict verdict;
            bm_classify_with(classifier, memo, &reply, &verdict);
            *sum += verdict.reason;
        }
        double rate = REPLIES * (double)repeat / (seconds_now() - start);
        best = rate > best ? rate : best;
    }
    return best;
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
    struct bm_classifier *classifier;
    struct bm_error error;
    double start = seconds_now();
    CHECK(bm_classifier_new(&classifier, NULL, &error) == BM_OK);
    printf("classifier: %.2f ms to build, %u rules\n", (seconds_now() - start) * 1e3,
           bm_rule_count(classifier));
    struct stream stream;
    stream_make(&stream);
    unsigned sum = 0;
    struct bm_classify_memo *memo;
    CHECK(bm_classify_memo_new(&memo, classifier, &error) == BM_OK);
    printf("codes only:          %5.1f M replies/s\n",
           classify_rate(classifier, &stream, NULL, false, CODES_REPEAT, &sum) / 1e6);
    printf("with text:           %5.1f M replies/s\n",
           classify_rate(classifier, &stream, NULL, true, TEXT_REPEAT, &sum) / 1e6);
    printf("with text and memo:  %5.1f M replies/s\n",
           classify_rate(classifier, &stream, memo, true, TEXT_REPEAT, &sum) / 1e6);
    bm_classify_memo_free(memo);
    printf("(check %u)\n", sum);
    free(stream.replies);
    free(stream.texts);
    bm_classifier_free(classifier);
    return 0;
}
