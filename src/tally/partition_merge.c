/* Streams wait in a heap by the address that they would give next. An address that only one stream has, which
 * is nearly every one, is handed out where it stands; the stream goes on when the next one is asked for. */
#include "tally/partition_merge.h"
#include "base/base.h"

#include "base/hash.h"
#include "tally/event_run.h"

struct shard_key {
    uint64_t prefix; /* span_word of the address */
    const struct address_record *record;
};

static int key_order(const void *a, const void *b)
{
    const struct shard_key *x = a, *y = b;
    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    return span_compare(record_address(x->record), record_address(y->record));
}

static bool order_room(struct shard_order *order, size_t count)
{
    if (count <= order->capacity)
        return true;
    free(order->keys);
    free(order->event_ends);
    order->keys = malloc(count * sizeof *order->keys);
    order->event_ends = malloc(count * sizeof *order->event_ends);
    order->capacity = order->keys && order->event_ends ? count : 0;
    return order->capacity > 0;
}

/* Which of its shard's partitions an address belongs to. */
static unsigned partition_in_shard(const struct address_record *record)
{
    return partition_of(hash_span(record_address(record))) % PARTITIONS_PER_SHARD;
}

/* Parts the addresses by partition: counted first, then placed. */
static void keys_part(struct shard_order *order, const struct shard_view *view)
{
    uint32_t next[PARTITIONS_PER_SHARD] = {0};
    for (uint32_t k = 0; k < view->address_count; k++)
        next[partition_in_shard(view->records[k])]++;
    uint32_t begin = 0;
    for (unsigned part = 0; part < PARTITIONS_PER_SHARD; part++) {
        order->begin[part] = begin;
        begin += next[part];
        next[part] = order->begin[part];
    }
    order->begin[PARTITIONS_PER_SHARD] = begin;
    for (uint32_t k = 0; k < view->address_count; k++) {
        const struct address_record *record = view->records[k];
        order->keys[next[partition_in_shard(record)]++] =
            (struct shard_key){span_word(record_address(record), 0), record};
    }
}

bool shard_order_make(struct shard_order *order, struct shard_view *view)
{
    order->view = view;
    order->duplicates = 0;
    if (!order_room(order, (size_t)view->address_count + 1))
        return false;
    keys_part(order, view);
    for (unsigned part = 0; part < PARTITIONS_PER_SHARD; part++)
        qsort(order->keys + order->begin[part], order->begin[part + 1] - order->begin[part],
              sizeof *order->keys, key_order);
    for (uint32_t k = 0; k < view->address_count; k++) {
        uint64_t begin = k ? view->event_ends[k - 1] : 0;
        size_t count = (size_t)(view->event_ends[k] - begin);
        events_sort(view->events + begin, count);
        size_t kept = events_unique(view->events + begin, count);
        order->event_ends[k] = begin + kept;
        order->duplicates += count - kept;
    }
    return true;
}

void shard_order_free(struct shard_order *order)
{
    free(order->keys);
    free(order->event_ends);
    *order = (struct shard_order){0};
}

static bool head_before(const void *context, uint32_t a, uint32_t b)
{
    const struct tally_run *heads = context;
    int order = span_compare(heads[a].address, heads[b].address);
    return order ? order < 0 : a < b;
}

static bool streams_room(struct partition_merge *merge, size_t file_count)
{
    if (merge->heads)
        return merge->file_count == file_count;
    merge->file_count = file_count;
    merge->readers = calloc(file_count + 1, sizeof *merge->readers);
    merge->heads = calloc(file_count + 1, sizeof *merge->heads);
    merge->heap = (struct stream_heap){.items = calloc(file_count + 1, sizeof *merge->heap.items),
                                       .before = head_before,
                                       .context = merge->heads};
    merge->taken = calloc(file_count + 1, sizeof *merge->taken);
    return merge->readers && merge->heads && merge->heap.items && merge->taken;
}

/* The shard's stream. */
static void order_next(struct partition_merge *merge, struct tally_run *run)
{
    *run = (struct tally_run){0};
    if (!merge->order || merge->order_next == merge->order_end)
        return;
    const struct shard_view *view = merge->order->view;
    const struct address_record *record = merge->order->keys[merge->order_next++].record;
    uint32_t number = record_number(record);
    uint64_t begin = number ? view->event_ends[number - 1] : 0;
    *run = (struct tally_run){record_address(record), view->events + begin,
                              (size_t)(merge->order->event_ends[number] - begin)};
}

