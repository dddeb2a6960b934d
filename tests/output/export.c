/* Every export, byte for byte, from outcomes made by hand; and how files are split. */
#include "output/export.h"
#include "base/base.h"
#include "sample.h"
#include "test.h"

#include <bouncemill/run.h>

#define OUTCOMES  8
#define MORNING   (SAMPLE_MS + INT64_C(8) * 3600000) /* 2026-01-01T08:00:00Z, a Thursday */
#define LEAP_DAY  INT64_C(1709164799999)             /* 2024-02-28T23:59:59.999Z */
#define EXPORT(k) (UINT32_C(1) << EXPORT_##k)

/* Two policies: of "a" nothing may show, "b" is exported. */
static const char *const policies[] = {"a", "b"};

struct outcomes {
    struct outcome_ref refs[OUTCOMES];
    struct outcome_list list;
};

static void outcome_add(struct outcomes *outcomes, const char *address, unsigned cause, int64_t since_ms,
                        unsigned last_reason, uint16_t last_smtp_code)
{
    size_t length = strlen(address);
    struct outcome *outcome = calloc(1, sizeof *outcome + 2 * sizeof outcome->results[0]);
    struct address_record *record = calloc(1, record_bytes(length));
    EXPECT(outcome && record, "there is memory");
    record_make(record, 0, (struct span){address, length});
    outcome->address = record;
    bool bounced = last_reason < REASON_COUNT;
    outcome->first_bounce_ms = outcome->last_bounce_ms = bounced ? since_ms + 1000 : TIME_NEVER;
    outcome->last_reason = bounced ? (uint8_t)last_reason : 0;
    outcome->last_smtp_code = last_smtp_code;
    bool suppressed = cause != CAUSE_NONE;
    outcome->results[0] = (struct policy_result){.cause = CAUSE_COMPLAINT, .suppressed = !suppressed};
    outcome->results[1] =
        (struct policy_result){.since_ms = since_ms, .cause = (uint8_t)cause, .suppressed = suppressed};
    outcomes->refs[outcomes->list.count++].outcome = outcome;
}

static void outcomes_make(struct outcomes *outcomes)
{
    *outcomes = (struct outcomes){.list = {outcomes->refs, NULL, 0, policies, COUNT_OF(policies)}};
    outcome_add(outcomes, "\"a,b\"@x.example", CAUSE_HARD, MORNING, REASON_USER_UNKNOWN, 550);
    outcome_add(outcomes, "active@x.example", CAUSE_NONE, MORNING, REASON_MAILBOX_FULL, 452);
    outcome_add(outcomes, "complaint@x.example", CAUSE_COMPLAINT, LEAP_DAY, REASON_COUNT, 0);
    outcome_add(outcomes, "delete@x.example", CAUSE_DELETE, MORNING, REASON_COUNT, 0);
    outcome_add(outcomes, "o'full@x.example", CAUSE_BOUNCE_THRESHOLD, LEAP_DAY, REASON_MAILBOX_FULL, 0);
    outcome_add(outcomes, "threshold@x.example", CAUSE_BOUNCE_THRESHOLD, MORNING, REASON_USER_UNKNOWN, 551);
    outcome_add(outcomes, "unsubscribe@x.example", CAUSE_UNSUBSCRIBE, MORNING, REASON_USER_UNKNOWN, 550);
    outcome_add(outcomes, "zed@x.example", CAUSE_SOFT_LIMIT, MORNING, REASON_USER_UNKNOWN, 550);
}

static void outcomes_free(struct outcomes *outcomes)
{
    for (size_t k = 0; k < outcomes->list.count; k++) {
        struct outcome *outcome = (struct outcome *)(uintptr_t)outcomes->refs[k].outcome;
        free((void *)(uintptr_t)outcome->address);
        free(outcome);
    }
}

struct exported {
    struct folder folder;
    struct outcomes outcomes;
    struct export_report reports[EXPORT_COUNT];
    size_t report_count;
};

static struct exported *exported_make(const struct sample *sample, uint32_t exports,
                                      const struct export_limits *limits)
{
    struct exported *exported = calloc(1, sizeof *exported);
    struct bm_error error = {0};
    EXPECT(exported && folder_open(&exported->folder, sample_path(sample, "out"), &error) == BM_OK,
           "the folder opens: %s", error.message);
    outcomes_make(&exported->outcomes);
    struct export_request request = {exports, 1, limits};
    EXPECT(output_exports(&exported->folder, &exported->outcomes.list, &request, exported->reports,
                          &exported->report_count, &error) == BM_OK,
           "the exports are written: %s", error.message);
    return exported;
}

static void exported_free(struct exported *exported)
{
    folder_abandon(&exported->folder);
    outcomes_free(&exported->outcomes);
    free(exported);
}

