/* The digests come from nettle rather than from OpenSSL: no context to allocate for an address, no provider
 * that may refuse MD5, and a library that costs a short run little to load. */
#include "output/export_forms.h"
#include "base/base.h"
#include "event/time.h"

#include <nettle/md5.h>
#include <nettle/sha2.h>

#define MAILGUN_CODE_DEFAULT 550 /* as Mailgun's own import fills in */

static void text_name(struct text *text, const char *name)
{
    text_put(text, (struct span){name, strlen(name)});
}

static void text_address(struct text *text, const struct export_entry *entry)
{
    text_csv(text, entry->address);
}

/* --- times -------------------------------------------------------------------------------------------- */

/* "2026-01-31T08:00:00" to `out`, its length; 0 for no time. */
static size_t clock_format(int64_t ms, char out[BM_TIME_BYTES])
{
    return bm_time_format(ms, out) ? strlen("2026-01-31T08:00:00") : 0;
}

/* "2026-01-31" */
static void text_date(struct text *text, int64_t ms)
{
    char clock[BM_TIME_BYTES];
    if (clock_format(ms, clock))
        text_put(text, (struct span){clock, strlen("2026-01-31")});
}

/* "2026-01-31 08:00:00" */
static void text_date_time(struct text *text, int64_t ms)
{
    char clock[BM_TIME_BYTES];
    size_t length = clock_format(ms, clock);
    if (length)
        clock[strlen("2026-01-31")] = ' ';
    text_put(text, (struct span){clock, length});
}

/* "Sat, 31 Jan 2026 08:00:00 +0000" (RFC 2822, 3.3); quoted, as it holds a comma. */
static void text_rfc2822(struct text *text, int64_t ms)
{
    static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* 1970-01-01 first */
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char clock[BM_TIME_BYTES], date[48];
    if (!clock_format(ms, clock))
        return;
    unsigned month = (unsigned)(clock[5] - '0') * 10 + (unsigned)(clock[6] - '0');
    int length = snprintf(date, sizeof date, "\"%s, %.2s %s %.4s %.8s +0000\"", days[ms / DAY_MS % 7],
                          clock + 8, months[(month - 1) % 12], clock, clock + 11);
    text_put(text, (struct span){date, (size_t)length});
}

/* --- rows --------------------------------------------------------------------------------------------- */

static void listmonk_row(struct text *text, const struct export_entry *entry)
{
    text_address(text, entry);
    text_put(text, SPAN(",,{}\n"));
}

static void mailgun_bounce(struct text *text, const struct export_entry *entry)
{
    const struct outcome *outcome = entry->outcome;
    text_address(text, entry);
    text_char(text, ',');
    text_u64(text, outcome->last_smtp_code ? outcome->last_smtp_code : MAILGUN_CODE_DEFAULT);
    text_char(text, ',');
    if (outcome->last_bounce_ms != TIME_NEVER)
        text_name(text, reason_table[outcome->last_reason].name);
    text_char(text, ',');
    text_rfc2822(text, entry->result->since_ms);
    text_char(text, '\n');
}

static void mailgun_complaint(struct text *text, const struct export_entry *entry)
{
    text_address(text, entry);
    text_char(text, ',');
    text_rfc2822(text, entry->result->since_ms);
    text_char(text, '\n');
}

static void mailgun_unsubscribe(struct text *text, const struct export_entry *entry)
{
    text_address(text, entry);
    text_put(text, SPAN(",*,"));
    text_rfc2822(text, entry->result->since_ms);
    text_char(text, '\n');
}

/* A cause that speaks of soft failures, or of a count of bounces whose last one was not hard, is soft. */
static bool entry_is_hard(const struct export_entry *entry)
{
    switch (entry->result->cause) {
    case CAUSE_HARD:
    case CAUSE_TRUSTED_HARD:
        return true;
    case CAUSE_SOFT_FAILURE:
    case CAUSE_SOFT_AS_HARD:
    case CAUSE_SOFT_CONSECUTIVE:
    case CAUSE_SOFT_DURATION:
    case CAUSE_SOFT_LIMIT:
        return false;
    default:
        return entry->outcome->last_bounce_ms != TIME_NEVER &&
               reason_table[entry->outcome->last_reason].class_ == BM_HARD;
    }
}

