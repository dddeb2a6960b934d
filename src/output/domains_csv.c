#include "base/base.h"
#include "event/time.h"
#include "output/columns.h"
#include "output/output.h"

static void write_row(struct writer *writer, const struct count_named *domain)
{
    writer_csv(writer, domain->name); /* a key: byte for byte as in the addresses */
    columns_named(writer, domain);
    writer_char(writer, ',');
    if (domain->worst_day >= 0)
        day_write(writer, domain->worst_day);
    column_count(writer, domain->worst_day_bounces);
    writer_char(writer, '\n');
}

enum bm_code output_domains(struct folder *folder, const struct report *report, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "domains.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, "domain," NAMED_COLUMNS ",worst_day,worst_day_bounces\n");
    for (size_t k = 0; k < report->domain_count; k++)
        write_row(&writer, &report->domains[k]);
    return folder_file_close(folder, &writer, "domains.csv", error);
}
