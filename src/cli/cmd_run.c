#include "cli.h"

#include "command.h"
#include "interrupt.h"
#include "message.h"
#include "own_tables.h"
#include "progress.h"

#include <bouncemill/run.h>

static void options_read(const struct arguments *arguments, struct bm_run_options *options)
{
    const struct option_value *values = arguments->values;
    bm_run_options_init(options);
    options->output = values[OPTION_OUTPUT].text;
    options->archives = arguments->operands;
    options->archive_count = arguments->operand_count;
    options->files_from = values[OPTION_FILES_FROM].text;
    options->policies = values[OPTION_POLICY].text;
    options->settings = values[OPTION_SET].list;
    options->setting_count = values[OPTION_SET].list_count;
    options->as_of = values[OPTION_AS_OF].list;
    options->as_of_count = values[OPTION_AS_OF].list_count;
    options->from = values[OPTION_FROM].text;
    options->to = values[OPTION_TO].text;
    options->dialect = values[OPTION_DIALECT].text;
    options->outputs = values[OPTION_OUTPUTS].text;
    options->exports = values[OPTION_EXPORT].text;
    options->export_policy = values[OPTION_EXPORT_POLICY].text;
    options->max_rejects = values[OPTION_MAX_REJECTS].text;
    options->differences_max = values[OPTION_MAX_DIFFERENCES].number;
    options->summary = values[OPTION_SUMMARY].text;
    options->simd = values[OPTION_SIMD].text;
    options->threads = (unsigned)values[OPTION_THREADS].number;
    options->history = values[OPTION_HISTORY].given;
    options->keep_going = values[OPTION_KEEP_GOING].given;
    options->tables = own_tables(arguments);
}

static enum bm_code usage_check(const struct bm_run_options *options, struct bm_error *error)
{
    if (!options->output) {
        error_set(error, BM_USAGE, "run needs an output folder");
        return error_hint(error, "name it with --output DIR");
    }
    if (!options->archive_count && !options->files_from) {
        error_set(error, BM_USAGE, "run needs an archive or folder to read");
        return error_hint(error,
                          "name them, or give a list of them with --files-from FILE; '-' is standard input");
    }
    return BM_OK;
}

static void archives_print(const struct bm_run_summary *summary)
{
    char text[NUMBER_TEXT_BYTES];
    fprintf(stderr, "archives    %s read", number_text(summary->archives, text));
    if (summary->archives_same)
        fprintf(stderr, ", %s the same as another", number_text(summary->archives_same, text));
    if (summary->archives_failed)
        fprintf(stderr, ", %s failed", number_text(summary->archives_failed, text));
    fprintf(stderr, "\n");
}

static void summary_print(const struct bm_run_summary *summary, const char *output)
{
    char rows[NUMBER_TEXT_BYTES], tallied[NUMBER_TEXT_BYTES], ignored[NUMBER_TEXT_BYTES];
    char rejected[NUMBER_TEXT_BYTES];
    archives_print(summary);
    fprintf(stderr, "rows        %s = %s tallied + %s ignored + %s rejected\n",
            number_text(summary->rows, rows), number_text(summary->tallied, tallied),
            number_text(summary->ignored, ignored), number_text(summary->rejected, rejected));
    fprintf(stderr, "addresses   %s\n", number_text(summary->addresses, rows));
    fprintf(stderr, "suppressed  %s\n", number_text(summary->suppressed, rows));
    double seconds = summary->total_seconds > 0 ? summary->total_seconds : 1e-9;
    fprintf(stderr, "time        %.2f s, %s rows/s\n", summary->total_seconds,
            number_text((uint64_t)((double)summary->rows / seconds), rows));
    fprintf(stderr, "output      %s\n", output);
}

int command_run(const struct arguments *arguments)
{
    struct bm_error error;
    struct bm_run_options options;
    struct bm_run_summary summary = {0};
    struct progress progress;
    bool quiet = arguments->values[OPTION_QUIET].given;
    options_read(arguments, &options);
    if (usage_check(&options, &error) != BM_OK)
        return error_print(&error);
    progress_init(&progress, arguments->values[OPTION_PROGRESS].text, quiet);
    options.progress = progress.form == PROGRESS_NONE ? NULL : progress_show;
    options.progress_argument = &progress;
    options.stop = interrupt_watch();
    enum bm_code code = bm_run(&options, &summary, &error);
    progress_end(&progress);
    bool output_stands = code == BM_OK || code == BM_REJECTS || (code == BM_INPUT && options.keep_going);
    if (output_stands && !quiet)
        summary_print(&summary, options.output);
    if (code == BM_OK)
        return BM_OK;
    error_print(&error);
    return code == BM_INTERRUPTED && interrupt_exit_code() ? interrupt_exit_code() : (int)code;
}
