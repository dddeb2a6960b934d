#include "base/base.h"
#include "event/event.h"
#include "event/reason.h"

#include "tests/classify/support.h"

static const char *root;
static struct bm_classifier *builtin;

static int setup(void **state)
{
    (void)state;
    builtin = support_classifier(NULL);
    return builtin == NULL;
}

static int teardown(void **state)
{
    (void)state;
    bm_classifier_free(builtin);
    return 0;
}

struct copy {
    char at[512];
};

static const char *copy_of(struct copy *copy, struct span text)
{
    snprintf(copy->at, sizeof copy->at, "%.*s", (int)text.length, text.at);
    return copy->at;
}

static enum bm_code text_row(void *context, const struct table_row *row)
{
    struct copy reason, class_, smtp, enhanced, text;
    copy_of(&reason, row->fields[0]);
    copy_of(&class_, row->fields[1]);
    struct bm_verdict verdict =
        support_classify(builtin, copy_of(&smtp, row->fields[2]), copy_of(&enhanced, row->fields[3]),
                         copy_of(&text, row->fields[4]));
    EXPECT(strcmp(bm_reason_name(verdict.reason), reason.at) == 0, "%s:%d: %s, got %s by %s", row->name,
           (int)row->line, reason.at, bm_reason_name(verdict.reason), bm_rule_name(builtin, verdict.rule));
    EXPECT(strcmp(bm_class_name(verdict.class_), class_.at) == 0, "line %d is %s", (int)row->line, class_.at);
    ++*(int *)context;
    return BM_OK;
}

static void test_texts(void **state)
{
    (void)state;
    static const char *const columns[] = {"reason", "class", "smtp_code", "enhanced_code", "diagnostic"};
    int rows = 0;
    support_fixture(root, "texts.csv", columns, COUNT_OF(columns), text_row, &rows);
    EXPECT(rows >= REASON_COUNT, "a text for every reason at least, got %d", rows);
}

/* The rule that a code alone leads to is the one named after it. */
static void expect_known(const char *smtp, const char *enhanced)
{
    char name[32];
    snprintf(name, sizeof name, "%s:%s", *smtp ? "reply" : "enhanced", *smtp ? smtp : enhanced);
    struct bm_verdict verdict = support_classify(builtin, smtp, enhanced, "");
    const char *got = bm_rule_name(builtin, verdict.rule);
    bool range = strncmp(got, name, 7) == 0 && strchr(got, '-') != NULL; /* 2xx and 3xx stand as ranges */
    EXPECT(strcmp(got, name) == 0 || range, "%s decides, got %s", name, got);
    EXPECT(strcmp(bm_rule_table(builtin, verdict.rule), "codes") == 0, "%s stands in the codes table", name);
}

static enum bm_code registry_row(void *context, const struct table_row *row)
{
    (void)context;
    struct copy code;
    copy_of(&code, row->fields[0]);
    for (const char *class_ = "45"; *class_; class_++) {
        code.at[0] = *class_;
        expect_known("", code.at);
    }
    return BM_OK;
}

static enum bm_code reply_row(void *context, const struct table_row *row)
{
    (void)context;
    struct copy code;
    expect_known(copy_of(&code, row->fields[0]), "");
    return BM_OK;
}

static enum bm_code meaning_row(void *context, const struct table_row *row)
{
    (void)context;
    struct copy code, reason;
    copy_of(&code, row->fields[0]);
    copy_of(&reason, row->fields[1]);
    bool is_reply = !strchr(code.at, '.');
    EXPECT_REASON(builtin, is_reply ? code.at : "", is_reply ? "" : code.at, "", reason.at);
    return BM_OK;
}

static void test_codes(void **state)
{
    (void)state;
    static const char *const code[] = {"code"};
    static const char *const meaning[] = {"code", "reason"};
    support_fixture(root, "iana_enhanced.csv", code, 1, registry_row, NULL);
    support_fixture(root, "reply_codes.csv", code, 1, reply_row, NULL);
    support_fixture(root, "code_reasons.csv", meaning, 2, meaning_row, NULL);
}