/* The k-th file that the folder noted. */
static void expect_file(const struct exported *exported, size_t k, const char *name, const char *expected)
{
    char path[PATH_MAX + 128];
    size_t length = 0;
    EXPECT(k < exported->folder.file_count, "there is a file number %zu", k);
    EXPECT(strcmp(exported->folder.files[k].name, name) == 0, "file %zu is %s, got %s", k, name,
           exported->folder.files[k].name);
    snprintf(path, sizeof path, "%s/%s", exported->folder.temporary, name);
    char *bytes = sample_read(path, &length);
    EXPECT(bytes && length == strlen(expected) && strcmp(bytes, expected) == 0, "%s is as expected, got:\n%s",
           name, bytes ? bytes : "nothing");
    EXPECT(exported->folder.files[k].bytes == length, "its size is noted");
    free(bytes);
}

static void expect_report(const struct exported *exported, size_t k, const char *name, uint64_t rows,
                          uint64_t files, bool warning)
{
    const struct export_report *report = &exported->reports[k];
    EXPECT(k < exported->report_count && strcmp(report->name, name) == 0, "report %zu is of %s", k, name);
    EXPECT(strcmp(report->policy, "b") == 0, "%s follows the policy that was asked for", name);
    EXPECT(report->rows == rows, "%s has %llu rows, got %llu", name, (unsigned long long)rows,
           (unsigned long long)report->rows);
    EXPECT(report->files == files && !report->warning == !warning, "%s: files and warning", name);
}

/* One export in one file without a limit. */
static void expect_export(const struct sample *sample, uint32_t export, const char *name, const char *file,
                          uint64_t rows, const char *expected)
{
    struct exported *exported = exported_make(sample, export, NULL);
    EXPECT(exported->report_count == 1 && exported->folder.file_count == 1, "%s is one file", name);
    expect_file(exported, 0, file, expected);
    expect_report(exported, 0, name, rows, 1, false);
    exported_free(exported);
}

#define QUOTED "\"\"\"a,b\"\"@x.example\""

static void test_platforms(void **state)
{
    expect_export(*state, EXPORT(LISTMONK), "listmonk", "exports/listmonk.csv", 7,
                  "email,name,attributes\n" QUOTED ",,{}\ncomplaint@x.example,,{}\ndelete@x.example,,{}\n"
                  "o'full@x.example,,{}\nthreshold@x.example,,{}\nunsubscribe@x.example,,{}\n"
                  "zed@x.example,,{}\n");
    expect_export(*state, EXPORT(MANDRILL), "mandrill", "exports/mandrill.csv", 4,
                  "email,reason,detail,created_at,expires_at,last_event_at,expires_at,subaccount\n" QUOTED
                  ",hard-bounce,user-unknown,2026-01-01 08:00:00,,2026-01-01 08:00:01,,\n"
                  "o'full@x.example,soft-bounce,mailbox-full,2024-02-28 23:59:59,,2024-02-29 00:00:00,,\n"
                  "threshold@x.example,hard-bounce,user-unknown,2026-01-01 08:00:00,,2026-01-01 08:00:01,,\n"
                  "zed@x.example,soft-bounce,user-unknown,2026-01-01 08:00:00,,2026-01-01 08:00:01,,\n");
    expect_export(*state, EXPORT(RESPONSYS), "responsys", "exports/responsys.csv", 7,
                  "EMAIL_ADDRESS_,EMAIL_DELIVERABILITY_STATUS_,EMAIL_PERMISSION_STATUS_\n" QUOTED ",U,\n"
                  "complaint@x.example,,O\ndelete@x.example,,O\no'full@x.example,U,\nthreshold@x.example,U,\n"
                  "unsubscribe@x.example,,O\nzed@x.example,U,\n");
    expect_export(*state, EXPORT(SENDGRID), "sendgrid", "exports/sendgrid.csv", 7,
                  "email\n" QUOTED "\ncomplaint@x.example\ndelete@x.example\no'full@x.example\n"
                  "threshold@x.example\nunsubscribe@x.example\nzed@x.example\n");
    expect_export(*state, EXPORT(SES), "ses", "exports/ses.csv", 5,
                  QUOTED ",BOUNCE\ncomplaint@x.example,COMPLAINT\no'full@x.example,BOUNCE\n"
                         "threshold@x.example,BOUNCE\nzed@x.example,BOUNCE\n");
    expect_export(*state, EXPORT(SPARKPOST), "sparkpost", "exports/sparkpost.csv", 11,
                  "recipient,type,description\n" QUOTED ",transactional,hard\n" QUOTED
                  ",non_transactional,hard\ncomplaint@x.example,non_transactional,complaint\n"
                  "delete@x.example,non_transactional,delete\n"
                  "o'full@x.example,transactional,bounce-threshold\n"
                  "o'full@x.example,non_transactional,bounce-threshold\n"
                  "threshold@x.example,transactional,bounce-threshold\n"
                  "threshold@x.example,non_transactional,bounce-threshold\n"
                  "unsubscribe@x.example,non_transactional,unsubscribe\n"
                  "zed@x.example,transactional,soft-limit\nzed@x.example,non_transactional,soft-limit\n");
}

