#include "output/export.h"
#include "base/base.h"
#include "output/export_forms.h"
#include "output/name_list.h"

#include <bouncemill/run.h>

#define EXPORT_FOLDER "exports"

/* --- options ------------------------------------------------------------------------------------------ */

enum bm_code export_parse(const char *names, uint32_t *exports, struct bm_error *error)
{
    return name_list_parse(&(struct name_list){.what = "export", .name = bm_export_name}, names, exports,
                           error);
}

enum bm_code export_policy_choose(const char *wanted, const char *const *policies, size_t count,
                                  size_t *policy, struct bm_error *error)
{
    if (!wanted && count > 1) {
        (void)fail(error, BM_USAGE, "--export follows one policy, and %zu are run", count);
        return fail_hint(error, "choose it with --export-policy, such as %s", policies[0]);
    }
    for (size_t k = 0; k < count; k++) {
        if (wanted && strcmp(wanted, policies[k]) != 0)
            continue;
        *policy = k;
        return BM_OK;
    }
    (void)fail(error, BM_USAGE, "--export-policy %s: no policy of this run", wanted ? wanted : "");
    return fail_hint(error, "it must be among those that --policy names");
}

const char *bm_export_name(unsigned k)
{
    return k < EXPORT_COUNT ? export_forms[k].name : NULL;
}

const char *bm_export_summary(unsigned k)
{
    return k < EXPORT_COUNT ? export_forms[k].summary : NULL;
}

/* --- files -------------------------------------------------------------------------------------------- */

/* A file of a form, and those that it is split into; one is open at a time. */
struct export_stream {
    struct folder *folder;
    const struct export_form *form;
    const struct export_file *file;
    const struct export_limits *limits;
    struct writer writer;
    bool open;
    char name[64];
    unsigned files; /* opened so far */
    uint64_t file_rows, file_bytes;
    uint64_t rows;
};

/* exports/NAME.PART.ENDING, then exports/NAME.PART.2.ENDING */
static enum bm_code stream_open(struct export_stream *stream, struct bm_error *error)
{
    char number[16] = "";
    if (++stream->files > 1)
        (void)snprintf(number, sizeof number, ".%u", stream->files);
    int length = snprintf(stream->name, sizeof stream->name, EXPORT_FOLDER "/%s%s%s%s", stream->form->name,
                          stream->file->part, number, stream->file->ending);
    CHECK(length > 0 && (size_t)length < sizeof stream->name);
    enum bm_code code = folder_file_open(stream->folder, &stream->writer, stream->name, error);
    if (code != BM_OK)
        return code;
    stream->open = true;
    writer_text(&stream->writer, stream->file->header);
    stream->file_bytes = strlen(stream->file->header);
    stream->file_rows = 0;
    return BM_OK;
}

static enum bm_code stream_close(struct export_stream *stream, struct bm_error *error)
{
    if (!stream->open)
        return BM_OK;
    stream->open = false;
    return folder_file_close(stream->folder, &stream->writer, stream->name, error);
}

static bool stream_is_full(const struct export_stream *stream, uint64_t bytes, uint64_t rows)
{
    const struct export_limits *limits = stream->limits;
    bool over_rows = limits->file_rows && stream->file_rows + rows > limits->file_rows;
    bool over_bytes = limits->file_bytes && stream->file_bytes + bytes > limits->file_bytes;
    return stream->file_rows && (over_rows || over_bytes);
}

/* The rows of one address: they stay in one file. */
static enum bm_code stream_put(struct export_stream *stream, struct span text, struct bm_error *error)
{
    uint64_t rows = 0;
    for (size_t k = 0; k < text.length; k++)
        rows += text.at[k] == '\n'; /* a normalised address holds none */
    if (stream_is_full(stream, text.length, rows)) {
        enum bm_code code = stream_close(stream, error);
        if (code == BM_OK)
            code = stream_open(stream, error);
        if (code != BM_OK)
            return code;
    }
    writer_put(&stream->writer, text);
    stream->file_bytes += text.length;
    stream->file_rows += rows;
    stream->rows += rows;
    return BM_OK;
}