static void test_class_decides(void **state)
{
    (void)state;
    EXPECT_REASON(builtin, "", "4.3.2", "", "too-busy");
    EXPECT_REASON(builtin, "", "5.3.2", "", "not-accepting");
    EXPECT_REASON(builtin, "", "4.1.2", "", "domain-temporary");
    EXPECT_REASON(builtin, "", "2.1.5", "", "undetermined");
    EXPECT_REASON(builtin, "550", "5.1.5", "", "undetermined");
    EXPECT_REASON(builtin, "", "5.7.606", "", "ip-blocklist");
    EXPECT_REASON(builtin, "", "5.7.649", "", "ip-blocklist");
    EXPECT_REASON(builtin, "", "5.7.650", "", "policy");
    EXPECT_REASON(builtin, "", "4.7.650", "", "reputation");
    EXPECT_REASON(builtin, "", "4.7.649", "", "rate-limit");
    EXPECT_REASON(builtin, "550", "5.7.1", "", "policy");
    EXPECT_REASON(builtin, "550", "5.0.0", "", "user-unknown");
    EXPECT_REASON(builtin, "554", "5.9.3", "", "undetermined");
    EXPECT_REASON(builtin, "599", "", "", "undetermined");
    EXPECT_REASON(builtin, "", "", "", "undetermined");
}

/* Unknown details say what x.y.0 says and name its row; unknown subjects say nothing. */
static void test_degrading(void **state)
{
    (void)state;
    static const char *const reasons[] = {"undetermined",   "hard-other", "mailbox-unavailable",
                                          "other-receiver", "network",    "protocol-error",
                                          "data-format",    "policy"};
    uint64_t seed = 11;
    int exact = 0;
    for (int i = 0; i < 1000000; i++) {
        unsigned class_ = 4 + (unsigned)(test_random(&seed) & 1),
                 subject = (unsigned)(test_random(&seed) % 1000);
        unsigned detail = 900 + (unsigned)(test_random(&seed) % 100); /* no row has one of these */
        if (i % 4)
            subject = subject % 8;
        char code[16], zero[32];
        snprintf(code, sizeof code, "%u.%u.%u", class_, subject, detail);
        snprintf(zero, sizeof zero, "enhanced:%u.%u.0", class_, subject);
        struct bm_verdict verdict = support_classify(builtin, "", code, "");
        const char *rule = bm_rule_name(builtin, verdict.rule);
        exact += strstr(rule, code) != NULL;
        if (subject >= 1 && subject < COUNT_OF(reasons)) {
            EXPECT(strcmp(rule, zero) == 0, "%s is read as %s, got %s", code, zero, rule);
            EXPECT(strcmp(bm_reason_name(verdict.reason), reasons[subject]) == 0, "%s", code);
        } else if (subject != 16) {
            EXPECT(strcmp(rule, "none") == 0, "%s says nothing, got %s", code, rule);
            EXPECT(verdict.class_ == BM_UNKNOWN, "%s is unknown", code);
        }
        EXPECT(verdict.enhanced_code == ENHANCED(class_, subject, detail), "%s is reported as it was", code);
    }
    EXPECT(exact == 0, "no code outside the table is hit exactly");
}

