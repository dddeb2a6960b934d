/* The archives of a run: named, mapped, hashed, told apart, and cut into runs that workers can take. */
#ifndef RUN_INPUTS_H
#define RUN_INPUTS_H

#include "archive/archive.h"
#include "csv/dialect.h"
#include "tally/report.h"

#include <bouncemill/run.h>

/* A part of an archive that one worker reads: whole frames, or a stretch of plain text. */
struct input_run {
    size_t begin, end;   /* in the archive's bytes */
    uint64_t text_bytes; /* known when it was read */
    uint64_t lines;      /* LF bytes in its text */
};

/* A rejected row, as its unit found it. */
struct input_sample {
    size_t run;
    uint64_t offset, line; /* relative to the run's text until the scan is over, then to the archive's; line 0
                              is the first */
    enum reject reason;
    struct span text; /* malloc'd */
};

#define REJECT_SAMPLES_MAX 1000u /* per archive: the first ones */

struct input {
    struct archive archive;
    struct input_report report;
    struct columns columns; /* of the header at its start */
    struct input_run *runs;
    size_t run_count;
    uint64_t rejects[REJECT_COUNT];
    struct input_sample *samples;
    size_t sample_count, sample_capacity;
    bool open;
    bool hashed;     /* report.xxh3 is known */
    bool sequential; /* its runs could not be read alone: one unit */
    bool left_out;   /* failed, with keep_going */
    bool known;      /* a tally file of the job holds it: not read again */
    bool resumed;    /* known: one that an interrupted job has left */
    bool kept;       /* known: one that this job wrote when it had read it (run/checkpoint.h) */
    bool read;       /* whole, by the last scan */
};

struct inputs {
    struct path_list paths;
    struct input *items;
    size_t count;
    uint64_t bytes_total;
    char **failures; /* texts that report.failure points to, by input; NULL */
};

/* The files that the options name, folders walked. Zero-initialise; path_list_free whether or not it fails.
 */
enum bm_code inputs_list(struct path_list *paths, const struct bm_run_options *options,
                         struct bm_error *error);

/* Names and maps the archives, and finds those with the same bytes (report.same_as). With keep_going, an
 * archive that cannot be opened is left out. */
enum bm_code inputs_open(struct inputs *inputs, const struct bm_run_options *options, unsigned threads,
                         struct bm_error *error);
void inputs_close(struct inputs *inputs);

/* Whether a scan is to read the archive. */
static inline bool input_wanted(const struct input *input)
{
    return !input->left_out && !input->known && input->report.same_as < 0;
}

/* Leaves an archive out of the run, saying why. Returns false when memory is out. */
bool input_leave_out(struct inputs *inputs, size_t which, const struct bm_error *why);

/* The hash of the archive's bytes, which are read for it once; report.xxh3 from then on. One thread at a
 * time. Of no meaning when *stop is set (base/stop.h). */
uint64_t input_hash(struct input *input, const volatile int *stop);

/* How archives are cut for so many threads, as input_plan's run_bytes: one reads an archive in one piece. */
static inline size_t input_run_bytes(unsigned threads)
{
    return threads == 1 ? SIZE_MAX : 0;
}

/* Reads an archive's header with `stream`, and cuts it into runs of `run_bytes` or more (0: as many as are
 * worth a unit of work; SIZE_MAX: into one, without looking for its frames). Hashes it, unless it is one run.
 */
enum bm_code input_plan(struct input *input, const struct dialect *dialect, size_t run_bytes,
                        const volatile int *stop, struct text_stream *stream, struct bm_error *error);

/* Takes a unit's samples over, and lets go of those that cannot be among the archive's first. False when
 * memory is out. */
bool input_samples_add(struct input *input, struct input_sample *samples, size_t count);

/* When all runs are read: sorts the samples and sets their places in the archive. */
void input_samples_place(struct input *input);

/* Forgets what a scan found, so that another can start. */
void input_reset(struct input *input);

#endif
