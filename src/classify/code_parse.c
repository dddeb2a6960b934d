/* Codes in text. Servers, relays and exports wrap them in many ways; what they have in common is that an
 * enhanced code is a word of its own. So the search goes from '.' to '.' (memchr: a text without a code costs
 * next to nothing) and looks at what stands around it, rather than for any one form. */
#include "classify/code_parse.h"
#include "base/base.h"

#define CODE_DIGITS_MAX 3 /* subject and detail, RFC 3463, 2 */
#define REPLY_FIRST     200
#define REPLY_LAST      699

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_word(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte & 0x80);
}

static struct span blanks_skip(struct span text)
{
    while (text.length && is_blank(text.at[0])) {
        text.at++;
        text.length--;
    }
    return text;
}

static struct span span_from(struct span text, size_t from)
{
    return (struct span){text.at + from, text.length - from};
}

/* "smtp;" and "x-anything;" name the kind of diagnostic (RFC 3464, 2.3.6). */
static struct span kind_skip(struct span text)
{
    text = blanks_skip(text);
    size_t i = 0;
    while (i < text.length && i < 32 && (is_word(text.at[i]) || text.at[i] == '-'))
        i++;
    bool kind = i > 0 && i < text.length && text.at[i] == ';' && !is_digit(text.at[0]);
    return kind ? blanks_skip(span_from(text, i + 1)) : text;
}

/* Three digits that are a reply code and end there, or 0. */
static unsigned reply_at(struct span text)
{
    if (text.length < REPLY_CODE_DIGITS)
        return 0;
    unsigned code = 0;
    for (int i = 0; i < REPLY_CODE_DIGITS; i++) {
        if (!is_digit(text.at[i]))
            return 0;
        code = code * 10 + (unsigned)(text.at[i] - '0');
    }
    if (code < REPLY_FIRST || code > REPLY_LAST)
        return 0;
    if (text.length == REPLY_CODE_DIGITS)
        return code;
    char next = text.at[REPLY_CODE_DIGITS];
    bool number_goes_on =
        next == '.' && text.length > REPLY_CODE_DIGITS + 1 && is_digit(text.at[REPLY_CODE_DIGITS + 1]);
    return is_word(next) || number_goes_on ? 0 : code;
}

/* "host mx.example said: 550 ...": what the first "said:" says. Colons are rare, so they are looked for. */
static unsigned reply_said(struct span text)
{
    static const char said[] = "said";
    size_t length = sizeof said - 1;
    const char *end = text.at + text.length;
    for (const char *at = text.at; (at = memchr(at, ':', (size_t)(end - at))) != NULL; at++)
        if ((size_t)(at - text.at) >= length && memcmp(at - length, said, length) == 0)
            return reply_at(blanks_skip((struct span){at + 1, (size_t)(end - at) - 1}));
    return 0;
}

unsigned code_parse_reply(struct span text)
{
    struct span head = kind_skip(text);
    if (head.length && head.at[0] == '#') /* Exchange: "#550 5.2.2 ..." */
        head = span_from(head, 1);
    unsigned code = reply_at(head);
    if (code)
        return code;
    return reply_said(text);
}

/* The digits at `at`, at most CODE_DIGITS_MAX of them; returns how many there are, 0 when none or too many.
 */
static size_t number_at(struct span text, size_t at, unsigned *number)
{
    size_t i = at;
    *number = 0;
    while (i < text.length && is_digit(text.at[i]) && i - at < CODE_DIGITS_MAX)
        *number = *number * 10 + (unsigned)(text.at[i++] - '0');
    return i < text.length && is_digit(text.at[i]) ? 0 : i - at;
}

/* Whether a code may start at `at`: not inside a word, a longer number, a host name, a path or an address. */
static bool starts_word(struct span text, size_t at)
{
    if (at == 0)
        return true;
    char before = text.at[at - 1];
    if (before == '-') /* only as in "550-5.1.1" */
        return at > REPLY_CODE_DIGITS &&
               reply_at((struct span){text.at + at - 1 - REPLY_CODE_DIGITS, REPLY_CODE_DIGITS}) != 0;
    return !is_word(before) && !strchr("./@_\\+%~$", before);
}

