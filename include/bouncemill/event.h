/* The typed delivery event: kinds, bounce classes, times and addresses. */
#ifndef BOUNCEMILL_EVENT_H
#define BOUNCEMILL_EVENT_H

#include <bouncemill/version.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Event kinds. The order is the rank by which events of one instant are replayed. */
enum bm_kind {
    BM_RESUBSCRIBE,
    BM_SENT,
    BM_DELIVERED,
    BM_OPEN,
    BM_CLICK,
    BM_BOUNCE,
    BM_UNSUBSCRIBE,
    BM_COMPLAINT,
    BM_DELETE,
    BM_DEFERRED, /* reported, and otherwise ignored */
    BM_KIND_COUNT
};

/* Bounce classes, in the order by which bounces of one instant are replayed. */
enum bm_class {
    BM_HARD,
    BM_BLOCK,
    BM_SOFT,
    BM_TECHNICAL,
    BM_UNKNOWN,
    BM_NONE, /* reports no failure (an automatic reply): no policy sees it */
    BM_CLASS_COUNT
};

/* The name of a kind ("bounce") or class ("hard"): a static string, or "?" when out of range. */
BM_API const char *bm_kind_name(enum bm_kind kind);
BM_API const char *bm_class_name(enum bm_class class_);

/* Parses a time into milliseconds since 1970-01-01T00:00:00Z.
 * Accepted: ISO 8601 date and time with 'T' or a space between, optional fraction (digits past the third are
 * cut), 'Z' or an offset (+hh, +hhmm, +hh:mm); digits alone as seconds since the epoch (up to 11 digits, with
 * an optional fraction) or as milliseconds (12 to 14 digits). A time without an offset is taken as UTC only
 * when `assume_utc` is not 0. Range: 1970-01-01 to 2109-05-15 (42 bits of milliseconds).
 * Returns 1 and sets *ms, or returns 0 and leaves it. */
BM_API int bm_time_parse(const char *text, size_t length, int assume_utc, int64_t *ms);

/* Bytes that bm_time_format needs at most, without a terminating NUL: "2026-01-01T08:00:00.001Z". */
#define BM_TIME_BYTES 24

/* Writes ms as ISO 8601 UTC with 'Z', with milliseconds only where they are not 0. Returns the bytes written
 * (no NUL); 0 when ms is out of the range above. */
BM_API size_t bm_time_format(int64_t ms, char out[BM_TIME_BYTES]);

/* The longest address that can be normalised (RFC 5321, 4.5.3.1: 64 + 1 + 255, with room for quoting). */
#define BM_ADDRESS_BYTES_MAX 1024

/* Normalises an address to the key that every output prints: blanks and <> around it removed, ASCII letters
 * to lower case, one trailing dot of the domain dropped, quotes that the local part does not need removed; a
 * domain with bytes >= 0x80 becomes A-labels where the library was built with libidn2. Plus tags and dots are
 * kept. `out` has room for BM_ADDRESS_BYTES_MAX bytes and may not overlap the input. Returns the length of
 * the normalised address and sets *domain_at to the index of its domain's first byte, or returns 0 when the
 * address is not usable: no '@', an empty part or label, a NUL or other control character, a blank or one of
 * <> outside quotes, a quote that is not closed, or too long. */
BM_API size_t bm_address_normalise(const char *text, size_t length, char *out, size_t *domain_at);

#ifdef __cplusplus
}
#endif

#endif
