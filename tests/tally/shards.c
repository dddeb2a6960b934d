/* Random observations against a plain list: every address with exactly its events. */
#include "base/base.h"

#include "base/hash.h"
#include "base/pool.h"
#include "base/spill_file.h"
#include "tally/shards.h"

#include "../test.h"

#define BATCHES 3

struct observed {
    size_t address; /* number of it in the population */
    struct tally_event event;
};

/* Addresses by number: short ones, and every so many-th as long as may be. */
struct population {
    size_t count;
    unsigned long_one_in;
    bool one_shard;
};

static size_t address_make(const struct population *population, size_t number, char out[BM_ADDRESS_BYTES_MAX])
{
    int length = snprintf(out, BM_ADDRESS_BYTES_MAX, "%zu@example.org", number);
    if (population->long_one_in && number % population->long_one_in == 0) {
        size_t wanted = number % 2 ? BM_ADDRESS_BYTES_MAX : (size_t)length + number % 900;
        memset(out + length, 'x', wanted - (size_t)length);
        return wanted;
    }
    return (size_t)length;
}

/* The hash that is handed in; with one_shard, all go to the same one, and slots still differ. */
static uint64_t address_hash(const struct population *population, struct span address)
{
    uint64_t hash = hash_span(address);
    return population->one_shard ? hash >> SHARD_BITS | (uint64_t)77 << (64 - SHARD_BITS) : hash;
}

static int observed_order(const void *a, const void *b)
{
    const struct observed *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return tally_event_compare(&x->event, &y->event);
}

static int event_order(const void *a, const void *b)
{
    return tally_event_compare(a, b);
}

static void observe_all(const struct population *population, struct shards *shards, struct observed *list,
                        size_t count, uint64_t *seed)
{
    struct bm_error error;
    struct shard_batch *batches[BATCHES];
    for (unsigned k = 0; k < BATCHES; k++)
        CHECK(shard_batch_new(&batches[k], shards, &error) == BM_OK);
    for (size_t k = 0; k < count; k++) {
        list[k].address = test_random(seed) % population->count;
        list[k].event =
            (struct tally_event){test_random(seed) % 100, k % 3, 0, (uint32_t)(test_random(seed) % 4)};
        char text[BM_ADDRESS_BYTES_MAX];
        struct span address = {text, address_make(population, list[k].address, text)};
        struct shard_batch *batch = batches[test_random(seed) % BATCHES];
        EXPECT(shard_batch_add(batch, address, address_hash(population, address), &list[k].event),
               "it is taken");
        if (test_random(seed) % 50000 == 0)
            EXPECT(shard_batch_flush(batch), "flushing in between changes nothing");
    }
    for (unsigned k = 0; k < BATCHES; k++) {
        EXPECT(shard_batch_flush(batches[k]), "the rest is handed in");
        shard_batch_free(batches[k]);
    }
}

/* One address's record and events against the sorted list from `at` on. Returns how many events are its. */
static size_t expect_address(const struct population *population, const struct address_record *record,
                             struct tally_event *events, size_t count, const struct observed *list,
                             size_t total)
{
    size_t number = (size_t)strtoull(record_address(record).at, NULL, 10);
    char text[BM_ADDRESS_BYTES_MAX];
    size_t length = address_make(population, number, text);
    EXPECT(span_is(record_address(record), (struct span){text, length}), "address %zu is whole", number);
    struct observed key = {.address = number};
    size_t low = 0, high = total;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list[middle].address < key.address)
            low = middle + 1;
        else
            high = middle;
    }
    qsort(events, count, sizeof *events, event_order);
    for (size_t k = 0; k < count; k++)
        EXPECT(low + k < total && list[low + k].address == number &&
                   tally_event_compare(&list[low + k].event, &events[k]) == 0,
               "address %zu: event %zu of %zu is the right one", number, k, count);
    EXPECT(low + count == total || list[low + count].address != number, "address %zu has all of its events",
           number);
    return count;
}

/* Groups a shard, or what a pass takes of one that was spilled. */
static void view_make(struct shards *shards, unsigned which, unsigned pass, unsigned passes,
                      struct shard_loader *loader, struct shard_view_memory *memory, struct shard_view *view)
{
    struct bm_error error;
    if (!shards_spilled(shards))
        EXPECT(shard_group(shards, which, memory, view), "the shard is grouped, in memory used before");
    else
        EXPECT(shard_load(shards, which, pass, passes, loader, memory, view, &error) == BM_OK,
               "the shard is put together: %s", error.message);
}

