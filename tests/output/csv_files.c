/* Every CSV file of the report, byte for byte, from a report made by hand. */
#include "base/base.h"
#include "base/hash.h"
#include "sample.h"
#include "test.h"

typedef enum bm_code output_function(struct folder *folder, const struct report *report,
                                     struct bm_error *error);

static void expect_file(const struct sample *sample, output_function *output, const char *name,
                        const char *expected)
{
    struct folder *folder = malloc(sizeof *folder);
    struct bm_error error = {0};
    EXPECT(folder && folder_open(folder, sample_path(sample, "out"), &error) == BM_OK, "the folder opens: %s",
           error.message);
    EXPECT(output(folder, &sample->report, &error) == BM_OK, "%s is written: %s", name, error.message);
    char path[PATH_MAX + 128];
    snprintf(path, sizeof path, "%s/%s", folder->temporary, name);
    size_t length;
    char *bytes = sample_read(path, &length);
    EXPECT(bytes, "%s exists", name);
    EXPECT(bytes && length == strlen(expected) && strcmp(bytes, expected) == 0, "%s is as expected, got:\n%s",
           name, bytes ? bytes : "nothing");
    EXPECT(folder->files[0].bytes == length && strcmp(folder->files[0].name, name) == 0,
           "the folder noted the file");
    EXPECT(folder->files[0].xxh3 == hash_span((struct span){bytes, length}), "with the hash of its bytes");
    folder_abandon(folder);
    free(bytes);
    free(folder);
}

static void test_reasons(void **state)
{
    expect_file(
        *state, output_reasons, "reasons.csv",
        "reason,class,count,share,sfmc_category,sfmc_subcategory,marketo_category,ses_type,ses_subtype\n"
        "reputation,block,3,0.600000,Block bounce,Spamblocked,1,Transient,General\n"
        "auto-reply,none,1,,,,,,\n"
        "user-unknown,hard,1,0.200000,Hard bounce,User Unknown,2,Permanent,NoEmail\n"
        "user-unknown,soft,1,0.200000,Soft bounce,Other,3,Transient,General\n");
}

static void test_domains(void **state)
{
    expect_file(
        *state, output_domains, "domains.csv",
        "domain,sent,delivered,bounces,hard,block,soft,technical,unknown,complaints,unsubscribes,opens,"
        "clicks,bounce_rate,complaint_rate,first,last,worst_day,worst_day_bounces\n"
        "a.example,0,0,0,0,0,0,0,0,0,0,0,0,,,2026-01-01T00:00:00Z,2026-01-01T00:00:00.001Z,,0\n"
        "b.example,3,1,2,1,0,1,0,0,0,0,0,0,0.666667,0.000000,2026-01-01T01:00:00Z,"
        "2026-01-02T00:00:00Z,2026-01-01,2\n"
        "c.example,9,6,3,0,3,0,0,0,1,0,4,0,0.333333,0.166667,2026-01-01T00:00:00Z,"
        "2026-01-02T00:00:00Z,2026-01-02,3\n");
}

static void test_campaigns(void **state)
{
    expect_file(*state, output_campaigns, "campaigns.csv",
                "campaign,sent,delivered,bounces,hard,block,soft,technical,unknown,complaints,unsubscribes,"
                "opens,clicks,bounce_rate,complaint_rate,first,last\n"
                ",9,6,3,0,3,0,0,0,1,0,4,0,0.333333,0.166667,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n"
                "\"Spring, \"\"sale\"\"<b>\",3,1,2,1,0,1,0,0,0,0,0,0,0.666667,0.000000,2026-01-01T01:00:00Z,"
                "2026-01-02T00:00:00Z\n");
}

static void test_codes(void **state)
{
    expect_file(*state, output_codes, "codes.csv",
                "smtp_code,enhanced_code,bounces,hard,block,soft,technical,unknown,none\n"
                ",,1,0,1,0,0,0,1\n"
                "550,5.1.1,4,1,2,1,0,0,0\n");
}

static void test_daily(void **state)
{
    expect_file(*state, output_daily, "daily.csv",
                "day,sent,delivered,deferred,bounces,hard,block,soft,technical,unknown,none,complaints,"
                "unsubscribes,opens,clicks,deletes,resubscribes\n"
                "2026-01-01,5,3,0,2,1,0,1,0,0,0,0,0,0,0,0,0\n"
                "2026-01-02,7,4,0,3,0,3,0,0,0,1,0,0,0,0,0,0\n");
}

static void test_unmatched(void **state)
{
    expect_file(*state, output_unmatched, "unmatched.csv",
                "count,masked_text,example,smtp_code,enhanced_code\n"
                "2,\"550 # says, no\",\"550 <script>alert(\"\"x\"\")</script> & 'more', "
                "\xe2\x80\xae\xef\xbf\xbd\x01 end\",550,5.0.0\n"
                "1,\"nul \xe2\x90\x80 byte\",\"line\nbreak\",,\n");
}

static void test_rules(void **state)
{
    expect_file(*state, output_rules, "rules.csv",
                "rule,table,hits\n"
                "enhanced:5.1.1,codes,3\n"
                "\"phrase:full, \"\"or so\"\"\",phrases,2\n");
}

static void test_labels(void **state)
{
    expect_file(*state, output_labels, "labels.csv",
                "label,class,reason,count,agrees\n"
                "\"<b>, bad\",block,policy,4,\n"
                "spam-related,hard,user-unknown,5,no\n"
                "spam-related,block,url,3,reason\n");
}

static void test_rejects(void **state)
{
    char expected[1024], xs[200];
    memset(xs, 'x', 199);
    xs[199] = 0;
    snprintf(expected, sizeof expected,
             "archive,line,offset,reason,sample\n"
             "/data/in/z.csv.zst,2,65,%s,\"soon,open,\"\"a\"\"@x\xe2\x90\x80\xef\xbf\xbd\"\n"
             "/data/in/a.csv,7,9000,%s,%s\n",
             reject_name(REJECT_TIME), reject_name(REJECT_FIELDS), xs);
    expect_file(*state, output_rejects, "rejects.csv", expected);
}

static void test_empty(void **state)
{
    struct sample *sample = *state;
    sample->report = (struct report){.first_ms = INT64_MAX, .last_ms = INT64_MIN};
    expect_file(sample, output_rules, "rules.csv", "rule,table,hits\n");
    expect_file(sample, output_labels, "labels.csv", "label,class,reason,count,agrees\n");
    expect_file(sample, output_rejects, "rejects.csv", "archive,line,offset,reason,sample\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reasons, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_domains, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_campaigns, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_codes, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_daily, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_unmatched, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_labels, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_rules, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_rejects, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_empty, sample_setup, sample_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
