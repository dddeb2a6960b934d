#include "cli.h"

#include "json_text.h"

/* The length of the well-formed UTF-8 sequence at `at` (RFC 3629, 4), or 0. */
static size_t utf8_length(const unsigned char *at, size_t left)
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

void json_print(const char *text, size_t length)
{
    putchar('"');
    for (size_t k = 0; k < length;) {
        unsigned char byte = (unsigned char)text[k];
        size_t bytes = utf8_length((const unsigned char *)text + k, length - k);
        if (bytes == 0)
            printf("\xef\xbf\xbd");
        else if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            printf("\\u%04x", byte);
        else
            printf("%.*s", (int)bytes, text + k);
        k += bytes ? bytes : 1;
    }
    putchar('"');
}
