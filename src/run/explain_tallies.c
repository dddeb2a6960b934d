#include "run/explain_tallies.h"
#include "base/base.h"

#include "base/hash.h"
#include "tally/partition_merge.h"

enum bm_code tallies_tell(const struct path_list *paths, bool *tallies, struct bm_error *error)
{
    const char *tally = NULL, *other = NULL;
    for (size_t k = 0; k < paths->count; k++) {
        bool is = false;
        enum bm_code code =
            strcmp(paths->paths[k], "-") == 0 ? BM_OK : tally_file_is(paths->paths[k], &is, error);
        if (code != BM_OK &&
            code != BM_INPUT) /* an archive that cannot be read is told, or left out, later */
            return code;
        *(is ? &tally : &other) = paths->paths[k];
    }
    *tallies = tally != NULL;
    if (!tally || !other)
        return BM_OK;
    (void)fail(error, BM_USAGE, "%s is a tally file, and %s is not", tally, other);
    return fail_hint(error, "name either; `bouncemill scan` makes tally files of archives");
}

static enum bm_code events_copy(const struct tally_run *run, struct tally_event **events, size_t *count,
                                struct bm_error *error)
{
    *events = malloc(run->count * sizeof **events);
    if (!*events)
        return fail_memory(error, "an address's events");
    memcpy(*events, run->events, run->count * sizeof **events);
    *count = run->count;
    return BM_OK;
}

enum bm_code tally_set_find(const struct tally_set *set, struct span address, struct tally_event **events,
                            size_t *count, struct bm_error *error)
{
    struct partition_merge streams = {0};
    struct tally_run run = {.count = 1};
    int order = -1; /* of where the streams are, against the address */
    *count = 0;
    enum bm_code code = partition_merge_start(&streams, set->files, set->count, set->metas[0].basis.kinds,
                                              NULL, partition_of(hash_span(address)), error);
    while (code == BM_OK && run.count && order < 0) {
        code = partition_merge_next(&streams, &run, error);
        if (code == BM_OK && run.count)
            order = span_compare(run.address, address);
    }
    if (code == BM_OK && order == 0)
        code = events_copy(&run, events, count, error);
    partition_merge_free(&streams);
    return code;
}
