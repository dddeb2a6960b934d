/* Domain trust: which recipient domains the trusted-domain rules name. */
#ifndef CLASSIFY_TRUST_H
#define CLASSIFY_TRUST_H

#include "classify/perfect_hash.h"
#include "classify/table.h"

struct trust_entry;

struct trust {
    struct perfect_hash hash;
    struct trust_entry *slots;
    struct trust_entry *entries; /* as read */
    size_t count;
    size_t capacity;
    uint64_t seed;
    bool has_country;
    bool has_suffix;
    struct table_text text; /* the entries' names point into it, or into names */
    char *names;
};

/* Builds from a list: a rule a line. `gmail.com`: that name. `hotmail.{cc}`: and a last label of two ASCII
 * letters. `*.rr.com`: every name below rr.com, at any depth, not itself. Takes the text over, also when it
 * fails. Errors: BM_USAGE with file and line; BM_RESOURCE. */
enum bm_code trust_new(struct trust *trust, struct table_text text, struct bm_error *error);
void trust_free(struct trust *trust);

/* Whether a rule names the domain, which must be normalised (lower case, no dot at the end). */
bool trust_contains(const struct trust *trust, struct span domain);

#endif
