/* Servers answer in templates: of a day's replies nearly all have a skeleton that was seen before. A table of
 * fixed size, four places a hash, found by their tags in one cache line; when all four are taken the hash
 * picks the one to give up: no chains, nothing to allocate. (With one place a hash
 * twice as many replies missed: skeletons that collide throw each other out for ever.) The whole skeleton is
 * kept and compared, not a hash of it: replies are input from strangers, and a stranger who finds two that
 * hash alike must not gain another's verdict.
 *
 * The tags are asked one after another: the first is nearly always the right one, and the processor guesses
 * so and has the entry on its way before the tag is there. All four in one vector took longer.
 *
 * Measured on one core over twelve templates with addresses, hosts and ids filled in: 2.3 times the replies
 * per second of the same without a memo.
 *
 * Each worker has its own, so no reply waits for another core's cache line. */
#include "classify/memo.h"
#include "base/base.h"
#include "base/hash.h"

_Static_assert(sizeof(struct memo_entry) == 512, "eight cache lines");

/* The seeded hash makes a secret of its own for each long text; this seeds what comes out. The product's
 * upper bits are the ones that all of the codes' bits are in. */
static inline uint64_t hash_of(uint64_t codes, struct span skeleton)
{
    uint64_t mixed = codes * UINT64_C(0x9e3779b97f4a7c15);
    return hash_span(skeleton) ^ mixed ^ mixed >> 47;
}

bool memo_find(const struct memo *memo, uint64_t codes, struct span skeleton, struct memo_entry **entry)
{
    *entry = NULL;
    if (UNLIKELY(skeleton.length > MEMO_SKELETON_BYTES))
        return false;
    uint64_t hash = hash_of(codes, skeleton);
    size_t first = (hash & (MEMO_ENTRIES / MEMO_WAYS - 1)) * MEMO_WAYS;
    uint32_t tag = (uint32_t)(hash >> 32) | 1;
    size_t taken = first + (hash >> 16 & (MEMO_WAYS - 1));
    for (size_t at = first; at < first + MEMO_WAYS; at++) {
        if (memo->tags[at] == tag && LIKELY(memo_holds(&memo->entries[at], codes, skeleton))) {
            *entry = &memo->entries[at];
            return true;
        }
        if (memo->tags[at] == 0) {
            taken = at;
            break;
        }
    }
    memo->tags[taken] = tag;
    *entry = &memo->entries[taken];
    (*entry)->codes = 0; /* of no reply */
    return false;
}

void memo_put(struct memo_entry *entry, uint64_t codes, struct span skeleton)
{
    entry->codes = codes;
    entry->length = (uint32_t)skeleton.length;
    memcpy(entry->skeleton, skeleton.at, skeleton.length);
}
