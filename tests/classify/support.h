/* What the classifier's tests share: verdicts in a line, temporary tables, fixtures. Included last. */
#ifndef TESTS_CLASSIFY_SUPPORT_H
#define TESTS_CLASSIFY_SUPPORT_H

#include "base/base.h"
#include "classify/table.h"

#include <bouncemill/classify.h>
#include <unistd.h>

#include "tests/test.h"

static inline struct bm_classifier *support_classifier(const struct bm_tables *tables)
{
    struct bm_classifier *classifier = NULL;
    struct bm_error error = {0};
    EXPECT(bm_classifier_new(&classifier, tables, &error) == BM_OK, "the classifier is built: %s",
           error.message);
    return classifier;
}

static inline struct bm_verdict support_classify(const struct bm_classifier *classifier,
                                                 const char *smtp_code, const char *enhanced,
                                                 const char *text)
{
    struct bm_reply reply = {.smtp_code = smtp_code,
                             .smtp_code_length = strlen(smtp_code),
                             .enhanced_code = enhanced,
                             .enhanced_code_length = strlen(enhanced),
                             .diagnostic = text,
                             .diagnostic_length = strlen(text)};
    struct bm_verdict verdict;
    bm_classify(classifier, &reply, &verdict);
    return verdict;
}

/* The reason's name for a reply. */
static inline const char *support_reason(const struct bm_classifier *classifier, const char *smtp_code,
                                         const char *enhanced, const char *text)
{
    return bm_reason_name(support_classify(classifier, smtp_code, enhanced, text).reason);
}

#define EXPECT_REASON(classifier, smtp_code, enhanced_code, text, reason)                                    \
    do {                                                                                                     \
        const char *got_ = support_reason(classifier, smtp_code, enhanced_code, text);                       \
        EXPECT(strcmp(got_, reason) == 0, "%s for (%s, %s, \"%s\"), got %s", reason, smtp_code,              \
               enhanced_code, text, got_);                                                                   \
    } while (0)

/* Writes a temporary file; `path` has room for 64 bytes and the caller unlinks it. */
static inline void support_file(char *path, const char *content, size_t length)
{
    snprintf(path, 64, "/tmp/bouncemill-test-XXXXXX");
    int fd = mkstemp(path);
    EXPECT(fd >= 0, "a temporary file can be made");
    EXPECT(write(fd, content, length) == (ssize_t)length, "and written");
    close(fd);
}

static inline void support_fixture(const char *root, const char *name, const char *const *columns,
                                   size_t column_count, table_handler handler, void *context)
{
    char path[4096];
    struct table_text text;
    struct bm_error error = {0};
    snprintf(path, sizeof path, "%s/fixtures/classify/%s", root, name);
    EXPECT(table_load(&text, path, &error) == BM_OK, "the fixture is there: %s", error.message);
    EXPECT(table_read(&text, columns, column_count, column_count, handler, context, &error) == BM_OK,
           "and well formed: %s", error.message);
    table_unload(&text);
}

#endif
