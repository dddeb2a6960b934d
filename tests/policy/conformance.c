/* The conformance cases: every case of every policy that is registered, class and reason as the files give
 * them. Each is replayed with its rows in order, and again shuffled with every row given twice. */
#include "base/base.h"
#include "base/hash.h"

#include <bouncemill/policy.h>
#include <csv.h>

#include "replay.h"

#define COLUMNS_MAX 16
#define CASES_MIN   186 /* all of both pairs of files */

static const char *source_root;

/* --- tables ------------------------------------------------------------------------------------------ */

struct table {
    char **cells; /* COLUMNS_MAX a row; the header is row 0 */
    size_t rows, column;
};

static void take_field(void *field, size_t length, void *argument)
{
    struct table *table = argument;
    if (table->column == 0) {
        table->cells = realloc(table->cells, (table->rows + 1) * COLUMNS_MAX * sizeof *table->cells);
        EXPECT(table->cells != NULL, "there is memory");
        memset(table->cells + table->rows * COLUMNS_MAX, 0, COLUMNS_MAX * sizeof *table->cells);
    }
    EXPECT(table->column < COLUMNS_MAX, "no row has more columns than expected");
    char *text = strndup(field ? field : "", length);
    EXPECT(text != NULL, "there is memory");
    table->cells[table->rows * COLUMNS_MAX + table->column++] = text;
}

static void take_row(int end, void *argument)
{
    (void)end;
    struct table *table = argument;
    table->rows++;
    table->column = 0;
}

static struct table table_read(const char *name)
{
    char path[4096], buffer[65536];
    struct table table = {0};
    struct csv_parser parser;
    snprintf(path, sizeof path, "%s/fixtures/conformance/%s.csv", source_root, name);
    FILE *file = fopen(path, "r");
    EXPECT(file != NULL, "%s can be opened", path);
    EXPECT(csv_init(&parser, CSV_STRICT) == 0, "libcsv starts");
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        EXPECT(csv_parse(&parser, buffer, got, take_field, take_row, &table) == got, "%s is well formed",
               path);
    EXPECT(csv_fini(&parser, take_field, take_row, &table) == 0, "%s ends well", path);
    csv_free(&parser);
    fclose(file);
    EXPECT(table.rows > 1, "%s has rows", path);
    return table;
}

static void table_free(struct table *table)
{
    for (size_t k = 0; k < table->rows * COLUMNS_MAX; k++)
        free(table->cells[k]);
    free(table->cells);
}

/* The cell of a named column; "" where the table has no such column. */
static const char *cell(const struct table *table, size_t row, const char *column)
{
    for (size_t k = 0; k < COLUMNS_MAX && table->cells[k]; k++)
        if (strcmp(table->cells[k], column) == 0)
            return table->cells[row * COLUMNS_MAX + k] ? table->cells[row * COLUMNS_MAX + k] : "";
    return "";
}

/* --- events ------------------------------------------------------------------------------------------ */

struct keyed {
    struct policy_event event;
    uint64_t rest; /* a hash of what else a row says */
};

static struct span text_span(const char *text)
{
    return (struct span){text, strlen(text)};
}

static int64_t time_of(const char *text)
{
    int64_t ms = -1;
    EXPECT(bm_time_parse(text, strlen(text), 0, &ms), "'%s' is a time", text);
    return ms;
}

static enum bm_kind kind_find(struct span name)
{
    enum bm_kind kind = 0;
    while (kind < BM_KIND_COUNT && !span_is(name, text_span(bm_kind_name(kind))))
        kind++;
    EXPECT(kind < BM_KIND_COUNT, "%.*s is a kind", (int)name.length, name.at);
    return kind;
}

static enum bm_class class_find(struct span name)
{
    enum bm_class class_ = 0;
    while (class_ < BM_CLASS_COUNT && !span_is(name, text_span(bm_class_name(class_))))
        class_++;
    EXPECT(class_ < BM_CLASS_COUNT, "%.*s is a class", (int)name.length, name.at);
    return class_;
}

static uint64_t campaign_key(const char *campaign, const char *message_id)
{
    if (*campaign)
        return hash_span_seed(text_span(campaign), 1);
    return *message_id ? hash_span_seed(text_span(message_id), 2) : 0;
}

static struct keyed row_event(const struct table *table, size_t row)
{
    static const char *const rest[] = {"campaign", "message_id", "smtp_code", "enhanced_code", "diagnostic"};
    struct keyed keyed = {0};
    const char *event = cell(table, row, "event");
    size_t kind = strcspn(event, "/");
    keyed.event.time_ms = time_of(cell(table, row, "time"));
    keyed.event.kind = (uint8_t)kind_find((struct span){event, kind});
    if (event[kind]) {
        size_t class_ = strcspn(event + kind + 1, "/");
        keyed.event.class_ = (uint8_t)class_find((struct span){event + kind + 1, class_});
        keyed.event.reason = (uint8_t)reason_find(text_span(event + kind + 2 + class_));
        EXPECT(keyed.event.reason < REASON_COUNT, "%s names a reason", event);
    }
    keyed.event.campaign = campaign_key(cell(table, row, "campaign"), cell(table, row, "message_id"));
    for (size_t k = 0; k < COUNT_OF(rest); k++)
        keyed.rest = hash_span_seed(text_span(cell(table, row, rest[k])), keyed.rest + k);
    return keyed;
}

