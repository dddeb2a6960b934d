/* Characters in texts of strangers. */
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the well-formed UTF-8 sequence at `at` (RFC 3629, 4), or 0; `left` is at least 1. */
static inline size_t utf8_length(const unsigned char *at, size_t left)
{
    unsigned first = at[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || length > left)
        return 0;
    for (size_t k = 1; k < length; k++)
        if ((at[k] & 0xc0) != 0x80)
            return 0;
    bool overlong = (first == 0xe0 && at[1] < 0xa0) || (first == 0xf0 && at[1] < 0x90);
    bool outside = (first == 0xed && at[1] >= 0xa0) || (first == 0xf4 && at[1] >= 0x90);
    return overlong || outside ? 0 : length;
}

/* Whether the character, whose length is what utf8_length says, may steer a terminal: C1 characters do too,
 * where it reads single bytes as such. */
static inline bool utf8_is_control(const unsigned char *at, size_t length)
{
    bool c1 = length == 0 ? at[0] < 0xa0 : length == 2 && at[0] == 0xc2 && at[1] < 0xa0;
    return at[0] < 0x20 || at[0] == 0x7f || c1;
}

#endif
