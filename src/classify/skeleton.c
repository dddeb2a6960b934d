/* What differs between two replies of one template are addresses, hosts, numbers and ids: words that hold a
 * digit, an '@' or a dot between letters. They are masked before phrases are looked for, with or without a
 * memo. So a verdict is a function of the codes, the provider and the skeleton, and a memo of skeletons
 * (memo.c) cannot change it: there is no second set of rules that would have to agree with the first.
 *
 * The phrases say what they need to see: words of theirs with digits or dots ("rfc 5322", "resolver.adr.*")
 * are kept, told by their first eight bytes; so are hosts of which a label begins as a phrase with an open
 * start does ("*spamhaus"), told by its first four; and words that hold anywhere what a phrase begins with
 * that is no label ("@163.com", "*4x"), told by its first eight or all of it. A word is letters and digits,
 * joined by single dots, '@', '_' and '+' between them, and by '-' behind a letter: "mta-12.example.org" is
 * one word, "550-Requested" is two. Bytes of UTF-8 above ASCII are not part of words here: "用户123不存在"
 * keeps its meaning.
 *
 * Speed: a block of 64 bytes becomes one bit a byte each (skeleton_bits.c), and then only the special words,
 * of which a reply has three or four, are walked, with bit scans; what lies between is copied as it stands.
 *
 * What is kept must be exact: a stream of templates has a few hundred skeletons, and each word kept for
 * nothing makes one more that the memo has to learn and give up another for. With a filter alone, wrong for
 * one word in fifty, one reply in thirty-six missed the memo; so what the filter lets through is looked up.
 * And when the first words of all phrases with an open start were among the labels ("*mailbox voll"), every
 * host named mail.* was kept, the memo missed, and its rate fell by half. So only phrases of one word are. */
#include "classify/skeleton.h"
#include "base/base.h"

#include "base/hash_factor.h"

#define WORD_BITS    64
#define REPLY_DIGITS 3
#define COPY_BYTES   32

#define LABEL_PREFIX_BYTES 4
#define LABEL_KIND         (SKELETON_PREFIX_BYTES + 1)
#define INNER_KIND         (LABEL_KIND + 1) /* and more: by how many bytes count */
#define FILTER_BITS        (SKELETON_FILTER_WORDS * 64)
#define SLOTS_FIRST        256

_Static_assert((FILTER_BITS & (FILTER_BITS - 1)) == 0, "a mask picks the bit");

/* 0x20 makes letters lower case; to digits and what joins words it does nothing that tells them apart. */
#define LOWER_FOUR  UINT32_C(0x20202020)
#define LOWER_EIGHT UINT64_C(0x2020202020202020)

/* The first eight bytes of a word in lower case, blanks behind a shorter one. */
static uint64_t prefix_of(const char *at, size_t length)
{
    uint64_t bytes = 0;
    memcpy(&bytes, at, length < sizeof bytes ? length : sizeof bytes);
    return bytes | LOWER_EIGHT;
}

static inline unsigned filter_bit(uint32_t four)
{
    return (unsigned)(four * HASH_FACTOR >> 40) & (FILTER_BITS - 1);
}

static inline bool filter_holds(const struct skeleton_words *words, uint32_t four)
{
    unsigned bit = filter_bit(four);
    return words->filter[bit / 64] >> bit % 64 & 1;
}

/* The slot that holds a prefix, or the free one where it would be. */
static struct skeleton_prefix *prefix_slot(const struct skeleton_words *words, struct skeleton_prefix prefix)
{
    uint64_t hash = (prefix.bytes ^ prefix.kind << 56) * HASH_FACTOR;
    uint32_t slot = (uint32_t)(hash >> 32) & (words->slots - 1);
    while (words->prefixes[slot].kind &&
           (words->prefixes[slot].bytes != prefix.bytes || words->prefixes[slot].kind != prefix.kind))
        slot = (slot + 1) & (words->slots - 1);
    return &words->prefixes[slot];
}

static bool prefix_known(const struct skeleton_words *words, uint64_t bytes, unsigned kind)
{
    return words->count && prefix_slot(words, (struct skeleton_prefix){bytes, kind})->kind;
}

