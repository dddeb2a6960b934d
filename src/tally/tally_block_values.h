/* What the columns of a block hold, for who writes and who reads them. */
#ifndef TALLY_TALLY_BLOCK_VALUES_H
#define TALLY_TALLY_BLOCK_VALUES_H

#include "tally/tally_event.h"

#define SIGNATURE_BITS (64 - TALLY_TIME_BITS) /* of `when` below the time */
#define SIGNATURE_MASK ((UINT64_C(1) << SIGNATURE_BITS) - 1)
#define SECOND_MS      1000u

#endif
