/* Addresses: from what an archive holds to the key under which everything is counted and printed.
 *
 * The rules, in order:
 *  1. Around the address blanks (space, tab) and a wrapping <> are taken off: '<' only before, '>' only
 * after.
 *  2. Unusable: over BM_ADDRESS_BYTES_MAX bytes, a control character (NUL, an inner tab, DEL, ...) anywhere,
 * a blank or one of <> outside quotes, a quote that is not closed, no '@' outside quotes.
 *  3. Local part and domain meet at the last '@' outside quotes. A quote opens and closes at '"'; inside it a
 *     backslash takes away the next byte's meaning.
 *  4. Domain: ASCII letters to lower case, one trailing dot dropped. A domain with bytes >= 0x80 becomes
 *     A-labels (libidn2: IDNA 2008, non-transitional); where that fails, or gives anything but letters,
 *     digits, '-', '_' and '.', its bytes stay. Unusable: empty, an empty label, or a quote in it. A domain
 *     literal ([192.0.2.1]) is kept.
 *  5. Local part: ASCII letters to lower case, bytes >= 0x80 untouched. When it is one quoted string whose
 *     content, backslashes undone, is a dot-atom (RFC 5322 3.2.3, with bytes >= 0x80 as RFC 6531 adds them),
 *     the quotes are not needed and go. Other quotes stay as written. Unusable: empty, also in quotes.
 *     Dots that the grammar forbids (ann..lee@, ann.@) are kept: such mailboxes exist.
 * Nothing is guessed: what two readers could read differently is unusable, and the row is counted as such.
 * A normalised address normalises to itself.
 *
 * Nearly every address is plain ASCII without quotes and with one '@'. For these the whole job is one pass of
 * sixteen bytes at a time (SSE2, up to 64 bytes) or eight (longer ones, other processors) in a register:
 * lower case, a check that nothing above needs a closer look, and the place of the '@'. Whatever is not plain
 * goes, whole, to the byte-wise path. */
#include "base/base.h"
#include "base/little_endian.h"
#include "config.h"
#include "event/event.h"

#if HAVE_IDN
#include <idn2.h>
#endif
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define WORD_BYTES  8
#define BYTES_OF(b) (UINT64_C(0x0101010101010101) * (b))
#define TOP_BITS    BYTES_OF(0x80)
#define NOWHERE     SIZE_MAX

/* --- plain addresses --------------------------------------------------------------------------------- */

/* Sets the top bit of every byte that equals `byte`; all bytes are below 0x80. The other bits mean nothing,
 * so that several results are joined before TOP_BITS cuts them out. */
static uint64_t word_equal(uint64_t word, unsigned char byte)
{
    return TOP_BITS - (word ^ BYTES_OF(byte));
}

/* Top bits where a byte is not ASCII, a control character, a blank, or one of "<>[ : the byte-wise path's. */
static uint64_t word_special(uint64_t word)
{
    uint64_t ascii = word & ~TOP_BITS;
    uint64_t low = ~(ascii + BYTES_OF(0x7F - ' ')), delete = ascii + BYTES_OF(1);
    uint64_t angle = word_equal(ascii & ~BYTES_OF('<' ^ '>'), '<' & '>');
    return word | low | delete | angle | word_equal(ascii, '"') | word_equal(ascii, '[');
}

static uint64_t word_lower(uint64_t word)
{
    uint64_t from_a = word + BYTES_OF(0x80 - 'A'), past_z = word + BYTES_OF(0x80 - 'Z' - 1);
    return word | (from_a & ~past_z & TOP_BITS) >> 2;
}

/* Where the walk over the words of an address stands. */
struct plain {
    size_t at;    /* of the '@' */
    uint64_t bad; /* not 0: not plain after all */
};

/* Takes the eight bytes from `start` on. `before` is what stood before them: 0x80 for a dot or '@'. Returns
 * the same for the next eight. Words may overlap. */
