#include "cli.h"

#include "command.h"
#include "option_table.h"

#define IN(command) (1u << COMMAND_##command)
#define JOBS        (IN(RUN) | IN(SCAN) | IN(MERGE))
#define CLASSIFYING (IN(RUN) | IN(SCAN) | IN(EXPLAIN) | IN(CLASSIFY) | IN(BENCH) | IN(LIST))
#define GENERATING  (IN(GENERATE) | IN(BENCH))
#define EVERYWHERE  ((1u << COMMAND_COUNT) - 1)

#define THREADS_MAX 4096
#define ROUNDS_MAX  1000

const struct command command_table[COMMAND_COUNT] = {
    [COMMAND_RUN] =
        {.name = "run",
         .operands = "ARCHIVE|DIR...",
         .summary = "archives in, suppression lists, statuses and reports out",
         .description =
             "Reads archives of e-mail events (plain, zstd or gzip, told by their content), classifies every "
             "bounce, replays the chosen policies for every address and writes the output folder. The "
             "folder is put in place at the end: whatever stops a run, the old folder is whole, or the "
             "new one is.\n"
             "A folder among the archives is walked in name order; '-' is standard input. The output is "
             "the same bytes whatever the threads, the order of the archives or their split.",
         .example = "bouncemill run -o out --policy sfmc,ses events/",
         .operand_what = "an archive or folder",
         .operands_max = UINT32_MAX,
         .main = command_run},
    [COMMAND_SCAN] =
        {.name = "scan",
         .operands = "ARCHIVE|DIR...",
         .summary = "the first half of run: archives in, a tally file out",
         .description =
             "Reads archives as 'run' does and keeps what was found in a tally file: for every address its "
             "events, and what the reports count. 'merge' makes the output of tally files, so that archives "
             "can be read on several machines, and looked at again under other policies without reading "
             "them again. Only the kinds of events that the policies look at are kept.",
         .example = "bouncemill scan -o monday.tally --policy sfmc,ses events/",
         .operand_what = "an archive or folder",
         .operands_max = UINT32_MAX,
         .main = command_scan},
    [COMMAND_MERGE] =
        {.name = "merge",
         .operands = "FILE.tally|DIR...",
         .summary = "the second half of run: tally files in, suppression lists, statuses and reports out",
         .description =
             "Writes the output folder of tally files that 'scan' or --save-state made: the same as 'run' "
             "writes of all their archives, in whatever order and groups these were scanned.",
         .example = "bouncemill merge -o out --policy ses monday.tally tuesday.tally",
         .operand_what = "a tally file",
         .operands_max = UINT32_MAX,
         .main = command_merge},
    [COMMAND_TALLY] =
        {.name = "tally",
         .operands = "info|verify|dump FILE.tally",
         .summary = "what a tally file holds, whether it is whole, and all its events as CSV",
         .description = "info: what the file says of itself: rows, addresses, archives. verify: reads all of "
                        "it and checks every checksum and order. dump: every event that it holds, as CSV, "
                        "with campaigns and message ids as the hashes by which they are told apart.",
         .example = "bouncemill tally info state.tally",
         .operand_what = "info, verify or dump, and a tally file",
         .operands_min = 2,
         .operands_max = 2,
         .main = command_tally},
    [COMMAND_CLASSIFY] = {.name = "classify",
                          .operands = "[TEXT|-]",
                          .summary = "why one reply bounced: reason, class, and the rule that says so",
                          .description =
                              "Classifies one reply, given as text, as codes, or as both. With '-' a stream: "
                              "every row of standard input comes back with reason, class, rule and "
                              "confidence (percent) behind it.",
                          .example = "bouncemill classify --smtp-code 550 '5.1.1 no such user'",
                          .operand_what = "a reply's text",
                          .operands_max = 1,
                          .main = command_classify},
    [COMMAND_EXPLAIN] =
        {.name = "explain",
         .operands = "ADDRESS ARCHIVE|DIR|TALLY...",
         .summary = "one address: its events, and why each policy does with it what it does",
         .description =
             "Reads archives, or tally files, keeps the events of one address, and tells for each policy "
             "what it made of every event, the rule behind the present status, what time alone will change, "
             "and what one more bounce, delivery, open, click or opt-in would. Tally files give the answer "
             "without reading other addresses; they hold the kinds of events that the policies of their "
             "scan look at, without those that --expire dropped.",
         .example = "bouncemill explain ann@example.org --policy sfmc,ses events/",
         .operand_what = "an address and an archive, folder or tally file",
         .operands_min = 1,
         .operands_max = UINT32_MAX,
         .main = command_explain},
    [COMMAND_GENERATE] = {.name = "generate",
                          .operands = "",
                          .summary = "synthetic archives, seeded: the same options give the same bytes",
                          .description =
                              "Writes archives of made-up events, to try things out and to measure.",
                          .example = "bouncemill generate -o events --events 1000000 --files 4",
                          .operand_what = "nothing but options",
                          .main = command_generate},
    [COMMAND_BENCH] =
        {.name = "bench",
         .operands = "[classify|scan|run]",
         .summary = "how fast this machine is at parts of the work",
         .description =
             "Measures for some seconds and prints the best of several rounds.\n"
             "classify: replies per second of one core by codes alone, with texts that were never seen "
             "before, and with texts as they come in archives, where most are like others.\n"
             "scan: generates archives as 'generate' with the same options does, plain, zstd and gzip, and "
             "reads them on one core, beside decompressing them alone: the limit of all that reads such "
             "archives.\n"
             "run: the same with whole runs (zstd, policy sfmc, all outputs), by one thread and by all, and "
             "stage by stage: how much CPU time a run takes longer because of each.",
         .example = "bouncemill bench run --json",
         .operand_what = "what to measure",
         .operands_max = 1,
         .operand_choices = "classify scan run",
         .main = command_bench},
    [COMMAND_LIST] =
        {.name = "list",
         .operands = "policies|settings|dialects|exports|reasons|codes|phrases|domains|providers",
         .summary =
             "the policies, their settings, the dialects, the exports and the classifier's tables, as CSV",
         .description =
             "Prints a table as CSV, with a header line. Codes, phrases, domains and providers are "
             "the tables in use: with the files of --codes, --phrases, --trusted-domains and "
             "--providers in them, in the form that these options take.\n"
             "Of the rows for one code the first counts. Phrases go by strength, sender before "
             "specific before vague, then by order; those whose precedence is 'first' come "
             "before the others, whatever their strength, but vague ones never before those "
             "that are not. A '*' at an end of a phrase lets the word there go on; <id> stands for "
             "any word with a digit, an '@' or a dot in it, bare or in brackets or quotes. The "
             "rows of a file have that precedence, unless --replace names "
             "the table; so what is printed, given back with --replace, classifies the same.",
         .example = "bouncemill list phrases --phrases own.csv",
         .operand_what = "one name, such as policies",
         .operands_min = 1,
         .operands_max = 1,
         .operand_choices = "policies settings dialects exports reasons codes phrases domains providers",
         .main = command_list},
    [COMMAND_HELP] = {.name = "help",
                      .operands = "[COMMAND]",
                      .summary = "help on a command, the man page, shell completions",
                      .description = "Without an option: the same as COMMAND --help.",
                      .example = "bouncemill help run",
                      .operand_what = "a command",
                      .operands_max = 1,
                      .operand_choices = "run scan merge tally classify explain generate bench list help",
                      .main = command_help},
};

