#include "cli.h"

#include "message.h"
#include "progress.h"

#include <time.h>

double seconds_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_init(struct progress *progress, const char *wanted, bool quiet)
{
    bool json = strcmp(wanted, "json") == 0;
    bool line = strcmp(wanted, "auto") == 0 && !quiet && terminal_is_capable();
    *progress = (struct progress){.form = json   ? PROGRESS_JSON
                                          : line ? PROGRESS_LINE
                                                 : PROGRESS_NONE,
                                  .start = seconds_now()};
}

static void line_show(struct progress *progress, const struct bm_progress *now, double seconds)
{
    char rows[NUMBER_TEXT_BYTES];
    double share = now->bytes_total ? (double)now->bytes_done / (double)now->bytes_total : 0;
    fprintf(stderr, "\r%s %3.0f %%, %s rows, %.0f s\033[K", now->stage, 100 * share,
            number_text(now->rows, rows), seconds);
    fflush(stderr);
    progress->shown = true;
}

void progress_show(void *argument, const struct bm_progress *now)
{
    struct progress *progress = argument;
    double seconds = seconds_now() - progress->start;
    if (progress->form == PROGRESS_LINE)
        line_show(progress, now, seconds);
    else if (progress->form == PROGRESS_JSON)
        fprintf(
            stderr,
            "{\"stage\":\"%s\",\"bytes_done\":%llu,\"bytes_total\":%llu,\"rows\":%llu,\"seconds\":%.3f}\n",
            now->stage, (unsigned long long)now->bytes_done, (unsigned long long)now->bytes_total,
            (unsigned long long)now->rows, seconds);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fprintf(stderr, "\r\033[K");
    progress->shown = false;
}