static void mandrill_row(struct text *text, const struct export_entry *entry)
{
    const struct outcome *outcome = entry->outcome;
    text_address(text, entry);
    text_put(text, entry_is_hard(entry) ? SPAN(",hard-bounce,") : SPAN(",soft-bounce,"));
    if (outcome->last_bounce_ms != TIME_NEVER)
        text_name(text, reason_table[outcome->last_reason].name);
    text_char(text, ',');
    text_date_time(text, entry->result->since_ms);
    text_put(text, SPAN(",,"));
    text_date_time(text, outcome->last_bounce_ms);
    text_put(text, SPAN(",,\n"));
}

static void responsys_row(struct text *text, const struct export_entry *entry)
{
    text_address(text, entry);
    text_put(text, entry->kind == KIND_BOUNCE ? SPAN(",U,\n") : SPAN(",,O\n"));
}

static void address_row(struct text *text, const struct export_entry *entry)
{
    text_address(text, entry);
    text_char(text, '\n');
}

static void ses_row(struct text *text, const struct export_entry *entry)
{
    text_address(text, entry);
    text_put(text, entry->kind == KIND_BOUNCE ? SPAN(",BOUNCE\n") : SPAN(",COMPLAINT\n"));
}

static void sfmc_row(struct text *text, const struct export_entry *entry)
{
    text_address(text, entry);
    text_char(text, ',');
    text_date(text, entry->result->since_ms);
    text_char(text, '\n');
}

static void sfmc_subscriber(struct text *text, const struct export_entry *entry)
{
    text_address(text, entry);
    text_char(text, ',');
    text_address(text, entry);
    text_put(text, entry->kind == KIND_BOUNCE ? SPAN(",Held\n") : SPAN(",Unsubscribed\n"));
}

static void sparkpost_type(struct text *text, const struct export_entry *entry, const char *type)
{
    text_address(text, entry);
    text_char(text, ',');
    text_name(text, type);
    text_char(text, ',');
    text_name(text, cause_name(entry->result->cause));
    text_char(text, '\n');
}

static void sparkpost_rows(struct text *text, const struct export_entry *entry)
{
    if (entry->kind == KIND_BOUNCE)
        sparkpost_type(text, entry, "transactional");
    sparkpost_type(text, entry, "non_transactional");
}

/* --- digests ------------------------------------------------------------------------------------------ */

static void text_hex(struct text *text, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    if (!text_reserve(text, 2 * count))
        return;
    for (size_t k = 0; k < count; k++) {
        text->at[text->length++] = digits[bytes[k] >> 4];
        text->at[text->length++] = digits[bytes[k] & 15];
    }
}

static void md5_row(struct text *text, const struct export_entry *entry)
{
    struct md5_ctx context;
    uint8_t digest[MD5_DIGEST_SIZE];
    md5_init(&context);
    md5_update(&context, entry->address.length, (const uint8_t *)entry->address.at);
    md5_digest(&context, sizeof digest, digest);
    text_hex(text, digest, sizeof digest);
    text_char(text, '\n');
}

static void sha256_row(struct text *text, const struct export_entry *entry)
{
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, entry->address.length, (const uint8_t *)entry->address.at);
    sha256_digest(&context, sizeof digest, digest);
    text_hex(text, digest, sizeof digest);
    text_char(text, '\n');
}

/* --- the table ---------------------------------------------------------------------------------------- */

#define KIND_PERMISSION (KIND_COMPLAINT | KIND_UNSUBSCRIBE | KIND_DELETE)
_Static_assert((KIND_PERMISSION | KIND_BOUNCE) == KIND_ANY, "every suppressed address is of one kind");

