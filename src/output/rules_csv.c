#include "base/base.h"
#include "output/columns.h"
#include "output/output.h"

static void write_row(struct writer *writer, const struct count_rule *rule)
{
    cell_text(writer, span_of(rule->rule)); /* rules of a table that the user gave name themselves */
    column_text(writer, span_of(rule->table));
    column_count(writer, rule->hits);
    writer_char(writer, '\n');
}

enum bm_code output_rules(struct folder *folder, const struct report *report, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "rules.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, "rule,table,hits\n");
    for (size_t k = 0; k < report->rule_count; k++)
        if (report->rules[k].hits)
            write_row(&writer, &report->rules[k]);
    return folder_file_close(folder, &writer, "rules.csv", error);
}
