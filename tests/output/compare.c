/* compare.csv and differences.csv against a count of address after address, for lists of every size about a
 * word and a stretch, for every limit that ends inside or between stretches, on one thread and on several. */
#include "output/compare.h"
#include "base/base.h"
#include "sample.h"
#include "test.h"

#define POLICIES  5
#define COUNT_MAX (2 * OUTCOME_STRETCH + 1000)

static const char *const policy_names[POLICIES] = {"blackbaud", "mailman3", "marketo", "sfmc", "sfmc/timer"};

struct hand_made {
    struct outcome *outcomes[COUNT_MAX];
    struct outcome_ref refs[COUNT_MAX];
    struct outcome_list list;
};

/* Addresses in order, one of them to be quoted. */
static const struct address_record *address_make(size_t number)
{
    char text[64];
    int length =
        snprintf(text, sizeof text, number == 3 ? "p%07zu,\"q\"@x.example" : "p%07zu@x.example", number);
    struct address_record *record = calloc(1, record_bytes((size_t)length));
    EXPECT(record, "there is memory");
    record_make(record, 0, (struct span){text, (size_t)length});
    return record;
}

/* The first policy suppresses nothing and the second everything; the others what falls to them. */
static struct policy_result result_make(size_t policy, uint64_t random)
{
    bool suppressed = policy == 1 || (policy > 1 && random % (2 * policy) == 0);
    return (struct policy_result){
        .status = suppressed ? STATUS_HELD : STATUS_ACTIVE,
        .suppressed = suppressed,
        .cause = suppressed ? CAUSE_SOFT_AS_HARD : CAUSE_NONE,
        .cause_reason = random & 64 ? REASON_USER_UNKNOWN : REASON_COUNT,
        .since_ms = TIME_NEVER,
    };
}

static struct hand_made *hand_make(void)
{
    struct hand_made *made = calloc(1, sizeof *made);
    EXPECT(made, "there is memory");
    uint64_t seed = 11;
    for (size_t k = 0; k < COUNT_MAX; k++) {
        struct outcome *outcome = calloc(1, sizeof *outcome + POLICIES * sizeof outcome->results[0]);
        EXPECT(outcome, "there is memory");
        outcome->address = address_make(k);
        for (size_t policy = 0; policy < POLICIES; policy++)
            outcome->results[policy] = result_make(policy, test_random(&seed) >> 8);
        made->outcomes[k] = outcome;
        made->refs[k].outcome = outcome;
    }
    made->list = (struct outcome_list){.refs = made->refs, .policies = policy_names};
    return made;
}

static void hand_free(struct hand_made *made)
{
    for (size_t k = 0; k < COUNT_MAX; k++) {
        free((void *)(uintptr_t)made->outcomes[k]->address);
        free(made->outcomes[k]);
    }
    free(made);
}

static void naive_compare(FILE *file, const struct outcome_list *list)
{
    fprintf(file, "policy_a,policy_b,both,only_a,only_b,neither\n");
    for (size_t a = 0; a < list->policy_count; a++)
        for (size_t b = a + 1; b < list->policy_count; b++) {
            unsigned counts[2][2] = {{0}};
            for (size_t k = 0; k < list->count; k++) {
                const struct policy_result *results = list->refs[k].outcome->results;
                counts[results[a].suppressed][results[b].suppressed]++;
            }
            fprintf(file, "%s,%s,%u,%u,%u,%u\n", policy_names[a], policy_names[b], counts[1][1], counts[1][0],
                    counts[0][1], counts[0][0]);
        }
}

static void naive_row(FILE *file, size_t k, size_t a, size_t b, const struct policy_result *results)
{
    fprintf(file, k == 3 ? "%s,%s,\"p%07zu,\"\"q\"\"@x.example\"" : "%s,%s,p%07zu@x.example", policy_names[a],
            policy_names[b], k);
    const size_t pair[2] = {a, b};
    for (unsigned side = 0; side < 2; side++) {
        const struct policy_result *result = &results[pair[side]];
        fprintf(file, ",%s,%s%s", result->suppressed ? "Held" : "Active",
                cause_name((enum cause)result->cause),
                result->cause_reason == REASON_COUNT ? "" : ":user-unknown");
    }
    fprintf(file, "\n");
}

static void naive_differences(FILE *file, const struct outcome_list *list, uint64_t rows_max)
{
    fprintf(file, "policy_a,policy_b,address,status_a,reason_a,status_b,reason_b\n");
    for (size_t a = 0; a < list->policy_count; a++)
        for (size_t b = a + 1; b < list->policy_count; b++) {
            uint64_t rows = 0;
            for (size_t k = 0; k < list->count && rows < rows_max; k++) {
                const struct policy_result *results = list->refs[k].outcome->results;
                if (results[a].suppressed == results[b].suppressed)
                    continue;
                naive_row(file, k, a, b, results);
                rows++;
            }
        }
}