/* Whether a phrase has a word that begins as this one does. */
static bool word_known(const struct skeleton_words *words, const char *at, size_t length)
{
    for (unsigned lengths = words->prefix_lengths; lengths; lengths &= lengths - 1) {
        unsigned prefix_length = (unsigned)__builtin_ctz(lengths);
        if (prefix_known(words, prefix_of(at, length < prefix_length ? length : prefix_length),
                         prefix_length))
            return true;
    }
    return false;
}

/* Whether a phrase with an open start begins as this part of a word does. */
static bool label_known(const struct skeleton_words *words, const char *at, size_t length)
{
    return length >= LABEL_PREFIX_BYTES && prefix_known(words, prefix_of(at, LABEL_PREFIX_BYTES), LABEL_KIND);
}

/* Whether a word holds what such a phrase begins with; that may be a joint before the word. */
static bool inner_known(const struct skeleton_words *words, struct span text, size_t start, size_t end)
{
    for (size_t at = start ? start - 1 : 0; at < end; at++)
        for (unsigned lengths = words->inner_lengths; lengths; lengths &= lengths - 1) {
            unsigned length = (unsigned)__builtin_ctz(lengths);
            if (end - at >= length &&
                prefix_known(words, prefix_of(text.at + at, length), INNER_KIND + length))
                return true;
        }
    return false;
}

/* Makes room for one more. */
static bool prefixes_grow(struct skeleton_words *words)
{
    if (words->count * 2 < words->slots)
        return true;
    struct skeleton_words grown = *words;
    grown.slots = words->slots ? words->slots * 2 : SLOTS_FIRST;
    grown.prefixes = calloc(grown.slots, sizeof *grown.prefixes);
    if (!grown.prefixes)
        return false;
    for (uint32_t i = 0; i < words->slots; i++)
        if (words->prefixes[i].kind)
            *prefix_slot(&grown, words->prefixes[i]) = words->prefixes[i];
    free(words->prefixes);
    *words = grown;
    return true;
}

static bool prefix_add(struct skeleton_words *words, struct span word, unsigned kind, size_t prefix_length)
{
    if (!prefixes_grow(words))
        return false;
    struct skeleton_prefix prefix = {prefix_of(word.at, prefix_length), kind};
    struct skeleton_prefix *slot = prefix_slot(words, prefix);
    words->count += !slot->kind;
    *slot = prefix;
    unsigned bit = filter_bit((uint32_t)prefix.bytes);
    words->filter[bit / 64] |= UINT64_C(1) << bit % 64;
    return true;
}

static bool word_add(struct skeleton_words *words, struct span word, bool open_end)
{
    unsigned kind = SKELETON_PREFIX_BYTES;
    if (open_end && word.length < kind)
        kind = (unsigned)word.length;
    if (kind < sizeof(uint32_t)) /* what follows in the text is not known: any four bytes */
        memset(words->filter, 0xff, sizeof words->filter);
    words->prefix_lengths |= 1u << kind;
    return prefix_add(words, word, kind, word.length < kind ? word.length : kind);
}

/* `start`: how a phrase begins that may begin anywhere in a word. */
static bool inner_add(struct skeleton_words *words, struct span start)
{
    unsigned length = start.length < SKELETON_PREFIX_BYTES ? (unsigned)start.length : SKELETON_PREFIX_BYTES;
    words->inner_lengths |= 1u << length;
    return prefix_add(words, start, INNER_KIND + length, length);
}

static bool joins_words(char byte)
{
    return byte && strchr(".@_+-", byte);
}

static inline bool bit_at(const uint64_t *bits, size_t at)
{
    return bits[at / WORD_BITS] >> at % WORD_BITS & 1;
}

/* The first bit of the run of ones that `at` is in, but not below `floor`. */
static size_t run_start(const uint64_t *bits, size_t at, size_t floor)
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