static int keyed_compare(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    int64_t differences[] = {a->event.time_ms - b->event.time_ms, a->event.kind - b->event.kind,
                             a->event.class_ - b->event.class_, a->event.reason - b->event.reason};
    for (size_t k = 0; k < COUNT_OF(differences); k++)
        if (differences[k])
            return differences[k] < 0 ? -1 : 1;
    return (a->rest > b->rest) - (a->rest < b->rest);
}

/* --- cases ------------------------------------------------------------------------------------------- */

struct files {
    struct table events, expected, history;
};

struct run {
    struct keyed *rows;
    struct policy_event *events;
    size_t count;
    bool trusted;
};

/* The events of a case, each `copies` times, in an order that `random` makes where it is not 0. */
static struct run run_collect(const struct table *table, const char *name, int copies, uint64_t random)
{
    struct run run = {.rows = calloc(table->rows * (size_t)copies, sizeof *run.rows),
                      .events = calloc(table->rows * (size_t)copies, sizeof *run.events)};
    EXPECT(run.rows && run.events, "there is memory");
    for (int copy = 0; copy < copies; copy++)
        for (size_t row = 1; row < table->rows; row++)
            if (strcmp(cell(table, row, "case"), name) == 0) {
                run.rows[run.count++] = row_event(table, row);
                run.trusted = *cell(table, row, "domain_trusted") == '1';
            }
    for (size_t k = run.count; random && k > 1; k--) {
        size_t other = test_random(&random) % k;
        struct keyed keep = run.rows[k - 1];
        run.rows[k - 1] = run.rows[other];
        run.rows[other] = keep;
    }
    return run;
}

/* What the tallies do: sort, collapse exact duplicates, leave out what no policy sees. */
static void run_prepare(struct run *run, int64_t as_of_ms)
{
    size_t kept = 0;
    qsort(run->rows, run->count, sizeof *run->rows, keyed_compare);
    for (size_t k = 0; k < run->count; k++) {
        const struct policy_event *event = &run->rows[k].event;
        bool none = event->kind == BM_BOUNCE && event->class_ == BM_NONE;
        bool again = k && keyed_compare(&run->rows[k - 1], &run->rows[k]) == 0;
        if (!again && !none && event->kind != BM_DEFERRED && event->time_ms <= as_of_ms)
            run->events[kept++] = *event;
    }
    run->count = kept;
}

static void reason_format(char *out, size_t room, unsigned cause, unsigned reason)
{
    bool with_reason = reason < REASON_COUNT;
    snprintf(out, room, "%s%s%s", cause_name(cause), with_reason ? ":" : "",
             with_reason ? reason_table[reason].name : "");
}

static void check_result(const struct table *expected, size_t row, const struct policy_result *result)
{
    const char *name = cell(expected, row, "case"), *since = cell(expected, row, "since");
    char reason[80];
    reason_format(reason, sizeof reason, result->cause, result->cause_reason);
    EXPECT(strcmp(status_name(result->status), cell(expected, row, "final_status")) == 0,
           "%s ends %s, got %s", name, cell(expected, row, "final_status"), status_name(result->status));
    EXPECT(result->suppressed == (*cell(expected, row, "suppressed") == '1'), "%s is suppressed or not",
           name);
    EXPECT(strcmp(reason, cell(expected, row, "reason")) == 0, "%s has reason %s, got %s", name,
           cell(expected, row, "reason"), reason);
    EXPECT(result->since_ms == (*since ? time_of(since) : TIME_NEVER), "%s is so since %s, got %lld", name,
           since, (long long)result->since_ms);
    EXPECT(result->bounce_count == strtoul(cell(expected, row, "bounce_count"), NULL, 10),
           "%s counts %s, got %u", name, cell(expected, row, "bounce_count"), result->bounce_count);
}

static void check_history(const struct table *history, const char *name,
                          const struct policy_change_list *changes)
{
    size_t seen = 0;
    for (size_t row = 1; row < history->rows; row++) {
        if (strcmp(cell(history, row, "case"), name) != 0)
            continue;
        char reason[80];
        EXPECT(seen < changes->count, "%s has a change %zu", name, seen + 1);
        const struct policy_change *change = &changes->items[seen++];
        reason_format(reason, sizeof reason, change->cause, change->cause_reason);
        EXPECT(change->time_ms == time_of(cell(history, row, "time")) &&
                   strcmp(status_name(change->status), cell(history, row, "status")) == 0 &&
                   strcmp(reason, cell(history, row, "reason")) == 0,
               "change %zu of %s is %s %s %s, got %lld %s %s", seen, name, cell(history, row, "time"),
               cell(history, row, "status"), cell(history, row, "reason"), (long long)change->time_ms,
               status_name(change->status), reason);
    }
    EXPECT(seen == changes->count, "%s has %zu changes, got %zu", name, seen, changes->count);
}

