/* However an archive is cut into runs, reading it gives the same events, accounting and samples. */
#include "base/base.h"

#include "run/scan.h"
#include "run/unit.h"

#include "texts.h"

#define KINDS    (1u << BM_BOUNCE | 1u << BM_OPEN | 1u << BM_COMPLAINT)
#define CUTS_MAX 4096

static struct bm_classifier *classifier;

static int setup(void **state)
{
    struct bm_tables tables = {0};
    struct bm_error error;
    (void)state;
    return bm_classifier_new(&classifier, &tables, &error) != BM_OK;
}

static int teardown(void **state)
{
    (void)state;
    bm_classifier_free(classifier);
    return 0;
}

struct reading {
    struct bytes dump;
    uint64_t rows, rejected;
    bool sequential;
};

static struct input input_over(const struct bytes *archive)
{
    struct input input = {.report.same_as = -1};
    archive_over(&input.archive, "sample", archive->at, archive->size);
    return input;
}

/* Lets go of what a reading made of an input over borrowed bytes. */
static void input_end(struct input *input)
{
    input_reset(input);
    free(input->samples);
}

static const struct run_text_sizes whole_sizes = {0};

/* Reads as a run does: with `threads`, in runs of `run_bytes`. */
static struct reading scan_archive(const struct bytes *archive, size_t run_bytes, struct run_text_sizes sizes,
                                   unsigned threads)
{
    struct input input = input_over(archive);
    struct inputs inputs = {.items = &input, .count = 1};
    struct scan_options options = {.classifier = classifier,
                                   .kinds = KINDS,
                                   .threads = threads,
                                   .simd = cpu_simd(),
                                   .run_bytes = run_bytes,
                                   .sizes = sizes};
    struct scan_result result;
    struct bm_error error;
    enum bm_code code = scan(&inputs, &options, &result, &error);
    EXPECT(code == BM_OK, "the archive reads: %s", code == BM_OK ? "" : error.message);
    EXPECT(input.hashed && input.report.xxh3 == archive_hash(&input.archive, NULL),
           "all its bytes are hashed");
    struct reading reading = {
        .rows = input.report.rows, .rejected = input.report.rejected, .sequential = input.sequential};
    input_dump(&input, &reading.dump);
    shards_dump(result.shards, &reading.dump);
    counts_dump(result.counts, classifier, &reading.dump);
    scan_result_free(&result);
    input_end(&input);
    return reading;
}

/* Tools of one reader, and what it tallies into. */
struct bench {
    struct unit_reader reader;
    struct shards *shards;
};

static void bench_init(struct bench *bench)
{
    struct bm_error error;
    *bench = (struct bench){0};
    CHECK(unit_reader_init(&bench->reader, SIMD_SCALAR, &error) == BM_OK);
    CHECK(shards_new(&bench->shards, &error) == BM_OK);
    CHECK(shard_batch_new(&bench->reader.observer.batch, bench->shards, &error) == BM_OK);
    CHECK(counts_new(&bench->reader.observer.counts, bm_rule_count(classifier), &error) == BM_OK);
    bench->reader.observer.classifier = classifier;
    bench->reader.observer.kinds = KINDS;
}

static void bench_free(struct bench *bench)
{
    shard_batch_free(bench->reader.observer.batch);
    counts_free(bench->reader.observer.counts);
    shards_free(bench->shards);
    unit_reader_free(&bench->reader);
}

static void unit_account(struct input *input, struct unit_result *unit)
{
    input->report.rows += unit->rows;
    input->report.tallied += unit->tallied;
    input->report.ignored += unit->ignored;
    input->report.rejected += unit->rejected;
    input->report.extra_fields += unit->extra_fields;
    for (unsigned k = 0; k < REJECT_COUNT; k++)
        input->rejects[k] += unit->rejects[k];
    CHECK(input_samples_add(input, unit->samples, unit->sample_count));
    unit->sample_count = 0;
}

