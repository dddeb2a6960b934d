#include "base/base.h"
#include "output/columns.h"
#include "output/output.h"

static void write_row(struct writer *writer, const struct count_code *item)
{
    if (item->smtp_code)
        writer_u64(writer, item->smtp_code);
    column_enhanced(writer, item->enhanced);
    column_count(writer, classes_bounces(item->classes));
    for (int class_ = 0; class_ < BM_CLASS_COUNT; class_++)
        column_count(writer, item->classes[class_]);
    writer_char(writer, '\n');
}

enum bm_code output_codes(struct folder *folder, const struct report *report, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "codes.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, "smtp_code,enhanced_code,bounces,hard,block,soft,technical,unknown,none\n");
    for (size_t k = 0; k < report->code_count; k++)
        write_row(&writer, &report->codes[k]);
    return folder_file_close(folder, &writer, "codes.csv", error);
}
