#include "output/row_file.h"
#include "base/base.h"

#include "output/turns.h"

struct row_work {
    const struct row_file *file;
    size_t stretches;
    struct writer writer;
    uint64_t rows;
    struct turns turns;
};

/* False when the stretch could not be read. */
static bool part_format(const struct row_work *work, size_t part, struct outcome_stretch *stretch,
                        struct text *text, uint64_t *rows)
{
    const struct row_file *file = work->file;
    size_t pass = part / work->stretches, number = part % work->stretches;
    *rows = 0;
    if (file->skip && file->skip(file->argument, pass, number))
        return true;
    if (!outcome_stretch_at(file->list, number, stretch))
        return false;
    *rows = file->format(file->argument, pass, stretch, text);
    return true;
}

static void row_worker(void *argument, unsigned worker)
{
    (void)worker;
    struct row_work *work = argument;
    struct text text = {0};
    struct outcome_stretch stretch = {0};
    for (size_t part; turns_take(&work->turns, &part);) {
        text.length = 0;
        uint64_t rows;
        bool done = part_format(work, part, &stretch, &text, &rows);
        if (!turns_wait(&work->turns, part))
            continue;
        writer_put(&work->writer, (struct span){text.at, text.length});
        work->rows += rows;
        turns_pass(&work->turns, text.failed || !done);
    }
    outcome_stretch_free(&stretch);
    text_free(&text);
}

static enum bm_code rows_write(struct row_work *work, struct folder *folder, unsigned threads,
                               struct bm_error *error)
{
    enum bm_code code = folder_file_open(folder, &work->writer, work->file->name, error);
    if (code != BM_OK)
        return code;
    writer_text(&work->writer, work->file->header);
    code = turns_run(&work->turns, threads, row_worker, work, work->file->name, error);
    struct bm_error close_error;
    enum bm_code closed = folder_file_close(folder, &work->writer, work->file->name, &close_error);
    if (code == BM_OK && closed != BM_OK) {
        *error = close_error;
        code = closed;
    }
    return code;
}

enum bm_code row_file_write(const struct row_file *file, struct folder *folder, unsigned threads,
                            uint64_t *rows, struct bm_error *error)
{
    struct row_work *work = calloc(1, sizeof *work);
    if (!work)
        return fail_memory(error, file->name);
    work->file = file;
    work->stretches = outcome_stretches(file->list);
    work->turns.parts = work->stretches * file->passes;
    work->turns.stop = folder->stop;
    enum bm_code code = rows_write(work, folder, threads, error);
    if (rows)
        *rows += work->rows;
    free(work);
    return code;
}