/* Reads the runs that end at the frames in the set `cut`, the last one first. */
static struct reading read_runs(const struct bytes *archive, const size_t *ends, unsigned frames,
                                unsigned cut, struct run_text_sizes sizes)
{
    struct reading reading = {0};
    struct bench bench;
    struct bm_error error;
    bench_init(&bench);
    struct input input = input_over(archive);
    CHECK(input_plan(&input, NULL, SIZE_MAX, NULL, bench.reader.stream, &error) == BM_OK);
    input.runs = realloc(input.runs, frames * sizeof *input.runs);
    CHECK(input.runs);
    input.run_count = 0;
    for (unsigned k = 0, begin = 0; k < frames; k++) {
        if (k + 1 < frames && !(cut >> k & 1))
            continue;
        input.runs[input.run_count++] = (struct input_run){.begin = begin, .end = ends[k]};
        begin = (unsigned)ends[k];
    }
    for (size_t run = input.run_count; run > 0; run--) {
        struct unit_result unit;
        struct run_text *text;
        CHECK(run_text_new(&text, &input, run - 1, bench.reader.stream, sizes, &error) == BM_OK);
        CHECK(unit_read(&bench.reader, run - 1, text, &unit, &error) == BM_OK);
        reading.sequential |= run_text_inseparable(text);
        input.runs[run - 1].text_bytes = run_text_bytes(text);
        input.runs[run - 1].lines = run_text_lines(text);
        input.report.text_bytes += run_text_bytes(text);
        unit_account(&input, &unit);
        unit_result_free(&unit);
        run_text_free(text);
    }
    CHECK(shard_batch_flush(bench.reader.observer.batch));
    input_samples_place(&input);
    input_dump(&input, &reading.dump);
    shards_dump(bench.shards, &reading.dump);
    counts_dump(bench.reader.observer.counts, classifier, &reading.dump);
    bench_free(&bench);
    input_end(&input);
    return reading;
}

static struct text_shape shape_random(uint64_t *seed, unsigned rows_max)
{
    return (struct text_shape){
        .rows = (unsigned)(test_random(seed) % rows_max),
        .quotes = test_random(seed) % 4 != 0,
        .wide = chance(seed, 6),
        .header_changes = chance(seed, 8),
        .ends_in_quote = chance(seed, 5),
        .ends_in_row = chance(seed, 3),
        .byte_order_mark = chance(seed, 4),
    };
}

