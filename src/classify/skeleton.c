/* What differs between two replies of one template are addresses, hosts, numbers and ids: words that hold a
 * digit, an '@' or a dot between letters. They are masked before phrases are looked for, with or without a
 * memo. So a verdict is a function of the codes, the provider and the skeleton, and a memo of skeletons
 * (memo.c) cannot change it: there is no second set of rules that would have to agree with the first.
 *
 * The phrases say what they need to see: words of theirs with digits or dots ("rfc 5322", "resolver.adr.*")
 * are kept, told by a filter over their first eight bytes; so are hosts of which a label begins as a phrase
 * with an open start does ("*spamhaus"), told by its first four. A word is letters and digits, joined by
 * single dots, '@', '_' and '+' between them, and by '-' behind a letter: "mta-12.example.org" is one word,
 * "550-Requested" is two. Bytes of UTF-8 above ASCII are not part of words here: "用户123不存在" keeps its
 * meaning.
 *
 * Speed: sixteen bytes at a time become one bit a byte each, and then only the special words, of which a
 * reply has three or four, are walked, with bit scans; what lies between is copied as it stands. With the
 * scalar bits in place of the vector ones, replies that a memo knows took four times as long in all.
 *
 * The filters must stay narrow: when the first words of all phrases with an open start were among the labels
 * ("*mailbox voll"), every host named mail.* was kept, the memo missed, and its rate fell by half. So only
 * phrases of one word are. */
#include "classify/skeleton.h"
#include "base/base.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define WORD_BITS    64
#define REPLY_DIGITS 3
#define COPY_BYTES   32

#define LABEL_PREFIX_BYTES 4
#define FILTER_BITS        (SKELETON_FILTER_WORDS * 64)

_Static_assert((FILTER_BITS & (FILTER_BITS - 1)) == 0, "a mask picks the bit");

/* What 64 bytes are, a bit a byte. */
struct kinds {
    uint64_t digit;
    uint64_t letter;
    uint64_t blank;
    uint64_t strong; /* '.' and '@': between letters or digits they make the word special */
    uint64_t weak;   /* '_' and '+' */
    uint64_t hyphen;
};

static struct kinds kinds_of_scalar(const char *at)
{
    struct kinds kinds = {0};
    for (unsigned i = 0; i < WORD_BITS; i++) {
        unsigned char byte = (unsigned char)at[i], lower = byte | 0x20;
        kinds.digit |= (uint64_t)(byte >= '0' && byte <= '9') << i;
        kinds.letter |= (uint64_t)(lower >= 'a' && lower <= 'z') << i;
        kinds.blank |= (uint64_t)(byte == ' ' || (byte >= '\t' && byte <= '\r')) << i;
        kinds.strong |= (uint64_t)(byte == '.' || byte == '@') << i;
        kinds.weak |= (uint64_t)(byte == '_' || byte == '+') << i;
        kinds.hyphen |= (uint64_t)(byte == '-') << i;
    }
    return kinds;
}

#ifdef __SSE2__
static inline uint64_t bits_of(__m128i bytes, unsigned shift)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(bytes) << shift;
}

static inline __m128i equals(__m128i bytes, char byte)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte));
}

/* Bytes from `first` on, `count` of them. */
static inline __m128i in_range(__m128i bytes, char first, char count)
{
    __m128i distance = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(distance, _mm_set1_epi8((char)(count - 1))), distance);
}

static inline struct kinds kinds_of(const char *at)
{
    struct kinds kinds = {0};
    for (unsigned i = 0; i < WORD_BITS; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i_u *)(const void *)(at + i));
        kinds.digit |= bits_of(in_range(bytes, '0', 10), i);
        kinds.letter |= bits_of(in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26), i);
        kinds.blank |= bits_of(_mm_or_si128(equals(bytes, ' '), in_range(bytes, '\t', 5)), i);
        kinds.strong |= bits_of(_mm_or_si128(equals(bytes, '.'), equals(bytes, '@')), i);
        kinds.weak |= bits_of(_mm_or_si128(equals(bytes, '_'), equals(bytes, '+')), i);
        kinds.hyphen |= bits_of(equals(bytes, '-'), i);
    }
    return kinds;
}
#else
#define kinds_of kinds_of_scalar
#endif

