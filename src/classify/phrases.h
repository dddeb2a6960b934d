/* The phrases table: what a server's words mean. */
#ifndef CLASSIFY_PHRASES_H
#define CLASSIFY_PHRASES_H

#include "classify/automaton.h"
#include "classify/code_parse.h"
#include "classify/rules.h"
#include "classify/table.h"

/* Which codes a phrase's row asks for (column `when`); 0 in all: any. */
struct phrase_when {
    unsigned class_; /* 4 or 5: the first digit of the reply code, or without one of the enhanced code */
    unsigned reply;
    enhanced_code enhanced;
};

struct phrase {
    struct span text; /* folded: lower case, single blanks */
    struct phrase_when when;
    bool starts_word; /* no letter or digit may stand before it ... */
    bool ends_word;   /* ... nor behind it */
    uint32_t rule;
    uint32_t rank; /* the lowest of those that match decides */
};

struct phrase_table {
    struct phrase *list;
    size_t count;
    size_t capacity;
    struct rules *rules;
    struct automaton automaton;
    struct arena texts;
};

/* Reads a table (phrase,reason,strength,when,note) behind the rows already read. Errors: BM_USAGE with line
 * and column. */
enum bm_code phrases_read(struct phrase_table *table, const struct table_text *text, struct bm_error *error);

/* Ranks and indexes what was read. The first `own` rows are the user's: they come before the built-in ones,
 * as far as they are not vague. */
enum bm_code phrases_build(struct phrase_table *table, size_t own, struct bm_error *error);
void phrases_free(struct phrase_table *table);

struct phrase_match {
    const struct phrase *phrase; /* NULL: none */
    size_t at;
    size_t length;
};

/* The best phrase of a text, given its codes. Linear in the text; allocates nothing. */
struct phrase_match phrases_find(const struct phrase_table *table, struct span text,
                                 struct codes_found codes);

#endif
