#include "event/reason.h"
#include "base/base.h"

#include <bouncemill/classify.h>

#include "test.h"

static struct span text_span(const char *text)
{
    return (struct span){text, strlen(text)};
}

static void test_order_and_find(void **state)
{
    (void)state;
    EXPECT(bm_reason_count() == REASON_COUNT && REASON_COUNT == 45, "there are 45 reasons, got %u",
           bm_reason_count());
    for (unsigned k = 0; k < REASON_COUNT; k++) {
        EXPECT(k == 0 || strcmp(bm_reason_name(k - 1), bm_reason_name(k)) < 0, "%s is in byte order",
               bm_reason_name(k));
        EXPECT(reason_find(text_span(bm_reason_name(k))) == k, "%s is found", bm_reason_name(k));
    }
    EXPECT(bm_reason_name(REASON_COUNT) == NULL, "there is no name past the end");
    EXPECT(REASON_ADMIN == 0 && REASON_VIRUS == REASON_COUNT - 1,
           "the first and the last are where they belong");
}

static void test_find_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"", "a", "mailbox", "mailbox-ful", "mailbox-fulll", "Policy", "zzz"};
    for (size_t k = 0; k < COUNT_OF(names); k++)
        EXPECT(reason_find(text_span(names[k])) == REASON_COUNT, "'%s' is no reason", names[k]);
    EXPECT(reason_find((struct span){"policy\0", 7}) == REASON_COUNT, "a NUL is not the end");
}

static void test_rows(void **state)
{
    (void)state;
    const struct reason_row *row = &reason_table[REASON_MAILBOX_FULL];
    EXPECT(row->class_ == BM_SOFT && row->sfmc_subcategory_id == 3001 && row->blackbaud_limit == 3,
           "mailbox-full has its numbers");
    EXPECT(row->industry_side == SIDE_MAILBOX && strcmp(row->retry, "yes") == 0, "and its side");
    EXPECT(strcmp(row->meaning, "recipient over quota (x.2.2, 552)") == 0, "a quoted field keeps its comma");
    EXPECT(reason_table[REASON_AUTO_REPLY].class_ == BM_NONE &&
               reason_table[REASON_AUTO_REPLY].industry_side == SIDE_NONE,
           "an automatic reply has neither class nor side");
    EXPECT(reason_table[REASON_HIGH_UNKNOWN].class_ == BM_BLOCK, "high-unknown is a block");
}

static void test_class_defaults(void **state)
{
    (void)state;
    static const char *const names[BM_CLASS_COUNT] = {"hard-other",     "policy",       "mailbox-unavailable",
                                                      "other-receiver", "undetermined", "auto-reply"};
    for (unsigned k = 0; k < BM_CLASS_COUNT; k++) {
        enum reason reason = reason_class_default(k);
        EXPECT(strcmp(bm_reason_name(reason), names[k]) == 0, "the default of %s is %s", bm_class_name(k),
               names[k]);
        EXPECT(reason_table[reason].class_ == k, "the default of %s is of that class", bm_class_name(k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order_and_find),
                                       cmocka_unit_test(test_find_nothing), cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_class_defaults)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
