/* Whose host is whose, and what a provider's rules do to the order of decisions. */
#include "classify/providers.h"
#include "base/base.h"

#include <ctype.h>

#include "tests/classify/support.h"

static struct bm_classifier *own;

static const char table[] = "provider,domain,code,phrase,reason,strength\n"
                            "acme,acme.example,,,,\n"
                            "acme,mx.other.example,,,,\n"
                            "rival,sub.acme.example,,,,\n"
                            "acme,,5.1.1,,policy,\n"
                            "acme,,550,,dns,\n"
                            "acme,,,zorblax,virus,\n"
                            "acme,,554,shoo shoo,url,\n"
                            "acme,,5.2.2,,greylist,vague\n"
                            "rival,,,zorblax,moved,\n";

static int setup(void **state)
{
    (void)state;
    char path[64];
    support_file(path, table, sizeof table - 1);
    own = support_classifier(&(struct bm_tables){.providers = path});
    unlink(path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bm_classifier_free(own);
    return 0;
}

static struct bm_verdict verdict_of(const char *code, const char *enhanced, const char *text,
                                    const char *domain, const char *mta)
{
    struct bm_reply reply = {code,   strlen(code),   enhanced, strlen(enhanced), text, strlen(text),
                             domain, strlen(domain), mta,      strlen(mta)};
    struct bm_verdict verdict;
    bm_classify(own, &reply, &verdict);
    return verdict;
}

#define EXPECT_FOR(code, enhanced, text, domain, mta, reason_name)                                           \
    do {                                                                                                     \
        const char *got_ = bm_reason_name(verdict_of(code, enhanced, text, domain, mta).reason);             \
        EXPECT(strcmp(got_, reason_name) == 0, "%s for (%s, %s, \"%s\", %s, %s), got %s", reason_name, code, \
               enhanced, text, domain, mta, got_);                                                           \
    } while (0)

static void test_whose(void **state)
{
    (void)state;
    EXPECT_FOR("", "5.1.1", "", "acme.example", "", "policy");
    EXPECT_FOR("", "5.1.1", "", "a.b.acme.example", "", "policy");
    EXPECT_FOR("", "5.1.1", "", "notacme.example", "", "user-unknown");
    EXPECT_FOR("", "5.1.1", "", "example", "", "user-unknown");
    EXPECT_FOR("", "5.1.1", "", "", "MX.Other.Example.[192.0.2.1]:25", "policy");
    EXPECT_FOR("", "", "zorblax", "acme.example", "x.sub.acme.example", "moved");
    EXPECT_FOR("", "", "zorblax", "acme.example", "unlisted.example", "virus");
    EXPECT_FOR("", "", "zorblax", "", "", "undetermined");
    EXPECT_FOR("", "", "zorblax", "", "....", "undetermined");
}

static void test_order(void **state)
{
    (void)state;
    EXPECT_FOR("550", "5.1.1", "zorblax", "acme.example", "", "virus");
    EXPECT_FOR("550", "5.3.2", "", "acme.example", "", "dns");
    EXPECT_FOR("554", "", "shoo shoo", "acme.example", "", "url");
    EXPECT_FOR("551", "", "shoo shoo", "acme.example", "", "undetermined");
    EXPECT_FOR("", "5.2.2", "user unknown", "acme.example", "", "user-unknown");
    EXPECT_FOR("", "5.2.2", "", "acme.example", "", "greylist");
    EXPECT(verdict_of("", "5.1.1", "", "acme.example", "").confidence == BM_CONFIDENCE_PROVIDER, "surest");
    EXPECT(verdict_of("", "5.1.1", "", "", "").confidence == BM_CONFIDENCE_ENHANCED, "a code");
    EXPECT(verdict_of("", "", "user unknown", "", "").confidence == BM_CONFIDENCE_PHRASE, "a phrase");
    EXPECT(verdict_of("451", "", "", "", "").confidence == BM_CONFIDENCE_VAGUE_CODE, "a reply code");
    EXPECT(verdict_of("", "", "", "", "").confidence == BM_CONFIDENCE_NONE, "nothing");
    unsigned rule = verdict_of("554", "", "shoo shoo", "acme.example", "").rule;
    EXPECT(strcmp(bm_rule_name(own, rule), "provider:acme 554 shoo shoo") == 0, "the rule has a name, got %s",
           bm_rule_name(own, rule));
    EXPECT(strcmp(bm_rule_table(own, rule), "providers") == 0, "and a table");
}

static void expect_bad(const char *row, const char *wanted)
{
    char path[64], content[512];
    int length = snprintf(content, sizeof content, "provider,domain,code,phrase,reason,strength\n%s\n", row);
    support_file(path, content, (size_t)length);
    struct bm_tables tables = {.providers = path};
    struct bm_classifier *classifier = NULL;
    struct bm_error error = {0};
    EXPECT(bm_classifier_new(&classifier, &tables, &error) == BM_USAGE, "\"%s\" is refused", row);
    EXPECT(strstr(error.message, wanted) != NULL, "%s is named, got %s", wanted, error.message);
    unlink(path);
}

static void test_bad_rows(void **state)
{
    (void)state;
    expect_bad(",a.example,,,,", ":2: column provider:");
    expect_bad("p,a..[example,,,,", ":2: column domain:");
    expect_bad("p,,,,,", ":2: column domain:");
    expect_bad("p,a.example,,,dns,", ":2: column domain:");
    expect_bad("p,,5.1,,dns,", ":2: column code:");
    expect_bad("p,,,,dns,", ":2: column code:");
    expect_bad("p,,,*,dns,sure", ":2: column strength:");
    expect_bad("p,,550,x,dnss,", ":2: column reason:");
    expect_bad("p,,,*  *,dns,", ":2: column phrase:");
}

static void test_builtin(void **state)
{
    (void)state;
    EXPECT_FOR("550", "5.4.1", "Recipient address rejected: Access denied", "",
               "contoso-example.mail.protection.outlook.com", "user-unknown");
    EXPECT_FOR("550", "", "Requested action not taken: mailbox unavailable", "gmx.net", "", "user-unknown");
    EXPECT_FOR("550", "5.7.1", "No such user!", "yandex.ru", "", "user-unknown");
}

enum { DOMAINS = 150 };

/* The plain way: the longest listed domain that the front of a text is or is below. */
static unsigned plain_find(char domains[DOMAINS][24], struct span text)
{
    char name[300];
    size_t length = 0;
    while (length < text.length && text.at[length] && length < 255 &&
           (isalnum((unsigned char)text.at[length]) || strchr("-_.", text.at[length]))) {
        name[length] = (char)tolower((unsigned char)text.at[length]);
        length++;
    }
    while (length && name[length - 1] == '.')
        length--;
    name[length] = 0;
    for (const char *at = name; at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL)
        for (unsigned i = 0; i < DOMAINS; i++)
            if (strcmp(domains[i], at) == 0)
                return i % 100 + 1;
    return 0;
}

static size_t name_random(char *out, size_t most, const char *letters, uint64_t *seed)
{
    size_t length = 1 + test_random(seed) % most;
    for (size_t i = 0; i < length; i++)
        out[i] = letters[test_random(seed) % strlen(letters)];
    return length;
}

static void check_names(char domains[DOMAINS][24], const struct provider_table *providers, uint64_t *seed)
{
    for (int round = 0; round < 20000; round++) {
        char text[300];
        size_t length = test_random(seed) % 4 ? name_random(text, 12, "abAB.-_", seed) : 0;
        if (length && test_random(seed) % 2)
            text[length++] = '.';
        const char *domain = domains[test_random(seed) % DOMAINS];
        for (; *domain; domain++)
            text[length++] = (char)(test_random(seed) % 2 ? toupper((unsigned char)*domain) : *domain);
        length += test_random(seed) % 2 ? name_random(text + length, 20, ".[:]1 \xc3@", seed) : 0;
        char *exact = malloc(length + 1); /* of just that size: a read past it is noticed */
        EXPECT(exact != NULL, "memory");
        memcpy(exact + 1, text, length);
        unsigned got = providers_find(providers, (struct span){exact + 1, length});
        EXPECT(got == plain_find(domains, (struct span){text, length}), "whose \"%.*s\" is, got %u",
               (int)length, text, got);
        free(exact);
    }
}

/* Names of all lengths, of either case, with something behind them, against one comparison after another. */
static void test_random_names(void **state)
{
    (void)state;
    uint64_t seed = 17;
    for (size_t shortest = 3; shortest <= 5; shortest++) { /* short ones turn the filter off */
        char domains[DOMAINS][24] = {{0}}, rows[DOMAINS * 40];
        size_t used = (size_t)snprintf(rows, sizeof rows, "provider,domain\n");
        for (int i = 0; i < DOMAINS; i++) {
            size_t length = shortest + test_random(&seed) % 15;
            for (size_t k = 0; k < length; k++)
                domains[i][k] = k && k + 1 < length && domains[i][k - 1] != '.' && test_random(&seed) % 4 == 0
                                    ? '.'
                                    : "abc-_"[test_random(&seed) % 5];
            domains[i][length] = 0;
            if (plain_find(domains, (struct span){domains[i], length}) != (unsigned)i % 100 + 1)
                i--; /* it is there already */
            else
                used += (size_t)snprintf(rows + used, sizeof rows - used, "p%d,%s\n", i % 100, domains[i]);
        }
        struct rules rules;
        struct bm_error error = {0};
        EXPECT(rules_new(&rules, &error) == BM_OK, "rules");
        struct phrase_table phrases = {.rules = &rules};
        struct provider_table providers = {.list.rules = &rules};
        struct table_text text = {.name = "rows", .bytes = {rows, used}};
        EXPECT(providers_read(&providers, &phrases, &text, &error) == BM_OK &&
                   providers_build(&providers, &error) == BM_OK,
               "%s", error.message);
        check_names(domains, &providers, &seed);
        providers_free(&providers);
        phrases_free(&phrases);
        rules_free(&rules);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whose), cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_bad_rows), cmocka_unit_test(test_builtin),
                                       cmocka_unit_test(test_random_names)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
