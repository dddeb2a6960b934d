/* Rows are those that this program wrote: no cell before the address has quotes. Behind it a cell may hold
 * anything, newlines too: campaigns are named by strangers. */
#include "run/rows_merge.h"
#include "base/base.h"

#include "archive/archive.h"
#include "base/stream_heap.h"

#include <bouncemill/event.h>
#include <limits.h>

#define GROUPS_MAX 2u

struct row_stream {
    struct archive archive;
    char path[PATH_MAX];
    size_t next; /* of the row behind the one at hand */
    struct span row;
    struct span group; /* its first cells */
    char address[BM_ADDRESS_BYTES_MAX];
    size_t address_length;
    bool open;
};

struct rows_work {
    const struct rows_order *order;
    struct row_stream *streams;
    size_t count;
    struct stream_heap heap;
    uint64_t rows, group_rows;
    char group[256];
    size_t group_length;
};

static bool row_before(const void *context, uint32_t a, uint32_t b)
{
    const struct row_stream *x = &((const struct row_stream *)context)[a];
    const struct row_stream *y = &((const struct row_stream *)context)[b];
    /* Groups are cells of names: a comma behind the shorter one would sort it wrongly. */
    struct span p = x->group, q = y->group;
    while (p.length && q.length) {
        const char *p_end = memchr(p.at, ',', p.length), *q_end = memchr(q.at, ',', q.length);
        size_t p_cell = (size_t)(p_end - p.at), q_cell = (size_t)(q_end - q.at);
        int order = span_compare((struct span){p.at, p_cell}, (struct span){q.at, q_cell});
        if (order)
            return order < 0;
        p = (struct span){p.at + p_cell + 1, p.length - p_cell - 1};
        q = (struct span){q.at + q_cell + 1, q.length - q_cell - 1};
    }
    int order = span_compare((struct span){x->address, x->address_length},
                             (struct span){y->address, y->address_length});
    return order ? order < 0 : a < b;
}

static enum bm_code row_bad(const struct row_stream *stream, struct bm_error *error)
{
    (void)fail(error, BM_INPUT, "%s: no row that this program writes, at byte %zu", stream->path,
               (size_t)(stream->row.at - (const char *)stream->archive.bytes));
    return fail_hint(error, "merge the share again");
}

/* The cell at `at`, a quoted one without its quotes; NULL when it has no end or no room. Returns what
 * follows. */
static const char *address_take(struct row_stream *stream, const char *at, const char *end)
{
    bool quoted = at < end && *at == '"';
    size_t length = 0;
    for (at += quoted; at < end; at++) {
        if (quoted && *at == '"' && !(++at < end && *at == '"'))
            break;
        if (!quoted && *at == ',')
            break;
        if (length == sizeof stream->address)
            return NULL;
        stream->address[length++] = *at;
    }
    stream->address_length = length;
    return at < end && *at == ',' && length ? at : NULL;
}

static const char *cell_skip(const char *at, const char *end)
{
    const char *comma = memchr(at, ',', (size_t)(end - at));
    return comma ? comma + 1 : NULL;
}

/* The newline that ends the row: the first one outside quotes (RFC 4180, 2); NULL when there is none. Within
 * a cell a quote is doubled, so that it ends the quotes and begins them again. */
static const char *row_end(const char *at, const char *end)
{
    const char *newline = NULL; /* the first one that is not before `at` */
    while (at < end) {
        if (!newline || newline < at)
            newline = memchr(at, '\n', (size_t)(end - at));
        const char *quote = newline ? memchr(at, '"', (size_t)(newline - at)) : NULL;
        if (!quote)
            return newline;
        quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
        if (!quote)
            return NULL;
        at = quote + 1;
    }
    return NULL;
}

/* The next row; *more is false at the end. */
static enum bm_code row_next(struct row_stream *stream, const struct rows_order *order, bool *more,
                             struct bm_error *error)
{
    const char *begin = (const char *)stream->archive.bytes, *at = begin + stream->next;
    size_t left = stream->archive.size - stream->next;
    *more = left > 0;
    if (!left)
        return BM_OK;
    const char *end = row_end(at, at + left);
    stream->row = (struct span){at, end ? (size_t)(end - at) + 1 : left};
    if (!end)
        return row_bad(stream, error);
    stream->next += stream->row.length;
    const char *cell = at;
    for (unsigned k = 0; k < order->address && cell; k++) {
        cell = cell_skip(cell, end);
        if (k + 1 == order->groups && cell)
            stream->group = (struct span){at, (size_t)(cell - at)};
    }
    return cell && address_take(stream, cell, end) ? BM_OK : row_bad(stream, error);
}

