/* Headers and records for the dialects' tests, from one string. */
#ifndef TESTS_CSV_NAMES_H
#define TESTS_CSV_NAMES_H

#include "base/base.h"

#include "csv/dialect.h"

enum { NAMES_MAX = 600 };

/* Splits at commas; returns the number of names. */
static inline size_t names_split(const char *header, struct span names[NAMES_MAX])
{
    size_t count = 0;
    for (;;) {
        size_t length = strcspn(header, ",");
        CHECK(count < NAMES_MAX);
        names[count++] = (struct span){header, length};
        if (!header[length])
            return count;
        header += length + 1;
    }
}

static inline bool names_recognise(const char *dialect, const char *header, struct columns *columns)
{
    struct span names[NAMES_MAX];
    size_t count = names_split(header, names);
    return dialect_recognise(dialect_find(dialect), names, count, columns);
}

#endif
