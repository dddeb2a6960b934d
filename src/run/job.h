/* A job at work: what run, scan, merge and combine have in common. */
#ifndef RUN_JOB_H
#define RUN_JOB_H

#include "output/compare.h"
#include "output/outcomes.h"
#include "output/output.h"
#include "run/input_list.h"
#include "run/job_memory.h"
#include "run/merge.h"
#include "run/run_plan.h"
#include "run/scan.h"

struct run {
    struct run_plan plan;
    struct bm_run_summary *summary;
    struct policy_report *policy_reports; /* in the plan's order */
    struct comparison comparison;
    struct tally_set tallies;
    struct inputs inputs;
    struct scan_result scanned; /* without shards when no archives are read */
    struct input_list list;
    int64_t expire_before_ms; /* older events may go from what is saved; -1: none; known from the merge on */
    struct merge_result merged;
    struct report report;
    struct export_report export_reports[EXPORT_COUNT];
    size_t export_count;
    double started, scan_seconds, merge_seconds;
    struct folder folder;
    bool folder_open;
    struct job_memory memory;
    struct tally_writer *save; /* NULL: nothing is saved */
    unsigned partials;         /* files of checkpoints that there are (run/checkpoint.h) */
    unsigned partials_taken;   /* of them in `tallies` */
    unsigned partials_misfit;  /* left by a job that is not this one */
};

uint64_t peak_bytes(void); /* largest resident set */

/* Bytes that did not fit the memory, and in how many runs they were written. */
uint64_t job_spilled_bytes(const struct run *run, uint64_t *runs);

/* Tells the progress function that a stage begins. */
void job_progress(const struct run *run, const char *stage);

/* Kinds of events that are tallied: the same as in the files, so that what is saved is of one kind. */
uint32_t job_kinds(const struct run *run);

/* The basis of what this job tallies. */
struct tally_basis job_basis(const struct run *run);

/* Room for what the policies make of the addresses. */
enum bm_code job_policies_make(struct run *run, struct bm_error *error);

/* What the manifest says beside the report. */
struct run_facts job_facts(const struct run *run);

/* The files of the report's counts. */
enum bm_code job_report_files(struct run *run, const struct run_facts *facts, struct bm_error *error);

/* Writes the output folder's files, the manifest last; it is then to be committed. */
enum bm_code job_write(struct run *run, struct bm_error *error);
enum bm_code job_manifest(struct run *run, struct run_facts *facts, struct bm_error *error);

/* Puts in place what was written. */
enum bm_code job_commit(struct run *run, struct bm_error *error);

/* Fills the summary, and says what the exit code says of a finished job. */
enum bm_code job_finish(struct run *run, struct bm_error *error);
void job_free(struct run *run);

#endif
