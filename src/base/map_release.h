/* Files that are mapped, and read in parts. */
#ifndef BASE_MAP_RELEASE_H
#define BASE_MAP_RELEASE_H

#include "base/base.h"

#include <sys/mman.h>

/* What the kernel may map around a page, aligned: 64 KiB, or the large folio that it is in. */
#define MAP_AROUND_BYTES ((size_t)2 << 20)

/* Lets go of the pages of bytes [begin, end) of a file's `size`, and of those that the kernel mapped around
 * them: what others still need comes back from the file, and nothing stays behind. */
static inline void map_release(const void *bytes, size_t size, size_t begin, size_t end)
{
    CHECK(begin <= end && end <= size); /* behind it the memory is another's */
    if (begin == end)
        return;
    begin = begin / MAP_AROUND_BYTES * MAP_AROUND_BYTES;
    size_t around = -end % MAP_AROUND_BYTES;
    end = around < size - end ? end + around : size;
    (void)madvise((char *)(uintptr_t)bytes + begin, end - begin, MADV_DONTNEED); /* advice only */
}

#endif
