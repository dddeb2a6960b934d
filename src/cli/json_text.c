#include "cli.h"

#include "json_text.h"
#include "utf8.h"

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
