#include "cli.h"

#include "help.h"

#define LINE_BYTES   79
#define INDENT_BYTES 8

const struct exit_code exit_codes[] = {
    {0, "done"},
    {1, "done, but more rows were rejected than --max-rejects allows"},
    {2, "a bad option, setting or table"},
    {3, "an archive is missing or corrupt; with --keep-going the output is in place without it"},
    {4, "the output could not be written"},
    {5, "out of memory or disk: worth retrying"},
    {6, "internal error: please report it"},
    {130, "interrupted (SIGINT)"},
    {143, "terminated (SIGTERM)"},
    {0, NULL},
};

/* Prints text in lines of LINE_BYTES at most, each behind `indent` blanks. */
static void wrapped_print(const char *text, int indent)
{
    int column = 0;
    for (const char *at = text; *at;) {
        size_t word = strcspn(at, " \n");
        if (column && column + 1 + (int)word > LINE_BYTES) {
            putchar('\n');
            column = 0;
        }
        column += column ? printf(" %.*s", (int)word, at) : printf("%*s%.*s", indent, "", (int)word, at);
        at += word;
        if (*at == '\n') {
            printf("\n\n");
            column = 0;
        }
        at += *at != 0;
    }
    putchar('\n');
}

static void option_print(const struct option *option)
{
    if (option->letter)
        printf("  -%c, --%s", option->letter, option->name);
    else
        printf("      --%s", option->name);
    printf("%s%s\n", option->argument ? " " : "", option->argument ? option->argument : "");
    char help[512];
    bool choices = option->type == TYPE_CHOICE, initial = option->initial != NULL;
    snprintf(help, sizeof help, "%s%s%s%s%s%s%s", option->help, choices ? " [values: " : "",
             choices ? option->choices : "", choices ? "]" : "", initial ? " [default: " : "",
             initial ? option->initial : "", initial ? "]" : "");
    wrapped_print(help, INDENT_BYTES);
}

void help_command(const struct command *command)
{
    printf("bouncemill %s: %s\n\nUsage: bouncemill %s [options]%s%s\n\n", command->name, command->summary,
           command->name, *command->operands ? " " : "", command->operands);
    wrapped_print(command->description, 0);
    printf("\nOptions:\n");
    for (size_t k = 0; k < OPTION_COUNT; k++)
        if (option_belongs(&option_table[k], command))
            option_print(&option_table[k]);
    printf("\nExample:\n  %s\n", command->example);
}

void help_overall(void)
{
    printf("bouncemill: archives of e-mail events in; suppression lists, statuses and reports out\n\n"
           "Usage: bouncemill COMMAND [options] ...\n\nCommands:\n");
    for (size_t k = 0; k < COMMAND_COUNT; k++)
        printf("  %-10s %s\n", command_table[k].name, command_table[k].summary);
    printf("\n'bouncemill COMMAND --help' explains a command; 'bouncemill --version' prints the version.\n"
           "\nExit codes:\n");
    for (const struct exit_code *exit = exit_codes; exit->meaning; exit++)
        printf("  %-3d  %s\n", exit->code, exit->meaning);
}
