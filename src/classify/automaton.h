/* Many strings in one pass over a text: an Aho-Corasick automaton, completed to a DFA. */
#ifndef CLASSIFY_AUTOMATON_H
#define CLASSIFY_AUTOMATON_H

#include "base/fail.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

#define AUTOMATON_BYTES_MAX ((size_t)256 << 20)

/* What ends at an accepting state: a run of string numbers, and the state of the next shorter ending. */
struct automaton_accept {
    uint32_t from;
    uint32_t count;
    uint32_t shorter; /* an accept number; AUTOMATON_NONE */
};

#define AUTOMATON_NONE UINT32_MAX

struct automaton {
    uint32_t *next;           /* next[state + class of the byte]; states are multiples of `classes` */
    uint32_t first_accepting; /* states from here on accept */
    uint32_t classes;
    uint32_t states;
    uint8_t class_of[256];
    struct automaton_accept *accepts; /* of state first_accepting + k * classes */
    uint32_t *strings;                /* the numbers that accepts name */
};

/* Builds over `count` folded strings (see automaton_fold; none empty, none starting with a blank). Equal
 * strings are kept apart by their numbers. Errors: BM_USAGE when the automaton would pass
 * AUTOMATON_BYTES_MAX; BM_RESOURCE. */
enum bm_code automaton_build(struct automaton *automaton, const struct span *strings, size_t count,
                             struct bm_error *error);
void automaton_free(struct automaton *automaton);

/* ASCII letters to lower case, any blank to ' '. */
static inline unsigned char automaton_fold(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (unsigned char)(byte + ('a' - 'A'));
    return byte == ' ' || (byte >= '\t' && byte <= '\r') ? ' ' : byte;
}

static inline uint32_t automaton_step(const struct automaton *automaton, uint32_t state, char byte)
{
    return automaton->next[state + automaton->class_of[(unsigned char)byte]];
}

#endif
