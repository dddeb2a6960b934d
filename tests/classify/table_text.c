/* The tables in use as text, and that the text given back makes the same classifier. */
#include "base/base.h"
#include "classify/table.h"
#include "classify/table_sources.h"

#include "tests/classify/support.h"

static const char own_codes[] = "code,kind,reason\n5.1.1,enhanced,policy\n5.66.1-3,enhanced,virus\n";
static const char own_phrases[] =
    "reason,phrase,strength,note\n"
    "admin,poor reputation,specific,\"beats a built-in \"\"sender\"\" row, too\"\n"
    "dns,mumble,vague,\n";
static const char own_providers[] = "provider,domain,code,phrase,reason,strength\n"
                                    "acme,acme.example,,,,\nacme,,550,,dns,\nacme,,,zorblax,virus,vague\n"
                                    "google,,,very low reputation,url,\n";
static const char own_domains[] = "# mine\nexample.org\n";

enum { CODES, PHRASES, PROVIDERS, DOMAINS, FILES };
static const char *const names[FILES] = {"codes", "phrases", "providers", "domains"};

static struct bm_tables tables_of(char paths[FILES][64])
{
    return (struct bm_tables){.codes = paths[CODES],
                              .phrases = paths[PHRASES],
                              .providers = paths[PROVIDERS],
                              .trusted_domains = paths[DOMAINS]};
}

static void own_files(char paths[FILES][64])
{
    support_file(paths[CODES], own_codes, sizeof own_codes - 1);
    support_file(paths[PHRASES], own_phrases, sizeof own_phrases - 1);
    support_file(paths[PROVIDERS], own_providers, sizeof own_providers - 1);
    support_file(paths[DOMAINS], own_domains, sizeof own_domains - 1);
}

static void unlink_all(char paths[FILES][64])
{
    for (int k = 0; k < FILES; k++)
        unlink(paths[k]);
}

static char *text_of(const char *name, const struct bm_tables *tables, size_t *length)
{
    char *text = NULL;
    struct bm_error error = {0};
    EXPECT(bm_table_text(name, tables, &text, length, &error) == BM_OK, "%s are printed: %s", name,
           error.message);
    return text;
}

/* Writes the tables in use to files. */
static void printed_files(const struct bm_tables *tables, char paths[FILES][64])
{
    for (int k = 0; k < FILES; k++) {
        size_t length = 0;
        char *text = text_of(names[k], tables, &length);
        support_file(paths[k], text, length);
        free(text);
    }
}

static struct bm_verdict verdict_of(const struct bm_classifier *classifier, struct span text,
                                    const char *domain)
{
    struct bm_reply reply = {.diagnostic = text.at,
                             .diagnostic_length = text.length,
                             .domain = domain,
                             .domain_length = strlen(domain)};
    struct bm_verdict verdict;
    bm_classify(classifier, &reply, &verdict);
    return verdict;
}

static void expect_same_verdict(const struct bm_classifier *a, const struct bm_classifier *b,
                                struct span text)
{
    static const char *const domains[] = {"gmail.com", "acme.example", "gmx.net", "elsewhere.example"};
    for (size_t k = 0; k < COUNT_OF(domains); k++) {
        struct bm_verdict first = verdict_of(a, text, domains[k]), second = verdict_of(b, text, domains[k]);
        EXPECT(strcmp(bm_rule_name(a, first.rule), bm_rule_name(b, second.rule)) == 0 &&
                   first.reason == second.reason && first.confidence == second.confidence,
               "\"%.*s\" at %s: %s, then %s", (int)text.length, text.at, domains[k],
               bm_rule_name(a, first.rule), bm_rule_name(b, second.rule));
    }
}

struct pair {
    const struct bm_classifier *a, *b;
};

/* A built-in phrase, alone, with a code, and with a phrase of the user's behind it. */
static enum bm_code phrase_row(void *context, const struct table_row *row)
{
    static const char *const around[][2] = {
        {"", ""}, {"550 5.1.1 ", ""}, {"421 ", " mumble"}, {"", " zorblax poor reputation"}};
    const struct pair *pair = context;
    for (size_t k = 0; k < COUNT_OF(around); k++) {
        char text[1200];
        int length = snprintf(text, sizeof text, "%s%.*s%s", around[k][0], (int)row->fields[0].length,
                              row->fields[0].at, around[k][1]);
        expect_same_verdict(pair->a, pair->b, (struct span){text, (size_t)length});
    }
    return BM_OK;
}

static void expect_same(const struct bm_classifier *a, const struct bm_classifier *b)
{
    static const char *const columns[] = {"phrase"};
    struct pair pair = {a, b};
    const struct table_text phrases = {"phrases.csv", table_builtin_phrases, false};
    const struct table_text rules = {"provider_rules.csv", table_builtin_provider_rules, false};
    struct bm_error error = {0};
    EXPECT(bm_rule_count(a) == bm_rule_count(b), "as many rules, %u and %u", bm_rule_count(a),
           bm_rule_count(b));
    EXPECT(table_read(&phrases, columns, 1, 1, phrase_row, &pair, &error) == BM_OK, "%s", error.message);
    EXPECT(table_read(&rules, columns, 1, 1, phrase_row, &pair, &error) == BM_OK, "%s", error.message);
    for (unsigned subject = 0; subject < 10; subject++)
        for (unsigned detail = 0; detail < 1000; detail++) {
            char text[32];
            int length = snprintf(text, sizeof text, "550 5.%u.%u", subject, detail);
            expect_same_verdict(a, b, (struct span){text, (size_t)length});
        }
}

