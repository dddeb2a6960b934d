/* From argv to checked values, over the table of options. */
#ifndef CLI_OPTION_PARSE_H
#define CLI_OPTION_PARSE_H

#include "option_table.h"

#include <bouncemill/error.h>

struct option_value {
    bool given;
    const char *text;  /* as given, or the default; NULL: neither */
    uint64_t number;   /* TYPE_NUMBER, TYPE_SIZE */
    double share;      /* TYPE_SHARE */
    const char **list; /* TYPE_LIST: as given, in order */
    size_t list_count;
};

struct arguments {
    const struct command *command;
    struct option_value values[OPTION_COUNT];
    const char **operands; /* point into argv */
    size_t operand_count;
};

/* Parses what follows the command's name. The strings are argv's. Call arguments_free in any case.
 * Errors: BM_USAGE with a hint of the nearest option; BM_RESOURCE. Operands are counted only when neither
 * help nor version is asked for. */
enum bm_code arguments_parse(struct arguments *arguments, const struct command *command, int argc,
                             char **argv, struct bm_error *error);
void arguments_free(struct arguments *arguments);

/* The nearest of the names that is near enough to be meant, or NULL. */
const char *name_nearest(const char *wrong, const char *(*name)(const void *argument, size_t k),
                         const void *argument);

/* As name_nearest, over the names of the commands. */
const char *command_nearest(const char *wrong);

#endif
