/* Masking what differs between replies of one template, so that they count together in unmatched.csv. */
#ifndef CLASSIFY_TEXT_MASK_H
#define CLASSIFY_TEXT_MASK_H

#include "base/span.h"

/* Writes text with addresses as <addr>, IP addresses as <ip>, host names as <host>, URLs as <url>, numbers as
 * <n>, ids (letters and digits mixed) as <id> and runs of blanks as one; status codes stay. Cut after `room`
 * bytes, never inside a mask or a character. Returns the bytes written. Linear in the text. */
size_t text_mask(struct span text, char *out, size_t room);

#endif
