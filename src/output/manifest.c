/* manifest.json: what was run, on what, and what came of it. Written last: a folder with one is complete. */
#include "base/base.h"
#include "base/temporary.h"
#include "output/json.h"
#include "output/report_files.h"

#include <bouncemill/version.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* The user's own; null for those built in. */
static void write_tables(struct json *json, const struct bm_tables *tables)
{
    json_object(json, "tables");
    json_text(json, "codes", tables->codes);
    json_text(json, "phrases", tables->phrases);
    json_text(json, "providers", tables->providers);
    json_text(json, "trusted_domains", tables->trusted_domains);
    json_text(json, "replace", tables->replace);
    json_close(json);
}

static void write_options(struct json *json, const struct run_facts *facts)
{
    json_object(json, "options");
    json_text(json, "policies", facts->policies);
    json_array(json, "settings");
    for (size_t k = 0; k < facts->setting_count; k++)
        json_text(json, NULL, facts->settings[k]);
    json_close(json);
    json_array(json, "as_of_given");
    for (size_t k = 0; k < facts->as_of_count; k++)
        json_text(json, NULL, facts->as_of_given[k]);
    json_close(json);
    json_time(json, "as_of", facts->as_of_ms);
    json_text(json, "from", facts->from_given);
    json_text(json, "to", facts->to_given);
    json_text(json, "dialect", facts->dialect);
    json_bool(json, "history", facts->history);
    json_count(json, "threads", facts->threads);
    json_text(json, "simd", facts->simd);
    json_text(json, "max_rejects", facts->max_rejects);
    json_count(json, "max_differences", facts->differences_max);
    json_bool(json, "keep_going", facts->keep_going);
    write_tables(json, &facts->tables);
    json_array(json, "kinds_kept");
    for (int kind = 0; kind < BM_KIND_COUNT; kind++)
        if (facts->kinds >> kind & 1)
            json_text(json, NULL, bm_kind_name((enum bm_kind)kind));
    json_close(json);
    json_close(json);
}

static const char *format_name(enum archive_format format)
{
    return format == ARCHIVE_ZSTD ? "zstd" : format == ARCHIVE_GZIP ? "gzip" : "plain";
}

static void write_inputs(struct json *json, const struct report *report)
{
    json_array(json, "inputs");
    for (size_t k = 0; k < report->input_count; k++) {
        const struct input_report *input = &report->inputs[k];
        CHECK(input->same_as < (int64_t)report->input_count);
        json_object(json, NULL);
        json_text(json, "path", input->path);
        json_count(json, "bytes", input->bytes);
        json_hash(json, "xxh3", input->xxh3);
        json_text(json, "format", format_name(input->format));
        json_text(json, "dialect", input->dialect);
        json_count(json, "text_bytes", input->text_bytes);
        json_count(json, "rows", input->rows);
        json_count(json, "tallied", input->tallied);
        json_count(json, "ignored", input->ignored);
        json_count(json, "outside_from_to", input->outside);
        json_count(json, "rejected", input->rejected);
        json_count(json, "extra_fields", input->extra_fields);
        json_text(json, "same_as", input->same_as >= 0 ? report->inputs[input->same_as].path : NULL);
        json_text(json, "failure", input->failure);
        json_close(json);
    }
    json_close(json);
}

static void write_accounting(struct json *json, const struct report *report)
{
    json_object(json, "accounting");
    json_count(json, "rows", report->rows);
    json_count(json, "tallied", report->tallied);
    json_count(json, "ignored", report->ignored);
    json_count(json, "outside_from_to", report->outside); /* of the ignored ones */
    json_count(json, "rejected", report->rejected);
    json_count(json, "duplicates", report->duplicates);
    json_count(json, "addresses", report->addresses);
    json_rejects(json, "rejects", report->rejects);
    json_close(json);
}

static void write_outputs(struct json *json, const struct folder *folder)
{
    json_array(json, "outputs");
    for (size_t k = 0; k < folder->file_count; k++) {
        json_object(json, NULL);
        json_text(json, "name", folder->files[k].name);
        json_count(json, "bytes", folder->files[k].bytes);
        json_hash(json, "xxh3", folder->files[k].xxh3);
        json_close(json);
    }
    json_close(json);
}

static void write_snapshots(struct json *json, const struct run_facts *facts)
{
    json_object(json, "snapshots");
    json_count(json, "dates", facts->snapshot_dates);
    json_count(json, "rows", facts->snapshot_rows);
    json_close(json);
}

