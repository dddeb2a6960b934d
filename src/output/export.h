/* Suppression lists in the forms that platforms import: exports/NAME.* of the output folder, from what one
 * policy suppressed.
 *
 * Of every suppressed address the cause says what it is to a platform: unsubscribe, complaint, delete (all
 * three are permissions), and a bounce whatever else it is (hard, bounce-threshold, soft-limit ...). Rows
 * stand in byte order of the addresses, files are UTF-8 or whatever bytes the addresses have, lines end in
 * LF, cells are quoted as in RFC 4180. A file that would exceed what a platform takes is split: the second is
 * exports/NAME.2.csv and so on, each with its own header. Files without rows are written all the same, so
 * that a night without complaints is told from a file that got lost.
 *
 * name       files and columns; which causes; limits. Source: the platform's own documentation of that form.
 * listmonk   .csv: email, name (empty: listmonk takes the local part), attributes ({}). All causes; import
 *            with the mode "blocklist". Source: listmonk's manual, "Import subscribers".
 * mailgun    .bounces.csv: address, code (550 where none is known), error (the reason's name), created_at;
 *            .complaints.csv: address, created_at; .unsubscribes.csv: address, tags (* = all), created_at,
 *            with deletes. Dates as in RFC 2822. At most 25 MB a file, header needed. Source: Mailgun's API,
 *            "Import a list of bounces / complaints / unsubscribes".
 * mandrill   .csv: the columns of an exported deny list, expires_at twice as there. Bounces: reason
 *            hard-bounce or soft-bounce, created_at = since, last_event_at = last bounce; times in UTC.
 *            Source: Mailchimp Transactional's API, "exports/rejects".
 * md5        .txt: a lower-case hex digest of the normalised address a line, no header. All causes. The
 *            customary form for exchanging lists without the addresses.
 * responsys  .csv: EMAIL_ADDRESS_, EMAIL_DELIVERABILITY_STATUS_ (U: undeliverable, for bounces),
 *            EMAIL_PERMISSION_STATUS_ (O: opted out, for the other causes). Source: the system fields of
 *            Oracle Responsys' profile lists; the layout of a load is set in the load job.
 * sendgrid   .csv: email. All causes: a global or group unsubscribe is the only list that takes an import.
 *            Source: SendGrid's manual, "Global / group unsubscribes"; the header's name is not verified.
 * ses        .csv without header: address, BOUNCE or COMPLAINT. Unsubscribes and deletes are no matter of
 *            the account's list and left out. At most 100,000 a file. Source: Amazon SES' manual, "Adding
 *            addresses in bulk to your account-level suppression list".
 * sfmc       .csv: Email Address, Date Added (of since) for an auto-suppression list; .subscribers.csv:
 *            SubscriberKey, EmailAddress, Status (Held for bounces, else Unsubscribed) for an import into All
 *            Subscribers where the key is the address. All causes. Source: Salesforce's help,
 *            "Auto-suppression lists" and "Subscriber status".
 * sha256     as md5, with SHA-256.
 * sparkpost  .csv: recipient, type, description (the cause). Bounces are listed for both types, transactional
 *            and non_transactional, the other causes for non_transactional. One file: an API call takes
 *            10,000 entries of it, the account 1,000,000 in all; more is a warning in the manifest. Source:
 *            SparkPost's API, "Suppression list". */
#ifndef OUTPUT_EXPORT_H
#define OUTPUT_EXPORT_H

#include "output/outcomes.h"

/* In byte order of their names. */
enum export_name {
    EXPORT_LISTMONK,
    EXPORT_MAILGUN,
    EXPORT_MANDRILL,
    EXPORT_MD5,
    EXPORT_RESPONSYS,
    EXPORT_SENDGRID,
    EXPORT_SES,
    EXPORT_SFMC,
    EXPORT_SHA256,
    EXPORT_SPARKPOST,
    EXPORT_COUNT
};

/* What a platform takes; 0: no limit is known. */
struct export_limits {
    uint64_t file_rows;  /* entries in a file, without header */
    uint64_t file_bytes; /* with header */
    uint64_t all_rows;   /* entries in all; more is a warning, not an error */
};

struct export_request {
    uint32_t exports;                   /* bits of enum export_name */
    size_t policy;                      /* whose suppressed addresses, an index in output order */
    const struct export_limits *limits; /* NULL: each platform's own; else for all of them */
};

/* Parses a list of names ("ses,sha256"). Unknown names: BM_USAGE. */
enum bm_code export_parse(const char *names, uint32_t *exports, struct bm_error *error);

/* Finds the policy that the exports follow: the one called `wanted`, or with NULL the only one. BM_USAGE when
 * there is no such policy, or several to choose from. */
enum bm_code export_policy_choose(const char *wanted, const char *const *policies, size_t count,
                                  size_t *policy, struct bm_error *error);

/* Writes the files, and a report for each export in the order of the names; sets *report_count. */
enum bm_code output_exports(struct folder *folder, const struct outcome_list *list,
                            const struct export_request *request, struct export_report reports[EXPORT_COUNT],
                            size_t *report_count, struct bm_error *error);

#endif
