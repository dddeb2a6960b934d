#include "cli.h"

#include "command.h"
#include "interrupt.h"
#include "message.h"
#include "own_tables.h"

#include <bouncemill/explain.h>
#include <unistd.h>

int command_explain(const struct arguments *arguments)
{
    const struct option_value *values = arguments->values;
    struct bm_error error;
    struct bm_run_options options;
    bm_run_options_init(&options);
    options.archives = arguments->operands + 1;
    options.archive_count = arguments->operand_count - 1;
    options.files_from = values[OPTION_FILES_FROM].text;
    options.policies = values[OPTION_POLICY].text;
    options.settings = values[OPTION_SET].list;
    options.setting_count = values[OPTION_SET].list_count;
    options.as_of = values[OPTION_AS_OF].list;
    options.as_of_count = values[OPTION_AS_OF].list_count;
    options.from = values[OPTION_FROM].text;
    options.to = values[OPTION_TO].text;
    options.dialect = values[OPTION_DIALECT].text;
    options.simd = values[OPTION_SIMD].text;
    options.threads = (unsigned)values[OPTION_THREADS].number;
    options.tables = own_tables(arguments);
    if (!options.archive_count && !options.files_from) {
        error_set(&error, BM_USAGE, "explain needs archives or tally files to read");
        error_hint(&error, "name them behind the address, or give a list of them with --files-from FILE");
        return error_print(&error);
    }
    options.stop = interrupt_watch();
    enum bm_code code =
        bm_explain(&options, arguments->operands[0], STDOUT_FILENO, values[OPTION_JSON].given, &error);
    if (code == BM_OK)
        return BM_OK;
    error_print(&error);
    return interrupt_exit_code(code);
}
