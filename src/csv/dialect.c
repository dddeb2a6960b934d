/* The registry of the dialects, and what they share. */
#include "base/base.h"

#include "csv/dialect.h"
#include "csv/dialect_names.h"

const struct dialect *const dialects[] = {&dialect_native, &dialect_powermta, NULL};

static const enum column required_columns[] = {COLUMN_TIME, COLUMN_EVENT, COLUMN_ADDRESS};

struct span name_trim(struct span name)
{
    while (name.length && (name.at[0] == ' ' || name.at[0] == '\t')) {
        name.at++;
        name.length--;
    }
    while (name.length && (name.at[name.length - 1] == ' ' || name.at[name.length - 1] == '\t'))
        name.length--;
    return name;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

bool name_is(struct span name, struct span wanted)
{
    if (name.length != wanted.length)
        return false;
    for (size_t i = 0; i < name.length; i++) {
        if (lower(name.at[i]) != lower(wanted.at[i]))
            return false;
    }
    return true;
}

/* The first field of that name, or -1. */
static int16_t find_name(struct span wanted, const struct span *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (name_is(name_trim(names[i]), wanted))
            return (int16_t)i;
    }
    return -1;
}

bool columns_map(const struct column_name *known, size_t known_count, const struct span *names, size_t count,
                 struct columns *columns)
{
    if (count > CSV_COLUMNS_MAX)
        count = CSV_COLUMNS_MAX;
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        columns->at[i] = -1;
    for (size_t i = 0; i < known_count; i++) {
        ASSERT(known[i].column < COLUMN_COUNT);
        int16_t *at = &columns->at[known[i].column];
        if (*at < 0)
            *at = find_name(known[i].name, names, count);
    }
    columns->count = (int16_t)count;
    columns->required_last = -1;
    for (size_t i = 0; i < COUNT_OF(required_columns); i++) {
        int16_t at = columns->at[required_columns[i]];
        if (at < 0)
            return false;
        if (at > columns->required_last)
            columns->required_last = at;
    }
    return true;
}

const struct dialect *dialect_find(const char *name)
{
    for (size_t i = 0; dialects[i]; i++) {
        if (strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    }
    return NULL;
}

bool dialect_recognise(const struct dialect *wanted, const struct span *names, size_t count,
                       struct columns *columns)
{
    for (size_t i = 0; dialects[i]; i++) {
        if ((!wanted || wanted == dialects[i]) && dialects[i]->header(names, count, columns)) {
            columns->dialect = dialects[i];
            return true;
        }
    }
    return false;
}
