/* A small tally file, made by a scan, as bytes. */
#ifndef TESTS_RUN_TALLY_MADE_H
#define TESTS_RUN_TALLY_MADE_H

#include "../tally/tally_sample.h"

#include <bouncemill/run.h>
#include <unistd.h>

/* Rows of every sort: many events of one address, rejected rows, texts that nobody knows, two campaigns. */
static inline void tally_rows_write(const char *path)
{
    FILE *file = fopen(path, "w");
    CHECK(file);
    fprintf(file, "time,event,address,campaign,message_id,smtp_code,enhanced_code,diagnostic\n");
    for (unsigned k = 0; k < 60; k++)
        fprintf(file, "%u,%s,user%u@d%u.example,%s,m%u,%s,%s,%s %u\n", 1700000000 + k * 4321,
                k % 4   ? "bounce"
                : k % 3 ? "open"
                        : "delivered",
                k % 11, k % 3, k % 5 ? "spring" : "", k, k % 2 ? "550" : "", k % 3 ? "5.1.1" : "",
                k % 4 ? "zqx vrb" : "mailbox full", k % 7);
    fprintf(file, "17,short\nyesterday,open,a@b.example\n");
    CHECK(fclose(file) == 0);
}

static inline struct text tally_made(void)
{
    char archive[64], tally[80];
    struct bm_error error;
    struct bm_run_options options;
    const char *archives[] = {archive};
    (void)snprintf(archive, sizeof archive, "/tmp/bouncemill-made-%ld", (long)getpid());
    (void)snprintf(tally, sizeof tally, "%s.tally", archive);
    tally_rows_write(archive);
    bm_run_options_init(&options);
    options.archives = archives;
    options.archive_count = 1;
    options.save_tally = tally;
    options.threads = 1;
    CHECK(bm_scan(&options, NULL, &error) == BM_OK);
    struct tally_file file;
    struct text bytes = {0};
    CHECK(tally_file_open(&file, tally, &error) == BM_OK);
    text_put(&bytes, (struct span){file.bytes, file.size});
    tally_file_close(&file);
    (void)unlink(archive);
    (void)unlink(tally);
    return bytes;
}

#endif