static enum bm_code stream_advance(struct partition_merge *merge, uint32_t stream, struct bm_error *error)
{
    struct tally_run *head = &merge->heads[stream];
    enum bm_code code = BM_OK;
    if (stream < merge->file_count)
        code = partition_reader_next(&merge->readers[stream], head, error);
    else
        order_next(merge, head);
    if (code == BM_OK && head->count)
        stream_heap_push(&merge->heap, stream);
    return code;
}

enum bm_code partition_merge_start(struct partition_merge *merge, const struct tally_file *files,
                                   size_t file_count, uint32_t kinds, const struct shard_order *order,
                                   unsigned partition, struct bm_error *error)
{
    if (!streams_room(merge, file_count))
        return fail_memory(error, "merging tally files");
    merge->order = order;
    merge->order_next = order ? order->begin[partition % PARTITIONS_PER_SHARD] : 0;
    merge->order_end = order ? order->begin[partition % PARTITIONS_PER_SHARD + 1] : 0;
    merge->heap.count = merge->taken_count = 0;
    enum bm_code code = BM_OK;
    for (uint32_t k = 0; k < file_count && code == BM_OK; k++)
        code = partition_reader_start(&merge->readers[k], &files[k], partition, kinds, error);
    for (uint32_t k = 0; k <= file_count && code == BM_OK; k++)
        code = stream_advance(merge, k, error);
    return code;
}

static bool joined_room(struct partition_merge *merge, size_t count)
{
    if (count <= merge->joined_capacity)
        return true;
    size_t capacity = 2 * count;
    struct tally_event *joined = realloc(merge->joined, capacity * sizeof *joined);
    if (joined)
        merge->joined = joined;
    struct tally_event *spare = realloc(merge->spare, capacity * sizeof *spare);
    if (spare)
        merge->spare = spare;
    if (!joined || !spare)
        return false;
    merge->joined_capacity = capacity;
    return true;
}

/* Brings the events of an address together that several streams have. False when memory is out. */
static bool runs_join(struct partition_merge *merge, struct tally_run *run)
{
    size_t total = 0, used = 0;
    for (size_t k = 0; k < merge->taken_count; k++)
        total += merge->heads[merge->taken[k]].count;
    if (!joined_room(merge, total))
        return false;
    for (size_t k = 0; k < merge->taken_count; k++) {
        const struct tally_run *head = &merge->heads[merge->taken[k]];
        used = events_merge(merge->joined, used, head->events, head->count, merge->spare);
        struct tally_event *joined = merge->spare;
        merge->spare = merge->joined;
        merge->joined = joined;
    }
    merge->duplicates += total - used;
    run->events = merge->joined;
    run->count = used;
    return true;
}

enum bm_code partition_merge_next(struct partition_merge *merge, struct tally_run *run,
                                  struct bm_error *error)
{
    for (size_t k = 0; k < merge->taken_count; k++) {
        enum bm_code code = stream_advance(merge, merge->taken[k], error);
        if (code != BM_OK)
            return code;
    }
    merge->taken_count = 0;
    *run = (struct tally_run){0};
    if (!merge->heap.count)
        return BM_OK;
    merge->taken[merge->taken_count++] = stream_heap_pop(&merge->heap);
    *run = merge->heads[merge->taken[0]];
    while (merge->heap.count && span_is(merge->heads[merge->heap.items[0]].address, run->address))
        merge->taken[merge->taken_count++] = stream_heap_pop(&merge->heap);
    if (merge->taken_count > 1 && !runs_join(merge, run))
        return fail_memory(error, "merging tally files");
    return BM_OK;
}

void partition_merge_free(struct partition_merge *merge)
{
    for (size_t k = 0; merge->readers && k < merge->file_count; k++)
        partition_reader_free(&merge->readers[k]);
    free(merge->readers);
    free(merge->heads);
    free(merge->heap.items);
    free(merge->taken);
    free(merge->joined);
    free(merge->spare);
    *merge = (struct partition_merge){0};
}
