/* The forms that platforms import, as data and a function that writes an address's rows. */
#ifndef OUTPUT_EXPORT_FORMS_H
#define OUTPUT_EXPORT_FORMS_H

#include "base/text.h"
#include "output/export.h"

#define EXPORT_FILES_MAX 3 /* of one form, before they are split */

/* What a cause of suppression is to a platform; a bit each. */
enum export_kind {
    KIND_BOUNCE = 1,
    KIND_COMPLAINT = 2,
    KIND_UNSUBSCRIBE = 4,
    KIND_DELETE = 8,
    KIND_ANY = KIND_BOUNCE | KIND_COMPLAINT | KIND_UNSUBSCRIBE | KIND_DELETE
};

struct export_entry {
    struct span address;
    enum export_kind kind;
    const struct outcome *outcome;
    const struct policy_result *result;
};

struct export_file {
    const char *part;   /* between the form's name and the ending: ".bounces", or "" */
    const char *ending; /* ".csv" */
    const char *header; /* with its line end; "": none */
    unsigned kinds;     /* bits of enum export_kind that go into it */
    void (*write)(struct text *text, const struct export_entry *entry);
};

struct export_form {
    const char *name;
    const char *summary;
    struct export_limits limits;
    const char *warning;                        /* when there are more than limits.all_rows */
    struct export_file files[EXPORT_FILES_MAX]; /* the last ones may be empty: no ending */
};

extern const struct export_form export_forms[EXPORT_COUNT];

#endif
