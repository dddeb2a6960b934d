/* The text is cut into words (runs of the bytes that addresses, host names and ids are made of), and each
 * word is looked at once from a few sides. Only what fits the room is looked at, so that a row of a megabyte
 * costs no more than one of 500 bytes. */
#include "classify/text_mask.h"
#include "base/base.h"

#define ID_LENGTH_MIN   8 /* shorter words with few digits are names: "ipv6", "TSS04" */
#define ID_DIGITS_MIN   4
#define REPLY_DIGITS    3
#define IPV4_PARTS      4
#define IPV6_COLONS_MIN 2
#define TOP_LABEL_MAX   18

/* What a word consists of: counts side by side in one integer, so that a byte costs one addition. Longer
 * words are not looked at, so 10 bits hold each. */
enum tally { LETTERS, DIGITS, DOTS, COLONS, AT_SIGNS, SLASHES };
#define TALLY_BITS     10
#define TALLY_ONE(of)  (UINT64_C(1) << TALLY_BITS * (of))
#define LETTERS_ONLY   (TALLY_ONE(DIGITS) - 1)
#define WORD_BYTES_MAX 1023

struct word {
    size_t letters;
    size_t digits;
    size_t dots;
    size_t colons;
    size_t at_signs;
    size_t slashes;
    size_t others;
    size_t not_hex; /* letters past f */
    bool is_url;    /* holds "://" */
};

