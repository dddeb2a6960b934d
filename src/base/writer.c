#include "base/writer.h"

#include "base/base.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>
#include <xxhash.h>

#define WRITER_BUFFER_BYTES ((size_t)256 << 10)
#define WRITE_BACK_BYTES    ((uint64_t)8 << 20) /* so much is handed to the disk at a time */

static enum bm_code writer_start(struct writer *writer, int fd, const char *name, struct bm_error *error)
{
    *writer = (struct writer){.fd = fd, .capacity = WRITER_BUFFER_BYTES};
    int length = snprintf(writer->path, sizeof writer->path, "%s", name);
    if (length < 0 || (size_t)length >= sizeof writer->path)
        return fail(error, BM_OUTPUT, "path is too long: %s", name);
    writer->buffer = malloc(writer->capacity);
    writer->hash = XXH3_createState();
    if (!writer->buffer || !writer->hash || XXH3_64bits_reset(writer->hash) != XXH_OK) {
        free(writer->buffer);
        XXH3_freeState(writer->hash);
        return fail_memory(error, "an output buffer");
    }
    return BM_OK;
}

enum bm_code writer_open(struct writer *writer, const char *path, struct bm_error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_errno(error, BM_OUTPUT, "cannot create %s", path);
    enum bm_code code = writer_start(writer, fd, path, error);
    if (code != BM_OK) {
        (void)close(fd);
        (void)unlink(path); /* it was made a moment ago, and is empty */
    }
    return code;
}

enum bm_code writer_open_fd(struct writer *writer, int fd, const char *name, struct bm_error *error)
{
    enum bm_code code = writer_start(writer, fd, name, error);
    if (code != BM_OK)
        return code;
    XXH3_freeState(writer->hash);
    writer->hash = NULL; /* a borrowed descriptor is neither synced nor hashed */
    return BM_OK;
}

static void write_all(struct writer *writer, const char *at, size_t length)
{
    while (length && !writer->first_errno) {
        ssize_t written = write(writer->fd, at, length);
        if (written > 0) {
            at += written;
            length -= (size_t)written;
        } else if (written == 0) {
            writer->first_errno = EIO;
        } else if (errno != EINTR) {
            writer->first_errno = errno;
        } else if (stop_asked(writer->stop)) {
            writer->first_errno = ECANCELED;
        }
    }
}

/* Lets the disk begin with what is written, while more is made: what the sync at the end would wait for. */
static void write_back(struct writer *writer)
{
    uint64_t fresh = writer->bytes - writer->handed_over;
    if (fresh < WRITE_BACK_BYTES)
        return;
    (void)sync_file_range(writer->fd, (off_t)writer->handed_over, (off_t)fresh, SYNC_FILE_RANGE_WRITE);
    writer->handed_over = writer->bytes;
}

static void emit(struct writer *writer, const char *at, size_t length)
{
    if (stop_asked(writer->stop) && !writer->first_errno)
        writer->first_errno = ECANCELED;
    if (writer->first_errno)
        return;
    if (writer->hash)
        CHECK(XXH3_64bits_update(writer->hash, at, length) == XXH_OK); /* fails for NULL only */
    writer->bytes += length;
    write_all(writer, at, length);
    if (writer->hash)
        write_back(writer);
}

static void flush(struct writer *writer)
{
    emit(writer, writer->buffer, writer->used);
    writer->used = 0;
}

void writer_put(struct writer *writer, struct span bytes)
{
    if (bytes.length > writer->capacity - writer->used) {
        flush(writer);
        if (bytes.length >= writer->capacity) {
            emit(writer, bytes.at, bytes.length);
            return;
        }
    }
    if (bytes.length)
        memcpy(writer->buffer + writer->used, bytes.at, bytes.length);
    writer->used += bytes.length;
}

void writer_text(struct writer *writer, const char *text)
{
    writer_put(writer, (struct span){text, strlen(text)});
}

void writer_char(struct writer *writer, char byte)
{
    if (writer->used == writer->capacity)
        flush(writer);
    writer->buffer[writer->used++] = byte;
}

void writer_u64(struct writer *writer, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    writer_put(writer, (struct span){digits + at, sizeof digits - at});
}

void writer_csv(struct writer *writer, struct span field)
{
    if (!csv_needs_quotes(field)) {
        writer_put(writer, field);
        return;
    }
    writer_char(writer, '"');
    for (size_t k = 0; k < field.length; k++) {
        if (field.at[k] == '"')
            writer_char(writer, '"');
        writer_char(writer, field.at[k]);
    }
    writer_char(writer, '"');
}

size_t utf8_length(const unsigned char *at, size_t left)
{
    unsigned char first = at[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || length > left)
        return 0;
    for (size_t k = 1; k < length; k++)
        if ((at[k] & 0xc0) != 0x80)
            return 0;
    bool overlong = (first == 0xe0 && at[1] < 0xa0) || (first == 0xf0 && at[1] < 0x90);
    bool outside = (first == 0xed && at[1] >= 0xa0) || (first == 0xf4 && at[1] >= 0x90);
    return overlong || outside ? 0 : length;
}

bool utf8_is_control(const unsigned char *at, size_t length)
{
    bool c1 = length == 0 ? at[0] < 0xa0 : length == 2 && at[0] == 0xc2 && at[1] < 0xa0;
    return at[0] < 0x20 || at[0] == 0x7f || c1;
}

void writer_json(struct writer *writer, struct span text)
{
    writer_char(writer, '"');
    for (size_t k = 0; k < text.length;) {
        const unsigned char *at = (const unsigned char *)text.at + k;
        size_t length = utf8_length(at, text.length - k);
        if (length == 0)
            writer_text(writer, "\xef\xbf\xbd");
        else if (*at == '"' || *at == '\\')
            writer_put(writer, (struct span){(char[2]){'\\', (char)*at}, 2});
        else if (utf8_is_control(at, length)) /* of two bytes: the second is the number */
            writer_format(writer, "\\u%04x", at[length - 1]);
        else
            writer_put(writer, (struct span){text.at + k, length});
        k += length ? length : 1;
    }
    writer_char(writer, '"');
}

void writer_format(struct writer *writer, const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) {
        if (!writer->first_errno)
            writer->first_errno = ENOMEM;
        return;
    }
    writer_put(writer, (struct span){text, (size_t)length});
    free(text);
}

/* Devices and pipes have nothing to sync, and say so in one of three ways. */
static bool sync_file(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP;
}

enum bm_code writer_close(struct writer *writer, uint64_t *bytes, uint64_t *xxh3, struct bm_error *error)
{
    flush(writer);
    bool owned = writer->hash != NULL;
    if (owned && !writer->first_errno && !sync_file(writer->fd))
        writer->first_errno = errno;
    if (owned && close(writer->fd) != 0 && !writer->first_errno)
        writer->first_errno = errno;
    if (bytes)
        *bytes = writer->bytes;
    if (xxh3)
        *xxh3 = owned ? XXH3_64bits_digest(writer->hash) : 0;
    XXH3_freeState(writer->hash);
    free(writer->buffer);
    writer->buffer = NULL;
    if (!writer->first_errno)
        return BM_OK;
    if (writer->first_errno == ECANCELED)
        return fail_stopped(error);
    errno = writer->first_errno;
    return fail_errno(error, BM_OUTPUT, "cannot write %s", writer->path);
}
