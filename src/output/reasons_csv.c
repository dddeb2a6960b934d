#include "base/base.h"
#include "output/columns.h"
#include "output/output.h"
#include "output/ranking.h"

static void write_row(struct writer *writer, const struct reason_count *item, uint64_t bounces)
{
    const struct reason_row *platforms = ranking_platforms(item);
    writer_text(writer, reason_table[item->reason].name);
    column_name(writer, bm_class_name(item->class_));
    column_count(writer, item->count);
    column_share(writer, item->count, item->class_ == BM_NONE ? 0 : bounces);
    column_text(writer, span_of(platforms->sfmc_category));
    column_text(writer, span_of(platforms->sfmc_subcategory));
    writer_char(writer, ',');
    if (platforms->marketo_category)
        writer_u64(writer, (uint64_t)platforms->marketo_category);
    column_text(writer, span_of(platforms->ses_type));
    column_text(writer, span_of(platforms->ses_subtype));
    writer_char(writer, '\n');
}

enum bm_code output_reasons(struct folder *folder, const struct report *report, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "reasons.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, "reason,class,count,share,sfmc_category,sfmc_subcategory,marketo_category,ses_type,"
                         "ses_subtype\n");
    struct reason_count ranking[RANKING_REASONS_MAX];
    size_t count = ranking_reasons(report, ranking);
    for (size_t k = 0; k < count; k++)
        write_row(&writer, &ranking[k], cell_bounces(&report->total));
    return folder_file_close(folder, &writer, "reasons.csv", error);
}
