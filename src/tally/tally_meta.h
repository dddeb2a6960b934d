/* What a tally file says of itself: what was read, how, and that no row was lost. */
#ifndef TALLY_TALLY_META_H
#define TALLY_TALLY_META_H

#include "base/arena.h"
#include "tally/report.h"
#include "tally/tally_file.h"

/* An archive that was read. */
struct tally_input {
    struct input_report report; /* same_as counts in the list that it stands in */
    uint64_t rejects[REJECT_COUNT];
    struct reject_sample *samples; /* `archive` is not set */
    size_t sample_count;
};

/* Events mean the same in two files only when all of these are equal. */
struct tally_basis {
    uint32_t kinds;         /* bits of enum bm_kind that were kept */
    uint64_t normalisation; /* of addresses */
    uint64_t reasons;       /* hash of the names of all reasons, in the order of their numbers */
    uint64_t tables;        /* hash of the tables that classified */
};

/* The basis of what this program tallies, but for kinds and tables. */
struct tally_basis tally_basis_own(void);

struct tally_meta {
    struct tally_basis basis;
    uint64_t addresses;
    uint64_t events;        /* kept */
    uint64_t duplicates;    /* tallied rows that were dropped because they were exact duplicates */
    uint64_t expired;       /* tallied rows that were dropped because no policy can need them any more */
    int64_t expired_ms;     /* of the events before it some were dropped for their age; -1: none ever was */
    uint32_t expired_kinds; /* bits: of which kinds */
    int64_t first_ms;       /* of any row; INT64_MAX: there is none */
    struct tally_input *inputs;
    size_t input_count;
    struct arena memory; /* what a reader made; texts point into it */
};

/* Appends the meta section's bytes; out->failed is set when memory is out. */
void tally_meta_put(const struct tally_meta *meta, struct text *out);

/* Reads the meta section and checks that it adds up. tally_meta_free afterwards, also on failure. */
enum bm_code tally_meta_read(struct tally_meta *meta, const struct tally_file *file, struct bm_error *error);
void tally_meta_free(struct tally_meta *meta);

#endif
