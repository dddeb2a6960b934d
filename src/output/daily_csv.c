#include "base/base.h"
#include "event/time.h"
#include "output/columns.h"
#include "output/output.h"

static void write_row(struct writer *writer, const struct count_day *day)
{
    const struct count_cell *cell = &day->cell;
    day_write(writer, day->day);
    column_count(writer, cell->kinds[BM_SENT]);
    column_count(writer, cell->kinds[BM_DELIVERED]);
    column_count(writer, cell->kinds[BM_DEFERRED]);
    column_count(writer, cell_bounces(cell));
    for (int class_ = 0; class_ < BM_CLASS_COUNT; class_++)
        column_count(writer, cell->classes[class_]);
    column_count(writer, cell->kinds[BM_COMPLAINT]);
    column_count(writer, cell->kinds[BM_UNSUBSCRIBE]);
    column_count(writer, cell->kinds[BM_OPEN]);
    column_count(writer, cell->kinds[BM_CLICK]);
    column_count(writer, cell->kinds[BM_DELETE]);
    column_count(writer, cell->kinds[BM_RESUBSCRIBE]);
    writer_char(writer, '\n');
}

enum bm_code output_daily(struct folder *folder, const struct report *report, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "daily.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer,
                "day,sent,delivered,deferred,bounces,hard,block,soft,technical,unknown,none,complaints,"
                "unsubscribes,opens,clicks,deletes,resubscribes\n");
    for (size_t k = 0; k < report->day_count; k++)
        write_row(&writer, &report->days[k]);
    return folder_file_close(folder, &writer, "daily.csv", error);
}
