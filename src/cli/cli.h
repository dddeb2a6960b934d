/* Included first by every source of the program. The program uses the library's public headers and nothing
 * else of it, as any other user of the library would. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bouncemill/error.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#pragma GCC poison sprintf vsprintf strcpy strcat strncpy strncat strtok gets tmpnam

#endif
