/* What the columns of a block hold, for who writes and who reads them. */
#ifndef TALLY_TALLY_BLOCK_VALUES_H
#define TALLY_TALLY_BLOCK_VALUES_H

#include <stdint.h>

#define SIGNATURE_BITS 22 /* of `when` below the time */
#define SIGNATURE_MASK ((UINT64_C(1) << SIGNATURE_BITS) - 1)
#define TIME_LIMIT_MS  (UINT64_C(1) << 42)
#define SECOND_MS      1000u

#endif