/* What other rule sets got wrong. */
static void test_defects_of_others(void **state)
{
    (void)state;
    EXPECT_REASON(builtin, "421", "4.7.28", "", "reputation");
    EXPECT_REASON(builtin, "550", "5.7.28", "Mail flood", "reputation");
    EXPECT_REASON(builtin, "421", "4.7.0", "[TS01] Messages temporarily deferred", "policy");
    EXPECT_REASON(builtin, "421", "4.7.0", "Deferred: too many messages sent by you", "rate-limit");
    EXPECT_REASON(builtin, "450", "4.2.1", "This user is receiving mail at a rate we do not allow",
                  "recipient-throttled");
    EXPECT_REASON(builtin, "550", "5.7.1", "Sender address rejected: no such domain", "bad-sender");
    EXPECT_REASON(builtin, "550", "5.7.1", "no such user", "user-unknown");
    EXPECT_REASON(builtin, "550", "5.7.1", "not welcome", "policy");
    EXPECT_REASON(builtin, "550", "", "MAILBOX    IS\tFULL", "mailbox-full");
    EXPECT_REASON(builtin, "554", "", "Message refused (554.30)", "policy");
    EXPECT_REASON(builtin, "550", "5.7.28", "", "reputation");
    EXPECT_REASON(builtin, "421", "4.7.28", "", "reputation");
    EXPECT_REASON(builtin, "550", "5.7.1", "RELAYING DENIED", "relay-denied");
    EXPECT_REASON(builtin, "550", "5.7.1", "no such user here", "user-unknown");
    EXPECT_REASON(builtin, "553", "5.3.0", "192.0.2.77 Rejected, see our page", "policy");
    EXPECT_REASON(builtin, "421", "4.16.55", "", "too-busy");
    EXPECT_REASON(builtin, "550", "5.7.620", "", "ip-blocklist");
    EXPECT_REASON(builtin, "451", "4.7.699", "", "rate-limit");
    EXPECT_REASON(builtin, "451", "4.7.899", "", "rate-limit");
    EXPECT_REASON(builtin, "553", "5.3.0", "123.123.123.123 Rejected, user unknown", "user-unknown");
    EXPECT_REASON(builtin, "550", "5.1.1", "Blocked, your IP is on a blocklist", "ip-blocklist");
    EXPECT_REASON(builtin, "550", "5.1.1", "mailbox unavailable", "user-unknown");
    EXPECT_REASON(builtin, "550", "5.5.0", "mailbox unavailable", "user-unknown");
    EXPECT_REASON(builtin, "450", "", "mailbox unavailable", "mailbox-unavailable");
    EXPECT_REASON(builtin, "550", "5.1.1", "host spam.example.org said no such user", "user-unknown");
    EXPECT_REASON(builtin, "", "", "carefully mailbox fully", "undetermined");
}

static void test_verdict(void **state)
{
    (void)state;
    struct bm_verdict verdict = support_classify(builtin, "", "", "smtp; 552 5.2.2 Your Mailbox  is\n full.");
    EXPECT(verdict.smtp_code == 552 && verdict.enhanced_code == ENHANCED(5, 2, 2),
           "codes come from the text");
    EXPECT(verdict.match_at == 21 && verdict.match_length == 17, "the match is shown, got %zu, %zu",
           verdict.match_at, verdict.match_length);
    EXPECT(strcmp(bm_rule_name(builtin, verdict.rule), "phrase:mailbox is full") == 0, "and the rule, got %s",
           bm_rule_name(builtin, verdict.rule));
    EXPECT(strcmp(bm_rule_table(builtin, verdict.rule), "phrases") == 0, "and its table");
    EXPECT(verdict.class_ == BM_SOFT, "a full mailbox is soft");
    unsigned count = bm_rule_count(builtin);
    EXPECT(bm_rule_name(builtin, count) == NULL && bm_rule_table(builtin, count) == NULL, "rules end");
    EXPECT(strcmp(bm_rule_name(builtin, 0), "none") == 0, "the first is none");
    EXPECT(bm_domain_trusted(builtin, "hotmail.fr", 10) && !bm_domain_trusted(builtin, "live.com", 8),
           "trust");
}

static void test_nothing_given(void **state)
{
    (void)state;
    struct bm_reply reply = {0};
    struct bm_verdict verdict;
    bm_classify(builtin, &reply, &verdict);
    EXPECT(verdict.class_ == BM_UNKNOWN && verdict.rule == 0, "a reply without any text is undetermined");
    EXPECT(!bm_domain_trusted(builtin, NULL, 0), "no domain is not trusted");
}

