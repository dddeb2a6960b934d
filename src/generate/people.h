/* Who receives: address number k is always the same text, at the same domain, with the same fate. */
#ifndef GENERATE_PEOPLE_H
#define GENERATE_PEOPLE_H

#include "generate/text.h"

#include <stdint.h>

/* The longest that person_write writes: two names, a number, '@' and a domain, with room to spare. */
#define PERSON_BYTES_MAX 128

enum person_state { PERSON_WELL, PERSON_FULL, PERSON_DEAD };

/* A population. No memory behind it: everything follows from the address's number. */
struct people {
    uint64_t seed;
    uint32_t count;
    int64_t start_s; /* addresses that die do so between these times */
    int64_t span_s;
};

/* An address number by popularity: the lower the number, the more events. */
uint32_t people_draw(const struct people *people, uint64_t bits);

/* The dead (or full) address of the same hundred as address k; `count` or above when it has none. */
uint32_t people_dead_near(const struct people *people, uint32_t k);
uint32_t people_full_near(const struct people *people, uint32_t k);

enum person_state people_state(const struct people *people, uint32_t k, int64_t time_s);

/* Whether address k is at one of the few large domains. */
bool person_domain_large(uint32_t k);

/* Writes the address of number k. Returns the length of its local part; the domain follows the '@'. */
size_t person_write(uint32_t k, struct text *text);

#endif
