/* Completions for bash: options and their fixed values from the tables, file names elsewhere. */
#include "cli.h"

#include "help.h"

static void command_names_print(void)
{
    for (size_t k = 0; k < COMMAND_COUNT; k++)
        printf("%s%s", k ? " " : "", command_table[k].name);
}

static void values_print(const struct command *command)
{
    for (size_t k = 0; k < OPTION_COUNT; k++)
        if (option_belongs(&option_table[k], command) && option_table[k].choices)
            printf("        %s,--%s) words='%s' ;;\n", command->name, option_table[k].name,
                   option_table[k].choices);
}

/* What may stand where no option's value is due: an option after a dash, else a fixed operand. */
static void words_print(const struct command *command)
{
    printf("        %s,*) if [[ $current == -* ]]; then words='", command->name);
    for (size_t k = 0; k < OPTION_COUNT; k++)
        if (option_belongs(&option_table[k], command))
            printf("--%s ", option_table[k].name);
    printf("'; else words='%s'; fi ;;\n", command->operand_choices ? command->operand_choices : "");
}

void help_completions_bash(void)
{
    printf("_bouncemill() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
           "    if ((COMP_CWORD == 1)); then\n        words='");
    command_names_print();
    printf(" --help --version'\n    else\n        case ${COMP_WORDS[1]},$before in\n");
    for (size_t k = 0; k < COMMAND_COUNT; k++)
        values_print(&command_table[k]);
    for (size_t k = 0; k < COMMAND_COUNT; k++)
        words_print(&command_table[k]);
    printf("        esac\n    fi\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
           "}\n"
           "complete -o default -F _bouncemill bouncemill\n");
}
