/* run, and its halves scan and merge: the same options, of which each knows some. */
#include "cli.h"

#include "command.h"
#include "interrupt.h"
#include "message.h"
#include "own_tables.h"
#include "progress.h"

#include <bouncemill/run.h>
#include <stdlib.h>

#define CHECKPOINT_VARIABLE "BOUNCEMILL_CHECKPOINT_SECONDS"

static void options_read(const struct arguments *arguments, struct bm_run_options *options)
{
    const struct option_value *values = arguments->values;
    bm_run_options_init(options);
    options->output = values[OPTION_OUTPUT].text;
    options->archives = arguments->operands;
    options->archive_count = arguments->operand_count;
    options->files_from = values[OPTION_FILES_FROM].text;
    options->tallies = &values[OPTION_STATE].text;
    options->tally_count = values[OPTION_STATE].given;
    options->save_tally = values[OPTION_SAVE_STATE].text;
    options->expire = values[OPTION_EXPIRE].text;
    options->partition = values[OPTION_PARTITION].text;
    options->combine = values[OPTION_COMBINE].given;
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
    options->memory = values[OPTION_MEMORY].text;
    options->history = values[OPTION_HISTORY].given;
    options->keep_going = values[OPTION_KEEP_GOING].given;
    options->tables = own_tables(arguments);
}

static enum bm_code output_missing(struct bm_error *error, const char *command, const char *what,
                                   const char *option)
{
    error_set(error, BM_USAGE, "%s needs %s", command, what);
    return error_hint(error, "name it with %s", option);
}

static enum bm_code archives_check(const struct bm_run_options *options, const char *command,
                                   struct bm_error *error)
{
    if (options->archive_count || options->files_from)
        return BM_OK;
    error_set(error, BM_USAGE, "%s needs an archive or folder to read", command);
    return error_hint(error,
                      "name them, or give a list of them with --files-from FILE; '-' is standard input");
}

static void archives_print(const struct bm_run_summary *summary)
{
    char text[NUMBER_TEXT_BYTES];
    if (summary->tallies) {
        fprintf(stderr, "tally files %s read", number_text(summary->tallies, text));
        if (summary->tallies_same)
            fprintf(stderr, ", %s with the same archives as another",
                    number_text(summary->tallies_same, text));
        fprintf(stderr, "\n");
    }
    if (summary->tallies && !summary->archives && !summary->archives_known && !summary->archives_resumed &&
        !summary->archives_failed)
        return;
    fprintf(stderr, "archives    %s read", number_text(summary->archives, text));
    if (summary->archives_known)
        fprintf(stderr, ", %s inside the state already", number_text(summary->archives_known, text));
    if (summary->archives_resumed)
        fprintf(stderr, ", %s by the run that was interrupted", number_text(summary->archives_resumed, text));
    if (summary->archives_same)
        fprintf(stderr, ", %s the same as another", number_text(summary->archives_same, text));
    if (summary->archives_failed)
        fprintf(stderr, ", %s failed", number_text(summary->archives_failed, text));
    fprintf(stderr, "\n");
    if (summary->partials_misfit)
        fprintf(stderr, "partials    %s of another run were not used\n",
                number_text(summary->partials_misfit, text));
}

static void summary_print(const struct bm_run_summary *summary, const struct bm_run_options *options)
{
    char rows[NUMBER_TEXT_BYTES], tallied[NUMBER_TEXT_BYTES], ignored[NUMBER_TEXT_BYTES];
    char rejected[NUMBER_TEXT_BYTES];
    archives_print(summary);
    fprintf(stderr, "rows        %s = %s tallied + %s ignored + %s rejected\n",
            number_text(summary->rows, rows), number_text(summary->tallied, tallied),
            number_text(summary->ignored, ignored), number_text(summary->rejected, rejected));
    fprintf(stderr, "addresses   %s\n", number_text(summary->addresses, rows));
    if (options->output)
        fprintf(stderr, "suppressed  %s\n", number_text(summary->suppressed, rows));
    double seconds = summary->total_seconds > 0 ? summary->total_seconds : 1e-9;
    fprintf(stderr, "time        %.2f s, %s rows/s\n", summary->total_seconds,
            number_text((uint64_t)((double)summary->rows / seconds), rows));
    if (options->output)
        fprintf(stderr, "output      %s\n", options->output);
    if (options->save_tally)
        fprintf(stderr, "tally file  %s\n", options->save_tally);
}

/* From the environment, for few will want another value: seconds, "0" for never. */
static enum bm_code checkpoint_seconds(double *seconds, struct bm_error *error)
{
    const char *text = getenv(CHECKPOINT_VARIABLE);
    char *end;
    if (!text || !*text)
        return BM_OK;
    *seconds = strtod(text, &end);
    if (*end || !(*seconds >= 0))
        return error_set(error, BM_USAGE, CHECKPOINT_VARIABLE ": '%s' is not a number of seconds", text);
    if (*seconds == 0)
        *seconds = -1;
    return BM_OK;
}

typedef enum bm_code job(const struct bm_run_options *options, struct bm_run_summary *summary,
                         struct bm_error *error);

static int job_do(const struct arguments *arguments, struct bm_run_options options, job *work)
{
    struct bm_error error;
    struct bm_run_summary summary = {0};
    struct progress progress;
    bool quiet = arguments->values[OPTION_QUIET].given;
    if (checkpoint_seconds(&options.checkpoint_seconds, &error) != BM_OK)
        return error_print(&error);
    progress_init(&progress, arguments->values[OPTION_PROGRESS].text, quiet);
    options.progress = progress.form == PROGRESS_NONE ? NULL : progress_show;
    options.progress_argument = &progress;
    options.stop = interrupt_watch();
    enum bm_code code = work(&options, &summary, &error);
    progress_end(&progress);
    bool output_stands = code == BM_OK || code == BM_REJECTS || (code == BM_INPUT && summary.archives_failed);
    if (output_stands && !quiet)
        summary_print(&summary, &options);
    if (code == BM_OK)
        return BM_OK;
    error_print(&error);
    return interrupt_exit_code(code);
}

int command_run(const struct arguments *arguments)
{
    struct bm_error error;
    struct bm_run_options options;
    options_read(arguments, &options);
    if (!options.output)
        output_missing(&error, "run", "an output folder", "--output DIR");
    else if (archives_check(&options, "run", &error) == BM_OK)
        return job_do(arguments, options, bm_run);
    return error_print(&error);
}

int command_scan(const struct arguments *arguments)
{
    struct bm_error error;
    struct bm_run_options options;
    options_read(arguments, &options);
    options.save_tally = arguments->values[OPTION_SCAN_OUTPUT].text;
    if (!options.save_tally)
        output_missing(&error, "scan", "a tally file to write", "--output FILE");
    else if (archives_check(&options, "scan", &error) == BM_OK)
        return job_do(arguments, options, bm_scan);
    return error_print(&error);
}

int command_merge(const struct arguments *arguments)
{
    struct bm_error error;
    struct bm_run_options options;
    options_read(arguments, &options);
    options.tallies = arguments->operands;
    options.tally_count = arguments->operand_count;
    if (!options.output && !options.save_tally) {
        output_missing(&error, "merge", "an output folder", "--output DIR");
    } else if (!options.tally_count) {
        error_set(&error, BM_USAGE, "merge needs a tally file to read");
        error_hint(&error, "'bouncemill scan' makes them");
    } else {
        return job_do(arguments, options, bm_merge);
    }
    return error_print(&error);
}
