/* The skeleton of a server's text: what is the same in every reply of one template. */
#ifndef CLASSIFY_SKELETON_H
#define CLASSIFY_SKELETON_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

#define SKELETON_TEXT_BYTES_MAX ((size_t)16 << 10) /* what stands behind in a text is not looked at */
#define SKELETON_ROOM           (SKELETON_TEXT_BYTES_MAX + 64) /* of `out` below: copies overshoot */
#define SKELETON_MARK           '\x01'                         /* stands for a masked word */

#define SKELETON_PREFIX_BYTES 8
#define SKELETON_FILTER_WORDS 64

/* Which words with digits, '@' or inner dots the phrases hold: those stay. Zero-initialise. A filter: it may
 * keep a word that no phrase has, never mask one that a phrase has. */
struct skeleton_words {
    uint64_t filter[SKELETON_FILTER_WORDS]; /* by how a word begins */
    uint64_t labels[SKELETON_FILTER_WORDS]; /* by how a part of a word, between what joins it, begins */
    unsigned prefix_lengths;                /* bit n: `filter` holds prefixes of n bytes */
    bool keep_all;                          /* a phrase may begin anywhere in such a word */
};

/* Adds a phrase's words. `open_start` and `open_end`: there, the word may go on in the text. A phrase with an
 * open start ("*spamhaus") is found inside hosts, where one of their labels begins with it. */
void skeleton_words_add(struct skeleton_words *words, struct span phrase, bool open_start, bool open_end);

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

/* One bit a byte: part of a word; what joins its parts; what makes it special; a blank behind a blank. */
struct skeleton_bits {
    uint64_t word[SKELETON_TEXT_BYTES_MAX / 64 + 1];
    uint64_t joint[SKELETON_TEXT_BYTES_MAX / 64 + 1];
    uint64_t special[SKELETON_TEXT_BYTES_MAX / 64 + 1];
    uint64_t spare[SKELETON_TEXT_BYTES_MAX / 64 + 1];
};

/* The bits of a text of at most SKELETON_TEXT_BYTES_MAX bytes, by vector instructions and, for comparison and
 * for other machines, a byte at a time. One word of 64 bits past the text is set too. */
void skeleton_bits_find(struct span text, struct skeleton_bits *bits);
void skeleton_bits_find_scalar(struct span text, struct skeleton_bits *bits);

#endif
