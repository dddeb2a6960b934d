/* What is measured is named by the operand, so that further parts of the work can join. */
#include "cli.h"

#include "command.h"
#include "message.h"
#include "own_tables.h"

#include <bouncemill/bench.h>
#include <bouncemill/version.h>

static void classify_print_plain(const struct bm_bench_classify *figures)
{
    printf("classifier: %u rules, built in %.1f ms\n", figures->rules, figures->build_ms);
    printf("stream: %llu replies, %.0f bytes of text each; one core, best of %u rounds\n",
           (unsigned long long)figures->replies, figures->text_bytes, figures->rounds);
    printf("codes only:            %6.1f M replies/s\n", figures->codes_per_s / 1e6);
    printf("text, cold:            %6.1f M replies/s\n", figures->text_cold_per_s / 1e6);
    printf("text, stream (memo):   %6.1f M replies/s\n", figures->text_memo_per_s / 1e6);
}

static void classify_print_json(const struct bm_bench_classify *figures)
{
    printf("{\"bench\":\"classify\",\"version\":\"%s\",\"rounds\":%u,\"rules\":%u,\"build_ms\":%.3f,"
           "\"replies\":%llu,\"text_bytes\":%.1f,\"replies_per_s\":{\"codes\":%.0f,\"text_cold\":%.0f,"
           "\"text_stream\":%.0f}}\n",
           bm_version(), figures->rounds, figures->rules, figures->build_ms,
           (unsigned long long)figures->replies, figures->text_bytes, figures->codes_per_s,
           figures->text_cold_per_s, figures->text_memo_per_s);
}

static int classify_bench(const struct arguments *arguments)
{
    struct bm_error error;
    struct bm_bench_classify figures;
    struct bm_tables tables = own_tables(arguments);
    if (bm_bench_classify(&tables, &figures, &error) != BM_OK)
        return error_print(&error);
    (arguments->values[OPTION_JSON].given ? classify_print_json : classify_print_plain)(&figures);
    return output_finish();
}

static const struct {
    const char *name;
    int (*run)(const struct arguments *arguments);
} benches[] = {{"classify", classify_bench}};

int command_bench(const struct arguments *arguments)
{
    const char *name = arguments->operand_count ? arguments->operands[0] : benches[0].name;
    for (size_t k = 0; k < COUNT_OF(benches); k++)
        if (strcmp(name, benches[k].name) == 0)
            return benches[k].run(arguments);
    struct bm_error error;
    error_set(&error, BM_USAGE, "there is no bench \"%.100s\"", name);
    error_hint(&error, "benches are: classify");
    return error_print(&error);
}
