/* The scan: workers take runs of archives off one queue, and join the readers of a run when there is none
 * left.
 *
 * An archive's runs are known only when its frames were walked, so planning an archive is itself work that a
 * worker takes, when no run is waiting. Archives are planned in order and just before they are read, so that
 * their pages are still in the cache.
 *
 * Tallies cannot be taken back. Where an archive turns out not to be what was assumed (its runs cannot be
 * read alone; it is corrupt and is to be left out), the pass is finished as void, the archive is marked, and
 * everything is read again from the start. Both are rare enough that nothing is done to make them cheap. */
#include "run/scan.h"
#include "base/base.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/pool.h"
#include "base/spill_file.h"

#include <pthread.h>

#define PROGRESS_SECONDS 0.25

struct work_item {
    size_t input, run;
};

/* A run that is being read. */
struct work {
    struct work_item item;
    struct run_text *text;
    unsigned readers; /* 0: the place is free */
};

struct scan_pass {
    struct inputs *inputs;
    const struct scan_options *options;
    struct shards *shards;
    struct counts **worker_counts;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct work_item *queue; /* a stack of runs to read */
    size_t queued, queue_capacity;
    struct work *works; /* one for each worker: none starts another before it has left the one it started */
    size_t next_input;  /* to be planned */
    double round_end;   /* then no more are; 0: never */
    bool planned;       /* an archive was: every round gets ahead */
    unsigned planning;  /* archives being planned: more runs may come */
    bool stopped;       /* after an error, or when the pass is void */
    bool again;         /* the pass is void: an archive was marked */
    struct bm_error error;
    size_t error_input;
    int64_t last_ms; /* as in struct scan_result */
    struct bm_progress progress;
    double progress_at;
};

static void pass_lock(struct scan_pass *pass)
{
    CHECK(pthread_mutex_lock(&pass->lock) == 0);
}

static void pass_unlock(struct scan_pass *pass)
{
    CHECK(pthread_cond_broadcast(&pass->changed) == 0);
    CHECK(pthread_mutex_unlock(&pass->lock) == 0);
}

/* An error of an archive: with keep_going it is marked to be left out; otherwise that of the first archive is
 * kept. Under the lock. */
static void pass_fail(struct scan_pass *pass, size_t which, const struct bm_error *error)
{
    pass->stopped = true;
    if (error->code == BM_INPUT && pass->options->keep_going) {
        pass->again = true;
        if (pass->inputs->items[which].left_out) /* another of its runs failed too */
            return;
        if (input_leave_out(pass->inputs, which, error))
            return;
        (void)fail_memory(&pass->error, "the list of archives");
        pass->error_input = 0;
    } else if (pass->error.code == BM_OK || which < pass->error_input) {
        pass->error = *error;
        pass->error_input = which;
    }
}

static bool queue_push(struct scan_pass *pass, size_t which)
{
    size_t runs = pass->inputs->items[which].run_count;
    struct work_item *queue =
        array_room(pass->queue, &pass->queue_capacity, pass->queued + runs, sizeof *queue);
    if (!queue)
        return false;
    pass->queue = queue;
    for (size_t run = runs; run > 0; run--) /* the first run is taken first */
        pass->queue[pass->queued++] = (struct work_item){which, run - 1};
    return true;
}

/* Plans an archive and queues its runs. Called with the lock held; works without it. */
static void archive_plan(struct scan_pass *pass, size_t which, struct text_stream *stream)
{
    struct bm_error error;
    const struct scan_options *options = pass->options;
    size_t run_bytes = options->run_bytes ? options->run_bytes : input_run_bytes(options->threads);
    pass->planned = true;
    pass->planning++;
    pass_unlock(pass);
    enum bm_code code =
        input_plan(&pass->inputs->items[which], options->dialect, run_bytes, options->stop, stream, &error);
    pass_lock(pass);
    pass->planning--;
    if (code == BM_OK && !queue_push(pass, which))
        code = fail_memory(&error, "the list of runs");
    pass->inputs->items[which].read = code == BM_OK; /* when the pass is over */
    if (code != BM_OK)
        pass_fail(pass, which, &error);
}

/* Takes a run off the queue: the caller is its first reader. */
static enum bm_code run_start(struct scan_pass *pass, const struct work_item *item,
                              struct unit_reader *reader, struct work **work, struct bm_error *error)
{
    const struct input *input = &pass->inputs->items[item->input];
    struct work *place = pass->works;
    while (place->readers)
        place++;
    ASSERT(place < pass->works + pass->options->threads);
    *work = NULL;
    enum bm_code code =
        run_text_new(&place->text, input, item->run, reader->stream, pass->options->sizes, error);
    if (code != BM_OK)
        return code;
    place->item = *item;
    place->readers = 1;
    *work = place;
    return BM_OK;
}

/* Joins the readers of a run; NULL when none can be joined. The one with the fewest, so that all are done at
 * about the same time. */