static void test_user_tables(void **state)
{
    (void)state;
    static const char codes[] =
        "kind,code,reason\nenhanced,5.1.1,policy\nenhanced,5.66.1-3,virus\nreply,554,dns\n";
    static const char phrases[] = "reason,phrase,strength\nurl,mailbox is full,\nadmin,Zorblax*,\n"
                                  "dns,mumble,vague\nadmin,poor reputation,specific\n";
    char codes_path[64], phrases_path[64], domains_path[64];
    support_file(codes_path, codes, sizeof codes - 1);
    support_file(phrases_path, phrases, sizeof phrases - 1);
    support_file(domains_path, "example.org\n", 12);
    struct bm_classifier *own =
        support_classifier(&(struct bm_tables){codes_path, phrases_path, domains_path, NULL, NULL});
    EXPECT_REASON(own, "", "5.1.1", "", "policy");
    EXPECT_REASON(own, "", "4.1.1", "", "user-unknown");
    EXPECT_REASON(own, "", "5.66.2", "", "virus");
    EXPECT_REASON(own, "554", "", "", "dns");
    EXPECT_REASON(own, "", "", "mailbox is full", "url");
    EXPECT_REASON(own, "", "5.1.1", "zorblaxed", "admin");
    EXPECT_REASON(own, "", "", "poor reputation", "admin");
    EXPECT_REASON(own, "", "", "mumble", "dns");
    EXPECT_REASON(own, "", "5.2.2", "mumble", "mailbox-full");
    EXPECT_REASON(own, "", "", "mumble, user unknown", "user-unknown");
    EXPECT(bm_domain_trusted(own, "example.org", 11), "the own domain is trusted");
    EXPECT(!bm_domain_trusted(own, "gmail.com", 9), "the built-in ones are replaced");
    bm_classifier_free(own);
    unlink(codes_path);
    unlink(phrases_path);
    unlink(domains_path);
}

static void expect_bad(bool is_codes, const char *content, const char *wanted)
{
    char path[64];
    support_file(path, content, strlen(content));
    struct bm_tables tables = {.codes = is_codes ? path : NULL, .phrases = is_codes ? NULL : path};
    struct bm_classifier *classifier = NULL;
    struct bm_error error = {0};
    EXPECT(bm_classifier_new(&classifier, &tables, &error) == BM_USAGE, "\"%s\" is refused", content);
    EXPECT(strstr(error.message, path) && strstr(error.message, wanted), "%s is named, got %s", wanted,
           error.message);
    unlink(path);
}

/* How the replies of unseen.tsv came out. */
struct score {
    unsigned count, right_class, right_reason, hard, not_hard, missed, wrongly;
};

static enum bm_class class_of(const char *reason)
{
    enum reason number = reason_find((struct span){reason, strlen(reason)});
    EXPECT(number != REASON_COUNT, "\"%s\" is a reason", reason);
    return reason_table[number].class_;
}

static void score_line(struct score *score, char *line)
{
    enum { CODE, ENHANCED_CODE, TEXT, DOMAIN, MTA, REASON, FIELDS };
    const char *fields[FIELDS];
    for (int k = 0; k < FIELDS; k++)
        EXPECT((fields[k] = strsep(&line, "\t")) != NULL, "a line has %d fields", FIELDS);
    struct bm_reply reply = {
        fields[CODE], strlen(fields[CODE]), fields[ENHANCED_CODE], strlen(fields[ENHANCED_CODE]),
        fields[TEXT], strlen(fields[TEXT]), fields[DOMAIN],        strlen(fields[DOMAIN]),
        fields[MTA],  strlen(fields[MTA])};
    struct bm_verdict verdict;
    bm_classify(builtin, &reply, &verdict);
    bool hard = class_of(fields[REASON]) == BM_HARD;
    score->count++;
    score->hard += hard;
    score->not_hard += !hard;
    score->right_class += verdict.class_ == class_of(fields[REASON]);
    score->right_reason += strcmp(bm_reason_name(verdict.reason), fields[REASON]) == 0;
    score->missed += hard && verdict.class_ != BM_HARD;
    score->wrongly += !hard && verdict.class_ == BM_HARD;
}

