/* The man page in roff's man macros, from the same tables as --help. */
#include "cli.h"

#include "help.h"

#include <bouncemill/version.h>

/* Text for roff: hyphens that may be copied, backslashes shown, and no line that begins with a control. */
static void roff_print(const char *text)
{
    bool line_start = true;
    for (const char *at = text; *at; at++) {
        if (line_start && (*at == '.' || *at == '\''))
            printf("\\&");
        line_start = *at == '\n';
        if (*at == '\\')
            printf("\\e");
        else if (*at == '-')
            printf("\\-");
        else if (*at == '\n')
            printf("\n.PP\n");
        else
            putchar(*at);
    }
}

static void roff_option(const struct option *option)
{
    printf(".TP\n");
    if (option->letter)
        printf("\\fB\\-%c\\fR, ", option->letter);
    printf("\\fB\\-\\-");
    roff_print(option->name);
    printf("\\fR");
    if (option->argument) {
        printf(" \\fI");
        roff_print(option->argument);
        printf("\\fR");
    }
    putchar('\n');
    roff_print(option->help);
    if (option->type == TYPE_CHOICE) {
        printf("; values: ");
        roff_print(option->choices);
    }
    if (option->initial) {
        printf("; default: ");
        roff_print(option->initial);
    }
    printf(".\n");
}

static void roff_command(const struct command *command)
{
    printf(".SS bouncemill %s [options] ", command->name);
    roff_print(command->operands);
    putchar('\n');
    roff_print(command->description);
    putchar('\n');
    for (size_t k = 0; k < OPTION_COUNT; k++)
        if (option_belongs(&option_table[k], command))
            roff_option(&option_table[k]);
    printf(".PP\nExample:\n.PP\n.nf\n    ");
    roff_print(command->example);
    printf("\n.fi\n");
}

void help_man(void)
{
    printf(".TH BOUNCEMILL 1 \"\" \"bouncemill %s\" \"User Commands\"\n", bm_version());
    printf(".SH NAME\nbouncemill \\- suppression lists, statuses and bounce reports from archives of "
           "e\\-mail events\n"
           ".SH SYNOPSIS\n.B bouncemill\n.I command\n[options] ...\n.SH COMMANDS\n");
    for (size_t k = 0; k < COMMAND_COUNT; k++)
        roff_command(&command_table[k]);
    printf(".SH EXIT STATUS\n");
    for (const struct exit_code *exit = exit_codes; exit->meaning; exit++) {
        printf(".TP\n%d\n", exit->code);
        roff_print(exit->meaning);
        putchar('\n');
    }
    printf(".SH ENVIRONMENT\n.TP\nNO_COLOR\nwhen set and not empty, messages carry no colours\n");
    printf(
        ".TP\nBOUNCEMILL_CHECKPOINT_SECONDS\nwith \\-\\-save\\-state and scan: seconds of reading after "
        "which what was read is kept in FILE.partial\\-N,\nfrom which the same command goes on when it was "
        "interrupted; 300 when not set, 0 for never\n");
}
