/* Two decoders of one gzip member (RFC 1952) behind one face: zlib, always there, and ISA-L, faster. */
#ifndef ARCHIVE_INFLATE_H
#define ARCHIVE_INFLATE_H

#include <stddef.h>

enum inflate_result {
    INFLATE_MORE,    /* wants more input or more room */
    INFLATE_END,     /* the member ended, CRC32 and ISIZE are right */
    INFLATE_CORRUPT, /* `problem` says why */
    INFLATE_MEMORY   /* out of memory */
};

/* Both ends move as bytes are used up. */
struct inflate_step {
    const unsigned char *in;
    size_t in_bytes;
    unsigned char *out;
    size_t out_bytes;
    const char *problem;
};

struct inflater {
    const char *name;
    void *(*state_new)(void); /* NULL when memory is out */
    void (*state_free)(void *state);
    void (*member_start)(void *state);
    enum inflate_result (*step)(void *state, struct inflate_step *step);
};

extern const struct inflater inflater_zlib;
extern const struct inflater inflater_isal; /* where config.h has HAVE_ISAL */

/* Both libraries count in 32 bits; larger maps are given in pieces. */
#define INFLATE_STEP_BYTES_MAX ((size_t)1 << 30)

#endif
