/* Finding the reply code and the enhanced status code, in their columns or in the server's text. */
#ifndef CLASSIFY_CODE_PARSE_H
#define CLASSIFY_CODE_PARSE_H

#include "base/span.h"
#include "event/event.h"

#define REPLY_CODE_DIGITS 3

/* The reply code (200 to 699) that a text begins with, behind blanks and "smtp;"; or the one after "said:".
 * 0: none. "550", "550-5.1.1 ...", "smtp; 550 no", "host said: 550 no". */
unsigned code_parse_reply(struct span text);

/* An enhanced code (class 2, 4 or 5; subject and detail of one to three digits) anywhere in a text: "5.1.1",
 * "550-5.1.1", "(#5.2.2)", "[5.1.1]", "5.4.7 (delivery time expired)". Parts of addresses and longer numbers
 * (192.0.2.1, 5.1.1.7, 15.1.1, v5.1.1) are none. The first with a subject other than 0 is taken before x.0.0.
 * Where *reply is 0 and a reply code stands right before it, that is set. 0: none. */
enhanced_code code_parse_enhanced(struct span text, unsigned *reply);

/* Both codes from the columns, each from the text where its column says nothing (x.0.0 says nothing). */
struct codes_found {
    unsigned reply;
    enhanced_code enhanced;
};
struct codes_found code_parse(struct span reply_column, struct span enhanced_column, struct span text);

#endif
