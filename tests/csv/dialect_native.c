/* Headers and kinds of the native archive. */
#include "base/base.h"

#include "test.h"
#include "tests/csv/names.h"

static void headers_map_in_any_order_and_case(void **unused)
{
    (void)unused;
    struct columns columns;
    EXPECT(names_recognise("native",
                           "Diagnostic, ADDRESS ,colour,event,message_id,\ttime,campaign,smtp_code,"
                           "enhanced_code,event",
                           &columns),
           "the header is known");
    static const int16_t wanted[COLUMN_COUNT] = {5, 3, 1, 6, 4, 7, 8, 0, -1, -1, -1, -1};
    for (int i = 0; i < COLUMN_COUNT; i++)
        EXPECT(columns.at[i] == wanted[i], "column %d is field %d, got %d", i, wanted[i], columns.at[i]);
    EXPECT(columns.required_last == 5, "time is the last required field, got %d", columns.required_last);
    EXPECT(columns.count == 10, "the header has 10 fields, got %d", columns.count);
}

static void optional_columns_may_be_missing(void **unused)
{
    (void)unused;
    struct columns columns;
    EXPECT(names_recognise("native", "address,time,event", &columns), "three columns are enough");
    EXPECT(columns.at[COLUMN_DIAGNOSTIC] == -1, "the diagnostic is absent");
    EXPECT(!names_recognise("native", "address,time", &columns), "no event");
    EXPECT(!names_recognise("native", "address,event", &columns), "no time");
    EXPECT(!names_recognise("native", "time,event,addresses", &columns), "no address");
}

static enum row_outcome outcome(struct span event, enum bm_kind *kind)
{
    struct row row = {.kind = BM_KIND_COUNT};
    char padded[64] = {0};
    memcpy(padded, event.at, event.length);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        row.fields[i] = (struct span){padded, 0};
    row.fields[COLUMN_EVENT].length = event.length;
    enum row_outcome result = dialect_find("native")->row(&row);
    *kind = row.kind;
    return result;
}

static void every_kind_is_known_in_any_case(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        enum bm_kind kind;
    } kinds[] = {
        {"sent", BM_SENT},           {"delivered", BM_DELIVERED}, {"deferred", BM_DEFERRED},
        {"open", BM_OPEN},           {"click", BM_CLICK},         {"bounce", BM_BOUNCE},
        {"complaint", BM_COMPLAINT}, {"delete", BM_DELETE},       {"unsubscribe", BM_UNSUBSCRIBE},
        {"Bounce", BM_BOUNCE},       {"DELIVERED", BM_DELIVERED}, {"resubscribe", BM_RESUBSCRIBE},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        enum bm_kind kind;
        struct span name = {kinds[i].name, strlen(kinds[i].name)};
        EXPECT(outcome(name, &kind) == ROW_EVENT, "%s is an event", name.at);
        EXPECT(kind == kinds[i].kind, "%s is of its kind", name.at);
    }
}

static void other_words_are_no_kind(void **unused)
{
    (void)unused;
    static const char *const words[] = {"",        "s",         "opem",      "sens",        "clock",
                                        "bounces", "deletx",    "deferres",  "complains",   "unsubscribed",
                                        "event",   "re",        "subscribe", "xesubscribe", "\xe2nsubscribe",
                                        "bounce ", "deliveree", "s\x45nx"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        enum bm_kind kind;
        EXPECT(outcome((struct span){words[i], strlen(words[i])}, &kind) == ROW_BAD_KIND, "'%s' is no kind",
               words[i]);
    }
    enum bm_kind kind;
    EXPECT(outcome((struct span){"open\0", 5}, &kind) == ROW_BAD_KIND, "a NUL byte is a byte");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_map_in_any_order_and_case),
        cmocka_unit_test(optional_columns_may_be_missing),
        cmocka_unit_test(every_kind_is_known_in_any_case),
        cmocka_unit_test(other_words_are_no_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