/* One word of a phrase, at [at, end). */
static bool phrase_word_add(struct skeleton_words *words, struct span phrase,
                            const struct skeleton_bits *bits, size_t at, size_t end, bool open_start,
                            bool open_end)
{
    bool special = false;
    for (size_t i = at; i < end; i++)
        special |= bit_at(bits->special, i);
    bool starts_open = open_start && (at == 0 || (at == 1 && joins_words(phrase.at[0])));
    bool ends_open = open_end && end + 1 >= phrase.length;
    bool alone = at <= 1 && end == phrase.length; /* else "*mailbox voll" would keep every mail.* */
    struct span word = {phrase.at + at, end - at};
    if (starts_open && alone && word.length >= LABEL_PREFIX_BYTES && word.at[0] > '9')
        return prefix_add(words, word, LABEL_KIND, LABEL_PREFIX_BYTES);
    if (!special)
        return true;
    return starts_open ? inner_add(words, (struct span){phrase.at, end}) : word_add(words, word, ends_open);
}

bool skeleton_words_add(struct skeleton_words *words, struct span phrase, bool open_start, bool open_end)
{
    ASSERT(phrase.length && phrase.length <= SKELETON_TEXT_BYTES_MAX);
    struct skeleton_bits bits;
    skeleton_bits_find(phrase, &bits);
    open_start |= joins_words(phrase.at[0]);
    open_end |= joins_words(phrase.at[phrase.length - 1]);
    for (size_t at = 0; at < phrase.length;) {
        if (!bit_at(bits.word, at)) {
            at++;
            continue;
        }
        size_t end = run_end(bits.word, at);
        if (!phrase_word_add(words, phrase, &bits, at, end, open_start, open_end))
            return false;
        at = end;
    }
    return true;
}