static void test_several_files(void **state)
{
    struct exported *exported = exported_make(*state, EXPORT(MAILGUN) | EXPORT(SFMC), NULL);
    expect_file(exported, 0, "exports/mailgun.bounces.csv",
                "address,code,error,created_at\n" QUOTED
                ",550,user-unknown,\"Thu, 01 Jan 2026 08:00:00 +0000\"\n"
                "o'full@x.example,550,mailbox-full,\"Wed, 28 Feb 2024 23:59:59 +0000\"\n"
                "threshold@x.example,551,user-unknown,\"Thu, 01 Jan 2026 08:00:00 +0000\"\n"
                "zed@x.example,550,user-unknown,\"Thu, 01 Jan 2026 08:00:00 +0000\"\n");
    expect_file(exported, 1, "exports/mailgun.complaints.csv",
                "address,created_at\ncomplaint@x.example,\"Wed, 28 Feb 2024 23:59:59 +0000\"\n");
    expect_file(exported, 2, "exports/mailgun.unsubscribes.csv",
                "address,tags,created_at\ndelete@x.example,*,\"Thu, 01 Jan 2026 08:00:00 +0000\"\n"
                "unsubscribe@x.example,*,\"Thu, 01 Jan 2026 08:00:00 +0000\"\n");
    expect_file(exported, 3, "exports/sfmc.csv",
                "Email Address,Date Added\n" QUOTED ",2026-01-01\ncomplaint@x.example,2024-02-28\n"
                "delete@x.example,2026-01-01\no'full@x.example,2024-02-28\nthreshold@x.example,2026-01-01\n"
                "unsubscribe@x.example,2026-01-01\nzed@x.example,2026-01-01\n");
    expect_file(
        exported, 4, "exports/sfmc.subscribers.csv",
        "SubscriberKey,EmailAddress,Status\n" QUOTED "," QUOTED ",Held\n"
        "complaint@x.example,complaint@x.example,Unsubscribed\n"
        "delete@x.example,delete@x.example,Unsubscribed\no'full@x.example,o'full@x.example,Held\n"
        "threshold@x.example,threshold@x.example,Held\n"
        "unsubscribe@x.example,unsubscribe@x.example,Unsubscribed\nzed@x.example,zed@x.example,Held\n");
    EXPECT(exported->report_count == 2 && exported->folder.file_count == 5, "that is all");
    expect_report(exported, 0, "mailgun", 7, 3, false);
    expect_report(exported, 1, "sfmc", 14, 2, false);
    exported_free(exported);
}

/* What the command line's own tool says of the addresses. */
static void expect_digests(const struct sample *sample, uint32_t export, const char *file, const char *tool)
{
    struct exported *exported = exported_make(sample, export, NULL);
    char command[256], expected[1024] = "";
    const char *addresses = "'\"a,b\"@x.example' complaint@x.example delete@x.example \"o'full@x.example\" "
                            "threshold@x.example unsubscribe@x.example zed@x.example";
    snprintf(command, sizeof command, "for a in %s; do printf %%s \"$a\" | %s | cut -d' ' -f1; done",
             addresses, tool);
    FILE *pipe = popen(command, "r");
    EXPECT(pipe, "%s runs", tool);
    size_t length = pipe ? fread(expected, 1, sizeof expected - 1, pipe) : 0;
    EXPECT(length > 7 * 32 && pclose(pipe) == 0, "%s answers", tool);
    expect_file(exported, 0, file, expected);
    exported_free(exported);
}

static void test_digests(void **state)
{
    expect_digests(*state, EXPORT(MD5), "exports/md5.txt", "md5sum");
    expect_digests(*state, EXPORT(SHA256), "exports/sha256.txt", "sha256sum");
}

static void test_splits_by_rows(void **state)
{
    struct export_limits limits = {.file_rows = 2};
    struct exported *exported = exported_make(*state, EXPORT(SES), &limits);
    expect_file(exported, 0, "exports/ses.csv", QUOTED ",BOUNCE\ncomplaint@x.example,COMPLAINT\n");
    expect_file(exported, 1, "exports/ses.2.csv", "o'full@x.example,BOUNCE\nthreshold@x.example,BOUNCE\n");
    expect_file(exported, 2, "exports/ses.3.csv", "zed@x.example,BOUNCE\n");
    expect_report(exported, 0, "ses", 5, 3, false);
    exported_free(exported);
}

