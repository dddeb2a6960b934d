/* Verdicts of skeletons seen before. */
#ifndef CLASSIFY_MEMO_H
#define CLASSIFY_MEMO_H

#include "base/span.h"

#define MEMO_WAYS           4    /* places for one hash */
#define MEMO_ENTRIES        4096 /* a power of two, a multiple of MEMO_WAYS */
#define MEMO_SKELETON_BYTES 424

/* What a verdict depends on, and what decided. */
struct memo_entry {
    uint64_t codes; /* reply code, enhanced code and provider, packed; 0 in an entry of no reply */
    uint32_t rule;
    uint16_t length; /* of the skeleton */
    uint16_t match_length;
    uint8_t confidence;
    uint8_t reason;
    bool taken;
    char skeleton[MEMO_SKELETON_BYTES];
};

struct memo {
    struct memo_entry *entries; /* MEMO_ENTRIES, zeros at first */
};

static inline bool memo_holds(const struct memo_entry *entry, uint64_t codes, struct span skeleton)
{
    return entry->codes == codes && entry->length == skeleton.length &&
           bytes_equal(entry->skeleton, skeleton.at, skeleton.length);
}

/* True: *entry is the reply's. Else it is the one to put the reply in, which now holds nothing, or NULL when
 * the skeleton is too long to be kept. */
bool memo_find(const struct memo *memo, uint64_t codes, struct span skeleton, struct memo_entry **entry);

/* Puts a skeleton in its place; the decision is the caller's to fill in. */
void memo_put(struct memo_entry *entry, uint64_t codes, struct span skeleton);

#endif
