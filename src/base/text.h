/* Text that grows in memory: what threads format on their own before it is written in order. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/span.h"

/* Zero-initialise. `failed` is set when memory is out; what was added since is lost. */
struct text {
    char *at;
    size_t length;
    size_t capacity;
    bool failed;
};

/* Room for `bytes` more bytes at the end; false when memory is out. */
bool text_reserve(struct text *text, size_t bytes);

void text_put(struct text *text, struct span bytes);
void text_char(struct text *text, char byte);
void text_u64(struct text *text, uint64_t value);

/* A CSV field, quoted as writer_csv does. */
void text_csv(struct text *text, struct span field);

void text_free(struct text *text);

/* Whether a CSV field needs quotes (RFC 4180, 2.6; and blanks at its ends, which readers trim). */
bool csv_needs_quotes(struct span field);

#endif
