/* The skeleton of a server's text: what is the same in every reply of one template. */
#ifndef CLASSIFY_SKELETON_H
#define CLASSIFY_SKELETON_H

#include "base/cpu.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

#define SKELETON_TEXT_BYTES_MAX ((size_t)16 << 10) /* what stands behind in a text is not looked at */
#define SKELETON_ROOM           (SKELETON_TEXT_BYTES_MAX + 64) /* of `out` below: copies overshoot */
#define SKELETON_MARK           '\x01'                         /* stands for a masked word */

#define SKELETON_PREFIX_BYTES 8
#define SKELETON_FILTER_WORDS 64

/* One bit a byte: part of a word; the first letter of a part behind what joins it to the part before; what
 * makes a word special; a blank behind a blank. */
struct skeleton_bits {
    uint64_t word[SKELETON_TEXT_BYTES_MAX / 64 + 1];
    uint64_t label[SKELETON_TEXT_BYTES_MAX / 64 + 1];
    uint64_t special[SKELETON_TEXT_BYTES_MAX / 64 + 1];
    uint64_t spare[SKELETON_TEXT_BYTES_MAX / 64 + 1];
};

/* The bits of a text of at most SKELETON_TEXT_BYTES_MAX bytes. One word of 64 bits past the text is set too
 * where the text fills its last. Reads no byte behind the text. */
typedef void skeleton_bits_function(struct span text, struct skeleton_bits *bits);
skeleton_bits_function skeleton_bits_find;        /* what every processor of the kind runs */
skeleton_bits_function skeleton_bits_find_scalar; /* a byte at a time: what the others are compared with */

/* The fastest one that a level has. */
skeleton_bits_function *skeleton_bits_kernel(enum simd level);

/* How a word or a part of a word begins that a phrase has. */
struct skeleton_prefix {
    uint64_t bytes; /* lower case, blanks behind a shorter word */
    uint64_t kind;  /* how many bytes count, and where in a word; 0: a free slot */
};

/* Which words with digits, '@' or inner dots the phrases hold: those stay. Zero-initialise. It may keep a
 * word that no phrase has, if it begins like one, never mask one that a phrase has. */
struct skeleton_words {
    uint64_t filter[SKELETON_FILTER_WORDS]; /* the first four bytes of all prefixes, by a hash */
    struct skeleton_prefix *prefixes;       /* open addressing, at most half full */
    uint32_t count;
    uint32_t slots;          /* a power of two */
    unsigned prefix_lengths; /* bit n: there are prefixes of words of n bytes */
    unsigned inner_lengths;  /* and of what a phrase begins with that may do so anywhere in a word */
    skeleton_bits_function *bits_find; /* NULL: skeleton_bits_find */
};

/* Adds a phrase's words. `open_start` and `open_end`: there, the word may go on in the text. A phrase with an
 * open start ("*spamhaus") is found inside hosts, where one of their labels begins with it. False when memory
 * is out. */
bool skeleton_words_add(struct skeleton_words *words, struct span phrase, bool open_start, bool open_end);
void skeleton_words_free(struct skeleton_words *words);

/* Two offsets into the skeleton, and once found the offsets of the same bytes in the text. */
struct skeleton_places {
    size_t wanted[2];
    size_t found[2];
};

/* Writes the skeleton of a text to `out` (SKELETON_ROOM bytes) and returns its length, which is never more
 * than the text's. Words that differ from reply to reply become SKELETON_MARK, a run of blanks becomes its
 * first, and the codes that a server repeats at the start of each further line are left out. `places` may be
 * NULL. Linear in the text. */
size_t skeleton_make(const struct skeleton_words *words, struct span text, char *out,
                     struct skeleton_places *places);

#endif
