/* A parser of our own rather than getopt_long: the table must be the only list of options, values are checked
 * by their type in one place, abbreviations that a later version could make ambiguous are not taken, and an
 * error can name the nearest option or the command that the option belongs to. */
#include "cli.h"

#include "message.h"
#include "option_parse.h"

#define DISTANCE_MAX       2 /* typing errors that a hint bridges */
#define COMPARED_BYTES_MAX 32

struct parser {
    struct arguments *arguments;
    int argc;
    char **argv;
    int next;
    bool options_end; /* "--" was seen */
    struct bm_error *error;
};

/* Insertions, deletions and replacements between two names (Wagner and Fischer 1974), one row at a time. */
static size_t distance(const char *a, const char *b)
{
    size_t length = strlen(b), row[COMPARED_BYTES_MAX + 1];
    if (length > COMPARED_BYTES_MAX || strlen(a) > COMPARED_BYTES_MAX)
        return SIZE_MAX;
    for (size_t k = 0; k <= length; k++)
        row[k] = k;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t k = 0; k < length; k++) {
            size_t replaced = diagonal + (a[i] != b[k]);
            diagonal = row[k + 1];
            size_t shifted = (row[k] < diagonal ? row[k] : diagonal) + 1;
            row[k + 1] = replaced < shifted ? replaced : shifted;
        }
    }
    return row[length];
}

const char *name_nearest(const char *wrong, const char *(*name)(const void *argument, size_t k),
                         const void *argument)
{
    const char *nearest = NULL;
    size_t least = DISTANCE_MAX + 1;
    for (size_t k = 0; name(argument, k); k++) {
        const char *candidate = name(argument, k);
        bool begins = strlen(wrong) >= 3 && strncmp(candidate, wrong, strlen(wrong)) == 0;
        size_t away = begins ? 1 : distance(wrong, candidate);
        if (away < least && away < strlen(candidate)) {
            least = away;
            nearest = candidate;
        }
    }
    return nearest;
}

static const char *command_name(const void *argument, size_t k)
{
    (void)argument;
    return k < COMMAND_COUNT ? command_table[k].name : NULL;
}

const char *command_nearest(const char *wrong)
{
    return name_nearest(wrong, command_name, NULL);
}

/* The k-th option's name; the empty string, which nothing is near to, for another command's. */
static const char *option_name(const void *command, size_t k)
{
    if (k >= OPTION_COUNT)
        return NULL;
    return option_belongs(&option_table[k], command) ? option_table[k].name : "";
}

static const struct option *option_long(const struct command *command, const char *name, size_t length)
{
    for (size_t k = 0; k < OPTION_COUNT; k++)
        if ((!command || option_belongs(&option_table[k], command)) &&
            strlen(option_table[k].name) == length && memcmp(option_table[k].name, name, length) == 0)
            return &option_table[k];
    return NULL;
}

static const struct option *option_short(const struct command *command, char letter)
{
    for (size_t k = 0; k < OPTION_COUNT; k++)
        if (option_belongs(&option_table[k], command) && option_table[k].letter == letter)
            return &option_table[k];
    return NULL;
}

static enum bm_code unknown_long(const struct parser *parser, const char *name, size_t length)
{
    const struct command *command = parser->arguments->command;
    error_set(parser->error, BM_USAGE, "%s has no option --%.*s", command->name, (int)length, name);
    char wrong[COMPARED_BYTES_MAX + 1] = "";
    if (length <= COMPARED_BYTES_MAX)
        memcpy(wrong, name, length);
    const char *nearest = name_nearest(wrong, option_name, command);
    const struct option *elsewhere = option_long(NULL, name, length);
    if (elsewhere) {
        size_t owner = 0;
        while (!option_belongs(elsewhere, &command_table[owner]))
            owner++;
        return error_hint(parser->error, "it is an option of 'bouncemill %s'", command_table[owner].name);
    }
    if (nearest)
        return error_hint(parser->error, "did you mean --%s?", nearest);
    return error_hint(parser->error, "see 'bouncemill %s --help'", command->name);
}

