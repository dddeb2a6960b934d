/* JSON strings on standard output. */
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include <stddef.h>

/* Prints text with its quotes; bytes that are not UTF-8 become U+FFFD. */
void json_print(const char *text, size_t length);

#endif
