/* What the kernels of skeleton_bits_find share: from what kinds of bytes a block of 64 holds to the bits that
 * the skeleton is made by. A kernel for another processor is one more file like skeleton_avx2.c. */
#ifndef CLASSIFY_SKELETON_BITS_H
#define CLASSIFY_SKELETON_BITS_H

#include "base/base.h"
#include "classify/skeleton.h"

#define SKELETON_WORD_BITS 64

/* What 64 bytes are, a bit a byte. */
struct kinds {
    uint64_t digit;
    uint64_t letter;
    uint64_t blank;
    uint64_t strong; /* '.' and '@': between letters or digits they make the word special */
    uint64_t weak;   /* '_' and '+' */
    uint64_t hyphen;
};

/* What one word of bits needs of the one before. */
struct kinds_carry {
    uint64_t alnum;
    uint64_t letter;
    uint64_t blank;
    uint64_t joint;
};

#define KINDS_INLINE __attribute__((always_inline)) static inline

KINDS_INLINE bool kinds_alnum(char byte)
{
    unsigned char lower = (unsigned char)byte | 0x20;
    return (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'z');
}

KINDS_INLINE void kinds_set(struct skeleton_bits *bits, size_t number, struct kinds kinds, bool alnum_next,
                            struct kinds_carry *carry)
{
    uint64_t alnum = kinds.digit | kinds.letter;
    uint64_t before = alnum << 1 | carry->alnum, behind = alnum >> 1 | (uint64_t)alnum_next << 63;
    uint64_t letter_before = kinds.letter << 1 | carry->letter;
    uint64_t strong = kinds.strong & before & behind;
    uint64_t joint = strong | (kinds.weak & before & behind) | (kinds.hyphen & letter_before & behind);
    bits->word[number] = alnum | joint;
    bits->label[number] = (joint << 1 | carry->joint) & kinds.letter;
    bits->special[number] = kinds.digit | strong;
    bits->spare[number] = kinds.blank & (kinds.blank << 1 | carry->blank);
    *carry = (struct kinds_carry){alnum >> 63, kinds.letter >> 63, kinds.blank >> 63, joint >> 63};
}

/* Behind a text whose last word of bits is full, so that a word's end is always found. */
KINDS_INLINE void kinds_end(struct skeleton_bits *bits, size_t number)
{
    bits->word[number] = bits->label[number] = bits->special[number] = bits->spare[number] = 0;
}

/* All blocks of a text. `find` tells the kinds of 64 bytes, `find_last` of the last 1 to 64 of a text, bits
 * of zeros behind them: those end every word there. */
KINDS_INLINE void kinds_each(struct span text, struct skeleton_bits *bits, struct kinds (*find)(const char *),
                             struct kinds (*find_last)(struct span, size_t))
{
    ASSERT(text.length <= SKELETON_TEXT_BYTES_MAX);
    struct kinds_carry carry = {0};
    size_t at = 0;
    for (; text.length - at > SKELETON_WORD_BITS; at += SKELETON_WORD_BITS)
        kinds_set(bits, at / SKELETON_WORD_BITS, find(text.at + at),
                  kinds_alnum(text.at[at + SKELETON_WORD_BITS]), &carry);
    kinds_set(bits, at / SKELETON_WORD_BITS, find_last(text, at), false, &carry);
    if (text.length == at + SKELETON_WORD_BITS)
        kinds_end(bits, at / SKELETON_WORD_BITS + 1);
}

/* `find_last` of a kernel that reads whole blocks only. */
KINDS_INLINE struct kinds kinds_copied(struct span text, size_t at, struct kinds (*find)(const char *))
{
    char tail[SKELETON_WORD_BITS] = {0};
    if (text.length > at)
        memcpy(tail, text.at + at, text.length - at);
    return find(tail);
}

/* The same where a whole block is there to be read, ending where the text does. */
KINDS_INLINE struct kinds kinds_shifted(struct span text, size_t at, struct kinds (*find)(const char *))
{
    struct kinds kinds = find(text.at + text.length - SKELETON_WORD_BITS);
    size_t past = SKELETON_WORD_BITS - (text.length - at); /* below 64: the last block has a byte */
    return (struct kinds){kinds.digit >> past,  kinds.letter >> past, kinds.blank >> past,
                          kinds.strong >> past, kinds.weak >> past,   kinds.hyphen >> past};
}

#if defined(__x86_64__)
#define SKELETON_X86 1
skeleton_bits_function skeleton_bits_find_avx2;
skeleton_bits_function skeleton_bits_find_avx512;
#else
#define SKELETON_X86 0
#endif

#endif