static enum bm_code unknown_short(const struct parser *parser, char letter)
{
    const struct command *command = parser->arguments->command;
    error_set(parser->error, BM_USAGE, "%s has no option -%c", command->name, letter);
    return error_hint(parser->error, "see 'bouncemill %s --help'", command->name);
}

static bool choice_is(const char *choices, const char *text)
{
    size_t length = strlen(text);
    for (const char *at = choices; at && *at;) {
        size_t word = strcspn(at, " ");
        if (word == length && memcmp(at, text, length) == 0)
            return true;
        at += word + strspn(at + word, " ");
    }
    return false;
}

/* Digits alone, below 2^64. */
static bool number_parse(const char *text, uint64_t *number, const char **end)
{
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *at - '0', &value))
            return false;
    *number = value;
    *end = at;
    return at > text;
}

static bool size_parse(const char *text, uint64_t *number)
{
    const char *end;
    if (!number_parse(text, number, &end))
        return false;
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (shift)
        end++;
    return !*end && !__builtin_mul_overflow(*number, UINT64_C(1) << shift, number);
}

static enum bm_code number_check(const struct option *option, struct option_value *value,
                                 struct bm_error *error)
{
    const char *end = "";
    if (choice_is(option->choices, value->text)) {
        value->number = 0;
        return BM_OK;
    }
    if (number_parse(value->text, &value->number, &end) && !*end && value->number >= option->minimum &&
        value->number <= option->maximum)
        return BM_OK;
    error_set(error, BM_USAGE, "--%s: '%s' is not a number that it takes", option->name, value->text);
    return error_hint(error, "whole numbers from %llu to %llu%s%s", (unsigned long long)option->minimum,
                      (unsigned long long)option->maximum, option->choices ? ", or " : "",
                      option->choices ? option->choices : "");
}

static enum bm_code share_check(const struct option *option, struct option_value *value,
                                struct bm_error *error)
{
    char *end;
    value->share = strtod(value->text, &end);
    if (end > value->text && !*end && value->share >= 0 && value->share <= 1)
        return BM_OK;
    return error_set(error, BM_USAGE, "--%s: '%s' is not a number from 0 to 1", option->name, value->text);
}

/* Checks value->text by the option's type. */
static enum bm_code value_check(const struct option *option, struct option_value *value,
                                struct bm_error *error)
{
    switch (option->type) {
    case TYPE_NUMBER:
        return number_check(option, value, error);
    case TYPE_SHARE:
        return share_check(option, value, error);
    case TYPE_SIZE:
        if (size_parse(value->text, &value->number))
            return BM_OK;
        return error_set(error, BM_USAGE, "--%s: '%s' is not a size, such as 500000, 64K, 8M or 1G",
                         option->name, value->text);
    case TYPE_CHOICE:
        if (choice_is(option->choices, value->text))
            return BM_OK;
        error_set(error, BM_USAGE, "--%s: '%s' is not one of its values", option->name, value->text);
        return error_hint(error, "the values are: %s", option->choices);
    default:
        if (*value->text)
            return BM_OK;
        return error_set(error, BM_USAGE, "--%s: the value is empty", option->name);
    }
}

static enum bm_code option_store(struct parser *parser, const struct option *option, const char *text)
{
    struct arguments *arguments = parser->arguments;
    struct option_value *value = &arguments->values[option - option_table];
    value->given = true;
    if (option->type == TYPE_FLAG)
        return BM_OK;
    value->text = text;
    if (option->type == TYPE_LIST)
        value->list[value->list_count++] = text;
    return value_check(option, value, parser->error);
}

/* Stores an option whose value follows in the next argument. */
static enum bm_code option_store_next(struct parser *parser, const struct option *option)
{
    const char *text = parser->next < parser->argc ? parser->argv[parser->next] : NULL;
    if (text && (text[0] != '-' || !text[1])) {
        parser->next++;
        return option_store(parser, option, text);
    }
    error_set(parser->error, BM_USAGE, "--%s needs a value: %s", option->name, option->argument);
    if (text) /* more likely the next option than a value */
        return error_hint(parser->error, "write --%s=%s if that is the value", option->name, text);
    return BM_USAGE;
}

