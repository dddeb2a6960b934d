/* Finding a row start in the middle of a text, with proof.
 *
 * The states that the text could be in are kept as a set and stepped together. They merge quickly where
 * fields are quoted: for who is inside quotes, the quote of `,"x` is literal, and that of `x",` closes the
 * field for both. Without any quote the guess "inside" can never be refuted, so such a text is given up at
 * once; and while "inside" is in the set, only quotes can make it smaller, so everything up to the next quote
 * is skipped. */
#include "base/base.h"

#include "csv/scan.h"

#define SET_OF(state) (1u << (state))
#define SET_ALL       (SET_OF(CSV_STATE_COUNT) - 1)
/* The states behind a quote need the next byte to tell what it was. */
#define SET_UNDECIDED (SET_OF(CSV_QUOTE) | SET_OF(CSV_QUOTE_BLANKS))

static bool is_row_end(char byte)
{
    return byte == '\r' || byte == '\n';
}

/* A row may start at `at` (behind a row end): not between CR and LF, nor where an LF may still follow. */
static bool splits_no_pair(const char *text, size_t length, size_t at)
{
    return text[at - 1] == '\n' || (at < length && text[at] != '\n');
}

static size_t first_row_end(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length && !is_row_end(text[at]))
        at++;
    if (at == length)
        return length;
    bool pair = text[at] == '\r' && at + 1 < length && text[at + 1] == '\n';
    return at + (pair ? 2 : 1);
}

static unsigned step_set(unsigned set, char byte, char delimiter)
{
    unsigned next = 0;
    for (unsigned state = 0; state < CSV_STATE_COUNT; state++) {
        if (set & SET_OF(state))
            next |= SET_OF(csv_step((enum csv_state)state, byte, delimiter));
    }
    return next;
}

/* The set before text[to], from the set before text[at], with no quote between: one that is inside stays
 * inside; the others follow from the last byte that is not blank. */
static unsigned skip_to(const char *text, size_t at, size_t to, char delimiter, unsigned set)
{
    ASSERT(set & SET_OF(CSV_QUOTED) && !(set & SET_UNDECIDED));
    size_t last = to;
    while (last > at && (text[last - 1] == ' ' || text[last - 1] == '\t') && text[last - 1] != delimiter)
        last--;
    if (last > at)
        set = step_set(set, text[last - 1], delimiter);
    return set;
}

bool csv_row_start(const char *text, size_t length, char delimiter, size_t *offset)
{
    unsigned set = SET_ALL;
    for (size_t at = 0; at < length; at++) {
        if (set & SET_OF(CSV_QUOTED) && !(set & SET_UNDECIDED)) {
            const char *quote = memchr(text + at, '"', length - at);
            if (!quote)
                break;
            size_t to = (size_t)(quote - text);
            set = skip_to(text, at, to, delimiter, set);
            at = to;
        }
        set = step_set(set, text[at], delimiter);
        if (set == SET_OF(CSV_ROW_START) && is_row_end(text[at]) && splits_no_pair(text, length, at + 1)) {
            *offset = at + 1;
            return true;
        }
    }
    *offset = first_row_end(text, length);
    return false;
}
