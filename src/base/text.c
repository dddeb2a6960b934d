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

bool csv_needs_quotes(struct span field)
{
    if (!field.length)
        return false;
    char first = field.at[0], last = field.at[field.length - 1];
    bool special = first == ' ' || first == '\t' || last == ' ' || last == '\t';
    size_t at = 0;
#if defined(__SSE2__)
    for (; field.length - at >= 16; at += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(field.at + at));
        __m128i quotes = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(',')),
                                      _mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
        __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\n')),
                                    _mm_cmpeq_epi8(block, _mm_set1_epi8('\r')));
        special |= _mm_movemask_epi8(_mm_or_si128(quotes, ends)) != 0;
    }
#endif
    for (; at < field.length; at++)
        special |= byte_is_special(field.at[at]);
    return special;
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