static enum bm_code stream_open(struct row_stream *stream, const char *folder, const char *name,
                                const volatile int *stop, struct bm_error *error)
{
    int length = snprintf(stream->path, sizeof stream->path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof stream->path)
        return fail(error, BM_INPUT, "the path is too long: %.200s...", folder);
    enum bm_code code = archive_open(&stream->archive, stream->path, stop, error);
    if (code != BM_OK)
        return code;
    stream->open = true;
    const char *end = stream->archive.size ? memchr(stream->archive.bytes, '\n', stream->archive.size) : NULL;
    stream->row.at = (const char *)stream->archive.bytes;
    if (!end)
        return row_bad(stream, error);
    stream->next = (size_t)(end + 1 - (const char *)stream->archive.bytes);
    return BM_OK;
}

/* Opens the files, and sees that they have one header. */
static enum bm_code streams_open(struct rows_work *work, const char *const *folders, const char *name,
                                 const volatile int *stop, struct bm_error *error)
{
    for (size_t k = 0; k < work->count; k++) {
        struct row_stream *stream = &work->streams[k], *first = &work->streams[0];
        enum bm_code code = stream_open(stream, folders[k], name, stop, error);
        if (code != BM_OK)
            return code;
        if (stream->next != first->next ||
            memcmp(stream->archive.bytes, first->archive.bytes, first->next) != 0)
            return row_bad(stream, error);
    }
    return BM_OK;
}

/* Whether the group of this row has room for it. */
static bool group_room(struct rows_work *work, struct span group)
{
    if (group.length > sizeof work->group)
        return true;
    if (!span_is(group, (struct span){work->group, work->group_length})) {
        if (group.length)
            memcpy(work->group, group.at, group.length);
        work->group_length = group.length;
        work->group_rows = 0;
    }
    return work->group_rows++ < work->order->rows_max;
}

static enum bm_code stream_advance(struct rows_work *work, uint32_t which, struct bm_error *error)
{
    bool more;
    enum bm_code code = row_next(&work->streams[which], work->order, &more, error);
    if (code == BM_OK && more)
        stream_heap_push(&work->heap, which);
    return code;
}

static enum bm_code rows_write(struct rows_work *work, struct writer *writer, struct bm_error *error)
{
    enum bm_code code = BM_OK;
    writer_put(writer, (struct span){(const char *)work->streams[0].archive.bytes, work->streams[0].next});
    for (uint32_t k = 0; k < work->count && code == BM_OK; k++)
        code = stream_advance(work, k, error);
    while (code == BM_OK && work->heap.count && !stop_asked(writer->stop)) {
        uint32_t which = stream_heap_pop(&work->heap);
        work->rows++;
        if (group_room(work, work->streams[which].group))
            writer_put(writer, work->streams[which].row);
        code = stream_advance(work, which, error);
    }
    return code;
}

static void work_free(struct rows_work *work)
{
    for (size_t k = 0; work->streams && k < work->count; k++)
        if (work->streams[k].open)
            archive_close(&work->streams[k].archive);
    free(work->streams);
    free(work->heap.items);
}

enum bm_code rows_merge(struct folder *folder, const char *name, const char *const *folders, size_t count,
                        const struct rows_order *order, uint64_t *rows, struct bm_error *error)
{
    struct rows_work work = {.order = order, .count = count};
    struct writer writer;
    struct bm_error closing;
    ASSERT(order->groups <= GROUPS_MAX && order->groups <= order->address);
    work.streams = calloc(count, sizeof *work.streams);
    work.heap = (struct stream_heap){calloc(count, sizeof(uint32_t)), 0, row_before, work.streams};
    enum bm_code code = work.streams && work.heap.items
                            ? streams_open(&work, folders, name, folder->stop, error)
                            : fail_memory(error, "merging rows");
    if (code == BM_OK)
        code = folder_file_open(folder, &writer, name, error);
    if (code == BM_OK) {
        code = rows_write(&work, &writer, error);
        enum bm_code closed = folder_file_close(folder, &writer, name, &closing);
        if (code == BM_OK && closed != BM_OK) {
            *error = closing;
            code = closed;
        }
    }
    *rows = work.rows;
    work_free(&work);
    return code;
}
