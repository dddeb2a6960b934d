#include "base/base.h"

#include "base/fail.h"

#include <errno.h>

#include "../test.h"

static void test_fail(void **state)
{
    (void)state;
    struct bm_error error;
    memset(&error, 'x', sizeof error);
    EXPECT(fail(&error, BM_INPUT, "%s: line %d", "a.csv", 7) == BM_INPUT && error.code == BM_INPUT,
           "the code");
    EXPECT(strcmp(error.message, "a.csv: line 7") == 0 && !error.hint[0], "got %s", error.message);
    EXPECT(fail_hint(&error, "try %s", "this") == BM_INPUT && strcmp(error.hint, "try this") == 0,
           "the hint");
    EXPECT(fail_memory(&error, "rows") == BM_RESOURCE && !error.hint[0], "memory is a resource");
}

static void test_errno(void **state)
{
    (void)state;
    static const struct {
        int number;
        enum bm_code code;
    } cases[] = {{ENOENT, BM_OUTPUT},   {EIO, BM_OUTPUT},      {ENOSPC, BM_RESOURCE}, {EDQUOT, BM_RESOURCE},
                 {ENOMEM, BM_RESOURCE}, {EMFILE, BM_RESOURCE}, {ENFILE, BM_RESOURCE}, {EAGAIN, BM_RESOURCE}};
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        struct bm_error error;
        char wanted[200];
        errno = cases[k].number;
        EXPECT(fail_errno(&error, BM_OUTPUT, "cannot write %s", "x") == cases[k].code, "the code of %s",
               strerror(cases[k].number));
        snprintf(wanted, sizeof wanted, "cannot write x: %s", strerror(cases[k].number));
        EXPECT(strcmp(error.message, wanted) == 0, "got %s", error.message);
    }
}

static void test_long_message(void **state)
{
    (void)state;
    struct bm_error error;
    char text[3000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    errno = EIO;
    fail_errno(&error, BM_INPUT, "%s", text);
    EXPECT(strlen(error.message) == sizeof error.message - 1, "it is cut, got %zu", strlen(error.message));
    fail_hint(&error, "%s", text);
    EXPECT(strlen(error.hint) == sizeof error.hint - 1, "the hint too, got %zu", strlen(error.hint));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fail), cmocka_unit_test(test_errno),
                                       cmocka_unit_test(test_long_message)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
