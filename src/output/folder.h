/* The output folder: written beside its target, synced, and moved into place in one step, manifest last.
 *
 * The target, when it exists, must be an empty folder or one of ours (it holds a manifest.json with our
 * format name): nothing else is ever replaced. Replacement is renameat2(RENAME_EXCHANGE) where the file
 * system has it, then removal of the old folder; otherwise rename of the old one aside, rename of the new
 * one, removal. A leftover of a killed run (".NAME.bouncemill-*" beside the target) is removed by the next
 * run.
 *
 * A target that is a symbolic link to a folder stays one: the folder that it leads to is replaced. The
 * current folder is refused, because the caller's shell would be left in a folder that no longer exists. */
#ifndef OUTPUT_FOLDER_H
#define OUTPUT_FOLDER_H

#include "base/writer.h"

/* What manifest.json starts with, and how a folder of ours is told. */
#define FOLDER_FORMAT         "bouncemill-output"
#define FOLDER_FORMAT_VERSION 1

struct folder_file {
    char name[64]; /* within the folder: "status.csv", "exports/ses.csv" */
    uint64_t bytes;
    uint64_t xxh3;
};

struct folder {
    char target[4096];
    char temporary[4096];
    char subfolder[64];        /* the one below it; empty: none */
    struct folder_file *files; /* until the folder is in place or given up */
    size_t file_count, file_capacity;
    const volatile int *stop; /* what its files' writers look at (base/stop.h); set once it is open */
    int lock; /* the temporary folder, open and locked for as long as the run lives; -1 when there is none */
};

/* Checks the target and makes the temporary folder. BM_USAGE when the target is not ours to replace,
 * BM_OUTPUT otherwise. */
enum bm_code folder_open(struct folder *folder, const char *target, struct bm_error *error);

/* Makes the folder for files that are called "NAME/..."; one in a folder. */
enum bm_code folder_subfolder_make(struct folder *folder, const char *name, struct bm_error *error);

/* Opens a file in it; folder_file_close syncs it and notes its size and hash. One file may be open per
 * writer; files may be open at once from one thread. */
enum bm_code folder_file_open(struct folder *folder, struct writer *writer, const char *name,
                              struct bm_error *error);
enum bm_code folder_file_close(struct folder *folder, struct writer *writer, const char *name,
                               struct bm_error *error);

/* Syncs and moves into place. On failure the target is as it was, and the temporary folder is gone. */
enum bm_code folder_commit(struct folder *folder, struct bm_error *error);

/* How a folder with files in it is replaced: FOLDER_EXCHANGE falls back to FOLDER_ASIDE where the file system
 * cannot exchange; FOLDER_ASIDE has a moment without a target, and puts the old one back when it fails. */
enum folder_move { FOLDER_EXCHANGE, FOLDER_ASIDE };
enum bm_code folder_commit_by(struct folder *folder, enum folder_move move, struct bm_error *error);

/* Removes the temporary folder; nothing to do after a commit. */
void folder_abandon(struct folder *folder);

#endif
