/* Tables as CSV. Summaries may hold commas and quotes; names do not. */
#include "cli.h"

#include "command.h"
#include "message.h"
#include "own_tables.h"

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

/* "window_days=15 threshold=3": names and defaults; `list settings` says what they mean. */
static void policy_settings_print(unsigned k)
{
    const char *name, *type, *initial, *meaning;
    for (unsigned s = 0; bm_policy_setting(k, s, &name, &type, &initial, &meaning); s++)
        printf("%s%s=%s", s ? " " : "", name, initial);
}

static void policies_print(void)
{
    printf("policy,summary,source,settings\n");
    for (unsigned k = 0; bm_policy_name(k); k++) {
        printf("%s,", bm_policy_name(k));
        quoted_print(bm_policy_summary(k));
        putchar(',');
        quoted_print(bm_policy_source(k));
        putchar(',');
        policy_settings_print(k);
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

static void exports_print(void)
{
    printf("export,summary\n");
    for (unsigned k = 0; bm_export_name(k); k++) {
        printf("%s,", bm_export_name(k));
        quoted_print(bm_export_summary(k));
        putchar('\n');
    }
}

/* The lists that are the program's alone. */
static const struct {
    const char *name;
    void (*print)(void);
} lists[] = {{"policies", policies_print},
             {"settings", settings_print},
             {"dialects", dialects_print},
             {"exports", exports_print}};

/* The tables of the classifier. */
static const char *const tables[] = {"reasons", "codes", "phrases", "domains", "providers"};

static enum bm_code table_print(const char *name, const struct bm_tables *own, struct bm_error *error)
{
    char *text;
    size_t length;
    enum bm_code code = bm_table_text(name, own, &text, &length, error);
    if (code != BM_OK)
        return code;
    fwrite(text, 1, length, stdout); /* output_finish looks at its errors */
    free(text);
    return BM_OK;
}

int command_list(const struct arguments *arguments)
{
    struct bm_error error;
    const char *name = arguments->operands[0];
    for (size_t k = 0; k < COUNT_OF(lists); k++) {
        if (strcmp(name, lists[k].name) == 0) {
            lists[k].print();
            return output_finish();
        }
    }
    struct bm_tables own = own_tables(arguments);
    for (size_t k = 0; k < COUNT_OF(tables); k++)
        if (strcmp(name, tables[k]) == 0)
            return table_print(name, &own, &error) == BM_OK ? output_finish() : error_print(&error);
    error_set(&error, BM_USAGE, "no such list: %s", name);
    error_hint(&error,
               "the lists are: policies, settings, dialects, exports, reasons, codes, phrases, domains, "
               "providers");
    return error_print(&error);
}