static struct score score_file(const char *name)
{
    char path[4096], *line = NULL;
    size_t room = 0;
    struct score score = {0};
    snprintf(path, sizeof path, "%s/fixtures/classify/%s", root, name);
    FILE *file = fopen(path, "r");
    EXPECT(file && getline(&line, &room, file) > 0, "the fixture and its heading are there");
    while (getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        score_line(&score, line);
    }
    free(line);
    fclose(file);
    return score;
}

/* The shares, in percent, that a fixture must reach. */
static void expect_score(const struct score *score, unsigned classes, unsigned reasons, unsigned wrongly,
                         unsigned missed)
{
    EXPECT(score->right_class * 100 >= score->count * classes, "classes, got %u", score->right_class);
    EXPECT(score->right_reason * 100 >= score->count * reasons, "reasons, got %u", score->right_reason);
    EXPECT(score->wrongly * 100 <= score->not_hard * wrongly, "wrongly hard, got %u", score->wrongly);
    EXPECT(score->missed * 100 <= score->hard * missed, "missed hard, got %u", score->missed);
}

/* Replies that were written before the tables were looked at. When first scored, 94 % of the classes and 86 %
 * of the reasons were right and 4 of 110 wrongly hard; the provider rules were written after that, so from
 * then on this guards against getting worse and measures nothing new. */
static void test_unseen(void **state)
{
    (void)state;
    struct score score = score_file("unseen.tsv");
    EXPECT(score.count >= 150, "there are replies, got %u", score.count);
    expect_score(&score, 96, 93, 1, 4);
}

/* The same again, later, in the wordings of some sixty mail systems. When first scored, the first 188 of them
 * had 93 % of the classes right, 3 of 151 wrongly hard and 1 of 37 missed; the last 98, chosen to be harder,
 * 87 %, 0 of 78 and 5 of 20. */
static void test_vendors(void **state)
{
    (void)state;
    struct score score = score_file("vendors.tsv");
    EXPECT(score.count >= 280, "there are replies, got %u", score.count);
    expect_score(&score, 96, 90, 1, 2);
}

/* Replies about the sender or the server in words that also tell of dead addresses ("no such host", "does not
 * exist", "unknown"), and dead addresses in unusual words. Before the tables knew them, 18 of 66 of the first
 * kind came out hard. */
static void test_lookalikes(void **state)
{
    (void)state;
    struct score score = score_file("lookalikes.tsv");
    EXPECT(score.count >= 140, "there are replies, got %u", score.count);
    expect_score(&score, 98, 95, 0, 0);
}

/* A text that no phrase knows, with a code that servers use for everything. */
static void test_unknown_words(void **state)
{
    (void)state;
    EXPECT_REASON(builtin, "550", "", "", "user-unknown");
    EXPECT_REASON(builtin, "550", "", "550", "user-unknown");
    EXPECT_REASON(builtin, "550", "", "smtp;550 5.0.0", "user-unknown");
    EXPECT_REASON(builtin, "550", "", "550 wibble wobble", "undetermined");
    EXPECT_REASON(builtin, "550", "", "smtp; 550", "user-unknown");
    EXPECT_REASON(builtin, "550", "", "550 smtpwibble", "undetermined");
    EXPECT_REASON(builtin, "550", "", "550 \xd0\xbd\xd0\xb5", "undetermined");
    EXPECT_REASON(builtin, "553", "", "553 wibble", "undetermined");
    EXPECT_REASON(builtin, "552", "", "552 wibble", "mailbox-full");
    EXPECT_REASON(builtin, "550", "5.1.1", "550 5.1.1 wibble", "user-unknown");
}

