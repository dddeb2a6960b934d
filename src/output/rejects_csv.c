#include "base/base.h"
#include "output/columns.h"
#include "output/output.h"

#define SAMPLE_BYTES_MAX 200

static void write_row(struct writer *writer, const struct report *report, const struct reject_sample *sample)
{
    CHECK(sample->archive < report->input_count);
    cell_text(writer, span_of(report->inputs[sample->archive].path));
    column_count(writer, sample->line);
    column_count(writer, sample->offset);
    column_name(writer, reject_name(sample->reason));
    column_text(writer, text_cut(sample->text, SAMPLE_BYTES_MAX));
    writer_char(writer, '\n');
}

enum bm_code output_rejects(struct folder *folder, const struct report *report, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "rejects.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, "archive,line,offset,reason,sample\n");
    for (size_t k = 0; k < report->sample_count; k++)
        write_row(&writer, report, &report->samples[k]);
    return folder_file_close(folder, &writer, "rejects.csv", error);
}
