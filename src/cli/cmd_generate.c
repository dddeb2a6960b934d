#include "cli.h"

#include "command.h"
#include "interrupt.h"
#include "message.h"
#include "progress.h"

#include <bouncemill/generate.h>

static struct bm_generate_options options_read(const struct option_value *values)
{
    struct bm_generate_options options;
    bm_generate_options_init(&options);
    options.output = values[OPTION_GENERATE_OUTPUT].text;
    options.dialect = values[OPTION_GENERATE_DIALECT].text;
    options.compression = values[OPTION_COMPRESSION].text;
    options.events = values[OPTION_EVENTS].number;
    options.addresses = values[OPTION_ADDRESSES].number;
    options.seed = values[OPTION_SEED].number;
    options.frame_bytes = values[OPTION_FRAME_SIZE].number;
    options.bounce_share = values[OPTION_BOUNCE_SHARE].share;
    options.days = (unsigned)values[OPTION_DAYS].number;
    options.files = (unsigned)values[OPTION_FILES].number;
    options.threads = (unsigned)values[OPTION_THREADS].number;
    return options;
}

int command_generate(const struct arguments *arguments)
{
    struct bm_error error;
    struct bm_generate_options options = options_read(arguments->values);
    if (!options.output) {
        error_set(&error, BM_USAGE, "generate needs a folder for the archives");
        error_hint(&error, "name it with --output DIR");
        return error_print(&error);
    }
    double start = seconds_now();
    options.stop = interrupt_watch();
    if (bm_generate(&options, &error) != BM_OK) {
        error_print(&error);
        return interrupt_exit_code(error.code);
    }
    char rows[NUMBER_TEXT_BYTES];
    if (!arguments->values[OPTION_QUIET].given)
        fprintf(stderr, "%s rows in %u file%s in %s, %.1f s\n", number_text(options.events, rows),
                options.files, options.files == 1 ? "" : "s", options.output, seconds_now() - start);
    return BM_OK;
}