/* Words that are masked may stand inside phrases. */
static void test_phrases_with_ids(void **state)
{
    (void)state;
    EXPECT_REASON(builtin, "550", "", "550 User jo@example.com unknown", "user-unknown");
    EXPECT_REASON(builtin, "550", "", "550 User <jo@example.com> unknown", "user-unknown");
    EXPECT_REASON(builtin, "550", "", "550 user (jo@example.com) unknown", "user-unknown");
    EXPECT_REASON(builtin, "550", "", "550 Mailbox \"a1\" not found.", "user-unknown");
    EXPECT_REASON(builtin, "550", "", "550 superuser jo@example.com unknowns", "undetermined");
    char path[64];
    static const char phrases[] =
        "phrase,reason\n*glorp <id> to <id>,dns\n<id> fnord,url\nwrite <id>,moved\n";
    support_file(path, phrases, sizeof phrases - 1);
    struct bm_classifier *own = support_classifier(&(struct bm_tables){.phrases = path});
    EXPECT_REASON(own, "", "", "xglorp a1 to b2", "dns");
    EXPECT_REASON(own, "", "", "xglorp <a1> to <b2>", "dns");
    EXPECT_REASON(own, "", "", "xglorp a to b", "undetermined");
    EXPECT_REASON(own, "", "", "say 192.0.2.1 fnord", "url");
    struct bm_verdict verdict = support_classify(own, "", "", "say <jo@example.org> fnord now");
    EXPECT(verdict.match_at == 4 && verdict.match_length == strlen("<jo@example.org> fnord"),
           "the match is placed, %zu %zu", verdict.match_at, verdict.match_length);
    verdict = support_classify(own, "", "", "say jo@example.org fnord now");
    EXPECT(verdict.match_at == 4 && verdict.match_length == strlen("jo@example.org fnord"),
           "also where it begins with the mark, %zu %zu", verdict.match_at, verdict.match_length);
    verdict = support_classify(own, "", "", "please write jo@example.org instead");
    EXPECT(verdict.match_at == 7 && verdict.match_length == strlen("write jo@example.org"),
           "and where it ends with it, %zu %zu", verdict.match_at, verdict.match_length);
    bm_classifier_free(own);
    unlink(path);
}

/* A phrase that may begin inside a word of digits keeps the words that hold it, and costs no other its mask.
 */
static void test_phrases_inside_words(void **state)
{
    (void)state;
    char path[64];
    static const char phrases[] = "phrase,reason\n@163.com,dns\n*4x7 glorp,url\n";
    support_file(path, phrases, sizeof phrases - 1);
    struct bm_classifier *own = support_classifier(&(struct bm_tables){.phrases = path});
    EXPECT_REASON(own, "550", "", "550 <jo@163.com> glorp", "dns");
    EXPECT_REASON(own, "550", "", "550 nothing for @163.com here", "dns");
    EXPECT_REASON(own, "550", "", "550 q94x7 glorp", "url");
    EXPECT_REASON(own, "550", "", "550 User jo@example.com unknown", "user-unknown");
    EXPECT_REASON(own, "550", "", "550 Mailbox \"a1\" not found.", "user-unknown");
    bm_classifier_free(own);
    unlink(path);
}

static void test_names(void **state)
{
    (void)state;
    char name[64], small[4];
    for (unsigned reason = 0; reason < bm_reason_count(); reason++)
        for (unsigned k = 0; bm_reason_platform(k); k++)
            EXPECT(bm_reason_names(reason, bm_reason_platform(k), name, sizeof name) == strlen(name),
                   "the whole name of %s fits", bm_reason_name(reason));
    unsigned full = (unsigned)reason_find(SPAN("mailbox-full"));
    EXPECT(bm_reason_names(full, "sfmc", name, sizeof name) && strcmp(name, "3001 Mailbox Full") == 0, "%s",
           name);
    EXPECT(bm_reason_names(full, "ses", small, sizeof small) == 21 && strcmp(small, "Tra") == 0, "cut");
    EXPECT(bm_reason_names((unsigned)reason_find(SPAN("auto-reply")), "sfmc", name, sizeof name) == 0,
           "none");
    EXPECT(bm_reason_names(full, "nobody", name, sizeof name) == 0 && !name[0], "no such platform");
    EXPECT(bm_reason_names(bm_reason_count(), "ses", name, sizeof name) == 0, "no such reason");
}