void skeleton_words_free(struct skeleton_words *words)
{
    free(words->prefixes);
    words->prefixes = NULL;
    words->count = words->slots = 0;
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

/* `length` bytes, at most COPY_BYTES, without a call. */
static inline void copy_short(char *out, const char *at, size_t length)
{
    if (length >= 16) {
        memcpy(out, at, 16);
        memcpy(out + length - 16, at + length - 16, 16);
    } else if (length >= 8) {
        memcpy(out, at, 8);
        memcpy(out + length - 8, at + length - 8, 8);
    } else if (length >= 4) {
        memcpy(out, at, 4);
        memcpy(out + length - 4, at + length - 4, 4);
    } else {
        for (size_t i = 0; i < length; i++)
            out[i] = at[i];
    }
}

/* Copies the text up to `end`. In steps that may overshoot: `out` has room, and reading stays in the text. */
static inline void copy_to(struct making *making, size_t end)
{
    size_t length = end - making->from, there = making->text.length - making->from;
    const char *at = making->text.at + making->from;
    char *out = making->out + making->length;
    if (UNLIKELY(making->places != NULL))
        place_note(making, length);
    making->length += length;
    making->from = end;
    for (; length > COPY_BYTES; length -= COPY_BYTES, there -= COPY_BYTES) {
        memcpy(out, at, COPY_BYTES);
        out += COPY_BYTES;
        at += COPY_BYTES;
    }
    if (LIKELY(there >= COPY_BYTES))
        memcpy(out, at, COPY_BYTES);
    else
        copy_short(out, at, length);
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

/* The first four bytes of a word or a part of it in lower case, blanks behind a shorter one. */
static inline uint32_t four_of(struct span text, size_t start, size_t length)
{
    uint32_t four = 0;
    if (LIKELY(text.length - start >= sizeof four)) {
        memcpy(&four, text.at + start, sizeof four);
        if (length < sizeof four)
            four &= (UINT32_C(1) << length * 8) - 1;
    } else {
        for (size_t i = 0; i < length && i < sizeof four; i++)
            four |= (uint32_t)(unsigned char)text.at[start + i] << (8 * i);
    }
    return four | LOWER_FOUR;
}

/* Parts that begin with a digit are not asked for: no phrase with an open start does. */
static bool labels_known(const struct skeleton_words *words, const struct skeleton_bits *bits,
                         struct span text, size_t start, size_t end)
{
    for (size_t base = start - start % WORD_BITS; base < end; base += WORD_BITS) {
        uint64_t labels = bits->label[base / WORD_BITS];
        if (base < start)
            labels &= ~UINT64_C(0) << (start - base);
        if (end - base < WORD_BITS)
            labels &= (UINT64_C(1) << (end - base)) - 1;
        for (; labels; labels &= labels - 1) {
            size_t at = base + (unsigned)__builtin_ctzll(labels);
            if (filter_holds(words, four_of(text, at, end - at)) &&
                label_known(words, text.at + at, end - at))
                return true;
        }
    }
    return false;
}

static inline bool word_is_kept(const struct skeleton_words *words, const struct skeleton_bits *bits,
                                struct span text, size_t start, size_t end)
{
    if (UNLIKELY(words->inner_lengths) && inner_known(words, text, start, end))
        return true;
    const char *at = text.at + start;
    if (UNLIKELY(filter_holds(words, four_of(text, start, end - start))) &&
        (word_known(words, at, end - start) || (*at > '9' && label_known(words, at, end - start))))
        return true;
    return labels_known(words, bits, text, start, end);
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Leaves out a code that ends at `end`, and what parts it from the text behind; of the blanks around it one
 * stays. */
static void code_skip(struct making *making, size_t end)
{
    struct span text = making->text;
    if (end < text.length && (text.at[end] == ' ' || text.at[end] == '-'))
        end++;
    if (making->length && is_blank(making->out[making->length - 1]))
        while (end < text.length && is_blank(text.at[end]))
            end++;
    making->from = end;
}

/* The places of a match that begins or ends with the mark: the word's own. */
static void mark_note(struct making *making, size_t start, size_t end)
{
    if (making->places->wanted[0] == making->length)
        making->places->found[0] = start;
    if (making->places->wanted[1] == making->length)
        making->places->found[1] = end - 1;
}

static inline void word_mask(struct making *making, const struct skeleton_words *words,
                             const struct skeleton_bits *bits, size_t start, size_t end)
{
    copy_to(making, start);
    if (UNLIKELY(code_repeats(making, start, (struct span){making->text.at + start, end - start}))) {
        code_skip(making, end);
        return;
    }
    if (UNLIKELY(word_is_kept(words, bits, making->text, start, end))) {
        copy_to(making, end);
        return;
    }
    if (making->places)
        mark_note(making, start, end);
    making->out[making->length++] = SKELETON_MARK;
    making->from = end;
}

/* One word of bits. Words that go over its ends are rare; the others' ends are two bit scans away. */
static inline void events_walk(struct making *making, const struct skeleton_words *words,
                               const struct skeleton_bits *bits, size_t base)
{
    size_t number = base / WORD_BITS;
    uint64_t spare = bits->spare[number], gaps = ~bits->word[number];
    uint64_t events = bits->special[number] | spare;
    if (making->from > base) /* a word that began before is done */
        events &= making->from - base < WORD_BITS ? ~UINT64_C(0) << (making->from - base) : 0;
    while (events) {
        unsigned bit = (unsigned)__builtin_ctzll(events);
        size_t at = base + bit;
        events &= events - 1;
        if (UNLIKELY(spare >> bit & 1)) {
            copy_to(making, at);
            making->from = at + 1;
            continue;
        }
        uint64_t before = gaps & ((UINT64_C(1) << bit) - 1), behind = gaps >> bit;
        size_t start = LIKELY(before) ? base + WORD_BITS - (unsigned)__builtin_clzll(before)
                                      : run_start(bits->word, at, making->from);
        size_t end = LIKELY(behind) ? at + (unsigned)__builtin_ctzll(behind) : run_end(bits->word, at);
        word_mask(making, words, bits, start, end);
        events &= making->from - base < WORD_BITS ? ~UINT64_C(0) << (making->from - base) : 0;
    }
}

size_t skeleton_make(const struct skeleton_words *words, struct span text, char *out,
                     struct skeleton_places *places)
{
    if (text.length > SKELETON_TEXT_BYTES_MAX)
        text.length = SKELETON_TEXT_BYTES_MAX;
    struct skeleton_bits bits;
    skeleton_bits_function *find = words->bits_find ? words->bits_find : skeleton_bits_find;
    find(text, &bits);
    struct making making = {.text = text, .out = out, .places = places};
    for (size_t base = 0; base < text.length; base += WORD_BITS)
        events_walk(&making, words, &bits, base);
    if (making.from < text.length)
        copy_to(&making, text.length);
    return making.length;
}