/* In the order in which --help shows them. */
const struct option option_table[OPTION_COUNT] = {
    [OPTION_OUTPUT] = {IN(RUN) | IN(MERGE), "output", 'o', TYPE_TEXT, "DIR", NULL, NULL, 0, 0,
                       "the output folder to make or replace (required)"},
    [OPTION_SCAN_OUTPUT] = {IN(SCAN), "output", 'o', TYPE_TEXT, "FILE", NULL, NULL, 0, 0,
                            "the tally file to make or replace (required)"},
    [OPTION_POLICY] = {JOBS | IN(EXPLAIN), "policy", 'p', TYPE_TEXT, "NAME[,NAME...]", "sfmc", NULL, 0, 0,
                       "the rules by which addresses are suppressed; several can be compared in one run. "
                       "'bouncemill list policies' names them"},
    [OPTION_SET] = {JOBS | IN(EXPLAIN), "set", 0, TYPE_LIST, "POLICY.NAME=VALUE", NULL, NULL, 0, 0,
                    "change a policy's setting, such as sfmc.window_days=15; may be given several times. "
                    "'bouncemill list settings' names them"},
    [OPTION_AS_OF] =
        {IN(RUN) | IN(MERGE) | IN(EXPLAIN), "as-of", 0, TYPE_LIST, "TIME|START/STEP/END", NULL, NULL, 0, 0,
         "the moment at which statuses are told, such as 2026-06-30T00:00:00Z or 2026-06-30; default: that "
         "of "
         "the last event. Given several times, or as a series such as 2026-01-01/1d/2026-12-31 (steps of "
         "hours, days or weeks: 12h, 1d, 1w), the statuses at each go to snapshots.csv; all else is of the "
         "last"},
    [OPTION_FROM] = {IN(RUN) | IN(SCAN) | IN(EXPLAIN), "from", 0, TYPE_TEXT, "TIME", NULL, NULL, 0, 0,
                     "leave out events before this time; they count as ignored and are in no report"},
    [OPTION_TO] = {IN(RUN) | IN(SCAN) | IN(EXPLAIN), "to", 0, TYPE_TEXT, "TIME", NULL, NULL, 0, 0,
                   "leave out events at this time or after it"},
    [OPTION_HISTORY] = {IN(RUN) | IN(MERGE), "history", 0, TYPE_FLAG, NULL, NULL, NULL, 0, 0,
                        "write every change of status to history.csv, too"},
    [OPTION_DIALECT] = {IN(RUN) | IN(SCAN) | IN(EXPLAIN), "dialect", 0, TYPE_TEXT, "NAME", "auto", NULL, 0, 0,
                        "what wrote the archives; auto tells it from the header. 'bouncemill list dialects' "
                        "names them"},
    [OPTION_OUTPUTS] =
        {IN(RUN) | IN(MERGE), "outputs", 0, TYPE_TEXT, "NAME[,NAME...]", NULL, NULL, 0, 0,
         "write only these files: suppression, status, snapshots (with several --as-of), history, "
         "segments, details, moments (with marketo), compare, "
         "differences (these two "
         "when there are several policies), reasons, domains, campaigns, codes, daily, patterns, unmatched, "
         "rules, labels, rejects, report; default: all, which is all but history, segments, details and "
         "moments"},
    [OPTION_MAX_DIFFERENCES] = {IN(RUN) | IN(MERGE), "max-differences", 0, TYPE_NUMBER, "N", "1000", NULL, 0,
                                UINT64_MAX, "rows of differences.csv for each pair of policies, at most"},
    [OPTION_EXPORT] = {IN(RUN) | IN(MERGE), "export", 0, TYPE_TEXT, "NAME[,NAME...]", NULL, NULL, 0, 0,
                       "write the suppressed addresses to exports/ in the forms that these platforms import, "
                       "such as ses,sha256. 'bouncemill list exports' names them"},
    [OPTION_EXPORT_POLICY] = {IN(RUN) | IN(MERGE), "export-policy", 0, TYPE_TEXT, "NAME", NULL, NULL, 0, 0,
                              "whose suppressed addresses to export; needed when several policies are run"},
    [OPTION_FILES_FROM] = {IN(RUN) | IN(SCAN) | IN(EXPLAIN), "files-from", 0, TYPE_TEXT, "FILE", NULL, NULL,
                           0, 0,
                           "read further names of archives from FILE, one a line; '-' is standard input"},
    [OPTION_STATE] =
        {IN(RUN) | IN(SCAN), "state", 0, TYPE_TEXT, "FILE", NULL, NULL, 0, 0,
         "add what a tally file holds, such as last night's; archives that are inside it are not "
         "read again"},
    [OPTION_SAVE_STATE] = {IN(RUN) | IN(MERGE), "save-state", 0, TYPE_TEXT, "FILE", NULL, NULL, 0, 0,
                           "write everything that was tallied to a tally file, for tomorrow's --state or for "
                           "'merge'"},
    [OPTION_EXPIRE] =
        {JOBS, "expire", 0, TYPE_TEXT, "AGE", NULL, NULL, 0, 0,
         "leave events out of the tally file that are of this age (400d, 36h) before the last one, or "
         "before --as-of where that is earlier, "
         "and that none of the policies can need any more; archives with older events can then no "
         "longer be added"},
    [OPTION_PARTITION] = {IN(MERGE), "partition", 0, TYPE_TEXT, "I/N", NULL, NULL, 0, 0,
                          "read and write only the I-th of N shares of the addresses; the shares' files, "
                          "sorted as they are, merge into the whole"},
    [OPTION_COMBINE] = {IN(MERGE), "combine", 0, TYPE_FLAG, NULL, NULL, NULL, 0, 0,
                        "the operands are the output folders of all shares: merge their rows and add up "
                        "their reports"},
    [OPTION_KEEP_GOING] =
        {IN(RUN) | IN(SCAN), "keep-going", 'k', TYPE_FLAG, NULL, NULL, NULL, 0, 0,
         "when archives are missing or corrupt, finish with the others, name the bad ones in "
         "the manifest, and exit with 3"},
    [OPTION_MAX_REJECTS] = {JOBS, "max-rejects", 0, TYPE_TEXT, "N|P%", NULL, NULL, 0, 0,
                            "exit with 1 when more rows than that were rejected; default: no limit"},
    [OPTION_SUMMARY] = {IN(RUN) | IN(MERGE), "summary", 0, TYPE_TEXT, "FILE", NULL, NULL, 0, 0,
                        "write a copy of the manifest (JSON) to FILE"},
    [OPTION_SIMD] = {IN(RUN) | IN(SCAN) | IN(EXPLAIN), "simd", 0, TYPE_CHOICE, "LEVEL", "auto",
                     "auto scalar avx2 avx512", 0, 0,
                     "vector instructions to use at most; the output is the same"},
    [OPTION_PROGRESS] = {JOBS, "progress", 0, TYPE_CHOICE, "WHEN", "auto", "auto never json", 0, 0,
                         "auto: a line on a terminal; json: a JSON object a line; both on standard error"},
    [OPTION_SMTP_CODE] = {IN(CLASSIFY), "smtp-code", 's', TYPE_TEXT, "CODE", NULL, NULL, 0, 0,
                          "the reply code, such as 550"},
    [OPTION_ENHANCED_CODE] = {IN(CLASSIFY), "enhanced-code", 'e', TYPE_TEXT, "CODE", NULL, NULL, 0, 0,
                              "the enhanced status code, such as 5.1.1"},
    [OPTION_DOMAIN] = {IN(CLASSIFY), "domain", 'd', TYPE_TEXT, "DOMAIN", NULL, NULL, 0, 0,
                       "the recipient's domain"},
    [OPTION_MTA] = {IN(CLASSIFY), "mta", 'm', TYPE_TEXT, "HOST", NULL, NULL, 0, 0,
                    "the host that answered, such as mx.example.org"},
    [OPTION_FORMAT] =
        {IN(CLASSIFY), "format", 'f', TYPE_CHOICE, "NAME", "lines", "lines csv json", 0, 0,
         "the form of a stream: lines: a reply a line; csv: with a heading of any of smtp_code, "
         "enhanced_code, diagnostic, address, mta; json: a line an object with those keys"},
    [OPTION_JSON] = {IN(CLASSIFY) | IN(EXPLAIN) | IN(BENCH), "json", 'j', TYPE_FLAG, NULL, NULL, NULL, 0, 0,
                     "print one JSON object instead of lines"},
    [OPTION_CODES] = {CLASSIFYING, "codes", 0, TYPE_TEXT, "FILE", NULL, NULL, 0, 0,
                      "a CSV table of codes; its rows come before the built-in ones"},
    [OPTION_PHRASES] = {CLASSIFYING, "phrases", 0, TYPE_TEXT, "FILE", NULL, NULL, 0, 0,
                        "a CSV table of phrases; its rows come before the built-in ones, those of strength "
                        "vague before the built-in vague ones"},
    [OPTION_PROVIDERS] = {CLASSIFYING, "providers", 0, TYPE_TEXT, "FILE", NULL, NULL, 0, 0,
                          "a CSV table of providers' domains and of rules for their codes and texts; its "
                          "rows come before the built-in ones"},
    [OPTION_TRUSTED_DOMAINS] = {(CLASSIFYING & ~IN(SCAN)) | IN(MERGE), "trusted-domains", 0, TYPE_TEXT,
                                "FILE", NULL, NULL, 0, 0,
                                "the domains whose hard bounces are trusted, one rule a line, in place of "
                                "the built-in ones"},
    [OPTION_REPLACE] = {CLASSIFYING, "replace", 0, TYPE_TEXT, "TABLE[,TABLE...]", NULL, NULL, 0, 0,
                        "which of codes, phrases, providers come from the user's file alone, without the "
                        "built-in rows"},
    [OPTION_GENERATE_OUTPUT] = {IN(GENERATE), "output", 'o', TYPE_TEXT, "DIR", NULL, NULL, 0, 0,
                                "the folder for the archives, made if missing (required)"},
    [OPTION_EVENTS] = {GENERATING, "events", 'n', TYPE_NUMBER, "N", "1000000", NULL, 0, UINT64_MAX,
                       "rows in all"},
    [OPTION_ADDRESSES] = {GENERATING, "addresses", 'a', TYPE_NUMBER, "N", "200000", NULL, 1, UINT64_MAX,
                          "distinct addresses to draw from"},
    [OPTION_DAYS] = {GENERATING, "days", 0, TYPE_NUMBER, "N", "30", NULL, 1, UINT32_MAX,
                     "days that the events span, up to 2026-06-30"},
    [OPTION_BOUNCE_SHARE] = {GENERATING, "bounce-share", 0, TYPE_SHARE, "SHARE", "0.12", NULL, 0, 0,
                             "share of bounces among the events, from 0 to 1"},
    [OPTION_FILES] = {GENERATING, "files", 0, TYPE_NUMBER, "N", "4", NULL, 1, UINT32_MAX,
                      "archives to write"},
    [OPTION_FRAME_SIZE] =
        {GENERATING, "frame-size", 0, TYPE_SIZE, "SIZE", "0", NULL, 0, UINT64_MAX,
         "bytes of text in a zstd frame or gzip member, with K, M or G behind it for powers "
         "of 1024; 0: one for the whole archive"},
    [OPTION_GENERATE_DIALECT] = {IN(GENERATE), "dialect", 0, TYPE_CHOICE, "NAME", "native", "native powermta",
                                 0, 0, "the form of the archives"},
    [OPTION_COMPRESSION] = {IN(GENERATE), "compression", 0, TYPE_CHOICE, "NAME", "zst", "zst gz none", 0, 0,
                            "how the archives are compressed"},
    [OPTION_SEED] = {GENERATING, "seed", 0, TYPE_NUMBER, "N", "1", NULL, 0, UINT64_MAX,
                     "another seed gives other events"},
    [OPTION_ROUNDS] = {IN(BENCH), "rounds", 0, TYPE_NUMBER, "N", "5", NULL, 1, ROUNDS_MAX,
                       "the best of so many rounds counts, in which all that is compared takes turns"},
    [OPTION_THREADS] =
        {JOBS | IN(EXPLAIN) | GENERATING, "threads", 't', TYPE_NUMBER, "N", "auto", "auto", 1, THREADS_MAX,
         "threads to use; auto: what processor affinity and cgroup allow. The output is the same"},
    [OPTION_MEMORY] =
        {JOBS, "memory", 0, TYPE_TEXT, "SIZE", NULL, NULL, 0, 0,
         "memory to use, such as 512M or 4G: the resident set stays within it and 64 MiB, and what "
         "does not fit is kept on disk beside the output until the run is done. The output is the "
         "same (70% of what cgroup or machine have)"},
    [OPTION_QUIET] = {JOBS | IN(GENERATE), "quiet", 'q', TYPE_FLAG, NULL, NULL, NULL, 0, 0,
                      "no progress line and no summary; errors are still told"},
    [OPTION_MAN] = {IN(HELP), "man", 0, TYPE_FLAG, NULL, NULL, NULL, 0, 0, "print the man page (roff)"},
    [OPTION_COMPLETIONS] = {IN(HELP), "completions", 0, TYPE_CHOICE, "SHELL", NULL, "bash", 0, 0,
                            "print completions for a shell"},
    [OPTION_HELP] = {EVERYWHERE, "help", 'h', TYPE_FLAG, NULL, NULL, NULL, 0, 0, "print this help"},
    [OPTION_VERSION] = {EVERYWHERE, "version", 'V', TYPE_FLAG, NULL, NULL, NULL, 0, 0, "print the version"},
};

bool option_belongs(const struct option *option, const struct command *command)
{
    return option->commands >> (command - command_table) & 1;
}

const struct command *command_find(const char *name)
{
    for (size_t k = 0; k < COMMAND_COUNT; k++)
        if (strcmp(command_table[k].name, name) == 0)
            return &command_table[k];
    return NULL;
}