static void test_other_languages(void **state)
{
    (void)state;
    EXPECT_REASON(builtin, "550", "", "550 Empfänger unbekannt", "user-unknown");
    EXPECT_REASON(builtin, "", "", "Cette boîte aux lettres pleine.", "mailbox-full");
    EXPECT_REASON(builtin, "", "", "el usuario no existe", "user-unknown");
    EXPECT_REASON(builtin, "", "", "caixa postal cheia", "mailbox-full");
    EXPECT_REASON(builtin, "", "", "casella sospesa", "mailbox-inactive");
    EXPECT_REASON(builtin, "550", "",
                  "\xe6\x82\xa8\xe7\x9a\x84"
                  "收件人不存在123",
                  "user-unknown");
    EXPECT_REASON(builtin, "", "", "このユーザーが見つかりません。", "user-unknown");
    EXPECT_REASON(builtin, "", "", "Почтовый ящик переполнен", "mailbox-full");
}

static void test_continued_lines(void **state)
{
    (void)state;
    EXPECT_REASON(builtin, "", "", "550-5.7.1 your mailbox\n550-5.7.1 is\n550 5.7.1 full", "mailbox-full");
    EXPECT_REASON(builtin, "", "", "550-5.7.1 the mailbox 550 5.7.1 is full", "mailbox-full");
    EXPECT_REASON(builtin, "", "", "550 5.7.1 the mailbox 551 5.7.1 is full", "policy");
}

static void test_bad_user_tables(void **state)
{
    (void)state;
    expect_bad(true, "kind,code,reason\nreply,550,user-unknown\nreply,50,dns\n", ":3: column code:");
    expect_bad(true, "kind,code,reason\nreplies,550,dns\n", ":2: column kind:");
    expect_bad(true, "kind,code,reason\nenhanced,5.1,dns\n", ":2: column code:");
    expect_bad(true, "kind,code,reason\nenhanced,5.1.1000,dns\n", ":2: column code:");
    expect_bad(true, "kind,code,reason\nenhanced,5.1.9-3,dns\n", ":2: column code:");
    expect_bad(true, "kind,code,reason\nenhanced,3.1.1,dns\n", ":2: column code:");
    expect_bad(true, "kind,code,reason\n\nenhanced,5.1.1,dnss\n", ":3: column reason:");
    expect_bad(true, "kind,code,reason,strength\nreply,550,dns,weak\n", ":2: column strength:");
    expect_bad(true, "kind,code\nreply,550\n", ":1: the heading has no column reason");
    expect_bad(false, "phrase,reason\n,dns\n", ":2: column phrase:");
    expect_bad(false, "phrase,reason\n*,dns\n*  *,dns\n", ":3: column phrase:");
    expect_bad(false, "phrase,reason\nx,soft\n", ":2: column reason:");
    expect_bad(false, "phrase,reason,strength\nx,dns,strong\n", ":2: column strength:");
    expect_bad(false, "phrase,reason,when\nx,dns,6\n", ":2: column when:");
    expect_bad(false, "phrase,reason,when\nx,dns,5.1\n", ":2: column when:");
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    root = argv[1];
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts),
                                       cmocka_unit_test(test_codes),
                                       cmocka_unit_test(test_class_decides),
                                       cmocka_unit_test(test_degrading),
                                       cmocka_unit_test(test_defects_of_others),
                                       cmocka_unit_test(test_verdict),
                                       cmocka_unit_test(test_nothing_given),
                                       cmocka_unit_test(test_user_tables),
                                       cmocka_unit_test(test_unseen),
                                       cmocka_unit_test(test_vendors),
                                       cmocka_unit_test(test_lookalikes),
                                       cmocka_unit_test(test_unknown_words),
                                       cmocka_unit_test(test_phrases_with_ids),
                                       cmocka_unit_test(test_phrases_inside_words),
                                       cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_other_languages),
                                       cmocka_unit_test(test_continued_lines),
                                       cmocka_unit_test(test_bad_user_tables)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
