/* Which texts a table is made of: the user's file, the built-in table, or both. */
#ifndef CLASSIFY_TABLE_SOURCES_H
#define CLASSIFY_TABLE_SOURCES_H

#include "classify/table.h"

#include <bouncemill/classify.h>

enum table_kind { TABLE_CODES, TABLE_PHRASES, TABLE_PROVIDERS, TABLE_DOMAINS, TABLE_KINDS };

/* The table of that name ("codes", "phrases", "providers", "domains"); TABLE_KINDS: there is none. */
enum table_kind table_kind_find(struct span name);

/* Reads a text. `extends`: it is a user's file whose rows stand in front of the built-in ones. */
typedef enum bm_code (*table_reader)(void *context, const struct table_text *text, bool extends,
                                     struct bm_error *error);

/* Hands the texts of a table to `reader` in order of precedence. Errors: the reader's; BM_USAGE when a file
 * cannot be read; BM_RESOURCE. */
enum bm_code table_sources_read(const struct bm_tables *tables, enum table_kind kind, table_reader reader,
                                void *context, struct bm_error *error);

/* Checks `tables->replace`. Errors: BM_USAGE for a name that is none, or whose table no file is given for. */
enum bm_code table_sources_check(const struct bm_tables *tables, struct bm_error *error);

#endif
