/* Reading the values of settings, and finding the name that was probably meant. */
#include "base/base.h"
#include "event/time.h"
#include "policy/machine.h"

#include <strings.h>

#define DIGITS_MAX        9
#define NAME_BYTES_MAX    40 /* longer names are near to none of ours */
#define MESSAGE_BYTES_MAX 80 /* of what somebody typed, in a message */

const char *setting_type_name(enum setting_type type)
{
    static const char *const names[SETTING_TYPE_COUNT] = {"bool", "integer", "days", "choice", "set", "file"};
    return (unsigned)type < SETTING_TYPE_COUNT ? names[type] : "?";
}

static bool bool_parse(struct span text, int64_t *value)
{
    static const char *const words[][2] = {{"0", "1"}, {"false", "true"}, {"no", "yes"}, {"off", "on"}};
    for (size_t k = 0; k < COUNT_OF(words); k++)
        for (int truth = 0; truth < 2; truth++)
            if (span_is(text, (struct span){words[k][truth], strlen(words[k][truth])})) {
                *value = truth;
                return true;
            }
    return false;
}

static bool integer_parse(struct span text, int64_t *value)
{
    if (text.length == 0 || text.length > DIGITS_MAX)
        return false;
    int64_t number = 0;
    for (size_t k = 0; k < text.length; k++) {
        if ((unsigned char)(text.at[k] - '0') > 9)
            return false;
        number = number * 10 + (text.at[k] - '0');
    }
    *value = number;
    return true;
}

/* The number of a word in a list with spaces between, in whatever case; -1: not in it. */
static int word_find(const char *words, struct span word)
{
    for (int k = 0; *words; k++) {
        size_t length = strcspn(words, " ");
        if (length == word.length && strncasecmp(words, word.at, length) == 0)
            return k;
        words += length + (words[length] == ' ');
    }
    return -1;
}

static bool set_parse(const char *words, struct span text, int64_t *value)
{
    int64_t bits = 0;
    for (size_t at = 0; at < text.length;) {
        size_t end = at;
        while (end < text.length && text.at[end] != ',' && text.at[end] != '+')
            end++;
        int word = word_find(words, (struct span){text.at + at, end - at});
        if (word < 0)
            return false;
        bits |= INT64_C(1) << word;
        at = end + 1;
    }
    *value = bits;
    return true;
}

static bool choice_parse(const char *words, struct span text, int64_t *value)
{
    int word = word_find(words, text);
    *value = word < 0 ? *value : word;
    return word >= 0;
}

static int shown_bytes(struct span text)
{
    return (int)(text.length < MESSAGE_BYTES_MAX ? text.length : MESSAGE_BYTES_MAX);
}

static enum bm_code words_parse(const struct setting_row *row, struct span text, struct span what,
                                int64_t *value, struct bm_error *error)
{
    bool set = row->type == SETTING_SET;
    if (set ? set_parse(row->words, text, value) : choice_parse(row->words, text, value))
        return BM_OK;
    fail(error, BM_USAGE, "setting \"%.*s\": \"%.*s\" is not %s: %s", shown_bytes(what), what.at,
         shown_bytes(text), text.at, set ? "a list of these" : "one of these", row->words);
    return fail_hint(error, "%s: %s (default %s)", row->name, row->meaning, row->default_text);
}

static enum bm_code truth_parse(struct span text, struct span what, int64_t *value, struct bm_error *error)
{
    if (bool_parse(text, value))
        return BM_OK;
    fail(error, BM_USAGE, "setting \"%.*s\": \"%.*s\" is neither true nor false", shown_bytes(what), what.at,
         shown_bytes(text), text.at);
    return fail_hint(error, "write 1 or 0, true or false, yes or no, on or off");
}

enum bm_code setting_parse(const struct setting_row *row, struct span text, struct span what, int64_t *value,
                           struct bm_error *error)
{
    int64_t number;
    if (row->type == SETTING_FILE)
        return BM_OK;
    if (row->type == SETTING_BOOL)
        return truth_parse(text, what, value, error);
    if (row->type == SETTING_CHOICE || row->type == SETTING_SET)
        return words_parse(row, text, what, value, error);
    if (!integer_parse(text, &number) || number < row->minimum || number > row->maximum) {
        const char *unit = row->type == SETTING_DAYS ? " of days" : "";
        fail(error, BM_USAGE, "setting \"%.*s\": \"%.*s\" is not a whole number%s from %lld to %lld",
             shown_bytes(what), what.at, shown_bytes(text), text.at, unit, (long long)row->minimum,
             (long long)row->maximum);
        return fail_hint(error, "%s: %s (default %s)", row->name, row->meaning, row->default_text);
    }
    *value = row->type == SETTING_DAYS ? number * DAY_MS : number;
    return BM_OK;
}

/* --- nearest names ----------------------------------------------------------------------------------- */

/* How many bytes must be added, removed or changed (Levenshtein). */
static unsigned edit_distance(struct span a, struct span b)
{
    unsigned row[NAME_BYTES_MAX + 1];
    for (unsigned k = 0; k <= b.length; k++)
        row[k] = k;
    for (unsigned i = 0; i < a.length; i++) {
        unsigned diagonal = row[0];
        row[0] = i + 1;
        for (unsigned k = 0; k < b.length; k++) {
            unsigned changed = diagonal + (a.at[i] != b.at[k]);
            unsigned shorter = (row[k] < row[k + 1] ? row[k] : row[k + 1]) + 1;
            diagonal = row[k + 1];
            row[k + 1] = changed < shorter ? changed : shorter;
        }
    }
    return row[b.length];
}

const char *nearest_name(struct span name, const char *(*next)(const void *list, unsigned k),
                         const void *list)
{
    const char *nearest = NULL, *candidate;
    if (name.length > NAME_BYTES_MAX)
        return NULL;
    unsigned best = (unsigned)name.length / 3 + 2; /* more than a third wrong is another word */
    for (unsigned k = 0; (candidate = next(list, k)) != NULL; k++) {
        struct span other = {candidate, strlen(candidate)};
        unsigned distance = other.length <= NAME_BYTES_MAX ? edit_distance(name, other) : best;
        if (distance < best) {
            best = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

/* --- finding ----------------------------------------------------------------------------------------- */

struct setting_list {
    const struct setting_row *rows;
    unsigned count;
};

static const char *setting_name(const void *list, unsigned k)
{
    const struct setting_list *settings = list;
    return k < settings->count ? settings->rows[k].name : NULL;
}

const struct setting_row *setting_find(const struct setting_row *rows, unsigned count, const char *policy,
                                       struct span name, struct bm_error *error)
{
    for (unsigned k = 0; k < count; k++)
        if (span_is(name, (struct span){rows[k].name, strlen(rows[k].name)}))
            return &rows[k];
    fail(error, BM_USAGE, "policy \"%s\" has no setting \"%.*s\"", policy, shown_bytes(name), name.at);
    const char *nearest = nearest_name(name, setting_name, &(struct setting_list){rows, count});
    if (nearest)
        fail_hint(error, "did you mean \"%s\"?", nearest);
    else
        fail_hint(error, "`bouncemill list policies` shows the settings");
    return NULL;
}
