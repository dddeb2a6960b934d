/* Any bytes as an archive: what is read must not depend on the room, on the cut into runs, or on the decoder.
 *
 * Nothing is written to disk. Built with -Dfuzz=true and clang; for feedback from the library itself add
 * -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link -Db_sanitize=address,undefined. */
#include "base/base.h"

#include "archive/stream.h"
#include "base/hash.h"
#include "config.h"

#define TEXT_BYTES_MAX ((uint64_t)8 << 20) /* enough to cross windows, and soon over */
#define ROOM_BYTES_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct outcome {
    enum bm_code code;
    uint64_t bytes;
    uint64_t hash; /* of the text as a whole */
    bool is_capped;
};

static void drain(struct text_stream *stream, char *out, size_t room, XXH3_state_t *hash,
                  struct outcome *outcome)
{
    struct bm_error error;
    size_t length = 1;
    while (outcome->code == BM_OK && length && !outcome->is_capped) {
        outcome->code = text_stream_read(stream, out, room, &length, &error);
        if (outcome->code != BM_OK) {
            CHECK(outcome->code == BM_INPUT && error.code == BM_INPUT);
            break;
        }
        CHECK(length <= room);
        CHECK(XXH3_64bits_update(hash, out, length) == XXH_OK);
        outcome->bytes += length;
        outcome->is_capped = outcome->bytes > TEXT_BYTES_MAX;
    }
}

/* Reads the archive in runs of `run_bytes`, `room` bytes at a time. */
static struct outcome read_all(const struct archive *archive, const struct inflater *inflater,
                               size_t run_bytes, size_t room)
{
    static char out[ROOM_BYTES_MAX];
    struct bm_error error;
    struct text_stream *stream;
    struct outcome outcome = {BM_OK, 0, 0, false};
    XXH3_state_t *hash = XXH3_createState();
    CHECK(hash && XXH3_64bits_reset(hash) == XXH_OK && text_stream_new(&stream, &error) == BM_OK);
    if (inflater)
        stream->inflater = inflater;
    for (size_t begin = 0, end; begin < archive->size && outcome.code == BM_OK && !outcome.is_capped;
         begin = end) {
        end = archive->size;
        if (run_bytes != SIZE_MAX)
            outcome.code = archive_run_end(archive, begin, run_bytes, &end, &error);
        if (outcome.code == BM_OK)
            outcome.code = text_stream_start(stream, archive, begin, end, &error);
        if (outcome.code == BM_OK)
            drain(stream, out, room, hash, &outcome);
    }
    outcome.hash = XXH3_64bits_digest(hash);
    XXH3_freeState(hash);
    text_stream_free(stream);
    return outcome;
}

static void check_same(struct outcome a, struct outcome b)
{
    if (a.is_capped || b.is_capped)
        return;
    CHECK(a.code == b.code);
    CHECK(a.code != BM_OK || (a.bytes == b.bytes && a.hash == b.hash));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct archive archive;
    archive_over(&archive, "input", bytes, size);
    struct outcome whole = read_all(&archive, NULL, SIZE_MAX, ROOM_BYTES_MAX);
    size_t odd_room = 1 + size % 1021;
    check_same(whole, read_all(&archive, NULL, SIZE_MAX, odd_room));
    check_same(whole, read_all(&archive, NULL, 1, ROOM_BYTES_MAX));
    check_same(whole, read_all(&archive, NULL, 1 + size / 3, odd_room));
#if HAVE_ISAL
    /* The two decoders differ in which header flags they refuse, never in the text. */
    struct outcome other = read_all(&archive, &inflater_zlib, SIZE_MAX, ROOM_BYTES_MAX);
    if (whole.code == BM_OK && other.code == BM_OK)
        check_same(whole, other);
#endif
    return 0;
}
