/* The tables are complete: what they leave out would be missing from the help, the man page and the parser.
 */
#include "cli.h"

#include "command.h"
#include "option_table.h"

#include "tests/test.h"

static void every_option_is_documented(void **state)
{
    (void)state;
    for (size_t k = 0; k < OPTION_COUNT; k++) {
        const struct option *option = &option_table[k];
        EXPECT(option->name && *option->name, "option %zu to have a name", k);
        EXPECT(option->help && strlen(option->help) >= 10, "--%s to have a help text", option->name);
        EXPECT(option->help[strlen(option->help) - 1] != '.', "--%s: no dot at the end", option->name);
        EXPECT(option->commands && option->commands < 1u << COMMAND_COUNT, "--%s to have a command",
               option->name);
        EXPECT((option->type == TYPE_FLAG) == !option->argument, "--%s: a value's name, and only for a value",
               option->name);
        EXPECT(option->type != TYPE_CHOICE || option->choices, "--%s to have choices", option->name);
        EXPECT(option->type != TYPE_NUMBER || option->minimum < option->maximum, "--%s: a range",
               option->name);
    }
}

static void no_two_options_of_a_command_are_alike(void **state)
{
    (void)state;
    for (size_t a = 0; a < OPTION_COUNT; a++) {
        for (size_t b = 0; b < a; b++) {
            if (!(option_table[a].commands & option_table[b].commands))
                continue;
            EXPECT(strcmp(option_table[a].name, option_table[b].name) != 0, "one --%s", option_table[a].name);
            EXPECT(!option_table[a].letter || option_table[a].letter != option_table[b].letter, "one -%c",
                   option_table[a].letter);
        }
    }
}

static void every_command_is_documented(void **state)
{
    (void)state;
    for (size_t k = 0; k < COMMAND_COUNT; k++) {
        const struct command *command = &command_table[k];
        EXPECT(command->name && command->summary && command->description && command->example &&
                   command->operands && command->operand_what && command->main,
               "command %zu to be complete", k);
        EXPECT(strncmp(command->example, "bouncemill ", 11) == 0, "%s: an example to copy", command->name);
        EXPECT(command_find(command->name) == command, "%s to be found", command->name);
    }
    EXPECT(!command_find("nothing"), "no command of that name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_documented),
        cmocka_unit_test(no_two_options_of_a_command_are_alike),
        cmocka_unit_test(every_command_is_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
