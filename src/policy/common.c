/* What all policies have in common: the walk over one address's events.
 *
 * Memory. A replay runs once for every address and policy, for most addresses over a handful of events. The
 * first campaigns of an address therefore live in the replay's own struct, and nothing is set up for the
 * others. An address with more events than that gets, before it starts, as much scratch memory as its number
 * of events can need at most; the memory only ever grows and goes from address to address, so that nothing is
 * allocated in the long run, and nothing moves under a machine's feet. A table that grew as needed would have
 * to be copied; here the only cost is clearing it, once the ninth campaign shows up: some ns an event.
 *
 * Timers are fired lazily: before an event is looked at, all that are due at or before its time; at the end
 * all that are due at or before as_of.
 *
 * Dates. The states at many dates come out of one walk: before the first event behind a date, the timers due
 * at that date fire and the state is noted. From there nothing but a timer changes it until the next event,
 * so the walk goes from event to event and from timer to timer and never looks at the dates between: a year
 * of days costs little more than one day. Only the disposition rule looks ahead, a delivery undoes an earlier
 * bounce; an address with a campaign that has both is replayed once for each date that has new events. */
#include "base/base.h"

#include "base/array.h"
#include "policy/machine.h"

void policy_scratch_free(struct policy_scratch *scratch)
{
    free(scratch->memory);
    free(scratch->changes.items);
    free(scratch->snapshots.items);
    *scratch = (struct policy_scratch){.want_changes = scratch->want_changes};
}

uint32_t policy_kinds(const struct policy *policy)
{
    return policy->kinds;
}

enum policy_detail policy_detail(const struct policy *policy)
{
    return policy->machine->detail;
}

const char *policy_name(const struct policy *policy)
{
    return policy->name;
}

/* --- scratch memory ---------------------------------------------------------------------------------- */

/* The bits of a table that is at most half full with `count` keys. */
static unsigned table_bits(size_t count)
{
    return 64u - (unsigned)__builtin_clzll(2 * count - 1);
}

static size_t table_bytes(size_t count)
{
    return ((size_t)1 << table_bits(count)) * (sizeof(uint64_t) + sizeof(uint32_t));
}

static bool scratch_reserve(struct policy_scratch *scratch, const struct machine *machine, size_t count)
{
    size_t bytes = table_bytes(count) * (machine->disposition ? 2 : 1) + machine->bytes_per_event * count;
    if (bytes <= scratch->bytes)
        return true;
    free(scratch->memory);
    scratch->memory = malloc(bytes);
    scratch->bytes = scratch->memory ? bytes : 0;
    return scratch->memory != NULL;
}

static void *replay_take(struct replay *replay, size_t bytes)
{
    char *memory = replay->scratch->memory;
    CHECK(memory && bytes <= replay->scratch->bytes - replay->memory_used);
    memory += replay->memory_used;
    replay->memory_used += bytes;
    return memory;
}

void *replay_memory(struct replay *replay)
{
    ASSERT(replay->input->count > FEW_CAMPAIGNS);
    /* At the end, where its alignment does not depend on the order of the calls: tables are multiples of 8.
     */
    return replay_take(replay, replay->policy->machine->bytes_per_event * replay->input->count);
}

/* --- campaigns --------------------------------------------------------------------------------------- */

static size_t table_slot(const struct campaign_map *map, uint64_t key)
{
    size_t mask = ((size_t)1 << (64 - map->shift)) - 1;
    size_t slot = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> map->shift);
    while (map->keys[slot] != 0 && map->keys[slot] != key)
        slot = (slot + 1) & mask;
    return slot;
}

static void table_make(struct replay *replay, struct campaign_map *map)
{
    unsigned bits = table_bits(replay->input->count);
    size_t slots = (size_t)1 << bits;
    map->shift = 64 - bits;
    map->keys = replay_take(replay, slots * sizeof *map->keys);
    map->values = replay_take(replay, slots * sizeof *map->values);
    memset(map->keys, 0, slots * sizeof *map->keys);
    for (unsigned k = 0; k < FEW_CAMPAIGNS; k++) {
        size_t slot = table_slot(map, map->few_keys[k]);
        map->keys[slot] = map->few_keys[k];
        map->values[slot] = map->few_values[k];
    }
}

uint32_t *campaign_find(struct campaign_map *map, uint64_t key)
{
    if (UNLIKELY(map->shift)) {
        size_t slot = table_slot(map, key);
        return map->keys[slot] ? &map->values[slot] : NULL;
    }
    for (unsigned k = 0; k < map->count; k++)
        if (map->few_keys[k] == key)
            return &map->few_values[k];
    return NULL;
}