static void test_printed_and_given_back(void **state)
{
    (void)state;
    char own[FILES][64], printed[FILES][64], again[FILES][64];
    own_files(own);
    struct bm_tables tables = tables_of(own);
    struct bm_classifier *first = support_classifier(&tables);
    EXPECT_REASON(first, "", "", "poor reputation", "admin");
    printed_files(&tables, printed);
    struct bm_tables back = tables_of(printed);
    back.replace = "codes,phrases,providers";
    struct bm_classifier *second = support_classifier(&back);
    expect_same(first, second);
    printed_files(&back, again);
    for (int k = 0; k < FILES; k++) {
        struct table_text a, b;
        struct bm_error error = {0};
        EXPECT(table_load(&a, printed[k], &error) == BM_OK && table_load(&b, again[k], &error) == BM_OK,
               "both can be read: %s", error.message);
        EXPECT(span_is(a.bytes, b.bytes), "%s printed again are the same bytes", names[k]);
        table_unload(&a);
        table_unload(&b);
    }
    bm_classifier_free(first);
    bm_classifier_free(second);
    unlink_all(own);
    unlink_all(printed);
    unlink_all(again);
}

static void test_builtin_given_back(void **state)
{
    (void)state;
    char printed[FILES][64];
    struct bm_classifier *builtin = support_classifier(NULL);
    printed_files(NULL, printed);
    struct bm_tables back = tables_of(printed);
    back.replace = "providers,codes,phrases";
    struct bm_classifier *second = support_classifier(&back);
    expect_same(builtin, second);
    bm_classifier_free(builtin);
    bm_classifier_free(second);
    unlink_all(printed);
}

static void test_replace(void **state)
{
    (void)state;
    char own[FILES][64];
    own_files(own);
    struct bm_tables tables = tables_of(own);
    tables.replace = "phrases";
    struct bm_classifier *classifier = support_classifier(&tables);
    EXPECT_REASON(classifier, "", "", "poor reputation", "admin");
    EXPECT_REASON(classifier, "", "", "user unknown", "undetermined");
    EXPECT_REASON(classifier, "", "5.2.2", "", "mailbox-full");
    tables.replace = "codes,providers";
    struct bm_classifier *other = support_classifier(&tables);
    EXPECT_REASON(other, "", "", "user unknown", "user-unknown");
    EXPECT_REASON(other, "", "5.2.2", "", "undetermined");
    EXPECT_REASON(other, "", "5.66.2", "", "virus");
    bm_classifier_free(classifier);
    bm_classifier_free(other);
    unlink_all(own);
}

/* Without any phrase the codes alone decide. */
static void test_no_phrases(void **state)
{
    (void)state;
    char phrases[64], providers[64];
    support_file(phrases, "phrase,reason\n", 14);
    support_file(providers, "provider\n", 9);
    struct bm_tables tables = {.phrases = phrases, .providers = providers, .replace = "phrases,providers"};
    struct bm_classifier *codes_only = support_classifier(&tables), *builtin = support_classifier(NULL);
    EXPECT(!bm_classifier_reads_text(codes_only) && bm_classifier_reads_text(builtin), "it says so");
    EXPECT_REASON(codes_only, "", "", "550 5.2.2 user unknown", "mailbox-full");
    EXPECT_REASON(codes_only, "", "", "user unknown", "undetermined");
    EXPECT(support_classify(codes_only, "550", "", "user unknown").match_length == 0, "and nothing matches");
    bm_classifier_free(codes_only);
    bm_classifier_free(builtin);
    unlink(phrases);
    unlink(providers);
}

static void expect_refused(const struct bm_tables *tables, const char *wanted)
{
    struct bm_classifier *classifier = NULL;
    struct bm_error error = {0};
    EXPECT(bm_classifier_new(&classifier, tables, &error) == BM_USAGE, "\"%s\" is refused", tables->replace);
    EXPECT(strstr(error.message, wanted) != NULL, "%s is named, got %s", wanted, error.message);
}

static void test_refused(void **state)
{
    (void)state;
    char path[64], *text = NULL;
    size_t length = 0;
    struct bm_error error = {0};
    expect_refused(&(struct bm_tables){.replace = "codes"}, "the built-in codes");
    expect_refused(&(struct bm_tables){.replace = "nothing"}, "\"nothing\"");
    expect_refused(&(struct bm_tables){.replace = ""}, "\"\"");
    expect_refused(&(struct bm_tables){.replace = "domains"}, "\"domains\"");
    support_file(path, "phrase,reason,precedence\nmumble,dns,last\n", 42);
    expect_refused(&(struct bm_tables){.phrases = path}, ":2: column precedence:");
    EXPECT(bm_table_text("phrases", &(struct bm_tables){.phrases = path}, &text, &length, &error) == BM_USAGE,
           "a table with a bad row is not printed");
    EXPECT(bm_table_text("nothing", NULL, &text, &length, &error) == BM_USAGE, "there is no such table");
    unlink(path);
    text = text_of("reasons", NULL, &length);
    EXPECT(length > 1000 && memcmp(text, "reason,class,", 13) == 0, "reasons are a table, too");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printed_and_given_back), cmocka_unit_test(test_builtin_given_back),
        cmocka_unit_test(test_replace), cmocka_unit_test(test_no_phrases), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
