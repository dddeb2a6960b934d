/* Servers answer in templates: of a day's replies nearly all have a skeleton that was seen before. A table of
 * fixed size, four places a hash; when all four are taken the one that is asked first is given up: no chains,
 * nothing to allocate. (With one place a hash twice as many replies missed: skeletons that collide throw each
 * other out for ever.) The whole skeleton is kept and compared, not a hash of it: replies are input from
 * strangers, and a stranger who finds two that hash alike must not gain another's verdict.
 *
 * Between two bounces a run goes through megabytes of rows and tables, so an entry comes from a far cache,
 * and its first lines are what a hit costs. So all that a verdict needs is in them, there are no tags beside
 * the entries, all are in one large page, and an entry has an odd number of lines: in entries of 512 bytes
 * all first lines shared an eighth of the cache's sets. The hash says which of its four places is asked
 * first, which spreads them as well. In a whole run that halved the time of a hit, most of which is waiting.
 *
 * Each worker has its own, so no reply waits for another core's cache line. */
#include "classify/memo.h"
#include "base/base.h"

#include "base/hash.h"
#include "base/hash_factor.h"

_Static_assert(sizeof(struct memo_entry) == 7 * (size_t)64, "an odd number of cache lines");
_Static_assert(sizeof(struct memo_entry) * MEMO_ENTRIES < (size_t)2 << 20, "all in one large page");

/* The seeded hash makes a secret of its own for each long text; this seeds what comes out. The product's
 * upper bits are the ones that all of the codes' bits are in. */
static inline uint64_t hash_of(uint64_t codes, struct span skeleton)
{
    uint64_t mixed = codes * HASH_FACTOR;
    return hash_span(skeleton) ^ mixed ^ mixed >> 47;
}

bool memo_find(const struct memo *memo, uint64_t codes, struct span skeleton, struct memo_entry **entry)
{
    *entry = NULL;
    if (UNLIKELY(skeleton.length > MEMO_SKELETON_BYTES))
        return false;
    uint64_t hash = hash_of(codes, skeleton);
    struct memo_entry *first = &memo->entries[(hash & (MEMO_ENTRIES / MEMO_WAYS - 1)) * MEMO_WAYS];
    size_t begin = hash >> 32;
    struct memo_entry *place = &first[begin % MEMO_WAYS];
    for (size_t i = begin; i < begin + MEMO_WAYS; i++) {
        struct memo_entry *asked = &first[i % MEMO_WAYS];
        if (LIKELY(memo_holds(asked, codes, skeleton))) {
            *entry = asked;
            return true;
        }
        if (!asked->taken) {
            place = asked;
            break;
        }
    }
    place->taken = true;
    place->codes = 0;
    *entry = place;
    return false;
}

void memo_put(struct memo_entry *entry, uint64_t codes, struct span skeleton)
{
    entry->codes = codes;
    entry->length = (uint16_t)skeleton.length;
    memcpy(entry->skeleton, skeleton.at, skeleton.length);
}