uint32_t *campaign_value(struct replay *replay, struct campaign_map *map, uint64_t key)
{
    ASSERT(key != 0);
    uint32_t *value = campaign_find(map, key);
    if (value)
        return value;
    if (!map->shift && map->count < FEW_CAMPAIGNS) {
        map->few_keys[map->count] = key;
        value = &map->few_values[map->count++];
    } else {
        if (!map->shift)
            table_make(replay, map);
        size_t slot = table_slot(map, key);
        map->keys[slot] = key;
        value = &map->values[slot];
        map->count++;
    }
    *value = 0;
    return value;
}

uint64_t replay_unit(struct replay *replay, const struct policy_event *event)
{
    if (event->campaign)
        return event->campaign;
    if (!replay->anonymous_open || event->time_ms - replay->anonymous_first_ms >= ANONYMOUS_GROUP_MS) {
        replay->anonymous_open = true;
        replay->anonymous_first_ms = event->time_ms;
    }
    /* A name of its own for each group: spread like a hash, so that it meets no campaign's key. */
    uint64_t key = ((uint64_t)replay->anonymous_first_ms + 1) * UINT64_C(0xD6E8FEB86659FD93);
    return (key ^ key >> 32) | 1;
}

/* --- disposition rule -------------------------------------------------------------------------------- */

static bool is_disposition(const struct policy_event *event)
{
    return event->campaign &&
           (event->kind == BM_DELIVERED || (event->kind == BM_BOUNCE && event->class_ != BM_NONE));
}

/* Notes the last of delivered and bounce for each campaign. */
static void dispositions_note(struct replay *replay)
{
    const struct policy_input *input = replay->input;
    for (size_t k = 0; k < input->count; k++) {
        const struct policy_event *event = &input->events[k];
        if (!is_disposition(event))
            continue;
        uint32_t *last = campaign_value(replay, &replay->dispositions, event->campaign);
        replay->mixed |= *last != 0 && *last != event->kind;
        *last = event->kind;
    }
}
_Static_assert(BM_DELIVERED != 0 && BM_BOUNCE != 0, "0 is a campaign without a disposition");

/* Whether the campaign's last disposition undoes this event. */
static bool is_undone(struct replay *replay, const struct policy_event *event)
{
    if (!is_disposition(event) || (event->kind == BM_BOUNCE && event->class_ == BM_HARD))
        return false;
    return *campaign_find(&replay->dispositions, event->campaign) != event->kind;
}

/* --- statuses ---------------------------------------------------------------------------------------- */

static void changes_add(struct replay *replay, int64_t time_ms)
{
    struct policy_change_list *list = &replay->scratch->changes;
    struct policy_change *items = array_room(list->items, &list->capacity, list->count + 1, sizeof *items);
    if (!items) {
        replay->failed = true;
        return;
    }
    list->items = items;
    list->items[list->count++] = (struct policy_change){.time_ms = time_ms,
                                                        .status = replay->shown.status,
                                                        .cause = replay->shown.cause,
                                                        .cause_reason = replay->shown.cause_reason};
}

/* The cause may change without the status; only the status has a date. */
static void replay_show(struct replay *replay, int64_t time_ms, struct standing standing)
{
    bool changed = replay->shown.status != standing.status;
    replay->shown = standing;
    if (!changed)
        return;
    replay->since_ms = time_ms;
    if (replay->scratch->want_changes)
        changes_add(replay, time_ms);
}

void replay_set_reason(struct replay *replay, int64_t time_ms, enum status status, enum cause cause,
                       enum reason reason)
{
    replay->own = (struct standing){(uint8_t)status, (uint8_t)cause, (uint8_t)reason};
    if (replay->permission == PERMISSION_IN)
        replay_show(replay, time_ms, replay->own);
}

void replay_set(struct replay *replay, int64_t time_ms, enum status status, enum cause cause)
{
    replay_set_reason(replay, time_ms, status, cause, REASON_COUNT);
}

/* --- permission -------------------------------------------------------------------------------------- */

static void permission_take(struct replay *replay, int64_t time_ms, enum permission permission)
{
    if (permission <= replay->permission)
        return;
    static const uint8_t causes[] = {CAUSE_NONE, CAUSE_UNSUBSCRIBE, CAUSE_COMPLAINT, CAUSE_DELETE};
    uint8_t status = permission == PERMISSION_COMPLAINT ? (uint8_t)replay->policy->machine->complaint_status
                     : permission == PERMISSION_DELETE  ? STATUS_DELETED
                                                        : STATUS_UNSUBSCRIBED;
    replay->permission = permission;
    replay_show(replay, time_ms, (struct standing){status, causes[permission], REASON_COUNT});
}