static void test_splits_by_bytes(void **state)
{
    static const char second[] = "address,tags,created_at\n"
                                 "unsubscribe@x.example,*,\"Thu, 01 Jan 2026 08:00:00 +0000\"\n";
    static const char both[] = "address,tags,created_at\n"
                               "delete@x.example,*,\"Thu, 01 Jan 2026 08:00:00 +0000\"\n"
                               "unsubscribe@x.example,*,\"Thu, 01 Jan 2026 08:00:00 +0000\"\n";
    struct export_limits limits = {.file_bytes = sizeof both - 2}; /* one byte short */
    struct exported *exported = exported_make(*state, EXPORT(MAILGUN), &limits);
    size_t last = exported->folder.file_count - 1;
    expect_file(exported, last, "exports/mailgun.unsubscribes.2.csv", second);
    exported_free(exported);
    limits.file_bytes++;
    exported = exported_make(*state, EXPORT(MAILGUN), &limits);
    expect_file(exported, exported->folder.file_count - 1, "exports/mailgun.unsubscribes.csv", both);
    exported_free(exported);
}

/* A limit that not even one address keeps still gives every address a file; the folder notes them all. */
static void test_splits_at_least_by_address(void **state)
{
    struct export_limits limits = {.file_bytes = 1};
    struct exported *exported = exported_make(*state, (UINT32_C(1) << EXPORT_COUNT) - 1, &limits);
    EXPECT(exported->folder.file_count == 7 + 7 + 4 + 7 + 7 + 7 + 5 + 14 + 7 + 7,
           "a file an address, got %zu", exported->folder.file_count);
    expect_file(exported, 0, "exports/listmonk.csv", "email,name,attributes\n" QUOTED ",,{}\n");
    expect_report(exported, EXPORT_SPARKPOST, "sparkpost", 11, 7, false);
    exported_free(exported);
}

static void test_warns_of_too_many(void **state)
{
    struct export_limits limits = {.all_rows = 10};
    struct exported *exported = exported_make(*state, EXPORT(SPARKPOST), &limits);
    expect_report(exported, 0, "sparkpost", 11, 1, true);
    exported_free(exported);
    limits.all_rows = 11;
    exported = exported_make(*state, EXPORT(SPARKPOST), &limits);
    expect_report(exported, 0, "sparkpost", 11, 1, false);
    exported_free(exported);
}

static void test_names(void **state)
{
    (void)state;
    struct bm_error error = {0};
    uint32_t exports = 0;
    EXPECT(export_parse("sha256,ses,ses", &exports, &error) == BM_OK, "names are taken: %s", error.message);
    EXPECT(exports == (EXPORT(SHA256) | EXPORT(SES)), "twice is once");
    static const char *const wrong[] = {"", "sess", "se", "ses,", ",ses", "SES", "ses md5"};
    for (size_t k = 0; k < COUNT_OF(wrong); k++) {
        EXPECT(export_parse(wrong[k], &exports, &error) == BM_USAGE, "\"%s\" is refused", wrong[k]);
        EXPECT(strstr(error.hint, "listmonk, mailgun") && strstr(error.hint, "sparkpost"),
               "the hint lists the names, got %s", error.hint);
    }
    for (unsigned k = 0; k < EXPORT_COUNT; k++) {
        EXPECT(export_parse(bm_export_name(k), &exports, &error) == BM_OK, "%s parses", bm_export_name(k));
        EXPECT(exports == UINT32_C(1) << k && *bm_export_summary(k), "to itself, and has a summary");
        EXPECT(k == 0 || strcmp(bm_export_name(k - 1), bm_export_name(k)) < 0, "names are sorted");
    }
    EXPECT(!bm_export_name(EXPORT_COUNT) && !bm_export_summary(EXPORT_COUNT), "the list ends");
}

static void test_policy(void **state)
{
    (void)state;
    struct bm_error error = {0};
    size_t policy = 9;
    EXPECT(export_policy_choose(NULL, policies, 1, &policy, &error) == BM_OK && policy == 0,
           "the only policy needs no choice");
    EXPECT(export_policy_choose("b", policies, 2, &policy, &error) == BM_OK && policy == 1,
           "b is the second");
    EXPECT(export_policy_choose(NULL, policies, 2, &policy, &error) == BM_USAGE && error.hint[0],
           "of two one must be chosen");
    EXPECT(export_policy_choose("c", policies, 2, &policy, &error) == BM_USAGE && error.hint[0],
           "c is not among them");
    EXPECT(policy == 1, "a failure chooses nothing");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sample_setup, sample_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_platforms),         TEST(test_several_files),   TEST(test_digests),
        TEST(test_splits_by_rows),    TEST(test_splits_by_bytes), TEST(test_splits_at_least_by_address),
        TEST(test_warns_of_too_many), TEST(test_names),           TEST(test_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
