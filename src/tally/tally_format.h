/* What the writer and the reader of tally files share, and nobody else needs. */
#ifndef TALLY_TALLY_FORMAT_H
#define TALLY_TALLY_FORMAT_H

#include "tally/tally_file.h"

#define TALLY_MAGIC         "bmtally\x1a"
#define TALLY_HEADER_BYTES  32
#define TALLY_TRAILER_BYTES 56
#define SECTION_RAW_MAX     ((uint64_t)4 << 30) /* of a section or the index */

#endif
