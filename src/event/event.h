/* The event as the stages hand it on: typed, with spans into the archive's text for what is text. */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "base/span.h"

#include <bouncemill/event.h>

/* An enhanced status code (RFC 3463, 2) in an integer: class.subject.detail, the last two up to 999. 0: none.
 */
typedef uint32_t enhanced_code;
#define ENHANCED(class_, subject, detail)                                                                    \
    ((enhanced_code)(class_) << 20 | (enhanced_code)(subject) << 10 | (detail))
#define ENHANCED_CLASS(code)   ((code) >> 20)
#define ENHANCED_SUBJECT(code) ((code) >> 10 & 1023)
#define ENHANCED_DETAIL(code)  ((code)&1023)

struct event {
    int64_t time_ms;
    enum bm_kind kind;
    enum bm_class class_; /* of a bounce */
    uint8_t reason;       /* of a bounce: an enum reason */
    uint16_t smtp_code;   /* 200 to 699, 0: none */
    enhanced_code enhanced;
    struct span address; /* normalised */
    struct span domain;  /* the end of address */
    struct span campaign;
    struct span message_id;
    struct span diagnostic;
};

#define ADDRESS_PAD_BYTES 16

/* Whether a text is a plain address that normalises to itself, as nearly all are; sets *domain_at then.
 * Reading an address where it stands, instead of its normalised copy, spares the stall of reading back what
 * was just written. False only means "not known": ask bm_address_normalise. Reads up to ADDRESS_PAD_BYTES
 * bytes behind the text; their content does not matter. */
bool address_is_normal(const char *text, size_t length, size_t *domain_at);

/* The domain of an address that was normalised: what is behind its last '@'. */
static inline struct span address_domain(struct span address)
{
    const char *sign = memrchr(address.at, '@', address.length);
    size_t at = sign ? (size_t)(sign - address.at) + 1 : 0;
    return (struct span){address.at + at, address.length - at};
}

/* Writes "5.1.1" (no NUL); returns its length, 0 for no code. out has room for 11 bytes. */
size_t enhanced_format(enhanced_code code, char out[11]);

#endif