static void expect_grouped(const struct population *population, struct shards *shards,
                           const struct observed *list, size_t total, unsigned passes)
{
    struct shard_view_memory memory = {0};
    struct shard_loader *loader;
    struct bm_error error;
    CHECK(shard_loader_new(&loader, &error) == BM_OK);
    size_t events = 0, addresses = 0, distinct = 0;
    for (size_t k = 0; k < total; k++)
        distinct += k == 0 || list[k].address != list[k - 1].address;
    for (unsigned part = 0; part < SHARD_COUNT * passes; part++) {
        struct shard_view view;
        view_make(shards, part / passes, part % passes, passes, loader, &memory, &view);
        for (uint32_t k = 0; k < view.address_count; k++) {
            uint64_t begin = k ? view.event_ends[k - 1] : 0;
            EXPECT(record_number(view.records[k]) == k, "records come by number");
            EXPECT(view.event_ends[k] > begin, "nobody is known without an event");
            events += expect_address(population, view.records[k], view.events + begin,
                                     view.event_ends[k] - begin, list, total);
        }
        EXPECT(!view.address_count || view.event_ends[view.address_count - 1] == view.event_count,
               "all events are somebody's");
        addresses += view.address_count;
    }
    EXPECT(events == total, "no event is lost or doubled: %zu of %zu", events, total);
    EXPECT(addresses == distinct, "no address is lost or doubled: %zu of %zu", addresses, distinct);
    shard_loader_free(loader);
    shard_view_memory_free(&memory);
    EXPECT(!memory.memory && !memory.bytes, "the memory is given back");
}

static void check(const struct population *population, size_t count, uint64_t seed)
{
    struct bm_error error;
    struct shards *shards;
    CHECK(shards_new(&shards, &error) == BM_OK);
    struct observed *list = malloc((count + 1) * sizeof *list);
    CHECK(list);
    observe_all(population, shards, list, count, &seed);
    qsort(list, count, sizeof *list, observed_order);
    expect_grouped(population, shards, list, count, 1);
    free(list);
    shards_free(shards);
}

/* The same with so little memory that shards are spilled. */
static void check_spilled(const struct population *population, size_t count, size_t bytes, unsigned passes,
                          uint64_t seed)
{
    struct bm_error error;
    struct shards *shards;
    struct spill_file file;
    uint64_t parts = 0;
    CHECK(shards_new(&shards, &error) == BM_OK);
    spill_file_init(&file, "/tmp");
    shards_limit(shards, bytes, &file);
    struct observed *list = malloc((count + 1) * sizeof *list);
    CHECK(list);
    observe_all(population, shards, list, count, &seed);
    qsort(list, count, sizeof *list, observed_order);
    EXPECT(shards_unload(shards, 2, &error) == BM_OK, "the rest is spilled: %s", error.message);
    EXPECT(shards_spilled(shards) && shards_spilled_bytes(shards, &parts) > 0 && parts > 0,
           "and it is told how much was");
    EXPECT(shards_bytes(shards) == 0, "no memory is left in use");
    expect_grouped(population, shards, list, count, passes);
    free(list);
    shards_free(shards);
    spill_file_free(&file);
}

static void test_spilled(void **state)
{
    (void)state;
    check_spilled(&(struct population){.count = 60000}, 200000, 1, 1, 3); /* at every chance */
    check_spilled(&(struct population){.count = 60000}, 200000, 128 * 100000, 4, 3);
    check_spilled(&(struct population){.count = 5}, 50000, 1, 2, 2);
    check_spilled(&(struct population){.count = 5000, .long_one_in = 3}, 20000, 1, 8, 5);
    check_spilled(&(struct population){.count = 40000, .long_one_in = 50, .one_shard = true}, 120000,
                  128 * 1000000, 8, 6);
}

static void test_passes(void **state)
{
    (void)state;
    struct bm_error error;
    struct shards *shards;
    struct spill_file file;
    CHECK(shards_new(&shards, &error) == BM_OK);
    spill_file_init(&file, "/tmp");
    shards_limit(shards, 1, &file);
    struct observed *list = malloc(20000 * sizeof *list);
    CHECK(list);
    uint64_t seed = 4;
    observe_all(&(struct population){.count = 20000, .one_shard = true}, shards, list, 20000, &seed);
    CHECK(shards_unload(shards, 1, &error) == BM_OK);
    EXPECT(shard_passes(shards, 77, SIZE_MAX) == 1, "one pass where there is memory");
    EXPECT(shard_passes(shards, 77, 0) == 8, "eight where there is none");
    unsigned some = shard_passes(shards, 77, 1 << 20);
    EXPECT(some > 1 && (some & (some - 1)) == 0, "a power of two in between: %u", some);
    free(list);
    shards_free(shards);
    spill_file_free(&file);
}

