/* Speed of csv_index at each level of this processor, over generated text: rows of 8 fields and about 110
 * bytes, 12 % of them with one quoted field. Once over a buffer that stays in the L2 cache, as the workers
 * have it, and once over one that does not. Best of several runs.
 * Usage: bench-scan [MiB per run] */
#include "base/base.h"

#include "csv/scan.h"

#include <time.h>

enum { RUNS = 15, ROW_BYTES_MAX = 256, QUOTED_PERCENT = 12 };
#define CACHED_BYTES   ((size_t)256 << 10)
#define UNCACHED_BYTES ((size_t)64 << 20)

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static size_t write_row(char *out, uint64_t *random)
{
    uint64_t r = next_random(random);
    bool quoted = r % 100 < QUOTED_PERCENT;
    const char *diagnostic = quoted ? "\"550 5.1.1 no such user, see policy\"" : "250 2.0.0 OK";
    int length = snprintf(
        out, ROW_BYTES_MAX,
        "2026-01-%02uT%02u:%02u:07Z,%s,user%llu@mail%u.example,spring-%u,%llx@a.net,%s,%s,%s\n",
        (unsigned)(1 + (r >> 8) % 28), (unsigned)((r >> 16) % 24), (unsigned)((r >> 24) % 60),
        quoted ? "bounce" : "delivered", (unsigned long long)(next_random(random) % 100000000),
        (unsigned)((r >> 32) % 1000), (unsigned)((r >> 42) % 100), (unsigned long long)next_random(random),
        quoted ? "550" : "", quoted ? "5.1.1" : "", diagnostic);
    CHECK(length > 0 && length < ROW_BYTES_MAX);
    return (size_t)length;
}

/* Fills text up to bytes, whole rows, and returns the length; *rows is their number. */
static size_t write_rows(char *text, size_t bytes, size_t *rows)
{
    uint64_t random = 20260101;
    size_t length = 0;
    *rows = 0;
    while (length + ROW_BYTES_MAX <= bytes) {
        length += write_row(text + length, &random);
        ++*rows;
    }
    return length;
}

static double now_seconds(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double best_seconds(csv_index_function *index, const char *text, size_t length, size_t passes,
                           struct csv_ends *found)
{
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        double start = now_seconds();
        for (size_t pass = 0; pass < passes; pass++) {
            enum csv_state state = CSV_ROW_START;
            index(text, length, ',', &state, found);
        }
        double seconds = (now_seconds() - start) / (double)passes;
        best = seconds < best ? seconds : best;
    }
    return best;
}

static void measure(const char *where, size_t bytes, size_t run_bytes)
{
    char *text = calloc(1, bytes + CSV_PAD_BYTES);
    struct csv_ends found = {.at = calloc(bytes + CSV_PAD_BYTES, sizeof *found.at),
                             .rows = calloc(bytes + CSV_PAD_BYTES, sizeof *found.rows)};
    CHECK(text && found.at && found.rows);
    size_t rows;
    size_t length = write_rows(text, bytes, &rows);
    for (enum simd level = SIMD_SCALAR; level <= cpu_simd(); level++) {
        size_t passes = run_bytes > length ? run_bytes / length : 1;
        double seconds = best_seconds(csv_index_kernel(level), text, length, passes, &found);
        printf("%-8s %-7s %6.2f GB/s %6.2f ns/row  (%zu bytes, %zu rows, %zu ends)\n", where,
               simd_name(level), (double)length / seconds * 1e-9, seconds / (double)rows * 1e9, length, rows,
               found.count);
    }
    free(found.at);
    free(found.rows);
    free(text);
}

int main(int argc, char **argv)
{
    size_t run_mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
    measure("cached", CACHED_BYTES, run_mib << 20);
    measure("uncached", UNCACHED_BYTES, run_mib << 20);
    return 0;
}
