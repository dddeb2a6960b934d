/* Outcomes are written as they are in memory, one behind the other with what they point to, so that reading
 * them is no more than setting the pointers again.
 *
 * Every run is sorted by address and cut at the same addresses: a stretch of the whole is a piece of every
 * run, which are read and sorted together. So the files of the output are made as from memory, a stretch for
 * each thread and as many times as they have policies or dates, and no second sorted file is written. Where
 * to cut is decided when the first run is written. Addresses come to the merge by their hash, so the first
 * run is a fair sample of all, and stretches turn out nearly equal. */
#include "output/outcome_spill.h"
#include "base/base.h"

#include "base/array.h"
#include "base/text.h"

#define STRETCH_ADDRESSES 4096u
#define STRETCHES_MAX     4096u /* a run's table stays small where addresses are many */
#define BUFFER_BYTES      ((size_t)1 << 20)

void outcome_spill_init(struct outcome_spill *spill, const char *folder, size_t policy_count)
{
    *spill = (struct outcome_spill){.policy_count = policy_count, .arena.chunk_bytes = (size_t)64 << 10};
    spill_file_init(&spill->file, folder);
    CHECK(pthread_mutex_init(&spill->lock, NULL) == 0);
}

void outcome_spill_free(struct outcome_spill *spill)
{
    spill_file_free(&spill->file);
    for (size_t k = 0; k < spill->run_count; k++)
        free(spill->runs[k]);
    free(spill->runs);
    free(spill->starts);
    arena_free(&spill->arena);
    CHECK(pthread_mutex_destroy(&spill->lock) == 0);
}

/* --- writing ------------------------------------------------------------------------------------------- */

/* Cuts the addresses into stretches by those of the first run. Under the lock. */
static bool starts_make(struct outcome_spill *spill, const struct outcome_ref *refs, size_t count,
                        size_t total)
{
    size_t stretches = total / STRETCH_ADDRESSES + 1;
    if (stretches > STRETCHES_MAX)
        stretches = STRETCHES_MAX;
    if (stretches > count)
        stretches = count;
    struct span *starts = calloc(stretches, sizeof *starts);
    for (size_t k = 1; starts && k < stretches; k++)
        if (!arena_copy(&spill->arena, outcome_ref_address(&refs[k * count / stretches]), &starts[k])) {
            free(starts);
            return false;
        }
    spill->starts = starts;
    spill->stretch_count = starts ? stretches : 0;
    return starts != NULL;
}

/* Room for a run; NULL when memory is out. */
static struct outcome_piece *run_begin(struct outcome_spill *spill, const struct outcome_ref *refs,
                                       size_t count, size_t total)
{
    CHECK(pthread_mutex_lock(&spill->lock) == 0);
    struct outcome_piece *pieces = NULL;
    if (spill->stretch_count || starts_make(spill, refs, count, total))
        pieces = calloc(spill->stretch_count, sizeof *pieces);
    CHECK(pthread_mutex_unlock(&spill->lock) == 0);
    return pieces;
}

static bool run_end(struct outcome_spill *spill, struct outcome_piece *pieces, size_t count)
{
    CHECK(pthread_mutex_lock(&spill->lock) == 0);
    struct outcome_piece **runs =
        array_room(spill->runs, &spill->run_capacity, spill->run_count + 1, sizeof *runs);
    if (runs) {
        spill->runs = runs;
        spill->runs[spill->run_count++] = pieces;
        spill->count += count;
        for (size_t k = 0; k < spill->stretch_count; k++)
            spill->bytes += pieces[k].bytes;
    }
    CHECK(pthread_mutex_unlock(&spill->lock) == 0);
    return runs != NULL;
}