/* "--name", "--name=value", "--name" and the value behind it. */
static enum bm_code long_parse(struct parser *parser, const char *word)
{
    size_t length = strcspn(word, "=");
    const struct option *option = option_long(parser->arguments->command, word, length);
    if (!option)
        return unknown_long(parser, word, length);
    if (word[length] != '=')
        return option->type == TYPE_FLAG ? option_store(parser, option, NULL)
                                         : option_store_next(parser, option);
    if (option->type == TYPE_FLAG)
        return error_set(parser->error, BM_USAGE, "--%s takes no value", option->name);
    return option_store(parser, option, word + length + 1);
}

/* "-q", "-hq", "-oDIR", "-qoDIR", "-o" and the value behind it. */
static enum bm_code short_parse(struct parser *parser, const char *letters)
{
    enum bm_code code = BM_OK;
    for (; code == BM_OK && *letters; letters++) {
        const struct option *option = option_short(parser->arguments->command, *letters);
        if (!option)
            return unknown_short(parser, *letters);
        if (option->type != TYPE_FLAG)
            return letters[1] ? option_store(parser, option, letters + 1) : option_store_next(parser, option);
        code = option_store(parser, option, NULL);
    }
    return code;
}

static enum bm_code word_parse(struct parser *parser)
{
    const char *word = parser->argv[parser->next++];
    if (parser->options_end || word[0] != '-' || !word[1]) {
        parser->arguments->operands[parser->arguments->operand_count++] = word;
        return BM_OK;
    }
    if (strcmp(word, "--") == 0) {
        parser->options_end = true;
        return BM_OK;
    }
    return word[1] == '-' ? long_parse(parser, word + 2) : short_parse(parser, word + 1);
}

static enum bm_code operands_check(const struct arguments *arguments, struct bm_error *error)
{
    const struct command *command = arguments->command;
    if (arguments->values[OPTION_HELP].given || arguments->values[OPTION_VERSION].given)
        return BM_OK;
    if (arguments->operand_count < command->operands_min)
        error_set(error, BM_USAGE, "%s needs %s", command->name, command->operand_what);
    else if (arguments->operand_count > command->operands_max)
        error_set(error, BM_USAGE, "%s takes %s: '%s' is too many", command->name, command->operand_what,
                  arguments->operands[command->operands_max]);
    else
        return BM_OK;
    return error_hint(error, "see 'bouncemill %s --help'", command->name);
}

static enum bm_code defaults_fill(struct arguments *arguments, struct bm_error *error)
{
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < OPTION_COUNT && code == BM_OK; k++) {
        arguments->values[k].text = option_table[k].initial;
        if (option_table[k].initial)
            code = value_check(&option_table[k], &arguments->values[k], error);
    }
    return code;
}

enum bm_code arguments_parse(struct arguments *arguments, const struct command *command, int argc,
                             char **argv, struct bm_error *error)
{
    *arguments = (struct arguments){.command = command};
    size_t room = (size_t)argc + 1; /* no list is longer than argv */
    arguments->operands = calloc(room, sizeof *arguments->operands);
    bool room_made = arguments->operands != NULL;
    for (size_t k = 0; k < OPTION_COUNT; k++) {
        if (option_table[k].type != TYPE_LIST)
            continue;
        arguments->values[k].list = calloc(room, sizeof *arguments->values[k].list);
        room_made &= arguments->values[k].list != NULL;
    }
    if (!room_made)
        return error_set(error, BM_RESOURCE, "out of memory for the command line");
    struct parser parser = {.arguments = arguments, .argc = argc, .argv = argv, .error = error};
    enum bm_code code = defaults_fill(arguments, error);
    while (code == BM_OK && parser.next < argc)
        code = word_parse(&parser);
    return code == BM_OK ? operands_check(arguments, error) : code;
}

void arguments_free(struct arguments *arguments)
{
    free(arguments->operands);
    for (size_t k = 0; k < OPTION_COUNT; k++)
        free(arguments->values[k].list);
}
