/* Random addresses and events through a file and back: the same, whatever their number and shape. */
#include "base/base.h"

#include "tally/event_run.h"
#include "tally/partition_merge.h"
#include "tally_sample.h"

#include <unistd.h>

#include "../test.h"

struct person {
    char address[BM_ADDRESS_BYTES_MAX];
    size_t length;
    struct tally_event *events;
    size_t count;
};

struct people {
    struct person *items;
    size_t count;
};

static struct span person_address(const struct person *person)
{
    return (struct span){person->address, person->length};
}

static int person_order(const void *a, const void *b)
{
    const struct person *x = a, *y = b;
    unsigned p = partition_of(hash_span(person_address(x))), q = partition_of(hash_span(person_address(y)));
    return p != q ? (p < q ? -1 : 1) : span_compare(person_address(x), person_address(y));
}

static struct tally_event event_random(uint64_t *seed, bool seconds)
{
    static const unsigned codes[] = {0, 200, 421, 550, 699};
    int64_t time = 1600000000000 + (int64_t)(test_random(seed) % 100000000000);
    struct tally_event event = {
        .when = tally_when(seconds ? time / 1000 * 1000 : time, (unsigned)(test_random(seed) % BM_KIND_COUNT),
                           (unsigned)(test_random(seed) % BM_CLASS_COUNT),
                           (unsigned)(test_random(seed) % REASON_COUNT), codes[test_random(seed) % 5]),
        .campaign = test_random(seed) % 3 ? test_random(seed) % 50 : test_random(seed),
        .enhanced = test_random(seed) % 2
                        ? (enhanced_code)ENHANCED(5, test_random(seed) % 1000, test_random(seed) % 1000)
                        : 0,
        .detail = (uint32_t)test_random(seed)};
    return event;
}

static void person_make(struct person *person, uint64_t *seed, size_t number, size_t events, bool seconds)
{
    bool wide = test_random(seed) % 64 == 0;
    int length = snprintf(person->address, sizeof person->address, "%zu%.*s@d%u.example", number,
                          wide ? 900 : 3, "some.long.and.boring.name", (unsigned)(test_random(seed) % 40));
    person->length = (size_t)length;
    if (wide) {
        memset(person->address + length, 'x', sizeof person->address - (size_t)length);
        person->length = sizeof person->address;
    }
    person->events = malloc(events * sizeof *person->events);
    CHECK(person->events);
    for (size_t k = 0; k < events; k++)
        person->events[k] = event_random(seed, seconds);
    events_sort(person->events, events);
    person->count = events_unique(person->events, events);
}

static struct people people_make(uint64_t seed, size_t count, size_t events_max, bool seconds)
{
    struct people people = {calloc(count + 1, sizeof *people.items), count};
    CHECK(people.items);
    for (size_t k = 0; k < count; k++)
        person_make(&people.items[k], &seed, k, 1 + test_random(&seed) % events_max, seconds);
    qsort(people.items, count, sizeof *people.items, person_order);
    return people;
}

static void people_free(struct people *people)
{
    for (size_t k = 0; k < people->count; k++)
        free(people->items[k].events);
    free(people->items);
}

static char path[64];