struct out {
    char *at;
    size_t length;
    size_t room;
    bool full;
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_blank(char byte)
{
    return (unsigned char)byte <= ' ' || byte == 0x7f;
}

/* Which bytes words are made of, and what each adds to a word's counts. */
#define LOWER(byte) [byte] = TALLY_ONE(LETTERS) | IN_WORD, [(byte) - 'a' + 'A'] = TALLY_ONE(LETTERS) | IN_WORD
#define DIGIT(byte) [byte] = TALLY_ONE(DIGITS) | IN_WORD
#define IN_WORD     (UINT64_C(1) << 63)
#define EIGHT(byte)                                                                                          \
    [byte] = IN_WORD, [(byte) + 1] = IN_WORD, [(byte) + 2] = IN_WORD, [(byte) + 3] = IN_WORD,                \
    [(byte) + 4] = IN_WORD, [(byte) + 5] = IN_WORD, [(byte) + 6] = IN_WORD, [(byte) + 7] = IN_WORD
static const uint64_t byte_tally[256] = {
    LOWER('a'),
    LOWER('b'),
    LOWER('c'),
    LOWER('d'),
    LOWER('e'),
    LOWER('f'),
    LOWER('g'),
    LOWER('h'),
    LOWER('i'),
    LOWER('j'),
    LOWER('k'),
    LOWER('l'),
    LOWER('m'),
    LOWER('n'),
    LOWER('o'),
    LOWER('p'),
    LOWER('q'),
    LOWER('r'),
    LOWER('s'),
    LOWER('t'),
    LOWER('u'),
    LOWER('v'),
    LOWER('w'),
    LOWER('x'),
    LOWER('y'),
    LOWER('z'),
    DIGIT('0'),
    DIGIT('1'),
    DIGIT('2'),
    DIGIT('3'),
    DIGIT('4'),
    DIGIT('5'),
    DIGIT('6'),
    DIGIT('7'),
    DIGIT('8'),
    DIGIT('9'),
    ['.'] = TALLY_ONE(DOTS) | IN_WORD,
    [':'] = TALLY_ONE(COLONS) | IN_WORD,
    ['@'] = TALLY_ONE(AT_SIGNS) | IN_WORD,
    ['/'] = TALLY_ONE(SLASHES) | IN_WORD,
    ['_'] = IN_WORD,
    ['+'] = IN_WORD,
    ['~'] = IN_WORD,
    ['%'] = IN_WORD,
    ['?'] = IN_WORD,
    ['&'] = IN_WORD,
    ['='] = IN_WORD,
    ['#'] = IN_WORD,
    ['-'] = IN_WORD,
    EIGHT(0x80),
    EIGHT(0x88),
    EIGHT(0x90),
    EIGHT(0x98),
    EIGHT(0xa0),
    EIGHT(0xa8),
    EIGHT(0xb0),
    EIGHT(0xb8),
    EIGHT(0xc0),
    EIGHT(0xc8),
    EIGHT(0xd0),
    EIGHT(0xd8),
    EIGHT(0xe0),
    EIGHT(0xe8),
    EIGHT(0xf0),
    EIGHT(0xf8),
};

static size_t tally_of(uint64_t sum, enum tally of)
{
    return sum >> TALLY_BITS * of & ((1u << TALLY_BITS) - 1);
}

/* A word's counts, of the sum of its bytes' ones. */
static struct word word_count(struct span text, uint64_t sum)
{
    ASSERT(text.length <= WORD_BYTES_MAX);
    struct word word = {.letters = tally_of(sum, LETTERS),
                        .digits = tally_of(sum, DIGITS),
                        .dots = tally_of(sum, DOTS),
                        .colons = tally_of(sum, COLONS),
                        .at_signs = tally_of(sum, AT_SIGNS),
                        .slashes = tally_of(sum, SLASHES)};
    word.others = text.length - word.letters - word.digits - word.dots - word.colons - word.at_signs;
    if (word.colons >= IPV6_COLONS_MIN) /* only IPv6 addresses ask */
        for (size_t i = 0; i < text.length; i++)
            word.not_hex += is_letter(text.at[i]) && (text.at[i] | 0x20) > 'f';
    if (word.colons && word.slashes >= 2)
        word.is_url = memmem(text.at, text.length, "://", 3) != NULL;
    return word;
}

static void put(struct out *out, struct span text)
{
    if (out->full || text.length > out->room - out->length) {
        out->full = true;
        return;
    }
    if (text.length)
        memcpy(out->at + out->length, text.at, text.length);
    out->length += text.length;
}

/* Puts what fits, whole characters of UTF-8. */
static void put_cut(struct out *out, struct span text)
{
    if (text.length > out->room - out->length) {
        text.length = out->room - out->length;
        while (text.length && ((unsigned char)text.at[text.length] & 0xc0) == 0x80)
            text.length--;
        put(out, text);
        out->full = true;
        return;
    }
    put(out, text);
}

/* A last label of letters in one case behind a dot, and nothing that host names have not. */
static bool is_host(struct span text, const struct word *word)
{
    if (!word->dots || word->at_signs || word->colons || !word->letters)
        return false;
    size_t label = 0;
    bool upper = false, lower = false;
    while (label < text.length && is_letter(text.at[text.length - 1 - label])) {
        char byte = text.at[text.length - 1 - label++];
        upper |= byte <= 'Z';
        lower |= byte >= 'a';
    }
    if (label < 2 || label > TOP_LABEL_MAX || (upper && lower) || label + 1 >= text.length)
        return false;
    return text.at[text.length - 1 - label] == '.' && !word->slashes &&
           text.at[text.length - 2 - label] != '.';
}

static bool is_ip(const struct word *word)
{
    if (word->at_signs || word->others)
        return false;
    bool v4 = word->dots == IPV4_PARTS - 1 && !word->letters && !word->colons && word->digits >= IPV4_PARTS;
    bool v6 = word->colons >= IPV6_COLONS_MIN && !word->not_hex && word->digits;
    return v4 || v6;
}

static bool digit_at(struct span text, size_t at)
{
    return at < text.length && is_digit(text.at[at]);
}

/* Whether a word is an enhanced code (5.1.1), alone or behind a reply code (550-5.1.1). */
static bool is_status(struct span text, const struct word *word)
{
    bool with_reply = text.length > REPLY_DIGITS + 1 && text.at[REPLY_DIGITS] == '-';
    size_t from = with_reply ? REPLY_DIGITS + 1 : 0;
    if (word->dots != 2 || word->letters || word->colons || word->at_signs || word->others != (from > 0))
        return false;
    return digit_at(text, from) && from + 1 < text.length && text.at[from + 1] == '.' &&
           digit_at(text, from + 2) && strchr("245", text.at[from]);
}

/* Whether a number is a reply code: three digits, the first of them 2, 4 or 5, at the text's start. */
static bool is_reply(struct span text, const struct word *word, bool first)
{
    return first && word->digits == REPLY_DIGITS && text.length == REPLY_DIGITS && strchr("245", text.at[0]);
}

static struct span mask_of(struct span text, uint64_t sum, bool first)
{
    if (!(sum & ~LETTERS_ONLY) || text.length > WORD_BYTES_MAX) /* as most words */
        return text;
    struct word word = word_count(text, sum);
    if (word.is_url)
        return SPAN("<url>");
    if (word.at_signs && word.letters && text.at[0] != '@' && text.at[text.length - 1] != '@')
        return SPAN("<addr>");
    if (is_status(text, &word) || is_reply(text, &word, first))
        return text;
    if (is_ip(&word))
        return SPAN("<ip>");
    if (is_host(text, &word))
        return SPAN("<host>");
    if (word.digits && !word.letters)
        return SPAN("<n>");
    if (word.digits && word.letters && (text.length >= ID_LENGTH_MIN || word.digits >= ID_DIGITS_MIN))
        return SPAN("<id>");
    return text;
}

/* Whether a byte at a word's end is punctuation rather than a part of it. */
static bool ends_sentence(char byte)
{
    return byte == '.' || byte == ':' || byte == '/' || byte == '?' || byte == '&' || byte == '=' ||
           byte == '#' || byte == '-';
}

/* The word at the front of text, without the punctuation behind it. Sums its bytes' counts, which is of no
 * use for words of more than WORD_BYTES_MAX bytes: there they run into one another. */
static size_t word_length(struct span text, uint64_t *sum)
{
    size_t length = 0;
    *sum = 0;
    for (uint64_t tally; length < text.length; length++) {
        tally = byte_tally[(unsigned char)text.at[length]];
        if (!(tally & IN_WORD))
            break;
        *sum += tally & ~IN_WORD;
    }
    while (length && ends_sentence(text.at[length - 1]))
        *sum -= byte_tally[(unsigned char)text.at[--length]] & ~IN_WORD;
    return length;
}

size_t text_mask(struct span text, char *out_bytes, size_t room)
{
    struct out out = {.at = out_bytes, .room = room};
    size_t at = 0;
    bool first = true, blank = false;
    while (at < text.length && !out.full) {
        if (is_blank(text.at[at])) {
            blank = true;
            at++;
            continue;
        }
        if (blank && out.length)
            put(&out, SPAN(" "));
        blank = false;
        uint64_t sum;
        size_t length = word_length((struct span){text.at + at, text.length - at}, &sum);
        struct span word = {text.at + at, length ? length : 1};
        struct span mask = length ? mask_of(word, sum, first) : word;
        if (mask.at == word.at)
            put_cut(&out, mask);
        else
            put(&out, mask);
        first = false;
        at += word.length;
    }
    if (out.length && out.at[out.length - 1] == ' ')
        out.length--;
    return out.length;
}
