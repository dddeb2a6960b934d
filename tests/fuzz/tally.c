/* Fuzz target of the reader of tally files. The first byte says how the rest is taken: 0: it is a file as it
 * stands, which tries the checks of place and checksum; else it is a list of changes, five bytes each (part,
 * two of position, how, value), to the content of a good file, which is then put together again under right
 * checksums. What can be read must be the same when it was written and read again. */
#include "base/base.h"

#include "tests/run/tally_made.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGE_BYTES = 5, HOW_SET = 0, HOW_FLIP = 1, HOW_CUT = 2, HOW_COUNT = 3 };

static const struct text *sample(void)
{
    static struct text made;
    if (!made.length)
        made = tally_made();
    return &made;
}

static void part_change(struct parts *parts, const uint8_t change[CHANGE_BYTES])
{
    struct part *part = &parts->items[change[0] % parts->count];
    size_t at = (size_t)change[1] << 8 | change[2];
    if (change[0] == UINT8_MAX) { /* what the index says of a block */
        part = &parts->items[at % parts->count];
        part->events = change[4];
        part->entries = change[3];
        return;
    }
    if (!part->raw.length)
        return;
    at %= part->raw.length;
    if (change[3] % HOW_COUNT == HOW_SET)
        part->raw.at[at] = (char)change[4];
    else if (change[3] % HOW_COUNT == HOW_FLIP)
        part->raw.at[at] = (char)(part->raw.at[at] ^ (1 << change[4] % 8));
    else
        part->raw.length = at;
}

/* Reads a partition, writes it again, and reads that. */
static void partition_again(const struct tally_file *file, unsigned partition, uint32_t kinds)
{
    struct bm_error error;
    struct partition_reader reader = {0};
    struct partition_image image = {0};
    struct partition_builder builder = {NULL, &image};
    struct tally_run run = {.count = 1};
    uint64_t events = 0, again = 0;
    CHECK(block_encoder_new(&builder.encoder, &error) == BM_OK);
    CHECK(partition_reader_start(&reader, file, partition, kinds, &error) == BM_OK);
    while (run.count) {
        CHECK(partition_reader_next(&reader, &run, &error) == BM_OK);
        if (run.count)
            CHECK(partition_add(&builder, run.address, run.events, run.count, &error) == BM_OK);
        events += run.count;
    }
    CHECK(partition_end(&builder, &error) == BM_OK);
    struct block_decoder *decoder;
    CHECK(block_decoder_new(&decoder, &error) == BM_OK);
    for (size_t k = 0, at = 0; k < image.count; k++) {
        struct tally_block block;
        CHECK(block_decode(decoder, image.bytes.at + at, &image.places[k], kinds, &block, &error) == BM_OK);
        at += (size_t)block_stored_bytes(&image.places[k]);
        again += block.entries[block.entry_count - 1].event_end;
    }
    CHECK(events == again);
    block_decoder_free(decoder);
    block_encoder_free(builder.encoder);
    partition_image_free(&image);
    partition_reader_free(&reader);
}

static void file_read(const char *bytes, size_t size)
{
    struct text dump = {0};
    struct bm_error error;
    enum bm_code code = file_dump(bytes, size, &dump, &error);
    CHECK(code == BM_OK || code == BM_INPUT || code == BM_USAGE);
    if (code == BM_OK) {
        struct tally_file file;
        struct tally_meta meta;
        CHECK(tally_file_over(&file, "sample", bytes, size, &error) == BM_OK);
        CHECK(tally_meta_read(&meta, &file, &error) == BM_OK);
        for (unsigned partition = 0; partition < PARTITION_COUNT; partition++)
            if (file.first_block[partition] < file.first_block[partition + 1])
                partition_again(&file, partition, meta.basis.kinds);
        tally_meta_free(&meta);
        tally_file_close(&file);
    }
    text_free(&dump);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parts parts;
    struct tally_file file;
    struct bm_error error;
    if (size && data[0] == 0) {
        file_read((const char *)data + 1, size - 1);
        return 0;
    }
    CHECK(tally_file_over(&file, "sample", sample()->at, sample()->length, &error) == BM_OK);
    parts_take(&file, &parts);
    for (size_t at = 1; at + CHANGE_BYTES <= size; at += CHANGE_BYTES)
        part_change(&parts, data + at);
    struct text index = {0}, joined = parts_join(&parts, &index);
    file_read(joined.at, joined.length);
    text_free(&index);
    text_free(&joined);
    parts_free(&parts);
    tally_file_close(&file);
    return 0;
}