static void permission_give(struct replay *replay, int64_t time_ms)
{
    bool was_active = replay->shown.status == STATUS_ACTIVE;
    replay->permission = PERMISSION_IN;
    replay->own =
        was_active ? replay->shown : (struct standing){STATUS_ACTIVE, CAUSE_RESUBSCRIBE, REASON_COUNT};
    replay->bounce_count = 0;
    replay->policy->machine->clear(replay, time_ms);
    replay_show(replay, time_ms, replay->own);
}

/* --- the walk ---------------------------------------------------------------------------------------- */

static struct policy_result replay_result(const struct replay *replay)
{
    return (struct policy_result){.detail = replay->detail,
                                  .since_ms = replay->since_ms,
                                  .bounce_count = replay->bounce_count,
                                  .status = replay->shown.status,
                                  .cause = replay->shown.cause,
                                  .cause_reason = replay->shown.cause_reason,
                                  .suppressed = status_suppressed(replay->shown.status)};
}

static void timer_explain(struct replay *replay)
{
    struct policy_step step = {
        .time_ms = replay->timer_ms, .fate = FATE_TIMER, .before = replay_result(replay)};
    replay->policy->machine->timer(replay);
    step.after = replay_result(replay);
    replay->input->step(replay->input->step_argument, &step);
}

static void timers_fire(struct replay *replay, int64_t until_ms)
{
    while (replay->timer_ms <= until_ms && replay->timer_ms != TIMER_NONE)
        if (UNLIKELY(replay->input->step != NULL))
            timer_explain(replay);
        else
            replay->policy->machine->timer(replay);
}

/* --- dates ------------------------------------------------------------------------------------------- */

/* The first date from `from` on that is not before a time; the number of dates when there is none. */
static size_t date_find(const struct policy_input *input, size_t from, int64_t time_ms)
{
    size_t end = input->date_count;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (input->dates_ms[middle] < time_ms)
            from = middle + 1;
        else
            end = middle;
    }
    return from;
}

static void date_set(struct replay *replay, size_t date)
{
    replay->date = date;
    replay->date_ms = date < replay->input->date_count ? replay->input->dates_ms[date] : TIMER_NONE;
}

static bool result_is(const struct policy_result *a, const struct policy_result *b)
{
    return a->since_ms == b->since_ms && a->bounce_count == b->bounce_count && a->status == b->status &&
           a->cause == b->cause && a->cause_reason == b->cause_reason;
}

/* Notes the state at a date, where it is another than at the date before. False when memory is out. */
static bool snapshot_add(struct policy_snapshot_list *list, size_t date, const struct policy_result *result)
{
    if (list->count && result_is(&list->items[list->count - 1].result, result))
        return true;
    struct policy_snapshot *items = array_room(list->items, &list->capacity, list->count + 1, sizeof *items);
    if (!items)
        return false;
    list->items = items;
    list->items[list->count++] = (struct policy_snapshot){*result, (uint32_t)date};
    return true;
}

/* Notes the states at the dates before the next event. */
static void snapshots_take(struct replay *replay, int64_t event_ms)
{
    while (replay->date_ms < event_ms && replay->date_ms != TIMER_NONE) {
        timers_fire(replay, replay->date_ms);
        struct policy_result result = replay_result(replay);
        if (!snapshot_add(&replay->scratch->snapshots, replay->date, &result))
            replay->failed = true;
        int64_t wake_ms = replay->timer_ms < event_ms ? replay->timer_ms : event_ms;
        date_set(replay, date_find(replay->input, replay->date + 1, wake_ms));
    }
}

/* Of a bounce, delivered, open or click. */
static enum policy_fate mail_fate(struct replay *replay, const struct policy_event *event)
{
    const struct machine *machine = replay->policy->machine;
    if (replay->permission != PERMISSION_IN || (event->kind == BM_BOUNCE && event->class_ == BM_NONE))
        return FATE_FROZEN;
    if ((machine->residual_statuses >> replay->own.status & 1) &&
        !(machine->residual_kinds >> event->kind & 1))
        return FATE_RESIDUAL;
    return machine->disposition && is_undone(replay, event) ? FATE_UNDONE : FATE_TAKEN;
}

static void replay_mail(struct replay *replay, const struct policy_event *event)
{
    if (mail_fate(replay, event) == FATE_TAKEN)
        replay->policy->machine->event(replay, event);
}