/* Writes those people of whom `chosen` says so (NULL: all). */
static void people_write(const struct people *people, const char *to, const uint8_t *chosen)
{
    struct bm_error error;
    struct tally_writer *writer;
    struct partition_image image = {0};
    struct partition_builder builder = {NULL, &image};
    struct text content = {0};
    struct tally_input input = {.report = {.path = "a", .bytes = 1, .same_as = -1}};
    struct tally_meta meta = {.basis = tally_basis_own(),
                              .expired_ms = -1,
                              .first_ms = INT64_MAX,
                              .inputs = &input,
                              .input_count = 1};
    meta.basis.kinds = (1u << BM_KIND_COUNT) - 1;
    EXPECT(tally_writer_open(&writer, to, NULL, &error) == BM_OK, "%s", error.message);
    EXPECT(block_encoder_new(&builder.encoder, &error) == BM_OK, "%s", error.message);
    for (size_t k = 0; k < people->count;) {
        unsigned partition = partition_of(hash_span(person_address(&people->items[k])));
        partition_image_clear(&image);
        for (; k < people->count && partition_of(hash_span(person_address(&people->items[k]))) == partition;
             k++) {
            const struct person *person = &people->items[k];
            if (chosen && !chosen[k])
                continue;
            EXPECT(partition_add(&builder, person_address(person), person->events, person->count, &error) ==
                       BM_OK,
                   "%s", error.message);
            meta.addresses++;
            meta.events += person->count;
        }
        EXPECT(partition_end(&builder, &error) == BM_OK, "%s", error.message);
        EXPECT(tally_writer_partition(writer, partition, &image, &error) == BM_OK, "%s", error.message);
    }
    input.report.rows = input.report.tallied = meta.events;
    tally_meta_put(&meta, &content);
    EXPECT(tally_writer_section(writer, TALLY_META, &content, &error) == BM_OK, "%s", error.message);
    content.length = 0;
    struct counts *counts;
    CHECK(counts_new(&counts, bm_rule_count(classifier_shared()), &error) == BM_OK);
    counts_save(counts, classifier_shared(), &content);
    EXPECT(tally_writer_section(writer, TALLY_COUNTS, &content, &error) == BM_OK, "%s", error.message);
    EXPECT(tally_writer_finish(writer, &error) == BM_OK, "%s", error.message);
    EXPECT(tally_writer_commit(writer, &error) == BM_OK, "%s", error.message);
    tally_writer_free(writer);
    counts_free(counts);
    text_free(&content);
    partition_image_free(&image);
    block_encoder_free(builder.encoder);
}

static void expect_person(const struct person *person, const struct tally_run *run)
{
    EXPECT(span_is(person_address(person), run->address), "the address %.*s, got %.*s", (int)person->length,
           person->address, (int)run->address.length, run->address.at);
    EXPECT(run->count == person->count &&
               memcmp(run->events, person->events, run->count * sizeof *run->events) == 0,
           "%.*s has its %zu events", (int)person->length, person->address, person->count);
}

static void round_trip(size_t count, size_t events_max, bool seconds)
{
    struct bm_error error;
    struct tally_file file;
    struct partition_reader reader = {0};
    struct people people = people_make(count + events_max, count, events_max, seconds);
    people_write(&people, path, NULL);
    EXPECT(tally_file_open(&file, path, &error) == BM_OK, "%s", error.message);
    size_t k = 0;
    for (unsigned partition = 0; partition < PARTITION_COUNT; partition++) {
        struct tally_run run = {.count = 1};
        EXPECT(partition_reader_start(&reader, &file, partition, UINT32_MAX, &error) == BM_OK, "%s",
               error.message);
        while (true) {
            EXPECT(partition_reader_next(&reader, &run, &error) == BM_OK, "%s", error.message);
            if (!run.count)
                break;
            EXPECT(k < people.count, "no more addresses than were written");
            expect_person(&people.items[k++], &run);
        }
    }
    EXPECT(k == people.count, "all %zu addresses come back, got %zu", people.count, k);
    partition_reader_free(&reader);
    tally_file_close(&file);
    people_free(&people);
}

static void test_round_trip(void **state)
{
    (void)state;
    round_trip(0, 1, true);
    round_trip(1, 1, false);
    round_trip(3000, 12, true);
    round_trip(20000, 3, false);
    round_trip(40, 3 * TALLY_BLOCK_EVENTS, false); /* addresses that go on in other blocks */
}

