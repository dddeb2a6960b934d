/* Which kernel runs, and what the vector kernels do where they cannot decide. */
#include "base/base.h"

#include "csv/scan_kernels.h"

csv_index_function *csv_index_kernel(enum simd level)
{
    ASSERT(level < SIMD_COUNT);
#if SCAN_X86
    if (level == SIMD_AVX512)
        return csv_index_avx512;
    if (level == SIMD_AVX2)
        return csv_index_avx2;
#else
    (void)level;
#endif
    return csv_index_scalar;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* The exact state at `at`. Outside quotes it follows from the last byte that is not blank. The bytes that
 * this looks at lie behind known_at, which then moves: all look-ups together pass over the text once. */
static enum csv_state scan_state(const struct scan *scan, size_t at, struct scan_carry carry)
{
    ASSERT(at >= scan->known_at);
    if (at == scan->known_at)
        return scan->known;
    if (carry.closing)
        return CSV_QUOTE;
    if (carry.inside)
        return CSV_QUOTED;
    const char *text = scan->text;
    while (at > scan->known_at && is_blank(text[at - 1]) && text[at - 1] != scan->delimiter)
        at--;
    if (at == scan->known_at)
        return scan->known; /* blanks change none of the states that a plain block begins in */
    char last = text[at - 1];
    if (last == scan->delimiter)
        return CSV_FIELD_START;
    return last == '\r' || last == '\n' ? CSV_ROW_START : CSV_UNQUOTED;
}

void scan_exactly(struct scan *scan, size_t at, size_t length, struct scan_carry carry)
{
    ASSERT(at <= scan->length && length <= scan->length - at);
    scan->known = scan_state(scan, at, carry);
    scan->known_at = at + length;
    csv_index_range(scan->text, at, scan->known_at, scan->delimiter, &scan->known, scan->found);
}
