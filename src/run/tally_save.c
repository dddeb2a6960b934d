#include "run/tally_save.h"
#include "base/base.h"

enum bm_code tally_save_finish(struct tally_writer *writer, const struct tally_meta *meta,
                               struct counts *counts, const struct bm_classifier *classifier,
                               struct bm_error *error)
{
    struct text content = {0};
    tally_meta_put(meta, &content);
    enum bm_code code = tally_writer_section(writer, TALLY_META, &content, error);
    content.length = 0;
    if (code == BM_OK) {
        counts_save(counts, classifier, &content);
        code = tally_writer_section(writer, TALLY_COUNTS, &content, error);
    }
    text_free(&content);
    return code == BM_OK ? tally_writer_finish(writer, error) : code;
}
