#include "base/text.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#include "base/base.h"

bool text_reserve(struct text *text, size_t bytes)
{
    if (bytes <= text->capacity - text->length)
        return true;
    size_t capacity = text->capacity ? text->capacity : 4096;
    while (capacity - text->length < bytes)
        capacity *= 2;
    char *grown = realloc(text->at, capacity);
    if (!grown) {
        text->failed = true;
        return false;
    }
    text->at = grown;
    text->capacity = capacity;
    return true;
}

void text_put(struct text *text, struct span bytes)
{
    if (!bytes.length || !text_reserve(text, bytes.length))
        return;
    memcpy(text->at + text->length, bytes.at, bytes.length);
    text->length += bytes.length;
}

void text_char(struct text *text, char byte)
{
    if (text_reserve(text, 1))
        text->at[text->length++] = byte;
}

void text_u64(struct text *text, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    text_put(text, (struct span){digits + at, sizeof digits - at});
}

/* Bytes that a field may not have outside quotes. */
static bool byte_is_special(char byte)
{
    return byte == ',' || byte == '"' || byte == '\n' || byte == '\r';
}

#if defined(__SSE2__)
#define BLOCK 16u

static bool block_is_special(const char *at)
{
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i quotes =
        _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(',')), _mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
    __m128i ends =
        _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\r')));
    return _mm_movemask_epi8(_mm_or_si128(quotes, ends)) != 0;
}
#endif

/* Whether any of the bytes wants quotes around them. The last block reaches back into the one before it. */
static bool any_special(const char *at, size_t length)
{
    bool special = false;
#if defined(__SSE2__)
    if (length >= BLOCK) {
        for (size_t k = 0; k < length - BLOCK; k += BLOCK)
            special |= block_is_special(at + k);
        return special | block_is_special(at + length - BLOCK);
    }
#endif
    for (size_t k = 0; k < length; k++)
        special |= byte_is_special(at[k]);
    return special;
}

bool csv_needs_quotes(struct span field)
{
    if (!field.length)
        return false;
    char first = field.at[0], last = field.at[field.length - 1];
    return first == ' ' || first == '\t' || last == ' ' || last == '\t' ||
           any_special(field.at, field.length);
}

void text_csv(struct text *text, struct span field)
{
    if (!csv_needs_quotes(field)) {
        text_put(text, field);
        return;
    }
    text_char(text, '"');
    for (size_t k = 0; k < field.length; k++) {
        if (field.at[k] == '"')
            text_char(text, '"');
        text_char(text, field.at[k]);
    }
    text_char(text, '"');
}

void text_free(struct text *text)
{
    free(text->at);
    *text = (struct text){0};
}