const struct export_form export_forms[EXPORT_COUNT] = {
    [EXPORT_LISTMONK] = {.name = "listmonk",
                         .summary = "listmonk's blocklist import: email,name,attributes",
                         .files = {{"", ".csv", "email,name,attributes\n", KIND_ANY, listmonk_row}}},
    [EXPORT_MAILGUN] =
        {.name = "mailgun",
         .summary = "Mailgun: bounces (address,code,error,created_at), complaints (address,created_at) and "
                    "unsubscribes (address,tags,created_at), at most 25 MB a file",
         .limits = {.file_bytes = 25000000},
         .files = {{".bounces", ".csv", "address,code,error,created_at\n", KIND_BOUNCE, mailgun_bounce},
                   {".complaints", ".csv", "address,created_at\n", KIND_COMPLAINT, mailgun_complaint},
                   {".unsubscribes", ".csv", "address,tags,created_at\n", KIND_UNSUBSCRIBE | KIND_DELETE,
                    mailgun_unsubscribe}}},
    [EXPORT_MANDRILL] =
        {.name = "mandrill",
         .summary = "Mandrill's deny list, bounces only: email,reason,detail,created_at,expires_at,"
                    "last_event_at,expires_at,subaccount",
         .files = {{"", ".csv",
                    "email,reason,detail,created_at,expires_at,last_event_at,expires_at,subaccount\n",
                    KIND_BOUNCE, mandrill_row}}},
    [EXPORT_MD5] = {.name = "md5",
                    .summary = "MD5 of each address in lower-case hex, one a line, no header",
                    .files = {{"", ".txt", "", KIND_ANY, md5_row}}},
    [EXPORT_RESPONSYS] = {.name = "responsys",
                          .summary = "Responsys' profile list: EMAIL_ADDRESS_,EMAIL_DELIVERABILITY_STATUS_,"
                                     "EMAIL_PERMISSION_STATUS_",
                          .files = {{"", ".csv",
                                     "EMAIL_ADDRESS_,EMAIL_DELIVERABILITY_STATUS_,EMAIL_PERMISSION_STATUS_\n",
                                     KIND_ANY, responsys_row}}},
    [EXPORT_SENDGRID] = {.name = "sendgrid",
                         .summary = "SendGrid's global or group unsubscribes: email",
                         .files = {{"", ".csv", "email\n", KIND_ANY, address_row}}},
    [EXPORT_SES] = {.name = "ses",
                    .summary = "Amazon SES' account-level list, bounces and complaints: address,reason "
                               "without header, at most 100,000 a file",
                    .limits = {.file_rows = 100000},
                    .files = {{"", ".csv", "", KIND_BOUNCE | KIND_COMPLAINT, ses_row}}},
    [EXPORT_SFMC] =
        {.name = "sfmc",
         .summary = "Salesforce Marketing Cloud: an auto-suppression list (Email Address,Date Added) and an "
                    "import of subscribers (SubscriberKey,EmailAddress,Status)",
         .files = {{"", ".csv", "Email Address,Date Added\n", KIND_ANY, sfmc_row},
                   {".subscribers", ".csv", "SubscriberKey,EmailAddress,Status\n", KIND_ANY,
                    sfmc_subscriber}}},
    [EXPORT_SHA256] = {.name = "sha256",
                       .summary = "SHA-256 of each address in lower-case hex, one a line, no header",
                       .files = {{"", ".txt", "", KIND_ANY, sha256_row}}},
    [EXPORT_SPARKPOST] = {.name = "sparkpost",
                          .summary = "SparkPost's suppression list: recipient,type,description",
                          .limits = {.all_rows = 1000000},
                          .warning = "more than the 1,000,000 entries that SparkPost takes in all",
                          .files = {{"", ".csv", "recipient,type,description\n", KIND_ANY, sparkpost_rows}}},
};