/* An address of as many events as fill blocks to the last place. */
static void test_blocks_filled_exactly(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 3; extra++) {
        uint64_t seed = 5 + extra;
        struct people people = {calloc(1, sizeof(struct person)), 1};
        person_make(&people.items[0], &seed, 1, 2 * TALLY_BLOCK_EVENTS - 1 + extra, false);
        people_write(&people, path, NULL);
        struct tally_file file;
        struct bm_error error;
        struct tally_run run;
        struct partition_reader reader = {0};
        unsigned partition = partition_of(hash_span(person_address(&people.items[0])));
        EXPECT(tally_file_open(&file, path, &error) == BM_OK, "%s", error.message);
        EXPECT(partition_reader_start(&reader, &file, partition, UINT32_MAX, &error) == BM_OK &&
                   partition_reader_next(&reader, &run, &error) == BM_OK,
               "%s", error.message);
        expect_person(&people.items[0], &run);
        EXPECT(partition_reader_next(&reader, &run, &error) == BM_OK && !run.count, "one address only");
        partition_reader_free(&reader);
        tally_file_close(&file);
        people_free(&people);
    }
}

/* People spread over files, some in several of them: the merge gives each once. */
static void test_merge_of_files(void **state)
{
    (void)state;
    enum { FILES = 5 };
    uint64_t seed = 77, twice = 0;
    struct bm_error error;
    struct people people = people_make(9, 4000, 6, true);
    uint8_t *chosen[FILES];
    char paths[FILES][80];
    struct tally_file files[FILES];
    for (unsigned f = 0; f < FILES; f++) {
        chosen[f] = malloc(people.count);
        for (size_t k = 0; k < people.count; k++)
            chosen[f][k] = f == 0 || test_random(&seed) % 3 == 0;
        (void)snprintf(paths[f], sizeof paths[f], "%s-%u", path, f);
        people_write(&people, paths[f], chosen[f]);
        EXPECT(tally_file_open(&files[f], paths[f], &error) == BM_OK, "%s", error.message);
    }
    for (unsigned f = 1; f < FILES; f++)
        for (size_t k = 0; k < people.count; k++)
            twice += chosen[f][k] ? people.items[k].count : 0;
    struct partition_merge merge = {0};
    size_t k = 0;
    for (unsigned partition = 0; partition < PARTITION_COUNT; partition++) {
        struct tally_run run = {.count = 1};
        EXPECT(partition_merge_start(&merge, files, FILES, UINT32_MAX, NULL, partition, &error) == BM_OK,
               "%s", error.message);
        while (run.count) {
            EXPECT(partition_merge_next(&merge, &run, &error) == BM_OK, "%s", error.message);
            if (run.count)
                expect_person(&people.items[k++], &run);
        }
    }
    EXPECT(k == people.count, "each address once");
    EXPECT(merge.duplicates == twice, "the events that came twice are counted");
    partition_merge_free(&merge);
    for (unsigned f = 0; f < FILES; f++) {
        tally_file_close(&files[f]);
        (void)unlink(paths[f]);
        free(chosen[f]);
    }
    people_free(&people);
}

static void test_kinds_that_may_not_occur(void **state)
{
    (void)state;
    struct bm_error error;
    struct tally_file file;
    struct tally_run run;
    struct partition_reader reader = {0};
    struct people people = people_make(4, 1, 40, true);
    unsigned partition = partition_of(hash_span(person_address(&people.items[0])));
    people_write(&people, path, NULL);
    EXPECT(tally_file_open(&file, path, &error) == BM_OK, "%s", error.message);
    EXPECT(partition_reader_start(&reader, &file, partition, 1u << BM_BOUNCE, &error) == BM_OK, "it starts");
    EXPECT(partition_reader_next(&reader, &run, &error) == BM_INPUT, "events of other kinds are refused");
    EXPECT(strstr(error.message, path) && strstr(error.message, "block 0") &&
               strstr(error.message, "at byte 32"),
           "with the place: %s", error.message);
    partition_reader_free(&reader);
    tally_file_close(&file);
    people_free(&people);
}

static int setup(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/bouncemill-tally-%ld", (long)getpid());
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_blocks_filled_exactly),
        cmocka_unit_test(test_merge_of_files),
        cmocka_unit_test(test_kinds_that_may_not_occur),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
