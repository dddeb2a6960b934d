/* The stream of events of one archive: what happens next, and how a dialect writes it. */
#ifndef GENERATE_ROWS_H
#define GENERATE_ROWS_H

#include "generate/people.h"
#include "generate/replies.h"

#include <bouncemill/event.h>

/* The longest row of either dialect. */
#define ROW_BYTES_MAX 3072

enum row_dialect { ROW_NATIVE, ROW_POWERMTA, ROW_DIALECT_COUNT };

#define KIND_SLOTS 65536

/* What all files share; never changed once made. */
struct world {
    struct people people;
    struct reply_chooser replies;
    enum row_dialect dialect;
    uint64_t seed;
    int64_t end_s;             /* the first second after the span */
    int32_t first_day;         /* of dates */
    char (*dates)[10];         /* "2026-06-17", for every day that a row can name */
    uint8_t kinds[KIND_SLOTS]; /* enum bm_kind, as many of each as its share asks */
};

/* The state of one file's stream. */
struct stream {
    const struct world *world;
    uint64_t random;
    int64_t start_s;
    int64_t span_s;
    uint64_t row;
    uint64_t rows;
};

/* `days` up to and with 2026-06-30. Returns false when memory is out. */
bool world_init(struct world *world, enum row_dialect dialect, uint64_t seed, uint32_t addresses,
                unsigned days, double bounce_share);
void world_free(struct world *world);

/* The stream of file `file` of `files`, `rows` rows of it. */
void stream_init(struct stream *stream, const struct world *world, unsigned file, unsigned files,
                 uint64_t rows);

/* Writes the header line, or the next row, at `text`, which has room for ROW_BYTES_MAX bytes. */
void header_write(const struct world *world, struct text *text);
void stream_row(struct stream *stream, struct text *text);

#endif
