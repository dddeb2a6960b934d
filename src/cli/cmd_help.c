#include "cli.h"

#include "command.h"
#include "help.h"
#include "message.h"

int command_help(const struct arguments *arguments)
{
    struct bm_error error;
    if (arguments->values[OPTION_MAN].given) {
        help_man();
    } else if (arguments->values[OPTION_COMPLETIONS].given) {
        help_completions_bash();
    } else if (arguments->operand_count == 0) {
        help_overall();
    } else {
        const struct command *command = command_find(arguments->operands[0]);
        if (!command) {
            error_set(&error, BM_USAGE, "no such command: %s", arguments->operands[0]);
            error_hint(&error, "'bouncemill help' names the commands");
            return error_print(&error);
        }
        help_command(command);
    }
    return output_finish();
}
