/* Names in headers and records, compared without regard to ASCII case. */
#ifndef CSV_DIALECT_NAMES_H
#define CSV_DIALECT_NAMES_H

#include "csv/dialect.h"

/* SPAN for the tables: a compound literal is not a constant. */
#define WORD(literal)                                                                                        \
    {                                                                                                        \
        "" literal, sizeof(literal) - 1                                                                      \
    }

/* A header name and the column that it is. Of several names of one column the first in the table that the
 * header has is taken; of equal names in a header, the first field. */
struct column_name {
    struct span name;
    enum column column;
};

extern const struct dialect dialect_native;
extern const struct dialect dialect_powermta;

/* Without blanks (space, tab) around it. */
struct span name_trim(struct span name);

/* Equal but for ASCII case. */
bool name_is(struct span name, struct span wanted);

/* Fills columns->at, count and required_last from a header. Returns false when one of the columns time, event
 * and address is missing; every dialect needs these. */
bool columns_map(const struct column_name *known, size_t known_count, const struct span *names, size_t count,
                 struct columns *columns);

#endif
