/* Labels: what the system that sent the mail itself called a bounce. */
#ifndef EVENT_LABEL_H
#define EVENT_LABEL_H

#include "event/reason.h"

/* How a label goes together with a reason. */
enum label_agreement {
    LABEL_SILENT,      /* not a name that we know, or one for everything ("other", "Uncategorized") */
    LABEL_DISAGREES,   /* the system uses it for reasons of other classes */
    LABEL_SAME_CLASS,  /* for another reason of the same class */
    LABEL_SAME_REASON, /* for this reason */
    LABEL_AGREEMENTS
};

/* Compares a label with what PowerMTA (bounceCat) and KumoMTA (bounce_classification) call the reasons:
 * columns powermta_category and kumomta_class of reasons.csv. Letters of either case. */
enum label_agreement label_agrees(struct span label, enum reason reason);

/* Whether it is one of those names, in the same spelling. */
bool label_is_name(struct span label);

/* "reason", "class", "no", and "" for LABEL_SILENT. */
const char *label_agreement_name(enum label_agreement agreement);

#endif
