/* What the other stages ask of the classifier, beyond the public header. */
#ifndef CLASSIFY_CLASSIFIER_H
#define CLASSIFY_CLASSIFIER_H

#include <bouncemill/classify.h>
#include <stdint.h>

/* A hash of the tables that decide a bounce's reason: codes, phrases and providers, built in and the user's.
 * The trusted domains are not among them: they are looked up when policies are replayed. */
uint64_t classifier_tables_hash(const struct bm_classifier *classifier);

#endif