static void write_exports(struct json *json, const struct run_facts *facts)
{
    json_array(json, "exports");
    for (size_t k = 0; k < facts->export_count; k++) {
        const struct export_report *report = &facts->export_reports[k];
        json_object(json, NULL);
        json_text(json, "name", report->name);
        json_text(json, "policy", report->policy);
        json_count(json, "rows", report->rows);
        json_count(json, "files", report->files);
        json_text(json, "warning", report->warning);
        json_close(json);
    }
    json_close(json);
}

static void write_manifest(struct writer *writer, const struct folder *folder, const struct report *report,
                           const struct run_facts *facts)
{
    struct json json = {.writer = writer};
    json_object(&json, NULL);
    json_text(&json, "format", FOLDER_FORMAT);
    json_count(&json, "format_version", FOLDER_FORMAT_VERSION);
    json_text(&json, "program", "bouncemill");
    json_text(&json, "version", bm_version());
    write_options(&json, facts);
    write_inputs(&json, report);
    write_accounting(&json, report);
    json_policies(&json, facts);
    write_snapshots(&json, facts);
    write_exports(&json, facts);
    write_outputs(&json, folder);
    json_object(&json, "timings");
    json_seconds(&json, "scan_seconds", facts->scan_seconds);
    json_seconds(&json, "merge_seconds", facts->merge_seconds);
    json_seconds(&json, "write_seconds", facts->write_seconds);
    json_close(&json);
    json_count(&json, "peak_bytes", facts->peak_bytes);
    json_count(&json, "spilled_bytes", facts->spilled_bytes);
    json_count(&json, "spilled_runs", facts->spilled_runs);
    json_close(&json);
}

/* A pipe or a device takes the text as it comes; renaming a file over one would destroy it. */
static enum bm_code write_summary_stream(const char *path, const struct folder *folder,
                                         const struct report *report, const struct run_facts *facts,
                                         struct bm_error *error)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(error, BM_OUTPUT, "cannot write the summary %s", path);
    struct writer writer;
    enum bm_code code = writer_open_fd(&writer, fd, path, error);
    if (code == BM_OK) {
        write_manifest(&writer, folder, report, facts);
        code = writer_close(&writer, NULL, NULL, error);
    }
    if (close(fd) != 0 && code == BM_OK)
        code = fail_errno(error, BM_OUTPUT, "cannot write the summary %s", path);
    return code;
}

static enum bm_code write_summary_file(const char *path, const struct folder *folder,
                                       const struct report *report, const struct run_facts *facts,
                                       struct bm_error *error)
{
    char temporary[PATH_MAX];
    enum bm_code code = temporary_path(path, "", temporary, error);
    if (code != BM_OK)
        return code;
    temporaries_remove(path, NULL);
    struct writer writer;
    code = writer_open(&writer, temporary, error);
    if (code != BM_OK)
        return code;
    writer.stop = folder->stop;
    write_manifest(&writer, folder, report, facts);
    code = writer_close(&writer, NULL, NULL, error);
    if (code == BM_OK && rename(temporary, path) != 0)
        code = fail_errno(error, BM_OUTPUT, "cannot write the summary %s", path);
    if (code != BM_OK)
        (void)unlink(temporary);
    return code;
}

static enum bm_code write_summary(const char *path, const struct folder *folder, const struct report *report,
                                  const struct run_facts *facts, struct bm_error *error)
{
    struct stat status;
    char real[PATH_MAX];
    if (stat(path, &status) != 0)
        return write_summary_file(path, folder, report, facts, error);
    if (!S_ISREG(status.st_mode))
        return write_summary_stream(path, folder, report, facts, error);
    if (!realpath(path, real)) /* a link stays a link */
        return fail_errno(error, BM_OUTPUT, "cannot follow the summary %s", path);
    return write_summary_file(real, folder, report, facts, error);
}

enum bm_code output_manifest(struct folder *folder, const struct report *report,
                             const struct run_facts *facts, const char *summary_path, struct bm_error *error)
{
    if (summary_path) {
        enum bm_code code = write_summary(summary_path, folder, report, facts, error);
        if (code != BM_OK)
            return code;
    }
    struct writer writer;
    enum bm_code code = folder_file_open(folder, &writer, "manifest.json", error);
    if (code != BM_OK)
        return code;
    write_manifest(&writer, folder, report, facts);
    return folder_file_close(folder, &writer, "manifest.json", error);
}
