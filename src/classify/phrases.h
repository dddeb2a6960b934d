/* The phrases table: what a server's words mean. */
#ifndef CLASSIFY_PHRASES_H
#define CLASSIFY_PHRASES_H

#include "classify/code_parse.h"
#include "classify/rules.h"
#include "classify/skeleton.h"
#include "classify/table.h"
#include "classify/trie.h"

#define PHRASES_START_BYTES  8
#define PHRASES_NIBBLE_BYTES 4
#define PHRASES_NESTED_MAX   64 /* phrases of which each begins the next */
#define PHRASES_STARTS       (1 << 13)

/* Which codes a phrase's row asks for (column `when`); 0 in all: any. */
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

/* How phrases of one kind begin: a filter that places in a text have to pass, over as many first bytes as the
 * shortest of them has, at most eight. */
struct phrase_starts {
    unsigned shift;              /* of eight bytes, so that those that count stay */
    uint8_t may[PHRASES_STARTS]; /* by a hash of them */
};

/* The halves of the first bytes of phrases that may begin anywhere: by place and half, a bit for each of
 * eight groups of phrases. */
struct phrase_nibbles {
    uint8_t low[PHRASES_NIBBLE_BYTES][16];
    uint8_t high[PHRASES_NIBBLE_BYTES][16];
};

struct phrase_match {
    const struct phrase *phrase; /* NULL: none */
    size_t at;
    size_t length;
};

struct phrase_table;

/* The best phrase of a skeleton, given codes and provider. Allocates nothing; a place costs at most the
 * longest phrase that begins there, once for each byte that it shares with the skeleton. */
typedef struct phrase_match phrases_find_function(const struct phrase_table *table, struct span skeleton,
                                                  struct codes_found codes, unsigned provider);

struct phrase_table {
    struct phrase *list;
    size_t count;
    size_t capacity;
    struct rules *rules;
    bool reads_first; /* the rows now read are in front, as those of a user's file that extends a table */
    struct trie trie;
    struct arena texts;
    struct phrase_starts long_at_word; /* of phrases that begin where a word does, of eight bytes and more */
    struct phrase_starts at_word;      /* and of less */
    struct phrase_starts anywhere;     /* of the others */
    struct phrase_nibbles nibbles;     /* of those, too */
    phrases_find_function *find;       /* set by phrases_build */
    struct skeleton_words words;       /* what skeletons have to keep */
};

/* Which columns of a row a phrase is made of. */
struct phrase_columns {
    size_t phrase;
    size_t precedence;
};

/* Adds a phrase behind the rows already read; a text of nothing but blanks is refused. A '*' at an end lets
 * the word there go on; "<id>" stands for a word that skeletons mask (an address, a host, a number, an id),
 * bare or in brackets or quotes: such a phrase becomes several. */
enum bm_code phrases_add(struct phrase_table *table, const struct table_row *row,
                         struct phrase_columns columns, struct phrase_when when, uint32_t rule);

/* Reads a table (phrase,reason,strength,when,precedence,note) behind the rows already read. Errors: BM_USAGE
 * with line and column. */
enum bm_code phrases_read(struct phrase_table *table, const struct table_text *text, struct bm_error *error);

/* Ranks and indexes what was read: vague phrases behind all others; among both, those that are `first`
 * before the rest. Errors: BM_USAGE when more than PHRASES_NESTED_MAX phrases begin alike. */
enum bm_code phrases_build(struct phrase_table *table, struct bm_error *error);
void phrases_free(struct phrase_table *table);

phrases_find_function phrases_find_plain;

/* For phrases_build: what phrases_find asks of a place first. */
void phrases_starts_find(struct phrase_table *table);

/* ASCII letters to lower case, any blank to ' '. */
static inline char phrases_fold(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (char)(byte + ('a' - 'A'));
    return byte == ' ' || (byte >= '\t' && byte <= '\r') ? ' ' : byte;
}

/* Letters and digits, what belongs to a letter in UTF-8, and what stands for a masked word. */
static inline bool phrases_word(char byte)
{
    return byte == SKELETON_MARK || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte & 0x80);
}

/* The fastest search that a level has. */
phrases_find_function *phrases_find_kernel(enum simd level);

static inline struct phrase_match phrases_find(const struct phrase_table *table, struct span skeleton,
                                               struct codes_found codes, unsigned provider)
{
    return skeleton.length ? table->find(table, skeleton, codes, provider) : (struct phrase_match){0};
}

#endif
