/* Dialects: what turns a row's fields into the native columns. A new text dialect is one more file with one
 * more struct. */
#ifndef CSV_DIALECT_H
#define CSV_DIALECT_H

#include "base/fail.h"
#include "event/event.h"

#define CSV_COLUMNS_MAX 512 /* further columns of a header are ignored */

/* The native columns, in the order of the contract, and what dialects need beside them. */
enum column {
    COLUMN_TIME,
    COLUMN_EVENT,
    COLUMN_ADDRESS,
    COLUMN_CAMPAIGN,
    COLUMN_MESSAGE_ID,
    COLUMN_SMTP_CODE,
    COLUMN_ENHANCED_CODE,
    COLUMN_DIAGNOSTIC,
    COLUMN_MTA,
    COLUMN_LABEL,    /* powermta: bounceCat */
    COLUMN_ACTION,   /* powermta: dsnAction */
    COLUMN_FEEDBACK, /* powermta: feedbackType */
    COLUMN_COUNT
};

/* Columns that every row's kind, counts and place in time are made of. The others are taken out of a row only
 * when its event is wanted: two thirds of all rows end here. */
#define COLUMN_IS_EARLY(column)                                                                              \
    ((column) <= COLUMN_CAMPAIGN || (column) == COLUMN_ACTION || (column) == COLUMN_FEEDBACK)

/* Where the columns stand in the rows of one archive. */
struct columns {
    const struct dialect *dialect;
    int16_t at[COLUMN_COUNT]; /* field number, -1: the archive has no such column */
    int16_t required_last;    /* the highest field number of a required column */
    int16_t count;            /* fields of the header */
    char delimiter;
};

/* A row on its way to an event: the columns' contents, absent ones empty, and the kind. Dialects work on it
 * in place: copying the spans cost about a tenth of a whole run, because they were written in halves a moment
 * ago. */
struct row {
    struct span fields[COLUMN_COUNT];
    enum bm_kind kind;
};

enum row_outcome {
    ROW_EVENT,   /* an event */
    ROW_IGNORED, /* a record that is none (powermta: tq), well formed */
    ROW_BAD_KIND /* its kind is not one that the dialect knows */
};

struct dialect {
    const char *name;
    const char *summary; /* one line for `list dialects` */
    bool times_are_utc;  /* a time without an offset is UTC; otherwise it is no time */
    /* Maps a header's names; returns false when it is not this dialect's header (required columns missing).
     */
    bool (*header)(const struct span *names, size_t count, struct columns *columns);
    /* Sets row->kind from the fields that COLUMN_IS_EARLY names; the others are not set yet. Behind every
     * field SHORT_BLOCK bytes are readable. */
    enum row_outcome (*row)(struct row *row);
    /* Mends the other fields of an event that is wanted, where the dialect writes them otherwise than the
     * native one; NULL: nowhere. */
    void (*reply)(struct row *row);
};

/* All dialects, NULL at the end, in the order in which `auto` tries them. */
extern const struct dialect *const dialects[];

/* The dialect of that name, or NULL ("auto" too). */
const struct dialect *dialect_find(const char *name);

/* Recognises a header row. `wanted` is NULL for auto. Returns false when no dialect knows it. The delimiter
 * is the caller's: he split the header with it, and columns->delimiter is left as it is. */
bool dialect_recognise(const struct dialect *wanted, const struct span *names, size_t count,
                       struct columns *columns);

#endif
