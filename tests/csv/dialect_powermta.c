/* Headers and record types of PowerMTA's accounting files. */
#include "base/base.h"

#include "test.h"
#include "tests/csv/names.h"

static void headers_map_in_any_order_and_case(void **unused)
{
    (void)unused;
    struct columns columns;
    EXPECT(names_recognise("powermta",
                           "#type,timeLogged,timeQueued,orig,rcpt,dsnAction,dsnStatus,dsnDiag,dsnMTA,jobid,"
                           "envId,feedbackType,rcvSourceIp,rcvSourceIp,rcpt",
                           &columns),
           "the header is known");
    static const int16_t wanted[COLUMN_COUNT] = {1, 0, 4, 9, 10, -1, 6, 7, 8, -1, 5, 11};
    for (int i = 0; i < COLUMN_COUNT; i++)
        EXPECT(columns.at[i] == wanted[i], "column %d is field %d, got %d", i, wanted[i], columns.at[i]);
    EXPECT(columns.required_last == 4 && columns.count == 15, "rcpt is the last required one of 15");
    EXPECT(!names_recognise("powermta", "type,timeLogged,timeQueued", &columns), "no rcpt");
    EXPECT(!names_recognise("powermta", "type,rcpt", &columns), "no timeLogged");
    EXPECT(!names_recognise("powermta", "timeLogged,rcpt", &columns), "no type");
}

static void the_best_message_id_is_taken(void **unused)
{
    (void)unused;
    struct columns columns;
    CHECK(names_recognise("powermta", "type,timeLogged,rcpt,envId,header_x-sp-message-id,header_message-id",
                          &columns));
    EXPECT(columns.at[COLUMN_MESSAGE_ID] == 5, "the message's own id before all");
    CHECK(names_recognise("powermta", "type,timeLogged,rcpt,envId,header_X-SP-Message-Id", &columns));
    EXPECT(columns.at[COLUMN_MESSAGE_ID] == 4, "the platform's id before the envelope's");
    CHECK(names_recognise("powermta", "type,timeLogged,rcpt,envId", &columns));
    EXPECT(columns.at[COLUMN_MESSAGE_ID] == 3, "the envelope's id at last");
}

static enum row_outcome outcome(const char *type, const char *action, const char *feedback, struct row *row)
{
    row->fields[COLUMN_EVENT] = (struct span){type, strlen(type)};
    row->fields[COLUMN_ACTION] = (struct span){action, strlen(action)};
    row->fields[COLUMN_FEEDBACK] = (struct span){feedback, strlen(feedback)};
    dialect_find("powermta")->reply(row);
    return dialect_find("powermta")->row(row);
}

static void record_types_become_kinds(void **unused)
{
    (void)unused;
    static const struct {
        const char *type, *action, *feedback;
        enum row_outcome outcome;
        enum bm_kind kind;
    } records[] = {
        {"d", "relayed", "", ROW_EVENT, BM_DELIVERED},
        {"D", "", "", ROW_EVENT, BM_DELIVERED},
        {"b", "failed", "", ROW_EVENT, BM_BOUNCE},
        {"rb", "", "", ROW_EVENT, BM_BOUNCE},
        {"RB", "", "", ROW_EVENT, BM_BOUNCE},
        {"t", "delayed", "", ROW_EVENT, BM_DEFERRED},
        {"tq", "", "", ROW_IGNORED, BM_KIND_COUNT},
        {"r", "", "", ROW_EVENT, BM_SENT},
        {"f", "", "", ROW_EVENT, BM_COMPLAINT},
        {"f", "", "abuse", ROW_EVENT, BM_COMPLAINT},
        {"f", "", "Not-Spam", ROW_IGNORED, BM_KIND_COUNT},
        {"f", "", "auth-failure", ROW_IGNORED, BM_KIND_COUNT},
        {"f", "", "dkim", ROW_IGNORED, BM_KIND_COUNT},
        {"f", "", "opt-out", ROW_EVENT, BM_UNSUBSCRIBE},
        {"f", "", "opt-out-list", ROW_EVENT, BM_UNSUBSCRIBE},
        {"f", "", "unsubscribe", ROW_EVENT, BM_UNSUBSCRIBE},
        {"rs", "failed", "", ROW_EVENT, BM_BOUNCE},
        {"rs", "delivered", "", ROW_EVENT, BM_DELIVERED},
        {"rs", "relayed", "", ROW_EVENT, BM_DELIVERED},
        {"rs", "Expanded", "", ROW_EVENT, BM_DELIVERED},
        {"rs", "delayed", "", ROW_EVENT, BM_DEFERRED},
        {"rs", "", "", ROW_IGNORED, BM_KIND_COUNT},
        {"x", "", "", ROW_BAD_KIND, BM_KIND_COUNT},
        {"", "", "", ROW_BAD_KIND, BM_KIND_COUNT},
        {"type", "", "", ROW_BAD_KIND, BM_KIND_COUNT},
    };
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        struct row row = {.kind = BM_KIND_COUNT};
        enum row_outcome got = outcome(records[i].type, records[i].action, records[i].feedback, &row);
        EXPECT(got == records[i].outcome, "type '%s' (%s%s) has outcome %d, got %d", records[i].type,
               records[i].action, records[i].feedback, (int)records[i].outcome, (int)got);
        EXPECT(row.kind == records[i].kind, "type '%s' is of its kind", records[i].type);
    }
}

static void diagnostics_lose_the_protocol(void **unused)
{
    (void)unused;
    static const struct {
        const char *diagnostic, *wanted;
    } texts[] = {
        {"smtp;550 5.1.1 user unknown", "550 5.1.1 user unknown"},
        {" SMTP ; 550 no", "550 no"},
        {"smtp;", ""},
        {"smtp", "smtp"},
        {"smtp 550 x;", "smtp 550 x;"},
        {"smtpx;550", "smtpx;550"},
        {"x-unix; smtp;550", "x-unix; smtp;550"},
        {" 550 no ", " 550 no "},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct row row = {0};
        row.fields[COLUMN_DIAGNOSTIC] = (struct span){texts[i].diagnostic, strlen(texts[i].diagnostic)};
        CHECK(outcome("b", "", "", &row) == ROW_EVENT);
        EXPECT(
            span_is(row.fields[COLUMN_DIAGNOSTIC], (struct span){texts[i].wanted, strlen(texts[i].wanted)}),
            "'%s' is '%s', got '%.*s'", texts[i].diagnostic, texts[i].wanted,
            (int)row.fields[COLUMN_DIAGNOSTIC].length, row.fields[COLUMN_DIAGNOSTIC].at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_map_in_any_order_and_case),
        cmocka_unit_test(the_best_message_id_is_taken),
        cmocka_unit_test(record_types_become_kinds),
        cmocka_unit_test(diagnostics_lose_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
