/* What is measured is named by the operand, so that further parts of the work can join. */
#include "cli.h"

#include "command.h"
#include "interrupt.h"
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

static struct bm_bench_options options_read(const struct arguments *arguments)
{
    const struct option_value *values = arguments->values;
    struct bm_bench_options options;
    bm_bench_options_init(&options);
    options.archives.events = values[OPTION_EVENTS].number;
    options.archives.addresses = values[OPTION_ADDRESSES].number;
    options.archives.seed = values[OPTION_SEED].number;
    options.archives.frame_bytes = values[OPTION_FRAME_SIZE].number;
    options.archives.bounce_share = values[OPTION_BOUNCE_SHARE].share;
    options.archives.days = (unsigned)values[OPTION_DAYS].number;
    options.archives.files = (unsigned)values[OPTION_FILES].number;
    options.tables = own_tables(arguments);
    options.rounds = (unsigned)values[OPTION_ROUNDS].number;
    options.threads = (unsigned)values[OPTION_THREADS].number;
    options.stop = interrupt_watch();
    return options;
}

static int failure(const struct bm_error *error)
{
    error_print(error);
    return interrupt_exit_code(error->code);
}

static double ns_per_row(double seconds, const struct bm_bench_archives *archives)
{
    return seconds * 1e9 / (double)archives->rows;
}

static double gb_per_s(double seconds, const struct bm_bench_archives *archives)
{
    return (double)archives->text_bytes / seconds * 1e-9;
}

static void archives_print_plain(const struct bm_bench_archives *archives)
{
    char rows[NUMBER_TEXT_BYTES], addresses[NUMBER_TEXT_BYTES];
    printf("archives: %s rows drawn from %s addresses, %.1f MB of text\n", number_text(archives->rows, rows),
           number_text(archives->addresses, addresses), (double)archives->text_bytes / 1e6);
}

static void archives_print_json(const struct bm_bench_archives *archives)
{
    printf("\"rows\":%llu,\"addresses\":%llu,\"text_bytes\":%llu,\"archive_bytes\":%llu",
           (unsigned long long)archives->rows, (unsigned long long)archives->addresses,
           (unsigned long long)archives->text_bytes, (unsigned long long)archives->bytes);
}

static void scan_print_plain(const struct bm_bench_scan *figures)
{
    archives_print_plain(&figures->forms[0].archives);
    printf("CPU time of one thread, best of %u rounds; the limit is to decompress alone\n\n",
           figures->rounds);
    printf("archives     MB   limit ns/row   GB/s   scan ns/row   GB/s   scan / limit\n");
    for (unsigned k = 0; k < BM_BENCH_FORMS; k++) {
        const struct bm_bench_form *form = &figures->forms[k];
        const struct bm_bench_archives *archives = &form->archives;
        printf("%-8s %6.1f %14.1f %6.2f %13.1f %6.2f %14.2f\n", form->compression,
               (double)archives->bytes / 1e6, ns_per_row(form->limit_s, archives),
               gb_per_s(form->limit_s, archives), ns_per_row(form->scan_s, archives),
               gb_per_s(form->scan_s, archives), form->scan_s / form->limit_s);
    }
}

static void scan_print_json(const struct bm_bench_scan *figures)
{
    printf("{\"bench\":\"scan\",\"version\":\"%s\",\"rounds\":%u,\"forms\":[", bm_version(), figures->rounds);
    for (unsigned k = 0; k < BM_BENCH_FORMS; k++) {
        const struct bm_bench_form *form = &figures->forms[k];
        printf("%s{\"compression\":\"%s\",", k ? "," : "", form->compression);
        archives_print_json(&form->archives);
        printf(",\"limit_s\":%.6f,\"scan_s\":%.6f,\"limit_ns_per_row\":%.3f,\"scan_ns_per_row\":%.3f}",
               form->limit_s, form->scan_s, ns_per_row(form->limit_s, &form->archives),
               ns_per_row(form->scan_s, &form->archives));
    }
    printf("]}\n");
}