static size_t padded(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

static size_t outcome_bytes(size_t policies)
{
    return sizeof(struct outcome) + policies * sizeof(struct policy_result);
}

static void put_padded(struct text *text, const void *from, size_t bytes)
{
    static const char zeros[8];
    text_put(text, (struct span){from, bytes});
    text_put(text, (struct span){zeros, padded(bytes) - bytes});
}

/* An outcome, then what it points to. */
static void outcome_put(struct text *text, const struct outcome *outcome, size_t policies)
{
    const struct outcome_more *more = outcome->more;
    put_padded(text, outcome, outcome_bytes(policies));
    put_padded(text, outcome->address, record_bytes(record_address(outcome->address).length));
    if (!more)
        return;
    put_padded(text, more, sizeof *more);
    put_padded(text, more->changes, more->change_count * sizeof *more->changes);
    put_padded(text, more->snapshots, more->snapshot_count * sizeof *more->snapshots);
    put_padded(text, more->moments, more->moment_count * sizeof *more->moments);
}

/* Writes what the buffer holds: pieces from `first` on and before `end`, whose offsets are within it. */
static enum bm_code pieces_flush(struct outcome_spill *spill, struct text *buffer,
                                 struct outcome_piece *pieces, size_t first, size_t end,
                                 struct bm_error *error)
{
    uint64_t offset;
    if (buffer->failed)
        return fail_memory(error, "spilling outcomes");
    enum bm_code code = spill_file_take(&spill->file, buffer->length, &offset, error);
    if (code == BM_OK)
        code = spill_file_put(&spill->file, offset, (struct span){buffer->at, buffer->length}, error);
    for (size_t k = first; k < end; k++)
        pieces[k].offset += offset;
    buffer->length = 0;
    return code;
}

static enum bm_code run_write(struct outcome_spill *spill, const struct outcome_ref *refs, size_t count,
                              struct outcome_piece *pieces, struct text *buffer, struct bm_error *error)
{
    size_t at = 0, flushed = 0;
    for (size_t k = 0; k < spill->stretch_count; k++) {
        bool last = k + 1 == spill->stretch_count;
        struct outcome_piece *piece = &pieces[k];
        piece->offset = buffer->length;
        for (; at < count && (last || span_compare(outcome_ref_address(&refs[at]), spill->starts[k + 1]) < 0);
             at++) {
            if (at + OUTCOMES_AHEAD < count)
                FETCH(refs[at + OUTCOMES_AHEAD].outcome);
            outcome_put(buffer, refs[at].outcome, spill->policy_count);
            piece->count++;
        }
        piece->bytes = buffer->length - piece->offset;
        if (!last && buffer->length < BUFFER_BYTES)
            continue;
        enum bm_code code = pieces_flush(spill, buffer, pieces, flushed, k + 1, error);
        if (code != BM_OK)
            return code;
        flushed = k + 1;
    }
    return BM_OK;
}

enum bm_code outcome_spill_add(struct outcome_spill *spill, const struct outcome_ref *refs, size_t count,
                               size_t total, struct bm_error *error)
{
    struct text buffer = {0};
    struct outcome_piece *pieces = run_begin(spill, refs, count, total);
    if (!pieces)
        return fail_memory(error, "spilling outcomes");
    enum bm_code code = run_write(spill, refs, count, pieces, &buffer, error);
    if (code == BM_OK && !run_end(spill, pieces, count))
        code = fail_memory(error, "spilling outcomes");
    if (code != BM_OK)
        free(pieces);
    text_free(&buffer);
    return code;
}

/* --- reading ------------------------------------------------------------------------------------------- */

static bool read_fail(struct outcome_spill *spill, const struct bm_error *error)
{
    CHECK(pthread_mutex_lock(&spill->lock) == 0);
    if (spill->error.code == BM_OK)
        spill->error = *error;
    CHECK(pthread_mutex_unlock(&spill->lock) == 0);
    return false;
}

static bool stretch_room(struct outcome_stretch *stretch, size_t bytes, size_t count)
{
    if (stretch->bytes_room < bytes) {
        free(stretch->bytes);
        stretch->bytes = malloc(bytes);
        stretch->bytes_room = stretch->bytes ? bytes : 0;
    }
    if (stretch->refs_room < count) {
        free(stretch->own_refs);
        stretch->own_refs = calloc(2 * count, sizeof *stretch->own_refs);
        stretch->refs_room = stretch->own_refs ? count : 0;
    }
    return stretch->bytes_room >= bytes && stretch->refs_room >= count;
}

/* Points an outcome at what follows it; returns what is behind. */
static char *outcome_take(char *at, size_t policies, struct outcome_ref *taken)
{
    struct outcome *outcome = (struct outcome *)(void *)at;
    at += padded(outcome_bytes(policies));
    const struct address_record *address = (const struct address_record *)(const void *)at;
    outcome->address = address;
    at += padded(record_bytes(record_address(address).length));
    *taken = outcome_ref_make(outcome);
    if (!outcome->more)
        return at;
    struct outcome_more *more = (struct outcome_more *)(void *)at;
    outcome->more = more;
    at += padded(sizeof *more);
    more->changes = (const struct outcome_change *)(const void *)at;
    at += padded(more->change_count * sizeof *more->changes);
    more->snapshots = (const struct outcome_snapshot *)(const void *)at;
    at += padded(more->snapshot_count * sizeof *more->snapshots);
    more->moments = (const struct outcome_moment *)(const void *)at;
    return at + padded(more->moment_count * sizeof *more->moments);
}

static enum bm_code pieces_read(struct outcome_spill *spill, size_t number, struct outcome_stretch *stretch,
                                struct bm_error *error)
{
    char *at = stretch->bytes;
    for (size_t run = 0; run < spill->run_count; run++) {
        const struct outcome_piece *piece = &spill->runs[run][number];
        enum bm_code code = spill_file_get(&spill->file, piece->offset, at, piece->bytes, error);
        if (code != BM_OK)
            return code;
        for (size_t k = 0; k < piece->count; k++)
            at = outcome_take(at, spill->policy_count, &stretch->own_refs[stretch->count++]);
    }
    return BM_OK;
}

bool outcome_spill_read(struct outcome_spill *spill, size_t number, struct outcome_stretch *stretch)
{
    struct bm_error error = {0};
    size_t bytes = 0, count = 0;
    for (size_t run = 0; run < spill->run_count; run++) {
        bytes += spill->runs[run][number].bytes;
        count += spill->runs[run][number].count;
    }
    stretch->count = 0;
    if (!stretch_room(stretch, bytes + 1, count + 1)) {
        (void)fail_memory(&error, "outcomes that were spilled");
        return read_fail(spill, &error);
    }
    if (pieces_read(spill, number, stretch, &error) != BM_OK)
        return read_fail(spill, &error);
    outcomes_sort_few(stretch->own_refs, stretch->own_refs + stretch->refs_room, stretch->count);
    stretch->refs = stretch->own_refs;
    return true;
}
