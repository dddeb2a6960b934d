/* How far a run is, told on standard error. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <bouncemill/run.h>
#include <stdbool.h>

enum progress_form { PROGRESS_NONE, PROGRESS_LINE, PROGRESS_JSON };

struct progress {
    enum progress_form form;
    double start; /* seconds of the monotonic clock */
    bool shown;   /* a line stands on the terminal */
};

/* Since some moment: for what time has passed. */
double seconds_now(void);

/* `wanted` is the option's value: auto, never or json. */
void progress_init(struct progress *progress, const char *wanted, bool quiet);

/* For bm_run_options.progress; the argument is a struct progress. */
void progress_show(void *argument, const struct bm_progress *now);

/* Wipes the line, so that what follows starts a clean one. */
void progress_end(struct progress *progress);

#endif
