#include "base/base.h"
#include "output/columns.h"
#include "output/output.h"

static void write_row(struct writer *writer, const struct count_unmatched *item)
{
    writer_u64(writer, item->count);
    column_text(writer, item->masked);
    column_text(writer, item->example);
    column_smtp_code(writer, item->smtp_code);
    column_enhanced(writer, item->enhanced);
    writer_char(writer, '\n');
}

enum bm_code output_unmatched(struct folder *folder, const struct report *report, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "unmatched.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, "count,masked_text,example,smtp_code,enhanced_code\n");
    for (size_t k = 0; k < report->unmatched_count; k++)
        write_row(&writer, &report->unmatched[k]);
    return folder_file_close(folder, &writer, "unmatched.csv", error);
}
