/* One field's bytes between two ends of the index, as libcsv would give them. */
#ifndef CSV_FIELD_H
#define CSV_FIELD_H

#include "base/span.h"

/* The field's content: blanks (space, tab) around it removed, quotes undone. A field without inner quotes is
 * a part of `raw`; else it is unquoted into scratch, which has room for raw.length bytes. */
struct span csv_field(struct span raw, char *scratch);

/* The same, but blanks around an unquoted field are kept (the diagnostic). */
struct span csv_field_blanks(struct span raw, char *scratch);

/* The bytes of the UTF-8 byte order mark that a text begins with: 3 or 0. */
static inline size_t csv_bom_length(const char *text, size_t length)
{
    return length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

#endif
