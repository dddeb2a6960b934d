/* The commands: one function each, which returns the exit code. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "option_parse.h"

int command_run(const struct arguments *arguments);
int command_scan(const struct arguments *arguments);
int command_merge(const struct arguments *arguments);
int command_tally(const struct arguments *arguments);
int command_classify(const struct arguments *arguments);
int command_explain(const struct arguments *arguments);
int command_bench(const struct arguments *arguments);
int command_generate(const struct arguments *arguments);
int command_list(const struct arguments *arguments);
int command_help(const struct arguments *arguments);

#endif
