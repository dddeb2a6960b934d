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

static void table_print(const char *name)
{
    size_t length;
    const char *text = bm_table_text(name, 0, &length);
    if (text)
        fwrite(text, 1, length, stdout);
}

static void reasons_print(void)
{
    table_print("reasons");
}

static void codes_print(void)
{
    table_print("codes");
}

static void phrases_print(void)
{
    table_print("phrases");
}

static void domains_print(void)
{
    table_print("domains");
}

/* The two tables of providers as one: a row of domains lacks what a rule has, and the other way round. */
static void providers_print(void)
{
    printf("provider,domain,code,phrase,reason,strength,note\n");
    for (unsigned part = 0; part < 2; part++) {
        size_t length;
        const char *text = bm_table_text("providers", part, &length), *end = text + length;
        const char *line = text ? memchr(text, '\n', length) : NULL; /* behind the heading */
        while (line && ++line < end) {
            const char *newline = memchr(line, '\n', (size_t)(end - line));
            const char *line_end = newline ? newline : end;
            const char *comma = memchr(line, ',', (size_t)(line_end - line));
            size_t name = comma ? (size_t)(comma - line) : (size_t)(line_end - line);
            printf("%.*s%s%.*s%s\n", (int)name, line, part ? "," : "",
                   (int)(line_end - line - (ptrdiff_t)name), line + name, part ? "" : ",,,,,");
            line = newline;
        }
    }
}

static const struct {
    const char *name;
    void (*print)(void);
} lists[] = {{"policies", policies_print}, {"settings", settings_print}, {"dialects", dialects_print},
             {"exports", exports_print},   {"reasons", reasons_print},   {"codes", codes_print},
             {"phrases", phrases_print},   {"domains", domains_print},   {"providers", providers_print}};

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
    error_hint(&error,
               "the lists are: policies, settings, dialects, exports, reasons, codes, phrases, domains, "
               "providers");
    return error_print(&error);
}
