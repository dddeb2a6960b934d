#include "base/base.h"
#include "output/columns.h"
#include "output/output.h"

static void write_row(struct writer *writer, const struct count_named *campaign)
{
    cell_text(writer, campaign->name);
    columns_named(writer, campaign);
    writer_char(writer, '\n');
}

enum bm_code output_campaigns(struct folder *folder, const struct report *report, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "campaigns.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, "campaign," NAMED_COLUMNS "\n");
    for (size_t k = 0; k < report->campaign_count; k++)
        write_row(&writer, &report->campaigns[k]);
    return folder_file_close(folder, &writer, "campaigns.csv", error);
}
