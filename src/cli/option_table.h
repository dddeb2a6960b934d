/* The one table of options and the one of commands. From them come the parser, --help, the man page and the
 * shell completions; what is not in the tables does not exist. */
#ifndef CLI_OPTION_TABLE_H
#define CLI_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arguments;

enum command_id {
    COMMAND_RUN,
    COMMAND_SCAN,
    COMMAND_MERGE,
    COMMAND_TALLY,
    COMMAND_CLASSIFY,
    COMMAND_EXPLAIN,
    COMMAND_GENERATE,
    COMMAND_BENCH,
    COMMAND_LIST,
    COMMAND_HELP,
    COMMAND_COUNT
};

struct command {
    const char *name;
    const char *operands;     /* for the usage line */
    const char *summary;      /* one line */
    const char *description;  /* a paragraph or several, parted by newlines */
    const char *example;      /* a command line */
    const char *operand_what; /* for messages: "an archive" */
    unsigned operands_min;
    unsigned operands_max;
    const char *operand_choices; /* for the completions: "a b c", or NULL for files */
    int (*main)(const struct arguments *arguments);
};

extern const struct command command_table[COMMAND_COUNT];

enum option_id {
    OPTION_OUTPUT,
    OPTION_SCAN_OUTPUT,
    OPTION_POLICY,
    OPTION_SET,
    OPTION_AS_OF,
    OPTION_FROM,
    OPTION_TO,
    OPTION_HISTORY,
    OPTION_DIALECT,
    OPTION_OUTPUTS,
    OPTION_MAX_DIFFERENCES,
    OPTION_EXPORT,
    OPTION_EXPORT_POLICY,
    OPTION_FILES_FROM,
    OPTION_STATE,
    OPTION_SAVE_STATE,
    OPTION_EXPIRE,
    OPTION_PARTITION,
    OPTION_COMBINE,
    OPTION_KEEP_GOING,
    OPTION_MAX_REJECTS,
    OPTION_SUMMARY,
    OPTION_SIMD,
    OPTION_PROGRESS,
    OPTION_SMTP_CODE,
    OPTION_ENHANCED_CODE,
    OPTION_DOMAIN,
    OPTION_MTA,
    OPTION_FORMAT,
    OPTION_JSON,
    OPTION_CODES,
    OPTION_PHRASES,
    OPTION_PROVIDERS,
    OPTION_TRUSTED_DOMAINS,
    OPTION_REPLACE,
    OPTION_GENERATE_OUTPUT,
    OPTION_EVENTS,
    OPTION_ADDRESSES,
    OPTION_DAYS,
    OPTION_BOUNCE_SHARE,
    OPTION_FILES,
    OPTION_FRAME_SIZE,
    OPTION_GENERATE_DIALECT,
    OPTION_COMPRESSION,
    OPTION_SEED,
    OPTION_ROUNDS,
    OPTION_THREADS,
    OPTION_MEMORY,
    OPTION_QUIET,
    OPTION_MAN,
    OPTION_COMPLETIONS,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
};

enum option_type {
    TYPE_FLAG,
    TYPE_TEXT,
    TYPE_LIST,   /* text, may be given several times */
    TYPE_CHOICE, /* one of `choices` */
    TYPE_NUMBER, /* `minimum` to `maximum`; also the word in `choices`, which means 0 */
    TYPE_SIZE,   /* bytes, with K, M or G behind it for powers of 1024 */
    TYPE_SHARE   /* 0 to 1 */
};

struct option {
    unsigned commands; /* a bit 1 << command_id for each that knows it */
    const char *name;
    char letter; /* 0: none */
    enum option_type type;
    const char *argument; /* what --help calls the value; NULL for a flag */
    const char *initial;  /* the default, in the form that a user would give; NULL: none */
    const char *choices;  /* parted by blanks */
    uint64_t minimum, maximum;
    const char *help; /* sentence fragments, without a dot at the end */
};

extern const struct option option_table[OPTION_COUNT];

/* Whether a command knows an option. */
bool option_belongs(const struct option *option, const struct command *command);

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

#endif