static void replay_event(struct replay *replay, const struct policy_event *event)
{
    switch (event->kind) {
    case BM_RESUBSCRIBE:
        permission_give(replay, event->time_ms);
        break;
    case BM_UNSUBSCRIBE:
        permission_take(replay, event->time_ms, PERMISSION_UNSUBSCRIBE);
        break;
    case BM_COMPLAINT:
        permission_take(replay, event->time_ms, PERMISSION_COMPLAINT);
        break;
    case BM_DELETE:
        permission_take(replay, event->time_ms, PERMISSION_DELETE);
        break;
    default:
        replay_mail(replay, event);
    }
}

static void event_explain(struct replay *replay, const struct policy_event *event)
{
    struct policy_step step = {.event = event, .time_ms = event->time_ms, .before = replay_result(replay)};
    if (!(PERMISSION_KINDS >> event->kind & 1))
        step.fate = mail_fate(replay, event);
    replay_event(replay, event);
    step.after = replay_result(replay);
    replay->input->step(replay->input->step_argument, &step);
}

static bool replay_begin(struct replay *replay, const struct policy *policy, const struct policy_input *input,
                         struct policy_scratch *scratch)
{
    const struct standing start = {STATUS_ACTIVE, CAUSE_NONE, REASON_COUNT};
    replay->policy = policy;
    replay->input = input;
    replay->scratch = scratch;
    replay->timer_ms = TIMER_NONE;
    replay->bounce_count = 0;
    replay->detail = 0;
    replay->permission = PERMISSION_IN;
    replay->own = replay->shown = start;
    replay->failed = replay->anonymous_open = replay->mixed = false;
    replay->since_ms = TIME_NEVER;
    replay->memory_used = 0;
    replay->campaigns.count = replay->campaigns.shift = 0;
    replay->dispositions.count = replay->dispositions.shift = 0;
    scratch->changes.count = scratch->snapshots.count = 0;
    scratch->by_date = false;
    date_set(replay, input->date_first);
    return input->count <= FEW_CAMPAIGNS || scratch_reserve(scratch, policy->machine, input->count);
}

bool replay_run(struct replay *replay, const struct policy *policy, const struct policy_input *input,
                struct policy_scratch *scratch, struct policy_result *result)
{
    if (!replay_begin(replay, policy, input, scratch))
        return false;
    if (policy->machine->disposition)
        dispositions_note(replay);
    if (replay->mixed && input->date_count) {
        scratch->by_date = true;
        replay->date_ms = TIMER_NONE;
    }
    policy->machine->clear(replay, TIME_NEVER);
    for (size_t k = 0; k < input->count; k++) {
        const struct policy_event *event = &input->events[k];
        ASSERT(event->time_ms <= input->as_of_ms);
        if (!(policy->kinds >> event->kind & 1))
            continue;
        if (UNLIKELY(event->time_ms > replay->date_ms))
            snapshots_take(replay, event->time_ms);
        if (UNLIKELY(event->time_ms >= replay->timer_ms))
            timers_fire(replay, event->time_ms);
        if (UNLIKELY(input->step != NULL))
            event_explain(replay, event);
        else
            replay_event(replay, event);
    }
    snapshots_take(replay, TIMER_NONE);
    timers_fire(replay, input->as_of_ms);
    *result = replay_result(replay);
    return !replay->failed;
}

uint32_t policy_idle_kinds(const struct policy *policy)
{
    return (policy->machine->idle_kinds | ~policy->kinds) & IDLE_KINDS;
}

/* The states at the dates, each from a replay of the events up to it; dates without new events have that of
 * the date before, because machines that look ahead have no timers. */
static bool replay_by_date(const struct policy *policy, const struct policy_input *input,
                           struct policy_scratch *scratch)
{
    CHECK(!policy->machine->timer);
    struct policy_scratch part_scratch = {.memory = scratch->memory, .bytes = scratch->bytes};
    bool done = true;
    size_t until = 0;
    for (size_t date = input->date_first; date < input->date_count && done;) {
        while (until < input->count && input->events[until].time_ms <= input->dates_ms[date])
            until++;
        struct policy_input part = {.events = input->events,
                                    .count = until,
                                    .as_of_ms = input->dates_ms[date],
                                    .domain_trusted = input->domain_trusted};
        struct policy_result result;
        done = policy->machine->replay(policy, &part, &part_scratch, &result) &&
               snapshot_add(&scratch->snapshots, date, &result);
        date = until < input->count ? date_find(input, date + 1, input->events[until].time_ms)
                                    : input->date_count;
    }
    scratch->memory = part_scratch.memory;
    scratch->bytes = part_scratch.bytes;
    return done;
}

bool policy_replay(const struct policy *policy, const struct policy_input *input,
                   struct policy_scratch *scratch, struct policy_result *result)
{
    if (!policy->machine->replay(policy, input, scratch, result))
        return false;
    return LIKELY(!scratch->by_date) || replay_by_date(policy, input, scratch);
}
