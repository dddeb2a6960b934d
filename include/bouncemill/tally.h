/* Looking into tally files: what they hold, whether they are whole, and every event. */
#ifndef BOUNCEMILL_TALLY_H
#define BOUNCEMILL_TALLY_H

#include <bouncemill/error.h>
#include <bouncemill/event.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bm_tally;

/* Maps a file and reads what it says of itself. *tally is the caller's, to be freed with bm_tally_free;
 * `path` must outlive it. Errors: BM_INPUT with the place in a damaged file; BM_USAGE for another format
 * version. */
BM_API enum bm_code bm_tally_open(struct bm_tally **tally, const char *path, struct bm_error *error);
BM_API void bm_tally_free(struct bm_tally *tally);

/* What a file holds. rows = tallied + ignored + rejected; tallied = events + duplicates + expired. */
struct bm_tally_about {
    unsigned format_version;
    uint64_t bytes;
    uint64_t xxh3;   /* of the index: files with the same content have the same */
    uint64_t tables; /* hash of the tables that classified the bounces */
    uint32_t kinds;  /* bits 1 << enum bm_kind of the events that were kept */
    uint64_t archives;
    uint64_t rows, tallied, ignored, rejected;
    uint64_t addresses;
    uint64_t events;
    uint64_t duplicates;
    uint64_t expired;
    int64_t expired_ms;     /* of the events before it some were dropped for their age; -1: none ever was */
    uint32_t expired_kinds; /* of which kinds */
    unsigned partitions;    /* that hold an address, of 1,024 */
    uint64_t blocks;
};
BM_API void bm_tally_tell(const struct bm_tally *tally, struct bm_tally_about *about);

/* The k-th archive that went into the file; 0 past the end. Texts are the tally's. */
struct bm_tally_archive {
    const char *path;
    uint64_t bytes, xxh3;
    uint64_t rows, tallied, ignored, rejected;
    const char *same_as; /* the archive with the same bytes that was read instead; NULL */
    const char *failure; /* why it was left out; NULL */
};
BM_API int bm_tally_archive(const struct bm_tally *tally, uint64_t k, struct bm_tally_archive *archive);

/* Checks every byte of the file and every order in it. */
BM_API enum bm_code bm_tally_verify(const struct bm_tally *tally, struct bm_error *error);

/* An event, as it is kept. Campaigns are known by a hash of their name only. */
struct bm_tally_event {
    unsigned partition;
    const char *address;
    size_t address_length;
    int64_t time_ms;
    enum bm_kind kind;
    enum bm_class class_;   /* of a bounce */
    const char *reason;     /* of a bounce; else NULL */
    unsigned smtp_code;     /* 0: none */
    char enhanced_code[12]; /* "5.1.1"; empty: none */
    uint64_t campaign;      /* hash of campaign or message id; 0: neither */
    uint32_t detail;        /* hash of message id, codes as given, and text */
};

/* Calls `each` for every event, by partition, address in byte order, and in the order of replay. Anything but
 * 0 from it ends the walk, which then returns BM_OK. */
BM_API enum bm_code bm_tally_walk(const struct bm_tally *tally,
                                  int (*each)(void *argument, const struct bm_tally_event *event),
                                  void *argument, struct bm_error *error);

#ifdef __cplusplus
}
#endif

#endif
