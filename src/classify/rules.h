/* The rules of a classifier: every row of its tables that can decide, numbered, with a name for people. */
#ifndef CLASSIFY_RULES_H
#define CLASSIFY_RULES_H

#include "base/arena.h"
#include "base/fail.h"
#include "event/reason.h"

#define RULES_MAX 2000000 /* a bound against hostile tables, far above any real one */

/* How much a row's word weighs; classify.c has the whole order. A vague phrase decides only when neither the
 * enhanced code nor the reply code has a specific row; a vague enhanced code only when no phrase matched that
 * may decide; a vague reply code is merely one that leaves a vague phrase its say. */
enum strength {
    STRENGTH_SENDER,   /* phrases: the sender is at fault */
    STRENGTH_SPECIFIC, /* phrases and codes that name a cause */
    STRENGTH_VAGUE     /* those that many causes share */
};

struct rule {
    const char *name;  /* "enhanced:5.1.1" */
    const char *table; /* "codes", "phrases", "providers", "none"; static */
    enum reason reason;
    enum strength strength;
};

struct rules {
    struct rule *list; /* list[0] is "none" */
    uint32_t count;
    size_t capacity;
    struct arena names;
};

enum bm_code rules_new(struct rules *rules, struct bm_error *error);
void rules_free(struct rules *rules);

/* Adds a rule named "prefix:text" and sets *number. */
enum bm_code rules_add(struct rules *rules, const char *prefix, struct span text, struct rule rule,
                       uint32_t *number, struct bm_error *error);

#endif
