#include "run/observe.h"
#include "base/base.h"

#include "base/hash.h"

/* Seeds that keep the name spaces of hashes apart. */
#define SEED_MESSAGE_ID UINT64_C(0x6d657373616765)
#define SEED_CODES      UINT64_C(0x636f646573)

/* A field word by word: copied as one vector it would wait until both of its words, written a moment ago,
 * reach the cache. */
static inline struct span field(const struct row *row, enum column column)
{
    const char *at = row->fields[column].at;
    size_t length = row->fields[column].length;
    return (struct span){at, length};
}

/* Identity of the campaign that an event counts for: campaign, else message id, else 0 (policies.md, 1.5). */
static uint64_t campaign_key(const struct event *event, uint64_t campaign_hash)
{
    if (event->campaign.length)
        return tally_campaign_key(campaign_hash);
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

static void event_classify(const struct observer *observer, const struct row *row, struct event *event,
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
        .mta = row->fields[COLUMN_MTA].at,
        .mta_length = row->fields[COLUMN_MTA].length,
    };
    bm_classify_with(observer->classifier, observer->memo, &reply, verdict);
    event->class_ = verdict->class_;
    event->reason = (uint8_t)verdict->reason;
    event->smtp_code = (uint16_t)verdict->smtp_code;
    event->enhanced = verdict->enhanced_code;
}

/* Time and address; false with the reason of the rejection. */
static bool event_read(struct observer *observer, const struct columns *columns, const struct row *row,
                       struct observed_event *seen, enum reject *reject)
{
    struct event *event = &seen->event;
    if (!time_parse_memo(&observer->time_memo, row->fields[COLUMN_TIME].at, row->fields[COLUMN_TIME].length,
                         columns->dialect->times_are_utc, &event->time_ms)) {
        *reject = REJECT_TIME;
        return false;
    }
    struct span address = field(row, COLUMN_ADDRESS);
    size_t domain_at;
    if (UNLIKELY(!address_is_normal(address.at, address.length, &domain_at))) {
        bool nul = address.length && memchr(address.at, 0, address.length);
        address.length = bm_address_normalise(address.at, address.length, seen->address, &domain_at);
        address.at = seen->address;
        if (!address.length) {
            *reject = nul ? REJECT_NUL : REJECT_ADDRESS;
            return false;
        }
    }
    event->kind = row->kind;
    event->class_ = BM_HARD; /* of no meaning but for bounces, which are classified next */
    event->reason = 0;
    event->smtp_code = 0;
    event->enhanced = 0;
    event->address = address;
    event->domain = (struct span){address.at + domain_at, address.length - domain_at};
    event->campaign = field(row, COLUMN_CAMPAIGN);
    return true;
}

/* What the tallies keep of the event. */
static void tally_set(struct observed_event *seen, const struct row *row, uint64_t campaign_hash)
{
    const struct event *event = &seen->event;
    seen->address_hash = hash_span(event->address);
    seen->tally = (struct tally_event){
        .when = tally_when(event->time_ms, event->kind, event->class_, event->reason, event->smtp_code),
        .campaign = campaign_key(event, campaign_hash),
        .enhanced = event->enhanced,
        .detail = detail_hash(event, row),
    };
}

static bool is_within(struct observer *observer, const struct event *event)
{
    if (event->time_ms < observer->from_ms || event->time_ms >= observer->to_ms)
        return false;
    if (event->time_ms > observer->last_ms)
        observer->last_ms = event->time_ms;
    return !observer->only.length || span_is(observer->only, event->address);
}

enum observed observe_early(struct observer *observer, const struct columns *columns, const struct row *row,
                            enum reject *reject)
{
    unsigned which = observer->waiting;
    struct observed_event *seen = &observer->group[which];
    struct event *event = &seen->event;
    if (!event_read(observer, columns, row, seen, reject))
        return OBSERVED_REJECTED;
    if (UNLIKELY(observer->limited) && !is_within(observer, event))
        return OBSERVED_OUTSIDE;
    if (LIKELY(!observer->uncounted)) {
        seen->hashes = (struct count_hashes){hash_span(event->domain), hash_span(event->campaign)};
        counts_expect(observer->counts, seen->hashes);
    }
    seen->wanted = false;
    bool bounce = event->kind == BM_BOUNCE;
    observer->bounces[observer->bounce_count] = (uint8_t)which;
    observer->bounce_count += bounce;
    observer->others[observer->other_count] = (uint8_t)which;
    observer->other_count += observer->kinds >> event->kind & !bounce;
    observer->waiting++;
    return OBSERVED_TAKEN;
}