static void check_case(const struct files *files, size_t row, int copies, uint64_t random)
{
    int64_t as_of_ms = time_of("2026-07-01T00:00:00Z");
    const char *name = cell(&files->expected, row, "case");
    struct policy_scratch scratch = {.want_changes = true};
    struct policy_result result;
    struct policy_set set;
    struct bm_error error;
    EXPECT(policy_set_new(&set, cell(&files->expected, row, "policy"), NULL, 0, &error) == BM_OK,
           "the policy of %s can be made", name);
    struct run run = run_collect(&files->events, name, copies, random);
    EXPECT(run.count > 0, "%s has rows", name);
    run_prepare(&run, as_of_ms);
    struct policy_input input = {
        .events = run.events, .count = run.count, .as_of_ms = as_of_ms, .domain_trusted = run.trusted};
    EXPECT(policy_replay(set.policies[0], &input, &scratch, &result), "there is memory for %s", name);
    check_result(&files->expected, row, &result);
    check_history(&files->history, name, &scratch.changes);
    policy_scratch_free(&scratch);
    policy_set_free(&set);
    free(run.rows);
    free(run.events);
}

/* Runs the cases of one policy; returns how many there were. */
static size_t check_policy(const struct files *files, const char *policy)
{
    size_t ran = 0;
    for (size_t row = 1; row < files->expected.rows; row++)
        if (strcmp(cell(&files->expected, row, "policy"), policy) == 0) {
            check_case(files, row, 1, 0);
            for (uint64_t seed = 1; seed <= 5; seed++)
                check_case(files, row, 2, seed * 977 + row);
            ran++;
        }
    return ran;
}

/* A rule file and the built-in policy that it says again give the same over the events of every case. */
static void check_rule_file(const struct files *files, const char *file, const char *policy)
{
    int64_t as_of_ms = time_of("2026-07-01T00:00:00Z");
    char setting[4096];
    snprintf(setting, sizeof setting, "custom.file=%s/fixtures/policies/%s", source_root, file);
    for (size_t row = 1; row < files->expected.rows; row++) {
        const char *name = cell(&files->expected, row, "case");
        struct run run = run_collect(&files->events, name, 1, 0);
        run_prepare(&run, as_of_ms);
        struct outcome own = replay("custom", setting, run.events, run.count, as_of_ms, run.trusted),
                       built_in = replay(policy, NULL, run.events, run.count, as_of_ms, run.trusted);
        EXPECT(outcome_is(&own, &built_in), "%s makes the same of %s as %s", file, name, policy);
        free(run.rows);
        free(run.events);
    }
}

static void test_cases(void **state)
{
    (void)state;
    static const char *const names[2][3] = {{"conformance", "expected", "expected_history"},
                                            {"extra", "extra_expected", "extra_history"}};
    struct files files[2];
    size_t total = 0;
    for (int k = 0; k < 2; k++)
        files[k] = (struct files){table_read(names[k][0]), table_read(names[k][1]), table_read(names[k][2])};
    for (unsigned p = 0; bm_policy_name(p); p++) {
        if (strcmp(bm_policy_name(p), "custom") == 0)
            continue; /* is what its rule file says: tests/policy/rule_file.c */
        size_t ran = check_policy(&files[0], bm_policy_name(p)) + check_policy(&files[1], bm_policy_name(p));
        print_message("%s: %zu cases\n", bm_policy_name(p), ran);
        EXPECT(ran > 0, "%s has cases", bm_policy_name(p));
        total += ran;
    }
    EXPECT(total >= CASES_MIN, "no case was left out, %zu ran", total);
    static const char *const rule_files[][2] = {{"sendgrid.ini", "sendgrid"},
                                                {"klaviyo.ini", "klaviyo"},
                                                {"mailchimp.ini", "mailchimp"},
                                                {"listmonk-soft2.ini", "listmonk/soft2"},
                                                {"ses.ini", "ses"}};
    for (int k = 0; k < 2; k++) {
        for (size_t pair = 0; pair < COUNT_OF(rule_files); pair++)
            check_rule_file(&files[k], rule_files[pair][0], rule_files[pair][1]);
        table_free(&files[k].events);
        table_free(&files[k].expected);
        table_free(&files[k].history);
    }
}

int main(int argc, char **argv)
{
    source_root = argc > 1 ? argv[1] : ".";
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