static struct work *run_join(struct scan_pass *pass)
{
    struct work *found = NULL;
    for (unsigned k = 0; k < pass->options->threads; k++) {
        struct work *work = &pass->works[k];
        if (work->readers && !pass->inputs->items[work->item.input].sequential &&
            (!found || work->readers < found->readers) && run_text_goes_on(work->text))
            found = work;
    }
    if (found) {
        run_text_share(found->text);
        found->readers++;
    }
    return found;
}

static bool round_over(const struct scan_pass *pass)
{
    return pass->round_end > 0 && pass->planned && seconds_now() >= pass->round_end;
}

/* Waits for a run to start or to join. NULL when there is nothing left to do. */
static struct work *run_take(struct scan_pass *pass, struct unit_reader *reader)
{
    struct work *work = NULL;
    pass_lock(pass);
    while (!pass->stopped && !work) {
        size_t which = pass->next_input;
        if (pass->queued) {
            struct bm_error error;
            const struct work_item *item = &pass->queue[--pass->queued];
            if (run_start(pass, item, reader, &work, &error) != BM_OK)
                pass_fail(pass, item->input, &error);
        } else if (which < pass->inputs->count && !round_over(pass)) {
            pass->next_input++;
            if (input_wanted(&pass->inputs->items[which]))
                archive_plan(pass, which, reader->stream);
        } else {
            work = run_join(pass);
            if (!work && !pass->planning)
                break;
            if (!work)
                CHECK(pthread_cond_wait(&pass->changed, &pass->lock) == 0);
        }
    }
    pass_unlock(pass);
    return work;
}

/* Adds what a reader found in a run to what is known of its archive. Under the lock. */
static bool unit_account(struct scan_pass *pass, const struct work_item *item, struct unit_result *unit)
{
    struct input *input = &pass->inputs->items[item->input];
    struct input_report *report = &input->report;
    report->rows += unit->rows;
    report->tallied += unit->tallied;
    report->ignored += unit->ignored;
    report->rejected += unit->rejected;
    report->outside += unit->outside;
    report->extra_fields += unit->extra_fields;
    for (unsigned k = 0; k < REJECT_COUNT; k++)
        input->rejects[k] += unit->rejects[k];
    pass->progress.rows += unit->rows;
    if (!input_samples_add(input, unit->samples, unit->sample_count))
        return false;
    unit->sample_count = 0; /* they are the input's now */
    return true;
}

/* Tells how far the scan is, a few times a second. Under the lock, which keeps it to one thread at a time. */
static void progress_tell(struct scan_pass *pass)
{
    double now = seconds_now();
    if (!pass->options->progress || now - pass->progress_at < PROGRESS_SECONDS)
        return;
    pass->progress_at = now;
    pass->options->progress(pass->options->progress_argument, &pass->progress);
}

/* The last reader of a run has left it. Under the lock. */
static void run_end(struct scan_pass *pass, struct work *work)
{
    struct input *input = &pass->inputs->items[work->item.input];
    struct input_run *run = &input->runs[work->item.run];
    run->text_bytes = run_text_bytes(work->text);
    run->lines = run_text_lines(work->text);
    input->report.text_bytes += run->text_bytes;
    if (!input->hashed)
        input->hashed = run_text_hash(work->text, &input->report.xxh3);
    pass->progress.bytes_done += run->end - run->begin;
    run_text_free(work->text);
    work->text = NULL;
}

static void run_do(struct scan_pass *pass, struct unit_reader *reader, struct work *work)
{
    struct unit_result unit;
    struct bm_error error;
    enum bm_code code = unit_read(reader, work->item.run, work->text, &unit, &error);
    pass_lock(pass);
    if (code == BM_OK && run_text_inseparable(work->text)) {
        pass->inputs->items[work->item.input].sequential = pass->again = pass->stopped = true;
    } else if (code == BM_OK && !unit_account(pass, &work->item, &unit)) {
        code = fail_memory(&error, "samples of rejected rows");
    }
    if (code != BM_OK)
        pass_fail(pass, work->item.input, &error);
    if (--work->readers == 0)
        run_end(pass, work);
    progress_tell(pass);
    pass_unlock(pass);
    unit_result_free(&unit);
}

static void worker_run(void *argument, unsigned worker)
{
    struct scan_pass *pass = argument;
    const struct scan_options *options = pass->options;
    struct bm_error error;
    struct unit_reader reader = {.stop = options->stop};
    enum bm_code code = unit_reader_init(&reader, options->simd, &error);
    if (code == BM_OK)
        code = counts_new(&pass->worker_counts[worker], bm_rule_count(options->classifier), &error);
    if (code == BM_OK)
        code = shard_batch_new(&reader.observer.batch, pass->shards, &error);
    if (code == BM_OK)
        code = bm_classify_memo_new(&reader.observer.memo, options->classifier, &error);
    if (code == BM_OK) {
        reader.observer.classifier = options->classifier;
        reader.observer.counts = pass->worker_counts[worker];
        reader.observer.uncounted = options->uncounted;
        reader.observer.cut = options->cut;
        reader.observer.kinds = options->kinds;
        reader.observer.limited = options->limited;
        reader.observer.only = options->only;
        reader.observer.from_ms = options->from_ms;
        reader.observer.to_ms = options->to_ms;
        reader.observer.reads_text = bm_classifier_reads_text(options->classifier);
        for (struct work *work; (work = run_take(pass, &reader));)
            run_do(pass, &reader, work);
        if (!shard_batch_flush(reader.observer.batch))
            code = fail_memory(&error, "the tallies");
    }
    pass_lock(pass);
    if (reader.observer.last_ms > pass->last_ms)
        pass->last_ms = reader.observer.last_ms;
    if (code != BM_OK)
        pass_fail(pass, 0, &error);
    pass_unlock(pass);
    shard_batch_free(reader.observer.batch);
    bm_classify_memo_free(reader.observer.memo);
    unit_reader_free(&reader);
}

