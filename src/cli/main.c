#include "cli.h"

#include "command.h"
#include "help.h"
#include "lost_page.h"
#include "message.h"

#include <bouncemill/version.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A closed standard descriptor would be taken by the next file that is opened, and messages would end up in
 * it. One that cannot be used takes its place: reads of standard input and writes of the others fail. */
static void descriptors_fill(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static int version_print(void)
{
    printf("bouncemill %s\n", bm_version());
    return output_finish();
}

static int usage_print(const char *wrong)
{
    struct bm_error error;
    if (!wrong) {
        error_set(&error, BM_USAGE, "no command given");
        error_hint(&error, "see 'bouncemill --help'");
        return error_print(&error);
    }
    if (*wrong == '-') {
        error_set(&error, BM_USAGE, "a command comes first, not %s", wrong);
        error_hint(&error, "see 'bouncemill --help'");
        return error_print(&error);
    }
    const char *nearest = command_nearest(wrong);
    error_set(&error, BM_USAGE, "no such command: %s", wrong);
    if (nearest)
        error_hint(&error, "did you mean '%s'?", nearest);
    else
        error_hint(&error, "see 'bouncemill --help'");
    return error_print(&error);
}

static int command_start(const struct command *command, int argc, char **argv)
{
    struct arguments arguments;
    struct bm_error error;
    int exit_code;
    if (arguments_parse(&arguments, command, argc, argv, &error) != BM_OK) {
        exit_code = error_print(&error);
    } else if (arguments.values[OPTION_HELP].given) {
        help_command(command);
        exit_code = output_finish();
    } else if (arguments.values[OPTION_VERSION].given) {
        exit_code = version_print();
    } else {
        exit_code = command->main(&arguments);
    }
    arguments_free(&arguments);
    return exit_code;
}

int main(int argc, char **argv)
{
    descriptors_fill();
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that left is a write error, with a message and an exit code */
    lost_page_watch();
    const char *word = argc > 1 ? argv[1] : NULL;
    if (!word)
        return usage_print(NULL);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        help_overall();
        return output_finish();
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return version_print();
    const struct command *command = command_find(word);
    return command ? command_start(command, argc - 2, argv + 2) : usage_print(word);
}
