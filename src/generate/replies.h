/* What servers say: templates of replies, by who gets them. */
#ifndef GENERATE_REPLIES_H
#define GENERATE_REPLIES_H

#include "base/span.h"

#include <stdint.h>

/* Who gets a reply. */
enum reply_group {
    REPLY_DEAD,     /* an address that does not exist */
    REPLY_FULL,     /* a mailbox over its quota */
    REPLY_OTHER,    /* anybody */
    REPLY_DEFERRED, /* anybody, for now */
    REPLY_GROUP_COUNT
};

struct reply_template {
    enum reply_group group;
    uint8_t weight; /* against the others of its group */
    const char *reason;
    const char *category;  /* PowerMTA's bounceCat */
    const char *smtp_code; /* empty: the archive has none */
    const char *enhanced_code;
    /* $a address, $l its local part, $d its domain, $h a receiving host, $s a sending host, $i an IP address,
     * $q a queue id, $n a number */
    const char *text;
};

extern const struct reply_template reply_templates[];
extern const unsigned reply_template_count;

/* The most that a template's text grows to, unquoted; a test measures them all. */
#define REPLY_BYTES_MAX 800

#define REPLY_SLOTS 1024
struct reply_chooser {
    uint8_t slots[REPLY_GROUP_COUNT][REPLY_SLOTS]; /* template numbers, as many of each as its weight asks */
};

void reply_chooser_init(struct reply_chooser *chooser);

static inline const struct reply_template *reply_choose(const struct reply_chooser *chooser,
                                                        enum reply_group group, uint64_t bits)
{
    return &reply_templates[chooser->slots[group][bits % REPLY_SLOTS]];
}

#endif