static enum bm_code pass_init(struct scan_pass *pass, struct inputs *inputs,
                              const struct scan_options *options, struct bm_error *error)
{
    *pass = (struct scan_pass){.inputs = inputs, .options = options};
    pass->progress = (struct bm_progress){.stage = "scan", .bytes_total = inputs->bytes_total};
    CHECK(pthread_mutex_init(&pass->lock, NULL) == 0);
    CHECK(pthread_cond_init(&pass->changed, NULL) == 0);
    if (options->round_seconds > 0)
        pass->round_end = seconds_now() + options->round_seconds;
    for (size_t k = 0; k < inputs->count; k++) {
        struct input *input = &inputs->items[k];
        if (input->kept) {
            pass->progress.bytes_done += input->archive.size;
            pass->progress.rows += input->report.rows;
        } else {
            input_reset(input);
        }
        input->read = false;
    }
    pass->worker_counts = calloc(options->threads, sizeof *pass->worker_counts);
    pass->works = calloc(options->threads, sizeof *pass->works);
    if (!pass->worker_counts || !pass->works)
        return fail_memory(error, "workers");
    enum bm_code code = shards_new(&pass->shards, error);
    if (code == BM_OK && options->spill)
        shards_limit(pass->shards, options->memory_bytes, options->spill);
    return code;
}

static void pass_free(struct scan_pass *pass)
{
    for (unsigned k = 0; pass->worker_counts && k < pass->options->threads; k++)
        counts_free(pass->worker_counts[k]);
    free(pass->worker_counts);
    free(pass->queue);
    free(pass->works);
    shards_free(pass->shards);
    CHECK(pthread_cond_destroy(&pass->changed) == 0);
    CHECK(pthread_mutex_destroy(&pass->lock) == 0);
}

/* Adds up the workers' counts and hands the tallies over. */
static enum bm_code pass_finish(struct scan_pass *pass, struct scan_result *result, struct bm_error *error)
{
    for (unsigned k = 1; k < pass->options->threads; k++)
        if (!counts_merge(pass->worker_counts[0], pass->worker_counts[k]))
            return fail_memory(error, "the report's counts");
    *result = (struct scan_result){
        .shards = pass->shards, .counts = pass->worker_counts[0], .last_ms = pass->last_ms};
    for (size_t k = pass->next_input; k < pass->inputs->count; k++)
        result->more |= input_wanted(&pass->inputs->items[k]);
    pass->shards = NULL;
    pass->worker_counts[0] = NULL;
    return BM_OK;
}

/* One pass over all archives. *again: it was void and must be repeated. */
static enum bm_code pass_run(struct inputs *inputs, const struct scan_options *options,
                             struct scan_result *result, bool *again, struct bm_error *error)
{
    struct scan_pass pass;
    enum bm_code code = pass_init(&pass, inputs, options, error);
    if (code == BM_OK)
        code = pool_run(options->threads, worker_run, &pass, error);
    if (code == BM_OK && pass.error.code != BM_OK) {
        *error = pass.error;
        code = error->code == BM_RESOURCE ? shards_why(pass.shards, error) : error->code;
    }
    *again = code == BM_OK && pass.again;
    if (code == BM_OK && !*again)
        code = shards_unload(pass.shards, options->threads, error);
    if (code == BM_OK && !*again)
        code = pass_finish(&pass, result, error);
    pass_free(&pass);
    if (*again && options->spill)
        spill_file_empty(options->spill);
    return code;
}

enum bm_code scan(struct inputs *inputs, const struct scan_options *options, struct scan_result *result,
                  struct bm_error *error)
{
    bool again = true;
    while (again) {
        enum bm_code code = pass_run(inputs, options, result, &again, error);
        if (code != BM_OK)
            return code;
    }
    for (size_t k = 0; k < inputs->count; k++) {
        struct input *input = &inputs->items[k];
        if (input->read)
            input_samples_place(input);
        if (input->open && input->left_out) /* those that were read have been hashed with it */
            (void)input_hash(input, options->stop);
    }
    if (stop_asked(options->stop))
        return fail_stopped(error);
    return BM_OK;
}

void scan_result_free(struct scan_result *result)
{
    shards_free(result->shards);
    counts_free(result->counts);
    *result = (struct scan_result){0};
}
