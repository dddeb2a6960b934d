#include "output/report_files.h"
#include "base/base.h"
#include "output/ranking.h"

const char *input_state(const struct input_report *input)
{
    return input->failure ? "left out" : input->same_as >= 0 ? "same as another" : "read";
}

typedef void write_function(struct writer *writer, const struct report *report, const struct run_facts *facts,
                            const struct input_report *const *inputs);

static enum bm_code write_file(struct folder *folder, const char *name, write_function *write,
                               const struct report *report, const struct run_facts *facts,
                               struct bm_error *error)
{
    const struct input_report **inputs = ranking_inputs(report);
    if (!inputs)
        return fail_memory(error, "the report's list of archives");
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, name, error);
    if (code == BM_OK) {
        write(&writer, report, facts, inputs);
        code = folder_file_close(folder, &writer, name, error);
    }
    free(inputs);
    return code;
}

enum bm_code output_report(struct folder *folder, const struct report *report, const struct run_facts *facts,
                           struct bm_error *error)
{
    enum bm_code code = write_file(folder, "report.html", report_html_write, report, facts, error);
    if (code != BM_OK)
        return code;
    return write_file(folder, "report.json", report_json_write, report, facts, error);
}
