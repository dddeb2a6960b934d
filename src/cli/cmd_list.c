/* Tables as CSV. Summaries may hold commas and quotes; names do not. */
#include "cli.h"

#include "command.h"
#include "message.h"

#include <bouncemill/classify.h>
#include <bouncemill/policy.h>
#include <bouncemill/run.h>

static void quoted_print(const char *text)
{
    if (!strpbrk(text, ",\"\n")) {
        printf("%s", text);
        return;
    }
    putchar('"');
    for (; *text; text++)
        printf(*text == '"' ? "\"\"" : "%c", *text);
    putchar('"');
}

static void policies_print(void)
{
    printf("policy,summary,source\n");
    for (unsigned k = 0; bm_policy_name(k); k++) {
        printf("%s,", bm_policy_name(k));
        quoted_print(bm_policy_summary(k));
        putchar(',');
        quoted_print(bm_policy_source(k));
        putchar('\n');
    }
}

static void settings_print(void)
{
    const char *name, *type, *initial, *meaning;
    printf("policy,setting,type,default,meaning\n");
    for (unsigned k = 0; bm_policy_name(k); k++) {
        for (unsigned s = 0; bm_policy_setting(k, s, &name, &type, &initial, &meaning); s++) {
            printf("%s,%s,%s,%s,", bm_policy_name(k), name, type, initial);
            quoted_print(meaning);
            putchar('\n');
        }
    }
}

static void dialects_print(void)
{
    printf("dialect,summary\n");
    for (unsigned k = 0; bm_dialect_name(k); k++) {
        printf("%s,", bm_dialect_name(k));
        quoted_print(bm_dialect_summary(k));
        putchar('\n');
    }
}

static void reasons_print(void)
{
    printf("reason\n");
    for (unsigned k = 0; k < bm_reason_count(); k++)
        printf("%s\n", bm_reason_name(k));
}

static const struct {
    const char *name;
    void (*print)(void);
} lists[] = {{"policies", policies_print},
             {"settings", settings_print},
             {"dialects", dialects_print},
             {"reasons", reasons_print}};

int command_list(const struct arguments *arguments)
{
    for (size_t k = 0; k < COUNT_OF(lists); k++) {
        if (strcmp(arguments->operands[0], lists[k].name) == 0) {
            lists[k].print();
            return output_finish();
        }
    }
    struct bm_error error;
    error_set(&error, BM_USAGE, "no such list: %s", arguments->operands[0]);
    error_hint(&error, "the lists are: policies, settings, dialects, reasons");
    return error_print(&error);
}