static int size_order(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Small texts of a few frames: all 2^(frames - 1) cuttings. */
static void test_every_cutting(void **state)
{
    (void)state;
    static const size_t windows[] = {24, 100, 400, 65536}, steps[] = {0, 50, 300, 1200};
    uint64_t seed = 11, apart = 0, together = 0;
    for (unsigned round = 0; round < 60; round++) {
        struct text_shape shape = shape_random(&seed, 30);
        shape.wide = false;
        struct bytes text = text_make(&shape, &seed);
        size_t cuts[5], ends[6];
        struct run_text_sizes sizes = {steps[round % COUNT_OF(steps)], windows[round % COUNT_OF(windows)]};
        unsigned count = 1 + round % (unsigned)COUNT_OF(cuts);
        for (unsigned k = 0; k < count; k++)
            cuts[k] = test_random(&seed) % (text.size + 1);
        qsort(cuts, count, sizeof *cuts, size_order);
        struct bytes archive = frames_make(&text, cuts, count, ends);
        struct reading whole = read_runs(&archive, ends, count + 1, 0, sizes);
        EXPECT(!whole.sequential, "one run is always separable");
        for (unsigned cut = 1; cut < 1u << count; cut++) {
            struct reading parts = read_runs(&archive, ends, count + 1, cut, sizes);
            EXPECT(parts.sequential || bytes_same(&parts.dump, &whole.dump),
                   "round %u, cutting %x reads as one run does", round, cut);
            *(parts.sequential ? &together : &apart) += 1;
            bytes_free(&parts.dump);
        }
        bytes_free(&whole.dump);
        bytes_free(&archive);
        bytes_free(&text);
    }
    EXPECT(apart > 200 && together > 200, "both ways are taken: %llu apart, %llu together",
           (unsigned long long)apart, (unsigned long long)together);
}

/* Frames from one byte to 100 KB. */
static size_t cuts_random(const struct bytes *text, size_t cuts[CUTS_MAX], uint64_t *seed)
{
    static const size_t scales[] = {1, 20, 300, 5000, 100000};
    size_t scale = scales[test_random(seed) % COUNT_OF(scales)];
    if (text->size / scale > CUTS_MAX / 2)
        scale = 2 * text->size / CUTS_MAX + 1;
    size_t count = 0, at = 0;
    while (count < CUTS_MAX && (at += scale == 1 ? 1 : 1 + test_random(seed) % (2 * scale)) < text->size)
        cuts[count++] = at;
    return count;
}

static struct run_text_sizes sizes_of(unsigned round)
{
    static const size_t windows[] = {50, 1000, 65536}, steps[] = {0, 200, 900, 9000};
    return (struct run_text_sizes){steps[round % COUNT_OF(steps)], windows[round % COUNT_OF(windows)]};
}

static void expect_scans_same(const struct bytes *text, uint64_t *seed, unsigned round, unsigned taken[2])
{
    static size_t cuts[CUTS_MAX];
    struct reading whole = scan_archive(text, SIZE_MAX / 4, whole_sizes, 1);
    size_t count = cuts_random(text, cuts, seed);
    struct bytes archive = frames_make(text, cuts, count, NULL);
    const size_t run_sizes[] = {1, 1 + test_random(seed) % (archive.size + 1), SIZE_MAX / 4};
    for (unsigned k = 0; k < COUNT_OF(run_sizes); k++) {
        struct reading got = scan_archive(&archive, run_sizes[k], sizes_of(round + k), 1 + (round + k) % 4);
        EXPECT(bytes_same(&got.dump, &whole.dump), "round %u, runs of %zu of %zu bytes: the same as one",
               round, run_sizes[k], archive.size);
        taken[got.sequential]++;
        bytes_free(&got.dump);
    }
    struct reading plain = scan_archive(text, 1 + test_random(seed) % 3000, sizes_of(round), 2);
    EXPECT(bytes_same(&plain.dump, &whole.dump), "round %u: plain text in runs is the same as in one", round);
    taken[plain.sequential]++;
    bytes_free(&plain.dump);
    bytes_free(&whole.dump);
    bytes_free(&archive);
}

static void test_runs_of_random_frames(void **state)
{
    (void)state;
    uint64_t seed = 5;
    unsigned taken[2] = {0};
    for (unsigned round = 0; round < 80; round++) {
        struct text_shape shape = shape_random(&seed, round % 8 ? 150 : 1500);
        struct bytes text = text_make(&shape, &seed);
        expect_scans_same(&text, &seed, round, taken);
        bytes_free(&text);
    }
    EXPECT(taken[0] > 50 && taken[1] > 50, "both ways are taken: %u apart, %u together", taken[0], taken[1]);
}

/* A row over the limit is rejected at its place, wherever runs are cut, and the quote that swallows the rest
 * too. */
static void test_rows_over_the_limit(void **state)
{
    (void)state;
    uint64_t seed = 3;
    unsigned taken[2] = {0};
    for (unsigned kind = 0; kind < 4; kind++) {
        struct text_shape shape = {.rows = 20, .quotes = true};
        struct bytes text = text_make(&shape, &seed);
        text_add(&text, "1700000000,bounce,long@example.org,c,m,550,5.1.1,%s", kind & 1 ? "  \"" : "");
        for (size_t k = 0; k < ROW_BYTES_MAX / 8 + 9; k++)
            text_add(&text, "%s", k % 1000 || !(kind & 1) ? "endless " : "endless\n");
        if (kind == 0 || kind == 1) {
            text_add(&text, "%s\n", kind & 1 ? "\"" : "");
            struct bytes more = text_make(&shape, &seed);
            bytes_add(&text, more.at, more.size);
            bytes_free(&more);
        }
        expect_scans_same(&text, &seed, kind, taken);
        struct reading whole = scan_archive(&text, SIZE_MAX / 4, whole_sizes, 1);
        EXPECT(whole.rejected > 0, "the long row is rejected");
        bytes_free(&whole.dump);
        bytes_free(&text);
    }
}

/* A quoted field with more lines, and no quote, than a row start is looked for in: the guess is wrong there,
 * and the run before must notice. */
static void test_quoted_lines_longer_than_the_window(void **state)
{
    (void)state;
    struct bytes text = {0};
    text_add(&text, "time,event,address,diagnostic\n1700000000,bounce,a@example.org,\"550\n");
    while (text.size < 3 * ROW_START_BYTES)
        text_add(&text, "1700000000,complaint,wrong@example.org,a line inside the quotes\n");
    text_add(&text, "\"\n1700000001,complaint,b@example.org,\n");
    size_t cuts[] = {ROW_START_BYTES - 1000}; /* the rest of the field is longer than the window */
    struct bytes archive = frames_make(&text, cuts, COUNT_OF(cuts), NULL);
    struct reading whole = scan_archive(&text, SIZE_MAX / 4, whole_sizes, 1),
                   runs = scan_archive(&archive, 1, whole_sizes, 2);
    EXPECT(!whole.sequential && whole.rows == 2, "one run sees two rows, got %llu",
           (unsigned long long)whole.rows);
    EXPECT(runs.sequential, "the archive is found inseparable");
    EXPECT(bytes_same(&whole.dump, &runs.dump), "and then read as one run");
    bytes_free(&whole.dump);
    bytes_free(&runs.dump);
    bytes_free(&archive);
    bytes_free(&text);
}

static void test_header_that_changes(void **state)
{
    (void)state;
    struct bytes text = {0};
    text_add(&text, "time,event,address\n");
    for (unsigned k = 0; k < 100; k++)
        text_add(&text, "%u,complaint,a%u@example.org\n", 1700000000 + k, k);
    size_t middle = text.size;
    text_add(&text, "address,time,event\n");
    for (unsigned k = 0; k < 100; k++)
        text_add(&text, "b%u@example.org,%u,complaint\n", k, 1700000000 + k);
    size_t cuts[] = {middle / 2, middle + 300};
    struct bytes archive = frames_make(&text, cuts, COUNT_OF(cuts), NULL);
    struct reading whole = scan_archive(&text, SIZE_MAX / 4, whole_sizes, 1),
                   runs = scan_archive(&archive, 1, whole_sizes, 2);
    EXPECT(whole.rows == 200 && whole.rejected == 0, "all rows are events, %llu of %llu rejected",
           (unsigned long long)whole.rejected, (unsigned long long)whole.rows);
    EXPECT(runs.sequential && !whole.sequential, "only the archive in runs is inseparable");
    EXPECT(bytes_same(&whole.dump, &runs.dump), "and then read as one run");
    bytes_free(&whole.dump);
    bytes_free(&runs.dump);
    bytes_free(&archive);
    bytes_free(&text);
}

/* A single frame and plain text, by up to eight readers in parts of all sizes: as by one. */
static void test_many_readers_of_one_run(void **state)
{
    (void)state;
    static const size_t steps[] = {60, 300, 900, 3000, 0};
    uint64_t seed = 21;
    unsigned shared = 0;
    for (unsigned round = 0; round < 12; round++) {
        struct text_shape shape = shape_random(&seed, 400);
        shape.rows += 200;
        struct bytes text = text_make(&shape, &seed), frame = frames_make(&text, NULL, 0, NULL);
        struct reading whole = scan_archive(&text, SIZE_MAX / 4, whole_sizes, 1);
        for (unsigned k = 0; k < 3; k++) {
            struct run_text_sizes sizes = {steps[(round + k) % COUNT_OF(steps)], 0};
            struct reading got = scan_archive(k & 1 ? &text : &frame, SIZE_MAX / 4, sizes, 2 + 3 * k);
            EXPECT(bytes_same(&got.dump, &whole.dump), "round %u: %u readers read what one does", round,
                   2 + 3 * k);
            EXPECT(!got.sequential || shape.header_changes, "only a change of columns needs one reader");
            shared += !got.sequential;
            bytes_free(&got.dump);
        }
        bytes_free(&whole.dump);
        bytes_free(&frame);
        bytes_free(&text);
    }
    EXPECT(shared > 20, "most texts are read by several: %u of 36", shared);
}

/* All runs of an archive may find it inseparable at once. */
static void test_many_runs_inseparable_at_once(void **state)
{
    (void)state;
    uint64_t seed = 9;
    struct text_shape shape = {.rows = 2000};
    struct bytes text = text_make(&shape, &seed);
    static size_t cuts[2000];
    size_t count = 0;
    for (size_t at = 40; at < text.size && count < COUNT_OF(cuts); at += 40)
        cuts[count++] = at;
    struct bytes archive = frames_make(&text, cuts, count, NULL);
    struct reading whole = scan_archive(&text, SIZE_MAX / 4, whole_sizes, 1);
    for (unsigned round = 0; round < 30; round++) {
        struct reading runs = scan_archive(&archive, 1, (struct run_text_sizes){0, 8}, 8);
        EXPECT(runs.sequential && bytes_same(&whole.dump, &runs.dump), "read as one run, round %u", round);
        bytes_free(&runs.dump);
    }
    bytes_free(&whole.dump);
    bytes_free(&archive);
    bytes_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cutting),
        cmocka_unit_test(test_runs_of_random_frames),
        cmocka_unit_test(test_rows_over_the_limit),
        cmocka_unit_test(test_quoted_lines_longer_than_the_window),
        cmocka_unit_test(test_header_that_changes),
        cmocka_unit_test(test_many_readers_of_one_run),
        cmocka_unit_test(test_many_runs_inseparable_at_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
