/* The phrases table: what a server's words mean. */
#ifndef CLASSIFY_PHRASES_H
#define CLASSIFY_PHRASES_H

#include "classify/automaton.h"
#include "classify/code_parse.h"
#include "classify/rules.h"
#include "classify/skeleton.h"
#include "classify/table.h"

/* Which codes a phrase's row asks for (column `when`); 0 in all: any. */
#define PHRASES_NESTED_MAX 64 /* phrases of which each ends the next */

struct phrase_when {
    unsigned class_; /* 4 or 5: the first digit of the reply code, or without one of the enhanced code */
    unsigned reply;
    enhanced_code enhanced;
    unsigned provider; /* a number of providers.h */
};

struct phrase {
    struct span text; /* folded: lower case, single blanks */
    struct phrase_when when;
    bool starts_word; /* no letter or digit may stand before it ... */
    bool ends_word;   /* ... nor behind it */
    bool first;       /* stands before all that are not, whatever their strength */
    uint32_t rule;
    uint32_t rank; /* the lowest of those that match decides */
};

struct phrase_table {
    struct phrase *list;
    size_t count;
    size_t capacity;
    struct rules *rules;
    bool reads_first; /* the rows now read are in front, as those of a user's file that extends a table */
    struct automaton automaton;
    struct arena texts;
    uint32_t *ranks;             /* of each accept, the lowest rank among it and the shorter ones */
    struct skeleton_words words; /* what skeletons have to keep */
};

/* Which columns of a row a phrase is made of. */
struct phrase_columns {
    size_t phrase;
    size_t precedence;
};

/* Adds a phrase behind the rows already read; a text of nothing but blanks is refused. A '*' at an end lets the
 * word there go on; "<id>" stands for a word that skeletons mask (an address, a host, a number, an id), bare or
 * in brackets or quotes: such a phrase becomes several. */
enum bm_code phrases_add(struct phrase_table *table, const struct table_row *row,
                         struct phrase_columns columns, struct phrase_when when, uint32_t rule);

/* Reads a table (phrase,reason,strength,when,precedence,note) behind the rows already read. Errors: BM_USAGE
 * with line and column. */
enum bm_code phrases_read(struct phrase_table *table, const struct table_text *text, struct bm_error *error);

/* Ranks and indexes what was read: vague phrases behind all others; among both, those that are `first`
 * before the rest. Errors: BM_USAGE when more than PHRASES_NESTED_MAX phrases end at one place. */
enum bm_code phrases_build(struct phrase_table *table, struct bm_error *error);
void phrases_free(struct phrase_table *table);

struct phrase_match {
    const struct phrase *phrase; /* NULL: none */
    size_t at;
    size_t length;
};

/* The best phrase of a skeleton, given codes and provider. Linear in its length; allocates nothing. */
struct phrase_match phrases_find(const struct phrase_table *table, struct span skeleton,
                                 struct codes_found codes, unsigned provider);

#endif