/* What one word of bits needs of the one before. */
struct carry {
    uint64_t alnum;
    uint64_t letter;
    uint64_t blank;
};

static inline bool is_alnum(char byte)
{
    unsigned char lower = (unsigned char)byte | 0x20;
    return (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'z');
}

static inline void bits_set(struct skeleton_bits *bits, size_t number, struct kinds kinds, bool alnum_next,
                            struct carry *carry)
{
    uint64_t alnum = kinds.digit | kinds.letter;
    uint64_t before = alnum << 1 | carry->alnum, behind = alnum >> 1 | (uint64_t)alnum_next << 63;
    uint64_t letter_before = kinds.letter << 1 | carry->letter;
    uint64_t strong = kinds.strong & before & behind;
    uint64_t joint = strong | (kinds.weak & before & behind) | (kinds.hyphen & letter_before & behind);
    bits->word[number] = alnum | joint;
    bits->joint[number] = joint;
    bits->special[number] = kinds.digit | strong;
    bits->spare[number] = kinds.blank & (kinds.blank << 1 | carry->blank);
    *carry = (struct carry){alnum >> 63, kinds.letter >> 63, kinds.blank >> 63};
}

/* Zeros behind the text end every word there; they are bytes of no kind. */
static inline void bits_find(struct span text, struct skeleton_bits *bits,
                             struct kinds (*kinds_find)(const char *))
{
    ASSERT(text.length <= SKELETON_TEXT_BYTES_MAX);
    struct carry carry = {0};
    size_t at = 0;
    for (; text.length - at > WORD_BITS; at += WORD_BITS)
        bits_set(bits, at / WORD_BITS, kinds_find(text.at + at), is_alnum(text.at[at + WORD_BITS]), &carry);
    char tail[WORD_BITS] = {0};
    if (text.length > at)
        memcpy(tail, text.at + at, text.length - at);
    bits_set(bits, at / WORD_BITS, kinds_find(tail), false, &carry);
    if (text.length == at + WORD_BITS) { /* so that a word's end is always found */
        size_t past = at / WORD_BITS + 1;
        bits->word[past] = bits->joint[past] = bits->special[past] = bits->spare[past] = 0;
    }
}

void skeleton_bits_find(struct span text, struct skeleton_bits *bits)
{
    bits_find(text, bits, kinds_of);
}

void skeleton_bits_find_scalar(struct span text, struct skeleton_bits *bits)
{
    bits_find(text, bits, kinds_of_scalar);
}

/* The first bit of the run of ones that `at` is in, but not below `floor`. */
static inline size_t run_start(const uint64_t *bits, size_t at, size_t floor)
{
    for (;;) {
        unsigned bit = at % WORD_BITS;
        uint64_t zeros = ~bits[at / WORD_BITS] << (WORD_BITS - 1 - bit);
        size_t start = zeros ? at - (unsigned)__builtin_clzll(zeros) + 1 : at - bit;
        if (zeros || start <= floor)
            return start > floor ? start : floor;
        at = start - 1;
    }
}

/* The first zero at or behind `at`; there is one. */
static inline size_t run_end(const uint64_t *bits, size_t at)
{
    for (;;) {
        uint64_t zeros = ~bits[at / WORD_BITS] >> at % WORD_BITS;
        if (zeros)
            return at + (unsigned)__builtin_ctzll(zeros);
        at = (at / WORD_BITS + 1) * WORD_BITS;
    }
}

/* The first eight bytes of a word in lower case, zeros behind a shorter one. */
static inline uint64_t prefix_of(const char *at, size_t length)
{
    uint64_t bytes = 0;
    if (length >= sizeof bytes) {
        memcpy(&bytes, at, sizeof bytes);
    } else if (length == LABEL_PREFIX_BYTES) {
        uint32_t half;
        memcpy(&half, at, sizeof half);
        bytes = half;
    } else {
        for (size_t i = 0; i < length; i++)
            bytes |= (uint64_t)(unsigned char)at[i] << (8 * i);
    }
    /* 0x20 makes letters lower case; to digits and what joins words it does nothing that tells them apart */
    return bytes | UINT64_C(0x2020202020202020);
}

