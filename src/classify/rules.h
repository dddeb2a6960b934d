/* The rules of a classifier: every row of its tables that can decide, numbered, with a name for people. */
#ifndef CLASSIFY_RULES_H
#define CLASSIFY_RULES_H

#include "base/arena.h"
#include "base/fail.h"
#include "event/reason.h"

#define RULES_MAX 2000000 /* a bound against hostile tables, far above any real one */

/* How much a row's word weighs; classify.c says what is made of it. */
enum strength {
    STRENGTH_SENDER,   /* phrases: the sender is at fault */
    STRENGTH_SPECIFIC, /* phrases and codes that name a cause */
    STRENGTH_VAGUE     /* those that many causes share */
};

struct rule {
    const char *name;  /* "enhanced:5.1.1" */
    const char *table; /* "codes", "phrases", "none"; static */
    enum reason reason;
    enum strength strength;
};

struct rules {
    struct rule *list; /* list[0] is "none" */
    uint32_t count;
    uint32_t capacity;
    struct arena names;
};

enum bm_code rules_new(struct rules *rules, struct bm_error *error);
void rules_free(struct rules *rules);

/* Adds a rule named "prefix:text" and sets *number. */
enum bm_code rules_add(struct rules *rules, const char *prefix, struct span text, struct rule rule,
                       uint32_t *number, struct bm_error *error);

#endif