static enum export_kind cause_kind(unsigned cause)
{
    switch (cause) {
    case CAUSE_COMPLAINT:
        return KIND_COMPLAINT;
    case CAUSE_UNSUBSCRIBE:
        return KIND_UNSUBSCRIBE;
    case CAUSE_DELETE:
        return KIND_DELETE;
    default:
        return KIND_BOUNCE;
    }
}

static enum bm_code stretch_write(struct export_stream *stream, const struct outcome_stretch *stretch,
                                  size_t policy, struct text *text, struct bm_error *error)
{
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < stretch->count && code == BM_OK && !stop_asked(stream->folder->stop); k++) {
        const struct outcome *outcome = stretch->refs[k].outcome;
        const struct policy_result *result = &outcome->results[policy];
        enum export_kind kind = cause_kind(result->cause);
        if (!result->suppressed || !(stream->file->kinds & kind))
            continue;
        struct span address = record_address(outcome->address);
        text->length = 0;
        stream->file->write(text, &(struct export_entry){address, kind, outcome, result});
        if (text->failed)
            return fail_memory(error, "an export's rows");
        code = stream_put(stream, (struct span){text->at, text->length}, error);
    }
    return code;
}

static enum bm_code rows_write(struct export_stream *stream, const struct outcome_list *list, size_t policy,
                               struct text *text, struct bm_error *error)
{
    struct outcome_stretch stretch = {0};
    enum bm_code code = BM_OK;
    for (size_t k = 0; k < outcome_stretches(list) && code == BM_OK; k++)
        code = outcome_stretch_at(list, k, &stretch) ? stretch_write(stream, &stretch, policy, text, error)
                                                     : fail_memory(error, "an export's rows");
    outcome_stretch_free(&stretch);
    return code;
}

static enum bm_code stream_write(struct export_stream *stream, const struct outcome_list *list, size_t policy,
                                 struct bm_error *error)
{
    struct text text = {0};
    enum bm_code code = stream_open(stream, error);
    if (code == BM_OK)
        code = rows_write(stream, list, policy, &text, error);
    text_free(&text);
    struct bm_error close_error;
    enum bm_code closed = stream_close(stream, &close_error);
    if (code == BM_OK && closed != BM_OK)
        *error = close_error;
    return code == BM_OK ? closed : code;
}

static enum bm_code form_write(struct folder *folder, const struct outcome_list *list,
                               const struct export_request *request, const struct export_form *form,
                               struct export_report *report, struct bm_error *error)
{
    const struct export_limits *limits = request->limits ? request->limits : &form->limits;
    *report = (struct export_report){.name = form->name, .policy = list->policies[request->policy]};
    for (size_t k = 0; k < EXPORT_FILES_MAX && form->files[k].ending; k++) {
        struct export_stream stream = {
            .folder = folder, .form = form, .file = &form->files[k], .limits = limits};
        enum bm_code code = stream_write(&stream, list, request->policy, error);
        if (code != BM_OK)
            return code;
        report->rows += stream.rows;
        report->files += stream.files;
    }
    if (limits->all_rows && report->rows > limits->all_rows)
        report->warning = form->warning;
    return BM_OK;
}

enum bm_code output_exports(struct folder *folder, const struct outcome_list *list,
                            const struct export_request *request, struct export_report reports[EXPORT_COUNT],
                            size_t *report_count, struct bm_error *error)
{
    *report_count = 0;
    if (!request->exports)
        return BM_OK;
    CHECK(request->policy < list->policy_count);
    enum bm_code code = folder_subfolder_make(folder, EXPORT_FOLDER, error);
    for (unsigned k = 0; k < EXPORT_COUNT && code == BM_OK; k++)
        if (request->exports >> k & 1)
            code = form_write(folder, list, request, &export_forms[k], &reports[(*report_count)++], error);
    return code;
}
