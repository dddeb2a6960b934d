/* Fuzz target of the reader of runs: an archive of any bytes, as one run and in many, comes to the same or
 * fails both times. Where it is cut follows from a hash of the bytes, so that samples are plain archives. */
#include "base/base.h"

#include "tests/run/texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct bm_classifier *classifier_shared(void)
{
    static struct bm_classifier *classifier;
    static const struct bm_tables tables;
    struct bm_error error;
    if (!classifier)
        CHECK(bm_classifier_new(&classifier, &tables, &error) == BM_OK);
    return classifier;
}

static enum bm_code read_archive(const uint8_t *data, size_t size, size_t run_bytes,
                                 struct run_text_sizes sizes, struct bytes *dump)
{
    struct input input = {.report.same_as = -1};
    archive_over(&input.archive, "sample", data, size);
    struct inputs inputs = {.items = &input, .count = 1};
    struct scan_options options = {.classifier = classifier_shared(),
                                   .kinds = 1u << BM_BOUNCE | 1u << BM_COMPLAINT,
                                   .threads = 1,
                                   .simd = cpu_simd(),
                                   .run_bytes = run_bytes,
                                   .sizes = sizes};
    struct scan_result result;
    struct bm_error error;
    enum bm_code code = scan(&inputs, &options, &result, &error);
    if (code == BM_OK) {
        const struct input_report *report = &input.report;
        CHECK(report->rows == report->tallied + report->ignored + report->rejected);
        input_dump(&input, dump);
        shards_dump(result.shards, dump);
        counts_dump(result.counts, options.classifier, dump);
        scan_result_free(&result);
    }
    input_reset(&input);
    free(input.samples);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t windows[] = {4, 40, 400, ROW_START_BYTES}, steps[] = {3, 60, 900, 0};
    static const struct run_text_sizes usual;
    uint64_t hash = hash_span((struct span){(const char *)data, size});
    struct bytes whole = {0}, runs = {0};
    enum bm_code code = read_archive(data, size, SIZE_MAX / 4, usual, &whole);
    CHECK(code == BM_OK || code == BM_INPUT);
    struct run_text_sizes sizes = {steps[hash >> 58 & 3], windows[hash >> 60 & 3]};
    CHECK(read_archive(data, size, 1 + hash % (size / 2 + 1), sizes, &runs) == code);
    CHECK(bytes_same(&whole, &runs));
    bytes_free(&whole);
    bytes_free(&runs);
    return 0;
}