static void files_write(const struct outcome_list *list, uint64_t rows_max, unsigned threads,
                        const char *target)
{
    struct folder *folder = malloc(sizeof *folder);
    struct bm_error error = {0};
    struct comparison comparison;
    EXPECT(folder && folder_open(folder, target, &error) == BM_OK, "the folder opens: %s", error.message);
    EXPECT(comparison_count(&comparison, list, threads, &error) == BM_OK, "pairs are counted");
    EXPECT(output_compare(folder, &comparison, list, &error) == BM_OK, "compare.csv: %s", error.message);
    EXPECT(output_differences(folder, &comparison, list, rows_max, threads, &error) == BM_OK,
           "differences.csv: %s", error.message);
    comparison_free(&comparison);
    /* As output_manifest would: the next folder_open replaces only what has one. */
    struct writer writer;
    EXPECT(folder_file_open(folder, &writer, "manifest.json", &error) == BM_OK, "a manifest opens");
    writer_text(&writer, "{\n  \"format\": \"" FOLDER_FORMAT "\"\n}\n");
    EXPECT(folder_file_close(folder, &writer, "manifest.json", &error) == BM_OK, "a manifest is written");
    EXPECT(folder_commit(folder, &error) == BM_OK, "the folder is committed: %s", error.message);
    free(folder);
}

static void expect_bytes(const char *path, const char *expected, size_t length, size_t count,
                         uint64_t rows_max, unsigned threads)
{
    FILE *file = fopen(path, "rb");
    char *got = malloc(length + 1);
    EXPECT(file && got, "%s opens", path);
    size_t read = fread(got, 1, length + 1, file);
    fclose(file);
    size_t at = 0;
    while (at < read && at < length && got[at] == expected[at])
        at++;
    EXPECT(at == length && at == read,
           "%s of %zu addresses, %llu rows a pair, %u threads: \"%.80s\" at byte %zu, got \"%.*s\"", path,
           count, (unsigned long long)rows_max, threads, expected + at, at,
           (int)(read - at < 80 ? read - at : 80), got + at);
    free(got);
}

static void compare_once(struct sample *sample, const struct outcome_list *list, uint64_t rows_max,
                         unsigned threads)
{
    char *compare = NULL, *differences = NULL;
    size_t compare_length = 0, differences_length = 0;
    FILE *file = open_memstream(&compare, &compare_length);
    EXPECT(file, "a stream opens");
    naive_compare(file, list);
    fclose(file);
    file = open_memstream(&differences, &differences_length);
    EXPECT(file, "a stream opens");
    naive_differences(file, list, rows_max);
    fclose(file);
    files_write(list, rows_max, threads, sample_path(sample, "out"));
    expect_bytes(sample_path(sample, "out/compare.csv"), compare, compare_length, list->count, rows_max,
                 threads);
    expect_bytes(sample_path(sample, "out/differences.csv"), differences, differences_length, list->count,
                 rows_max, threads);
    free(compare);
    free(differences);
}

static void test_sizes(void **state)
{
    static const size_t counts[] = {0, 1, 63, 64, 65, OUTCOME_STRETCH - 1, OUTCOME_STRETCH, COUNT_MAX};
    struct hand_made *made = hand_make();
    made->list.policy_count = POLICIES;
    for (size_t k = 0; k < COUNT_OF(counts); k++)
        for (unsigned threads = 1; threads <= 7; threads += 3) {
            made->list.count = counts[k];
            compare_once(*state, &made->list, 1000, threads);
        }
    hand_free(made);
}

static void test_limits(void **state)
{
    static const uint64_t limits[] = {0, 1, OUTCOME_STRETCH, OUTCOME_STRETCH + 1, UINT64_MAX};
    struct hand_made *made = hand_make();
    made->list.policy_count = POLICIES;
    made->list.count = COUNT_MAX;
    for (size_t k = 0; k < COUNT_OF(limits); k++)
        compare_once(*state, &made->list, limits[k], 4);
    hand_free(made);
}

static void test_few_policies(void **state)
{
    struct hand_made *made = hand_make();
    struct comparison comparison;
    struct bm_error error;
    made->list.count = 200;
    made->list.policy_count = 2;
    compare_once(*state, &made->list, 1000, 2);
    made->list.policy_count = 1;
    EXPECT(comparison_count(&comparison, &made->list, 2, &error) == BM_OK && comparison.pair_count == 0,
           "one policy has nothing to be compared with");
    comparison_free(&comparison);
    hand_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sizes, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_limits, sample_setup, sample_teardown),
        cmocka_unit_test_setup_teardown(test_few_policies, sample_setup, sample_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
