#include "base/base.h"
#include "output/columns.h"
#include "output/output.h"
#include "output/pattern_text.h"

enum bm_code output_patterns(struct folder *folder, const struct report *report, struct bm_error *error)
{
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "patterns.csv", error);
    if (code != BM_OK)
        return code;
    writer_text(&writer, "domain,pattern,first,last,failures,expected,score,recurred,of\n");
    for (size_t k = 0; k < report->pattern_count; k++) {
        char text[BM_TIME_BYTES];
        const struct pattern *pattern = &report->patterns[k];
        cell_text(&writer, pattern->domain);
        column_name(&writer, pattern_kind_name(pattern->kind));
        column_name(&writer, pattern_place(pattern, pattern->first, text));
        column_name(&writer, pattern_place(pattern, pattern->last, text));
        column_count(&writer, pattern->failures);
        writer_char(&writer, ',');
        tenths_write(&writer, pattern->expected);
        writer_char(&writer, ',');
        tenths_write(&writer, pattern->score);
        column_count(&writer, pattern->recurred);
        column_count(&writer, pattern->of);
        writer_char(&writer, '\n');
    }
    return folder_file_close(folder, &writer, "patterns.csv", error);
}
