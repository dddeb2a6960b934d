#include "base/base.h"
#include "output/columns.h"
#include "output/output.h"

static void write_row(struct writer *writer, const struct count_label *item)
{
    cell_text(writer, item->label);
    column_name(writer, bm_class_name(reason_table[item->reason].class_));
    column_name(writer, reason_table[item->reason].name);
    column_count(writer, item->count);
    column_name(writer, label_agreement_name(item->agreement));
    writer_char(writer, '\n');
}

enum bm_code output_labels(struct folder *folder, const struct report *report, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "labels.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, "label,class,reason,count,agrees\n");
    for (size_t k = 0; k < report->label_count; k++)
        write_row(&writer, &report->labels[k]);
    return folder_file_close(folder, &writer, "labels.csv", error);
}
