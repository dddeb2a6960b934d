/* Mailbox providers and filters whose codes or texts mean something else than everybody's. */
#ifndef CLASSIFY_PROVIDERS_H
#define CLASSIFY_PROVIDERS_H

#include "classify/codes.h"
#include "classify/phrases.h"

#define PROVIDER_TAIL_BITS 4096 /* a power of two */

/* Providers are numbered from 1; 0 is none. */
struct provider_table {
    struct span *names;
    unsigned count;
    unsigned capacity;
    struct provider_domain *domains; /* by hash, open addressing, at most half full */
    size_t domain_count;
    size_t domain_slots;                     /* a power of two */
    unsigned longest;                        /* bytes of the longest domain */
    uint64_t tails[PROVIDER_TAIL_BITS / 64]; /* how the domains end, by a hash */
    struct code_list list;
    struct code_table codes;
    struct arena texts;
};

struct provider_domain {
    struct span name; /* lower case, without a dot before it */
    unsigned provider;
};

/* Reads a table (provider,domain,code,phrase,reason,strength,precedence,note) behind what is there. A row
 * with a domain says whose it is and all below it; a row with a reason is a rule: for a code, a phrase, or a
 * phrase with a code. Phrases go to `phrases`. Of two rows for one domain or code the first counts. Errors:
 * BM_USAGE with line and column. */
enum bm_code providers_read(struct provider_table *table, struct phrase_table *phrases,
                            const struct table_text *text, struct bm_error *error);
enum bm_code providers_build(struct provider_table *table, struct bm_error *error);
void providers_free(struct provider_table *table);

/* The provider of a host or domain, 0: none. ASCII letters of either case; what follows the name, such as
 * "[192.0.2.1]:25", is not looked at. */
unsigned providers_find(const struct provider_table *table, struct span name);

/* The rule of a provider's code, 0: none. The enhanced code is asked first. */
uint32_t providers_rule(const struct provider_table *table, unsigned provider, struct codes_found codes);

#endif
