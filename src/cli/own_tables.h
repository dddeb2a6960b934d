/* The classifier's tables that the options name; the same ones for every command that classifies. */
#ifndef CLI_OWN_TABLES_H
#define CLI_OWN_TABLES_H

#include "option_parse.h"

#include <bouncemill/classify.h>

static inline struct bm_tables own_tables(const struct arguments *arguments)
{
    const struct option_value *values = arguments->values;
    return (struct bm_tables){.codes = values[OPTION_CODES].text,
                              .phrases = values[OPTION_PHRASES].text,
                              .trusted_domains = values[OPTION_TRUSTED_DOMAINS].text,
                              .providers = values[OPTION_PROVIDERS].text,
                              .replace = values[OPTION_REPLACE].text};
}

#endif
