/* What the vector kernels of csv_index share: which there are, the rules for one block of 64 bytes as bit
 * masks, and the way back to the scalar reference.
 *
 * A vector kernel sees a block as masks: bit i stands for byte i. Almost every block has no quote and lies
 * outside quotes; its ends are all delimiters, CRs and LFs. For the others a prefix xor over the quotes tells
 * inside from outside, which is right as long as quotes come as RFC 4180 has them: an opening one directly
 * behind an end (or behind a closing one: the "" escape), a closing one directly before an end or a quote.
 * Masks check exactly that. A block that fails (literal quotes, blanks around quotes) is scanned again by the
 * scalar reference, from the exact state at its first byte. So the fast path never decides what it does not
 * understand, and both agree on every input.
 *
 * Between blocks only three bits are carried. Whether the row or field has begun (ROW_START, FIELD_START or
 * UNQUOTED) is not followed: it is looked up in the text when the scalar reference or the caller needs it.
 * The kernels end with the reference too, for the last partial block: no byte behind the text is read. */
#ifndef CSV_SCAN_KERNELS_H
#define CSV_SCAN_KERNELS_H

#include "csv/scan.h"

#define SCAN_BLOCK_BYTES 64

csv_index_function csv_index_scalar;

/* A kernel for another processor (NEON) is one more file like scan_avx2.c: masks of a block, prefix xor (with
 * PMULL, or shifts), bits to offsets. It is declared here, chosen in scan.c and named in enum simd. */
#if defined(__x86_64__)
#define SCAN_X86 1
csv_index_function csv_index_avx2;
csv_index_function csv_index_avx512;
#else
#define SCAN_X86 0
#endif

/* The scalar reference on text[at .. end); adds to what was found, in offsets from text. */
void csv_index_range(const char *text, size_t at, size_t end, char delimiter, enum csv_state *state,
                     struct csv_ends *found);

/* What one block tells the next. */
struct scan_carry {
    uint64_t inside;   /* all ones: the block begins inside quotes */
    uint64_t boundary; /* 1: a quote as the first byte opens a field, or undoes a closing quote */
    uint64_t closing;  /* 1: a quote may have closed a field just before; an end or a quote must follow */
};

/* One call of a kernel: the text, what was found in it, and the last place at which the exact state is known.
 */
struct scan {
    const char *text;
    struct csv_ends *found;
    size_t length;
    char delimiter;
    size_t known_at;
    enum csv_state known;
};

/* The carry that stands for a state. CSV_QUOTE_BLANKS has no boundary: a quote as the next byte fails the
 * check then, as does anything else but an end. */
static inline struct scan_carry scan_carry(enum csv_state state)
{
    return (struct scan_carry){
        .inside = state == CSV_QUOTED ? UINT64_MAX : 0,
        .boundary = state == CSV_ROW_START || state == CSV_FIELD_START || state == CSV_QUOTE,
        .closing = state == CSV_QUOTE || state == CSV_QUOTE_BLANKS,
    };
}

/* Scans up to length bytes from `at`, where a block begins that is entered with carry, by the reference.
 * scan->known_at and known are where it stopped. */
void scan_exactly(struct scan *scan, size_t at, size_t length, struct scan_carry carry);

/* True when the block's quotes are none of the vector kernel's business: there are none, nor is one open. */
static inline bool scan_block_is_plain(uint64_t quotes, const struct scan_carry *carry)
{
    return LIKELY((quotes | carry->inside | carry->closing) == 0);
}

/* A block with quotes: `quotes` and `ends` are masks of the bytes, `parity` is the prefix xor of quotes.
 * Returns false, with nothing changed, when the masks cannot decide; else keeps the ends outside quotes and
 * moves the carry on. */
static inline bool scan_block_quoted(uint64_t quotes, uint64_t parity, uint64_t *ends,
                                     struct scan_carry *carry)
{
    uint64_t inside = parity ^ carry->inside; /* an opening quote counts as inside, a closing one not */
    uint64_t opening = quotes & inside;
    uint64_t closing = quotes & ~inside;
    uint64_t outer_ends = *ends & ~inside;
    uint64_t boundary = outer_ends | closing;
    uint64_t misplaced_opening = opening & ~(boundary << 1 | carry->boundary);
    uint64_t misplaced_closing = (closing << 1 | carry->closing) & ~(*ends | quotes);
    if (UNLIKELY(misplaced_opening | misplaced_closing))
        return false;
    carry->inside = 0 - (inside >> 63);
    carry->boundary = boundary >> 63;
    carry->closing = closing >> 63;
    *ends = outer_ends;
    return true;
}

/* Takes the row ends of a block, whose ends are `ends`, those before it not yet among them. A row is seldom
 * shorter than a block. */
__attribute__((always_inline)) static inline void scan_rows_add(uint64_t rows, uint64_t ends,
                                                                struct csv_ends *found)
{
    uint32_t *to = found->rows + found->row_count;
    to[0] = (uint32_t)found->count + (uint32_t)__builtin_popcountll(ends & ((rows ^ (rows - 1)) >> 1));
    found->row_count += rows != 0;
    for (rows &= rows - 1; UNLIKELY(rows); rows &= rows - 1)
        found->rows[found->row_count++] =
            (uint32_t)found->count + (uint32_t)__builtin_popcountll(ends & ((rows ^ (rows - 1)) >> 1));
}

#endif