static uint64_t plain_word(struct plain *plain, const char *text, char *out, size_t start, uint64_t before)
{
    uint64_t word = u64_load(text + start);
    uint64_t at = word_equal(word, '@') & TOP_BITS, part = at | (word_equal(word, '.') & TOP_BITS);
    plain->bad |= (word_special(word) & TOP_BITS) | (part & (part << 8 | before)) | (at & (at - 1));
    /* Without a branch: in which word the '@' stands cannot be predicted. */
    size_t place = at ? start + (unsigned)__builtin_ctzll(at) / 8 : plain->at;
    plain->bad |= (plain->at != NOWHERE) & (plain->at != place);
    plain->at = place;
    u64_store(out + start, word_lower(word));
    return part >> 56;
}

/* Normalises a plain address; 0 when it is not plain (or not usable). */
static size_t plain_normalise(const char *text, size_t length, char *out, size_t *domain_at)
{
    if (length < WORD_BYTES || length > BM_ADDRESS_BYTES_MAX)
        return 0;
    struct plain plain = {NOWHERE, 0};
    uint64_t before = 0;
    size_t start = 0;
    for (; start + WORD_BYTES <= length; start += WORD_BYTES)
        before = plain_word(&plain, text, out, start, before);
    if (start < length)
        plain_word(&plain, text, out, length - WORD_BYTES, 0);
    char last = text[length - 1];
    if (plain.bad || plain.at == NOWHERE || plain.at == 0 || last == '@' || last == '.')
        return 0;
    *domain_at = plain.at + 1;
    return length;
}

#if defined(__SSE2__)

#define BLOCK_BYTES 16
#define PLAIN_MAX   64 /* what one mask holds; longer addresses take the words */

/* Bits of an address's bytes, the first byte lowest. */
struct plain_masks {
    uint64_t special; /* not plain, as word_special says; with `lower_only`, upper case too */
    uint64_t at;
    uint64_t dot;
};

static uint64_t mask_of(__m128i bytes)
{
    return (unsigned)_mm_movemask_epi8(bytes);
}

static __m128i block_equal(__m128i block, char byte)
{
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(byte));
}

static __m128i block_upper(__m128i block)
{
    return _mm_and_si128(_mm_cmpgt_epi8(block, _mm_set1_epi8('A' - 1)),
                         _mm_cmplt_epi8(block, _mm_set1_epi8('Z' + 1)));
}