static int scan_bench(const struct arguments *arguments)
{
    struct bm_error error;
    struct bm_bench_scan figures;
    struct bm_bench_options options = options_read(arguments);
    if (bm_bench_scan(&options, &figures, &error) != BM_OK)
        return failure(&error);
    (arguments->values[OPTION_JSON].given ? scan_print_json : scan_print_plain)(&figures);
    return output_finish();
}

static void stages_print_plain(const struct bm_bench_run *figures)
{
    double whole_s = figures->wholes[0].cpu_s;
    printf("CPU time of one thread, best of %u rounds\n\nstage        ns/row   share\n", figures->rounds);
    for (unsigned k = 0; k < BM_BENCH_STAGES; k++) {
        const struct bm_bench_stage *stage = &figures->stages[k];
        printf("%-11s %7.1f %5.1f %%   %s\n", stage->name, ns_per_row(stage->cpu_s, &figures->archives),
               100 * stage->cpu_s / whole_s, stage->what);
    }
    printf("%-11s %7.1f 100.0 %%\n", "run", ns_per_row(whole_s, &figures->archives));
}

static void run_print_plain(const struct bm_bench_run *figures)
{
    archives_print_plain(&figures->archives);
    stages_print_plain(figures);
    printf("\nthreads   run: wall s   CPU s   limit: wall s   CPU s   run / limit: wall    CPU\n");
    for (unsigned k = 0; k < figures->whole_count; k++) {
        const struct bm_bench_whole *whole = &figures->wholes[k];
        printf("%7u %13.3f %7.3f %15.3f %7.3f %19.2f %6.2f\n", whole->threads, whole->wall_s, whole->cpu_s,
               whole->limit_wall_s, whole->limit_cpu_s, whole->wall_s / whole->limit_wall_s,
               whole->cpu_s / whole->limit_cpu_s);
    }
}

static void run_print_json(const struct bm_bench_run *figures)
{
    printf("{\"bench\":\"run\",\"version\":\"%s\",\"rounds\":%u,", bm_version(), figures->rounds);
    archives_print_json(&figures->archives);
    printf(",\"stages\":[");
    for (unsigned k = 0; k < BM_BENCH_STAGES; k++) {
        const struct bm_bench_stage *stage = &figures->stages[k];
        printf("%s{\"name\":\"%s\",\"what\":\"%s\",\"ns_per_row\":%.3f,\"share\":%.5f}", k ? "," : "",
               stage->name, stage->what, ns_per_row(stage->cpu_s, &figures->archives),
               stage->cpu_s / figures->wholes[0].cpu_s);
    }
    printf("],\"runs\":[");
    for (unsigned k = 0; k < figures->whole_count; k++) {
        const struct bm_bench_whole *whole = &figures->wholes[k];
        printf("%s{\"threads\":%u,\"wall_s\":%.6f,\"cpu_s\":%.6f,\"limit_wall_s\":%.6f,\"limit_cpu_s\":%.6f}",
               k ? "," : "", whole->threads, whole->wall_s, whole->cpu_s, whole->limit_wall_s,
               whole->limit_cpu_s);
    }
    printf("]}\n");
}

static int run_bench(const struct arguments *arguments)
{
    struct bm_error error;
    struct bm_bench_run figures;
    struct bm_bench_options options = options_read(arguments);
    if (bm_bench_run(&options, &figures, &error) != BM_OK)
        return failure(&error);
    (arguments->values[OPTION_JSON].given ? run_print_json : run_print_plain)(&figures);
    return output_finish();
}

static const struct {
    const char *name;
    int (*run)(const struct arguments *arguments);
} benches[] = {{"classify", classify_bench}, {"scan", scan_bench}, {"run", run_bench}};

int command_bench(const struct arguments *arguments)
{
    const char *name = arguments->operand_count ? arguments->operands[0] : benches[0].name;
    for (size_t k = 0; k < COUNT_OF(benches); k++)
        if (strcmp(name, benches[k].name) == 0)
            return benches[k].run(arguments);
    struct bm_error error;
    error_set(&error, BM_USAGE, "there is no bench \"%.100s\"", name);
    error_hint(&error, "benches are: classify, scan, run");
    return error_print(&error);
}
