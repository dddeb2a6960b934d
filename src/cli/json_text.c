#include "cli.h"

#include "json_text.h"
#include "utf8.h"

void json_print(const char *text, size_t length)
{
    putchar('"');
    for (size_t k = 0; k < length;) {
        const unsigned char *at = (const unsigned char *)text + k;
        size_t bytes = utf8_length(at, length - k);
        if (bytes == 0)
            printf("\xef\xbf\xbd");
        else if (*at == '"' || *at == '\\')
            printf("\\%c", *at);
        else if (utf8_is_control(at, bytes)) /* of two bytes: the second is the number */
            printf("\\u%04x", at[bytes - 1]);
        else
            printf("%.*s", (int)bytes, text + k);
        k += bytes ? bytes : 1;
    }
    putchar('"');
}
