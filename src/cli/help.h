/* Texts made from the tables, written to standard output. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "option_table.h"

void help_overall(void);
void help_command(const struct command *command);
void help_man(void);
void help_completions_bash(void);

struct exit_code {
    int code;
    const char *meaning;
};

extern const struct exit_code exit_codes[]; /* meaning NULL at the end */

#endif