static inline unsigned filter_bit(uint64_t prefix, unsigned length)
{
    return (unsigned)((prefix + length) * UINT64_C(0x9e3779b97f4a7c15) >> 40) & (FILTER_BITS - 1);
}

static inline bool filter_holds(const uint64_t *filter, uint64_t prefix, unsigned length)
{
    unsigned bit = filter_bit(prefix, length);
    return filter[bit / 64] >> bit % 64 & 1;
}

/* Whether a part of the word at [start, end) begins as a phrase with an open start does. Parts that begin
 * with a digit are not asked for: no such phrase is. */
static inline bool label_is_kept(const struct skeleton_words *words, const struct skeleton_bits *bits,
                                 const char *text, size_t start, size_t end)
{
    size_t at = start;
    for (size_t base = start - start % WORD_BITS; base < end; base += WORD_BITS) {
        uint64_t joints = bits->joint[base / WORD_BITS];
        if (base < start)
            joints &= ~UINT64_C(0) << (start - base);
        for (;;) {
            if (end - at >= LABEL_PREFIX_BYTES && text[at] > '9' &&
                filter_holds(words->labels, prefix_of(text + at, LABEL_PREFIX_BYTES), LABEL_PREFIX_BYTES))
                return true;
            if (!joints)
                break;
            at = base + (unsigned)__builtin_ctzll(joints) + 1;
            joints &= joints - 1;
            if (at >= end)
                return false;
        }
    }
    return false;
}

static inline bool word_is_kept(const struct skeleton_words *words, const struct skeleton_bits *bits,
                                const char *text, size_t start, size_t end)
{
    size_t length = end - start;
    if (words->keep_all)
        return true;
    for (unsigned lengths = words->prefix_lengths; lengths; lengths &= lengths - 1) {
        unsigned prefix_length = (unsigned)__builtin_ctz(lengths);
        uint64_t prefix = prefix_of(text + start, length < prefix_length ? length : prefix_length);
        if (filter_holds(words->filter, prefix, prefix_length))
            return true;
    }
    return label_is_kept(words, bits, text, start, end);
}

static void prefix_add(struct skeleton_words *words, struct span word, bool open_end)
{
    unsigned length = SKELETON_PREFIX_BYTES;
    if (open_end && word.length < length)
        length = (unsigned)word.length;
    unsigned bit = filter_bit(prefix_of(word.at, word.length < length ? word.length : length), length);
    words->filter[bit / 64] |= UINT64_C(1) << bit % 64;
    words->prefix_lengths |= 1u << length;
}

static bool joins_words(char byte)
{
    return byte && strchr(".@_+-", byte);
}

void skeleton_words_add(struct skeleton_words *words, struct span phrase, bool open_start, bool open_end)
{
    ASSERT(phrase.length && phrase.length <= SKELETON_TEXT_BYTES_MAX);
    struct skeleton_bits bits;
    skeleton_bits_find_scalar(phrase, &bits);
    open_start |= joins_words(phrase.at[0]);
    open_end |= joins_words(phrase.at[phrase.length - 1]);
    for (size_t at = 0; at < phrase.length;) {
        if (!(bits.word[at / WORD_BITS] >> at % WORD_BITS & 1)) {
            at++;
            continue;
        }
        size_t end = run_end(bits.word, at);
        bool special = false;
        for (size_t i = at; i < end; i++)
            special |= bits.special[i / WORD_BITS] >> i % WORD_BITS & 1;
        bool starts_open = open_start && (at == 0 || (at == 1 && joins_words(phrase.at[0])));
        bool ends_open = open_end && end + 1 >= phrase.length;
        bool alone = at <= 1 && end == phrase.length; /* else "*mailbox voll" would keep every mail.* */
        if (starts_open && alone && end - at >= LABEL_PREFIX_BYTES && phrase.at[at] > '9') {
            unsigned bit = filter_bit(prefix_of(phrase.at + at, LABEL_PREFIX_BYTES), LABEL_PREFIX_BYTES);
            words->labels[bit / 64] |= UINT64_C(1) << bit % 64;
        } else if (starts_open)
            words->keep_all |= special;
        else if (special)
            prefix_add(words, (struct span){phrase.at + at, end - at}, ends_open);
        at = end;
    }
}