static void test_nowhere_to_spill(void **state)
{
    (void)state;
    struct bm_error error;
    struct shards *shards;
    struct shard_batch *batch;
    struct spill_file file;
    CHECK(shards_new(&shards, &error) == BM_OK && shard_batch_new(&batch, shards, &error) == BM_OK);
    spill_file_init(&file, "/nowhere/at/all");
    shards_limit(shards, 1, &file);
    struct tally_event event = {.when = 1};
    EXPECT(shard_batch_add(batch, SPAN("a@b.org"), 5, &event), "a batch has room");
    EXPECT(!shard_batch_flush(batch), "the shard has not");
    (void)fail(&error, BM_RESOURCE, "out of memory");
    EXPECT(shards_why(shards, &error) == BM_OUTPUT && strstr(error.message, "/nowhere/at/all"),
           "it is said where: %s", error.message);
    shard_batch_free(batch);
    shards_free(shards);
    spill_file_free(&file);
}

static void test_nothing(void **state)
{
    (void)state;
    check(&(struct population){.count = 1}, 0, 1);
}

static void test_few_addresses_with_many_events(void **state)
{
    (void)state;
    check(&(struct population){.count = 5}, 50000, 2);
}

static void test_many_addresses(void **state)
{
    (void)state;
    check(&(struct population){.count = 60000}, 200000, 3);
}

static void test_long_addresses(void **state)
{
    (void)state;
    check(&(struct population){.count = 5000, .long_one_in = 1}, 20000, 4);
    check(&(struct population){.count = 5000, .long_one_in = 3}, 20000, 5);
}

/* The table grows from its first slots past a block of memory, and the records over many blocks. */
static void test_one_shard_with_all(void **state)
{
    (void)state;
    check(&(struct population){.count = 40000, .long_one_in = 50, .one_shard = true}, 120000, 6);
}

struct thread_work {
    struct shards *shards;
    bool failed[4];
};

static void thread_observe(void *argument, unsigned worker)
{
    struct thread_work *work = argument;
    struct bm_error error;
    struct shard_batch *batch;
    if (shard_batch_new(&batch, work->shards, &error) != BM_OK) {
        work->failed[worker] = true;
        return;
    }
    for (unsigned k = 0; k < 100000; k++) {
        char text[BM_ADDRESS_BYTES_MAX];
        int length = snprintf(text, sizeof text, "%u@d.org", k % 5000);
        struct span address = {text, (size_t)length};
        struct tally_event event = {.when = k, .detail = worker};
        work->failed[worker] |= !shard_batch_add(batch, address, hash_span(address), &event);
    }
    work->failed[worker] |= !shard_batch_flush(batch);
    shard_batch_free(batch);
}

/* Four threads that see the same addresses. */
static void test_threads(void **state)
{
    (void)state;
    struct bm_error error;
    struct thread_work work = {0};
    CHECK(shards_new(&work.shards, &error) == BM_OK);
    EXPECT(pool_run(4, thread_observe, &work, &error) == BM_OK, "the threads run");
    struct shard_view_memory memory = {0};
    size_t addresses = 0;
    for (unsigned which = 0; which < SHARD_COUNT; which++) {
        struct shard_view view;
        CHECK(shard_group(work.shards, which, &memory, &view));
        EXPECT(view.event_count == view.address_count * UINT64_C(80), "every address has its 80 events");
        addresses += view.address_count;
    }
    EXPECT(addresses == 5000, "all addresses are there, once: %zu", addresses);
    for (unsigned k = 0; k < 4; k++)
        EXPECT(!work.failed[k], "thread %u had memory", k);
    shard_view_memory_free(&memory);
    shards_free(work.shards);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_few_addresses_with_many_events),
        cmocka_unit_test(test_many_addresses),
        cmocka_unit_test(test_long_addresses),
        cmocka_unit_test(test_one_shard_with_all),
        cmocka_unit_test(test_spilled),
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_nowhere_to_spill),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
