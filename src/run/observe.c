#include "run/observe.h"
#include "base/base.h"

#include "base/hash.h"

/* Seeds that keep the name spaces of hashes apart. */
#define SEED_MESSAGE_ID UINT64_C(0x6d657373616765)
#define SEED_CODES      UINT64_C(0x636f646573)

/* Identity of the campaign that an event counts for: campaign, else message id, else 0 (policies.md, 1.5). */
static uint64_t campaign_key(const struct event *event, uint64_t campaign_hash)
{
    if (event->campaign.length)
        return campaign_hash | 1; /* never 0; the other name space is even */
    if (event->message_id.length)
        return (hash_span_seed(event->message_id, SEED_MESSAGE_ID) & ~UINT64_C(1)) | 2;
    return 0;
}

/* What tells two events apart that are equal in time, kind, class, reason, campaign and resolved codes. */
static uint32_t detail_hash(const struct event *event, const struct row *row)
{
    uint64_t hash = hash_span(event->message_id);
    if (row->fields[COLUMN_DIAGNOSTIC].length)
        hash = hash_span_seed(row->fields[COLUMN_DIAGNOSTIC], hash);
    if (row->fields[COLUMN_SMTP_CODE].length || row->fields[COLUMN_ENHANCED_CODE].length) {
        hash = hash_span_seed(row->fields[COLUMN_SMTP_CODE], hash ^ SEED_CODES);
        hash = hash_span_seed(row->fields[COLUMN_ENHANCED_CODE], hash);
    }
    return (uint32_t)(hash ^ hash >> 32);
}

static void event_classify(const struct bm_classifier *classifier, const struct row *row, struct event *event,
                           struct bm_verdict *verdict)
{
    struct bm_reply reply = {
        .smtp_code = row->fields[COLUMN_SMTP_CODE].at,
        .smtp_code_length = row->fields[COLUMN_SMTP_CODE].length,
        .enhanced_code = row->fields[COLUMN_ENHANCED_CODE].at,
        .enhanced_code_length = row->fields[COLUMN_ENHANCED_CODE].length,
        .diagnostic = row->fields[COLUMN_DIAGNOSTIC].at,
        .diagnostic_length = row->fields[COLUMN_DIAGNOSTIC].length,
        .domain = event->domain.at,
        .domain_length = event->domain.length,
    };
    bm_classify(classifier, &reply, verdict);
    event->class_ = verdict->class_;
    event->reason = (uint8_t)verdict->reason;
    event->smtp_code = (uint16_t)verdict->smtp_code;
    event->enhanced = verdict->enhanced_code;
}

/* Time and address; false with the reason of the rejection. */
static bool event_read(struct observer *observer, const struct columns *columns, const struct row *row,
                       struct event *event, enum reject *reject)
{
    if (!time_parse_memo(&observer->time_memo, row->fields[COLUMN_TIME].at, row->fields[COLUMN_TIME].length,
                         columns->dialect->times_are_utc, &event->time_ms)) {
        *reject = REJECT_TIME;
        return false;
    }
    size_t domain_at;
    size_t length = bm_address_normalise(row->fields[COLUMN_ADDRESS].at, row->fields[COLUMN_ADDRESS].length, observer->address, &domain_at);
    if (!length) {
        bool nul = row->fields[COLUMN_ADDRESS].length && memchr(row->fields[COLUMN_ADDRESS].at, 0, row->fields[COLUMN_ADDRESS].length);
        *reject = nul ? REJECT_NUL : REJECT_ADDRESS;
        return false;
    }
    event->kind = row->kind;
    event->class_ = BM_HARD; /* of no meaning but for bounces, which are classified next */
    event->reason = 0;
    event->smtp_code = 0;
    event->enhanced = 0;
    event->address = (struct span){observer->address, length};
    event->domain = (struct span){observer->address + domain_at, length - domain_at};
    event->campaign = row->fields[COLUMN_CAMPAIGN];
    event->message_id = row->fields[COLUMN_MESSAGE_ID];
    event->diagnostic = row->fields[COLUMN_DIAGNOSTIC];
    return true;
}

static enum observed event_tally(struct observer *observer, const struct event *event, const struct row *row,
                                 uint64_t campaign_hash)
{
    bool wanted =
        observer->kinds >> event->kind & 1 && !(event->kind == BM_BOUNCE && event->class_ == BM_NONE);
    if (!wanted)
        return OBSERVED_IGNORED;
    struct tally_event tally = {
        .when = tally_when(event->time_ms, event->kind, event->class_, event->reason, event->smtp_code),
        .campaign = campaign_key(event, campaign_hash),
        .enhanced = event->enhanced,
        .detail = detail_hash(event, row),
    };
    size_t domain_at = (size_t)(event->domain.at - event->address.at);
    return shard_batch_add(observer->batch, event->address, domain_at, hash_span(event->address), &tally)
               ? OBSERVED_TALLIED
               : OBSERVED_MEMORY;
}

enum observed observe_event(struct observer *observer, const struct columns *columns, const struct row *row,
                            enum reject *reject)
{
    struct event event; /* set member by member: clearing it first costs a tenth of a row's time */
    if (!event_read(observer, columns, row, &event, reject))
        return OBSERVED_REJECTED;
    uint64_t campaign_hash = hash_span(event.campaign);
    if (event.kind != BM_BOUNCE) {
        if (!counts_event(observer->counts, &event, campaign_hash))
            return OBSERVED_MEMORY;
        return event_tally(observer, &event, row, campaign_hash);
    }
    struct bm_verdict verdict;
    event_classify(observer->classifier, row, &event, &verdict);
    if (!counts_event(observer->counts, &event, campaign_hash) ||
        !counts_bounce(observer->counts, &event, verdict.rule, verdict.match_length > 0))
        return OBSERVED_MEMORY;
    return event_tally(observer, &event, row, campaign_hash);
}