/* A skeleton being made. */
struct making {
    struct span text;
    char *out;
    size_t length;
    size_t from; /* what stands before in the text is done */
    struct skeleton_places *places;
    struct span lead;     /* the reply code at the text's start */
    struct span enhanced; /* and the enhanced code behind it */
    size_t lead_end;      /* where that would begin, and what a repeated one has to begin at */
};

static inline void place_note(struct making *making, size_t length)
{
    for (int i = 0; i < 2; i++) {
        size_t offset = making->places->wanted[i] - making->length;
        if (offset < length)
            making->places->found[i] = making->from + offset;
    }
}

/* Copies the text up to `end`. In steps that may overshoot: `out` has room, and reading stays in the text. */
static inline void copy_to(struct making *making, size_t end)
{
    size_t length = end - making->from;
    const char *at = making->text.at + making->from;
    char *out = making->out + making->length;
    if (UNLIKELY(making->places != NULL))
        place_note(making, length);
    size_t done = 0;
    while (done < length && making->text.length - making->from - done >= COPY_BYTES) {
        memcpy(out + done, at + done, COPY_BYTES);
        done += COPY_BYTES;
    }
    if (done < length)
        memcpy(out + done, at + done, length - done);
    making->length += length;
    making->from = end;
}

/* Whether a word is a code that a further line of the reply repeats. Notes the first. */
static inline bool code_repeats(struct making *making, size_t start, struct span word)
{
    bool is_reply = word.length == REPLY_DIGITS && word.at[0] >= '2' && word.at[0] <= '5';
    if (!making->lead.length) {
        making->lead = is_reply ? word : (struct span){"?", 1};
        making->lead_end = start + REPLY_DIGITS + 1;
        return false;
    }
    if (is_reply && start && (unsigned char)making->text.at[start - 1] <= ' ' &&
        span_is(word, making->lead)) {
        size_t end = start + REPLY_DIGITS;
        char next = end < making->text.length ? making->text.at[end] : 0;
        if (next != ' ' && next != '-')
            return false;
        making->lead_end = end + 1;
        return true;
    }
    if (start != making->lead_end)
        return false;
    if (!making->enhanced.length) {
        making->enhanced = word;
        return false;
    }
    return span_is(word, making->enhanced);
}

static inline void word_mask(struct making *making, const struct skeleton_words *words,
                             const struct skeleton_bits *bits, size_t start, size_t end)
{
    struct span word = {making->text.at + start, end - start};
    copy_to(making, start);
    if (code_repeats(making, start, word)) {
        bool parted =
            end < making->text.length && (making->text.at[end] == ' ' || making->text.at[end] == '-');
        making->from = end + parted;
        return;
    }
    if (word_is_kept(words, bits, making->text.at, start, end)) {
        copy_to(making, end);
        return;
    }
    making->out[making->length++] = SKELETON_MARK;
    making->from = end;
}

size_t skeleton_make(const struct skeleton_words *words, struct span text, char *out,
                     struct skeleton_places *places)
{
    if (text.length > SKELETON_TEXT_BYTES_MAX)
        text.length = SKELETON_TEXT_BYTES_MAX;
    struct skeleton_bits bits;
    skeleton_bits_find(text, &bits);
    struct making making = {.text = text, .out = out, .places = places};
    for (size_t base = 0; base < text.length; base += WORD_BITS) {
        size_t number = base / WORD_BITS;
        uint64_t events = bits.special[number] | bits.spare[number];
        while (events) {
            size_t at = base + (unsigned)__builtin_ctzll(events);
            events &= events - 1;
            if (at < making.from)
                continue; /* in a word that is done */
            if (bits.spare[number] >> at % WORD_BITS & 1) {
                copy_to(&making, at);
                making.from = at + 1;
            } else {
                word_mask(&making, words, &bits, run_start(bits.word, at, making.from),
                          run_end(bits.word, at));
            }
        }
    }
    if (making.from < text.length)
        copy_to(&making, text.length);
    return making.length;
}