void observe_expect(const struct observer *observer)
{
    if (UNLIKELY(observer->uncounted))
        return;
    for (unsigned k = 0; k < observer->waiting; k++)
        counts_expect_more(observer->counts, observer->group[k].hashes);
    for (unsigned k = 0; k < observer->bounce_count; k++)
        counts_expect_bounce(observer->counts, observer->group[observer->bounces[k]].hashes);
}

static void bounce_classify(const struct observer *observer, const struct row *row,
                            struct observed_event *seen)
{
    struct bm_verdict verdict;
    event_classify(observer, row, &seen->event, &verdict);
    seen->rule = verdict.rule;
    seen->text_matched = verdict.match_length > 0 || !observer->reads_text;
    seen->label = field(row, COLUMN_LABEL);
}

bool observe_late(struct observer *observer, const struct row *row, unsigned which)
{
    struct observed_event *seen = &observer->group[which];
    struct event *event = &seen->event;
    event->message_id = field(row, COLUMN_MESSAGE_ID);
    event->diagnostic = field(row, COLUMN_DIAGNOSTIC);
    seen->wanted = true;
    if (event->kind == BM_BOUNCE) {
        if (LIKELY(observer->cut != CUT_HASHES))
            bounce_classify(observer, row, seen);
        seen->wanted = observer->kinds >> BM_BOUNCE & 1 && event->class_ != BM_NONE;
    }
    if (LIKELY(seen->wanted))
        tally_set(seen, row, observer->uncounted ? hash_span(event->campaign) : seen->hashes.campaign);
    return seen->wanted;
}

static bool bounce_count(struct observer *observer, const struct observed_event *seen)
{
    const struct event *event = &seen->event;
    if (!counts_bounce(observer->counts, event, seen->places, seen->rule, seen->text_matched))
        return false;
    return LIKELY(!seen->label.length) ||
           counts_label(observer->counts, seen->label, (enum reason)event->reason);
}

static bool group_count_rows(struct observer *observer)
{
    bool done = true;
    for (unsigned k = 0; k < observer->waiting && done; k++)
        done = counts_row(observer->counts, &observer->group[k].event);
    return done;
}

/* The bounces' days are fetched while all are counted. */
static bool group_count(struct observer *observer)
{
    if (UNLIKELY(observer->uncounted))
        return group_count_rows(observer);
    for (unsigned k = 0; k < observer->bounce_count; k++) {
        const struct observed_event *seen = &observer->group[observer->bounces[k]];
        counts_expect_day(observer->counts, seen->hashes, seen->event.time_ms);
    }
    for (unsigned k = 0; k < observer->waiting; k++) {
        struct observed_event *seen = &observer->group[k];
        if (!counts_event(observer->counts, &seen->event, seen->hashes, &seen->places))
            return false;
    }
    for (unsigned k = 0; k < observer->bounce_count; k++)
        if (!bounce_count(observer, &observer->group[observer->bounces[k]]))
            return false;
    return true;
}

static bool group_tally(struct observer *observer, const uint8_t *list, unsigned count)
{
    for (unsigned k = 0; k < count; k++) {
        const struct observed_event *seen = &observer->group[list[k]];
        if (LIKELY(seen->wanted) &&
            !shard_batch_add(observer->batch, seen->event.address, seen->address_hash, &seen->tally))
            return false;
    }
    return true;
}

bool observe_flush(struct observer *observer)
{
    bool done = true;
    if (LIKELY(observer->cut == CUT_NOWHERE || observer->cut == CUT_COUNTS))
        done = group_count(observer);
    if (LIKELY(observer->cut == CUT_NOWHERE))
        done = done && group_tally(observer, observer->bounces, observer->bounce_count) &&
               group_tally(observer, observer->others, observer->other_count);
    observer->waiting = observer->bounce_count = observer->other_count = 0;
    return done;
}