static __m128i block_load(const char *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

/* Takes sixteen bytes as those from `start` on. */
static inline void masks_add(struct plain_masks *masks, __m128i block, size_t start, bool lower_only)
{
    /* Behind DEL come, as signed bytes, the negative ones: with one added, a single compare finds DEL, all
     * above ASCII, blanks and control characters. */
    __m128i special = _mm_cmplt_epi8(_mm_add_epi8(block, _mm_set1_epi8(1)), _mm_set1_epi8(' ' + 2));
    __m128i angle =
        _mm_cmpeq_epi8(_mm_and_si128(block, _mm_set1_epi8(~('<' ^ '>'))), _mm_set1_epi8('<' & '>'));
    special = _mm_or_si128(_mm_or_si128(special, angle),
                           _mm_or_si128(block_equal(block, '"'), block_equal(block, '[')));
    if (lower_only)
        special = _mm_or_si128(special, block_upper(block));
    masks->special |= mask_of(special) << start;
    masks->at |= mask_of(block_equal(block, '@')) << start;
    masks->dot |= mask_of(block_equal(block, '.')) << start;
}

/* The length when the masks are those of a plain address, else 0. */
static inline size_t masks_judge(const struct plain_masks *masks, size_t length, size_t *domain_at)
{
    uint64_t inside = UINT64_MAX >> (PLAIN_MAX - length), last = UINT64_C(1) << (length - 1);
    uint64_t at = masks->at & inside, part = (masks->at | masks->dot) & inside;
    uint64_t bad = (masks->special & inside) | (part & part << 1) | (part & last) | (at & (at - 1));
    if (bad || at < 2) /* none, or nothing before it */
        return 0;
    *domain_at = (size_t)__builtin_ctzll(at) + 1;
    return length;
}

static void lower_copy(const char *text, size_t length, char *out)
{
    for (size_t start = 0; start < length; start += BLOCK_BYTES) {
        if (start + BLOCK_BYTES > length)
            start = length - BLOCK_BYTES;
        __m128i block = block_load(text + start);
        __m128i lower = _mm_or_si128(block, _mm_and_si128(block_upper(block), _mm_set1_epi8(0x20)));
        _mm_storeu_si128((__m128i *)(void *)(out + start), lower);
    }
}

/* plain_normalise for addresses of 16 to PLAIN_MAX bytes; 0 for others too. A third of its instructions. */
static size_t plain_normalise_blocks(const char *text, size_t length, char *out, size_t *domain_at)
{
    struct plain_masks masks = {0};
    if (length < BLOCK_BYTES || length > PLAIN_MAX)
        return 0;
    for (size_t start = 0; start + BLOCK_BYTES < length; start += BLOCK_BYTES)
        masks_add(&masks, block_load(text + start), start, false);
    masks_add(&masks, block_load(text + length - BLOCK_BYTES), length - BLOCK_BYTES, false);
    if (!masks_judge(&masks, length, domain_at))
        return 0;
    lower_copy(text, length, out);
    return length;
}

bool address_is_normal(const char *text, size_t length, size_t *domain_at)
{
    struct plain_masks masks = {0};
    if (length == 0 || length > PLAIN_MAX)
        return false;
    for (size_t start = 0; start < length; start += BLOCK_BYTES)
        masks_add(&masks, block_load(text + start), start, true);
    return masks_judge(&masks, length, domain_at);
}

#else

bool address_is_normal(const char *text, size_t length, size_t *domain_at)
{
    (void)text;
    (void)length;
    (void)domain_at;
    return false; /* not known: bm_address_normalise tells */
}

#endif

/* --- byte by byte ------------------------------------------------------------------------------------ */

static bool byte_is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool byte_is_control(char byte)
{
    return (unsigned char)byte < ' ' || byte == 0x7F;
}

static char byte_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

static bool byte_is_atext(char byte)
{
    char lower = byte_lower(byte);
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || (unsigned char)byte >= 0x80 ||
           (byte != 0 && strchr("!#$%&'*+-/=?^_`{|}~", byte) != NULL);
}

static struct span trim(struct span text)
{
    while (text.length && (byte_is_blank(text.at[0]) || text.at[0] == '<')) {
        text.at++;
        text.length--;
    }
    while (text.length && (byte_is_blank(text.at[text.length - 1]) || text.at[text.length - 1] == '>'))
        text.length--;
    return text;
}

/* The place of the last '@' outside quotes; NOWHERE when the bytes are no address. */
static size_t find_at(struct span text)
{
    bool quoted = false;
    size_t at = NOWHERE;
    for (size_t k = 0; k < text.length; k++) {
        char byte = text.at[k];
        if (byte_is_control(byte))
            return NOWHERE;
        if (byte == '"')
            quoted = !quoted;
        else if (quoted && byte == '\\' && k + 1 < text.length)
            k += !byte_is_control(text.at[k + 1]);
        else if (!quoted && (byte == ' ' || byte == '<' || byte == '>'))
            return NOWHERE;
        else if (!quoted && byte == '@')
            at = k;
    }
    return quoted ? NOWHERE : at;
}

/* Writes the content of a quoted string whose quotes are not needed; 0 when they are needed. */
static size_t local_unquote(struct span local, char *out)
{
    if (local.length < 3 || local.at[0] != '"' || local.at[local.length - 1] != '"')
        return 0;
    size_t used = 0;
    for (size_t k = 1; k < local.length - 1; k++) {
        k += local.at[k] == '\\';
        char byte = local.at[k];
        bool dot = byte == '.';
        if (dot ? used == 0 || out[used - 1] == '.' : !byte_is_atext(byte))
            return 0;
        out[used++] = byte_lower(byte);
    }
    return used && out[used - 1] != '.' ? used : 0;
}

static size_t local_normalise(struct span local, char *out)
{
    if (local.length == 0 || span_is(local, SPAN("\"\"")))
        return 0;
    size_t used = local_unquote(local, out);
    if (used)
        return used;
    for (; used < local.length; used++)
        out[used] = byte_lower(local.at[used]);
    return used;
}

#if HAVE_IDN
static bool domain_is_ldh(const char *domain)
{
    return domain[strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] == 0;
}

/* U-labels to A-labels in place; the bytes stay where that is not possible. Returns the new length. */
static size_t domain_to_ascii(char *domain, size_t length, size_t room)
{
    char text[BM_ADDRESS_BYTES_MAX + 1];
    memcpy(text, domain, length);
    text[length] = 0;
    uint8_t *ascii = NULL;
    int status = idn2_lookup_u8((const uint8_t *)text, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    if (status == IDN2_OK) {
        size_t new_length = strlen((const char *)ascii);
        if (new_length <= room && domain_is_ldh((const char *)ascii)) {
            memcpy(domain, ascii, new_length);
            length = new_length;
        }
        idn2_free(ascii);
    }
    return length;
}
#else
static size_t domain_to_ascii(char *domain, size_t length, size_t room)
{
    (void)domain, (void)room;
    return length;
}
#endif

static bool domain_usable(struct span domain)
{
    if (domain.length == 0 || memchr(domain.at, '"', domain.length))
        return false;
    if (domain.at[0] == '[' && domain.at[domain.length - 1] == ']')
        return domain.length > 2;
    char before = '.';
    for (size_t k = 0; k < domain.length; before = domain.at[k++])
        if (domain.at[k] == '.' && before == '.')
            return false;
    return before != '.';
}

static size_t domain_undot(const char *domain, size_t length)
{
    return length && domain[length - 1] == '.' ? length - 1 : length;
}

/* `out` has room for `room` bytes, and at least for the domain's. */
static size_t domain_normalise(struct span domain, char *out, size_t room)
{
    bool ascii = true;
    size_t length = domain.length;
    for (size_t k = 0; k < length; k++) {
        out[k] = byte_lower(domain.at[k]);
        ascii &= (unsigned char)out[k] < 0x80;
    }
    length = domain_undot(out, length);
    if (!domain_usable((struct span){out, length}))
        return 0;
    if (ascii)
        return length;
    /* Other scripts have full stops of their own, which may have become dots. */
    length = domain_undot(out, domain_to_ascii(out, length, room));
    return domain_usable((struct span){out, length}) ? length : 0;
}

static size_t general_normalise(struct span text, char *out, size_t *domain_at)
{
    text = trim(text);
    if (text.length > BM_ADDRESS_BYTES_MAX)
        return 0;
    size_t at = find_at(text);
    if (at == NOWHERE)
        return 0;
    size_t local = local_normalise((struct span){text.at, at}, out);
    if (local == 0)
        return 0;
    ASSERT(local <= at);
    out[local] = '@';
    struct span domain = {text.at + at + 1, text.length - at - 1};
    size_t length = domain_normalise(domain, out + local + 1, BM_ADDRESS_BYTES_MAX - local - 1);
    if (length == 0)
        return 0;
    *domain_at = local + 1;
    return local + 1 + length;
}

size_t bm_address_normalise(const char *text, size_t length, char *out, size_t *domain_at)
{
    size_t plain = 0;
#if defined(__SSE2__)
    plain = plain_normalise_blocks(text, length, out, domain_at);
#endif
    if (UNLIKELY(!plain))
        plain = plain_normalise(text, length, out, domain_at);
    return LIKELY(plain) ? plain : general_normalise((struct span){text, length}, out, domain_at);
}