static bool ends_word(struct span text, size_t end)
{
    if (end >= text.length)
        return true;
    char after = text.at[end];
    if (after == '.' || after == '-')
        return end + 1 == text.length || !is_word(text.at[end + 1]);
    return !is_word(after) && !strchr("/@_\\+%~", after);
}

/* The code whose first dot is at `dot`, or 0. Sets *end behind it. */
static enhanced_code enhanced_at(struct span text, size_t dot, size_t *end)
{
    if (dot == 0 || !starts_word(text, dot - 1))
        return 0;
    char class_ = text.at[dot - 1];
    if (class_ != '2' && class_ != '4' && class_ != '5')
        return 0;
    unsigned subject, detail;
    size_t subject_digits = number_at(text, dot + 1, &subject);
    size_t second_dot = dot + 1 + subject_digits;
    if (!subject_digits || second_dot >= text.length || text.at[second_dot] != '.')
        return 0;
    size_t detail_digits = number_at(text, second_dot + 1, &detail);
    *end = second_dot + 1 + detail_digits;
    if (!detail_digits || !ends_word(text, *end))
        return 0;
    return ENHANCED((unsigned)(class_ - '0'), subject, detail);
}

static unsigned reply_before(struct span text, size_t at)
{
    if (at < REPLY_CODE_DIGITS + 1)
        return 0;
    size_t from = at - REPLY_CODE_DIGITS - 1;
    if (from > 0 && (is_word(text.at[from - 1]) || text.at[from - 1] == '.'))
        return 0;
    return reply_at((struct span){text.at + from, REPLY_CODE_DIGITS + 1});
}

enhanced_code code_parse_enhanced(struct span text, unsigned *reply)
{
    enhanced_code unspecific = 0;
    size_t from = 0;
    while (from < text.length) {
        const char *found = memchr(text.at + from, '.', text.length - from);
        if (!found)
            break;
        size_t dot = (size_t)(found - text.at), end = dot + 1;
        enhanced_code code = enhanced_at(text, dot, &end);
        from = code ? end : dot + 1;
        if (!code)
            continue;
        if (!*reply)
            *reply = reply_before(text, dot - 1);
        if (ENHANCED_SUBJECT(code))
            return code;
        if (!unspecific)
            unspecific = code;
    }
    return unspecific;
}

/* An enhanced code as its column mostly has it: 5.1.1 and nothing else; 0: something else. */
static inline enhanced_code enhanced_plain(struct span text)
{
    if (text.length != 5 || text.at[1] != '.' || text.at[3] != '.')
        return 0;
    unsigned class_ = (unsigned)(text.at[0] - '0'), subject = (unsigned)(text.at[2] - '0'),
             detail = (unsigned)(text.at[4] - '0');
    bool known = class_ == 2 || class_ == 4 || class_ == 5;
    return known && subject <= 9 && detail <= 9 ? ENHANCED(class_, subject, detail) : 0;
}

struct codes_found code_parse(struct span reply_column, struct span enhanced_column, struct span text)
{
    unsigned ignored = 1; /* what stands before the enhanced code in its own column is no reply code */
    struct codes_found found = {.reply = reply_at(reply_column), .enhanced = enhanced_plain(enhanced_column)};
    if (!found.enhanced && enhanced_column.length)
        found.enhanced = code_parse_enhanced(enhanced_column, &ignored);
    if (!found.reply && reply_column.length) /* not as it mostly stands */
        found.reply = reply_at(kind_skip(reply_column));
    if (!found.reply && text.length)
        found.reply = code_parse_reply(text);
    if (!ENHANCED_SUBJECT(found.enhanced) && text.length) {
        enhanced_code in_text = code_parse_enhanced(text, &found.reply);
        if (ENHANCED_SUBJECT(in_text) || !found.enhanced)
            found.enhanced = in_text;
    }
    return found;
}
