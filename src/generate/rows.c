/* A file is a log of its slice of the days: times ascend but for a few seconds of jitter, as several senders
 * write one log. Every event belongs to a campaign that began a while before it: deliveries follow within
 * hours, opens and clicks within days. The message id is a hash of campaign and address, so that the events
 * of one message share it. Who is dead, full or well is the population's matter (people.h). */
#include "generate/rows.h"
#include "base/base.h"
#include "generate/random.h"

#include <time.h>

#define DAY_S            INT64_C(86400)
#define END_DAY          20635 /* 2026-07-01 */
#define LEAD_DAYS        10u   /* campaigns begin up to so many days before the span */
#define TRAIL_DAYS       2u    /* a local time with an offset can name the day after the last */
#define CAMPAIGNS_A_DAY  4
#define JITTER_S         20u
#define LOCAL_OFFSET_S   7200 /* of the powermta dialect: +0200 */
#define DEAD_PER_MILLE   420u /* of the bounces */
#define FULL_PER_MILLE   150u
#define REMOTE_PER_MILLE 50u /* of powermta's bounces come later, as rb records */

/* The shares of the kinds other than bounce, in 1/10000 of all; they shrink and grow with the bounce share.
 */
static const struct {
    enum bm_kind kind;
    unsigned share;
} kind_shares[] = {
    {BM_DELIVERED, 6400}, {BM_OPEN, 1400},    {BM_CLICK, 400}, {BM_DEFERRED, 300},   {BM_SENT, 200},
    {BM_UNSUBSCRIBE, 40}, {BM_COMPLAINT, 20}, {BM_DELETE, 10}, {BM_RESUBSCRIBE, 30},
};
#define KIND_SHARES_SUM 8800

static const struct span kind_names[BM_KIND_COUNT] = {
    [BM_RESUBSCRIBE] = {"resubscribe", 11},
    [BM_SENT] = {"sent", 4},
    [BM_DELIVERED] = {"delivered", 9},
    [BM_OPEN] = {"open", 4},
    [BM_CLICK] = {"click", 5},
    [BM_BOUNCE] = {"bounce", 6},
    [BM_UNSUBSCRIBE] = {"unsubscribe", 11},
    [BM_COMPLAINT] = {"complaint", 9},
    [BM_DELETE] = {"delete", 6},
    [BM_DEFERRED] = {"deferred", 8},
};

/* Everything that a row says, before a dialect writes it. */
struct happening {
    enum bm_kind kind;
    int64_t time_s;
    int64_t campaign_s; /* when its campaign began */
    uint64_t message_id;
    uint64_t bits;                      /* for what only one dialect needs */
    const struct reply_template *reply; /* of a bounce or deferral, else NULL */
    char address[PERSON_BYTES_MAX];
    size_t local_bytes;
    size_t address_bytes;
};

static void kinds_init(struct world *world, double bounce_share)
{
    unsigned slot = 0, bounces = (unsigned)(bounce_share * KIND_SLOTS + 0.5), others = KIND_SLOTS - bounces;
    while (slot < bounces)
        world->kinds[slot++] = BM_BOUNCE;
    unsigned before = 0;
    for (size_t k = 0; k < COUNT_OF(kind_shares); k++) {
        before += kind_shares[k].share;
        while (slot < bounces + (uint64_t)others * before / KIND_SHARES_SUM)
            world->kinds[slot++] = (uint8_t)kind_shares[k].kind;
    }
    ASSERT(slot == KIND_SLOTS);
}

static bool dates_init(struct world *world, unsigned days)
{
    unsigned count = days + LEAD_DAYS + TRAIL_DAYS;
    world->first_day = (int32_t)(END_DAY - days - LEAD_DAYS);
    world->dates = malloc(count * sizeof *world->dates);
    if (!world->dates)
        return false;
    for (unsigned k = 0; k < count; k++) {
        time_t at = (time_t)((world->first_day + (int64_t)k) * DAY_S);
        struct tm date;
        char text[sizeof *world->dates + 1];
        CHECK(gmtime_r(&at, &date) && strftime(text, sizeof text, "%Y-%m-%d", &date) == sizeof *world->dates);
        memcpy(world->dates[k], text, sizeof *world->dates);
    }
    return true;
}

bool world_init(struct world *world, enum row_dialect dialect, uint64_t seed, uint32_t addresses,
                unsigned days, double bounce_share)
{
    world->dialect = dialect;
    world->seed = random_mix(seed);
    world->end_s = END_DAY * DAY_S;
    world->people = (struct people){.seed = world->seed,
                                    .count = addresses,
                                    .start_s = world->end_s - days * DAY_S,
                                    .span_s = days * DAY_S};
    reply_chooser_init(&world->replies);
    kinds_init(world, bounce_share);
    return dates_init(world, days);
}

void world_free(struct world *world)
{
    free(world->dates);
    world->dates = NULL;
}

void stream_init(struct stream *stream, const struct world *world, unsigned file, unsigned files,
                 uint64_t rows)
{
    int64_t from = world->people.span_s * file / files, to = world->people.span_s * (file + 1) / files;
    *stream = (struct stream){.world = world,
                              .random = random_mix(world->seed + file),
                              .start_s = world->people.start_s + from,
                              .span_s = to - from,
                              .rows = rows};
}

/* Seconds between a campaign's beginning and an event of it: most are short, some are not. */
static int64_t campaign_delay_s(enum bm_kind kind, uint64_t bits)
{
    bool slow = kind == BM_OPEN || kind == BM_CLICK || kind == BM_UNSUBSCRIBE || kind == BM_COMPLAINT;
    uint64_t uniform = bits >> 32 & 0xffff;
    uint64_t cubed = uniform * uniform * uniform >> 32;
    return (int64_t)(cubed * (slow ? 3 * 86400 : 4 * 3600) >> 16);
}

/* A bounce: often of a dead address, sometimes of a full mailbox, else of anybody. */
static uint32_t bouncer_draw(const struct world *world, uint32_t k, int64_t time_s, uint64_t bits,
                             enum reply_group *group)
{
    uint32_t ticket = random_below(bits, 1000);
    uint32_t other = ticket < DEAD_PER_MILLE                    ? people_dead_near(&world->people, k)
                     : ticket < DEAD_PER_MILLE + FULL_PER_MILLE ? people_full_near(&world->people, k)
                                                                : k;
    if (other < world->people.count)
        k = other;
    enum person_state state = people_state(&world->people, k, time_s);
    *group = state == PERSON_DEAD ? REPLY_DEAD : state == PERSON_FULL ? REPLY_FULL : REPLY_OTHER;
    return k;
}

static uint32_t living_draw(const struct world *world, uint32_t k, int64_t time_s)
{
    /* A neighbour stands in for a dead address; a hundred has one dead, so two steps always do. */
    for (int step = 0; step < 2 && people_state(&world->people, k, time_s) == PERSON_DEAD; step++)
        k = k + 1 < world->people.count ? k + 1 : 0;
    return k;
}

/* A dead address's server says the same every time; nobody says that a large domain does not exist. */
static const struct reply_template *dead_reply(const struct world *world, uint32_t k)
{
    uint64_t bits = random_mix(k + world->seed);
    const struct reply_template *reply = reply_choose(&world->replies, REPLY_DEAD, bits);
    while (person_domain_large(k) && strcmp(reply->category, "bad-domain") == 0)
        reply = reply_choose(&world->replies, REPLY_DEAD, bits = random_mix(bits + 1));
    return reply;
}

/* Whom it happens to, and what the server says. */
static uint32_t person_draw(struct stream *stream, struct happening *it)
{
    const struct world *world = stream->world;
    uint64_t bits = random_next(&stream->random);
    uint32_t k = people_draw(&world->people, bits);
    it->reply = NULL;
    if (it->kind == BM_BOUNCE) {
        enum reply_group group;
        k = bouncer_draw(world, k, it->time_s, bits << 32, &group);
        it->reply = group == REPLY_DEAD ? dead_reply(world, k)
                                        : reply_choose(&world->replies, group, random_next(&stream->random));
        return k;
    }
    if (it->kind == BM_DEFERRED)
        it->reply = reply_choose(&world->replies, REPLY_DEFERRED, random_next(&stream->random));
    return living_draw(world, k, it->time_s);
}

static void happening_draw(struct stream *stream, struct happening *it)
{
    uint64_t bits = random_next(&stream->random);
    it->bits = random_mix(bits);
    it->kind = stream->world->kinds[bits % KIND_SLOTS];
    it->time_s = stream->start_s + (int64_t)((uint64_t)stream->span_s * stream->row++ / stream->rows);
    it->time_s -= (int64_t)(bits >> 16 & 0xffff) * JITTER_S >> 16;
    it->time_s = it->time_s < stream->start_s ? stream->start_s : it->time_s;
    int64_t slot_s = DAY_S / CAMPAIGNS_A_DAY, began = it->time_s - campaign_delay_s(it->kind, bits);
    it->campaign_s = began - began % slot_s;
    uint32_t k = person_draw(stream, it);
    struct text address = {it->address};
    it->local_bytes = person_write(k, &address);
    it->address_bytes = (size_t)(address.at - it->address);
    it->message_id = random_mix(stream->world->seed ^ random_mix((uint64_t)it->campaign_s << 32 | k));
}

static void date_write(const struct world *world, int64_t time_s, struct text *text)
{
    text_bytes(text, world->dates[time_s / DAY_S - world->first_day], sizeof *world->dates);
}

static void clock_write(int64_t time_s, struct text *text)
{
    uint32_t second = (uint32_t)(time_s % DAY_S);
    text_two_digits(text, second / 3600);
    text_char(text, ':');
    text_two_digits(text, second / 60 % 60);
    text_char(text, ':');
    text_two_digits(text, second % 60);
}

static void campaign_write(const struct world *world, int64_t campaign_s, struct text *text)
{
    text_span(text, SPAN("c-"));
    date_write(world, campaign_s, text);
    text_char(text, '-');
    text_char(text, (char)('a' + campaign_s % DAY_S / (DAY_S / CAMPAIGNS_A_DAY)));
}

/* An address of the networks set aside for documentation (RFC 5737). */
static void ip_write(uint64_t bits, struct text *text)
{
    static const struct span networks[] = {{"192.0.2.", 8}, {"198.51.100.", 11}, {"203.0.113.", 10}};
    text_span(text, networks[bits % COUNT_OF(networks)]);
    text_number(text, 1 + (uint32_t)(bits >> 8) % 254);
}

static void host_write(const struct happening *it, struct text *text)
{
    text_span(text, SPAN("mx"));
    text_number(text, 1 + (uint32_t)(it->bits >> 20) % 4);
    text_char(text, '.');
    text_bytes(text, it->address + it->local_bytes + 1, it->address_bytes - it->local_bytes - 1);
}

static void variable_write(const struct happening *it, char name, struct text *text)
{
    switch (name) {
    case 'a':
        text_bytes(text, it->address, it->address_bytes);
        break;
    case 'l':
        text_bytes(text, it->address, it->local_bytes);
        break;
    case 'd':
        text_bytes(text, it->address + it->local_bytes + 1, it->address_bytes - it->local_bytes - 1);
        break;
    case 'h':
        host_write(it, text);
        break;
    case 's':
        text_span(text, SPAN("out"));
        text_number(text, 1 + (uint32_t)(it->bits >> 24) % 16);
        text_span(text, SPAN(".sender.example"));
        break;
    case 'i':
        ip_write(it->bits, text);
        break;
    case 'q':
        text_hex(text, it->bits, 10);
        break;
    default:
        ASSERT(name == 'n');
        text_number(text, 2 + (uint32_t)(it->bits >> 40) % 900);
    }
}

static void reply_write(const struct happening *it, struct text *text)
{
    const char *at = it->reply->text;
    for (const char *variable; (variable = strchr(at, '$')); at = variable + 2) {
        text_bytes(text, at, (size_t)(variable - at));
        variable_write(it, variable[1], text);
    }
    text_bytes(text, at, strlen(at));
}

/* A field in quotes where it must be (RFC 4180, 2.6). */
static void field_write(struct span field, struct text *text)
{
    bool plain = true;
    for (size_t k = 0; k < field.length && plain; k++)
        plain = field.at[k] != ',' && field.at[k] != '"' && field.at[k] != '\n';
    if (plain) {
        text_span(text, field);
        return;
    }
    text_char(text, '"');
    for (size_t k = 0; k < field.length; k++) {
        if (field.at[k] == '"')
            text_char(text, '"');
        text_char(text, field.at[k]);
    }
    text_char(text, '"');
}

static void put(struct text *text, const char *word)
{
    text_bytes(text, word, strlen(word));
}

static void native_reply_write(const struct happening *it, struct text *text)
{
    char diagnostic[REPLY_BYTES_MAX];
    struct text end = {diagnostic};
    reply_write(it, &end);
    put(text, it->reply->smtp_code);
    text_char(text, ',');
    put(text, it->reply->enhanced_code);
    text_char(text, ',');
    field_write((struct span){diagnostic, (size_t)(end.at - diagnostic)}, text);
}

static void native_write(const struct world *world, const struct happening *it, struct text *text)
{
    date_write(world, it->time_s, text);
    text_char(text, 'T');
    clock_write(it->time_s, text);
    text_span(text, SPAN("Z,"));
    text_span(text, kind_names[it->kind]);
    text_char(text, ',');
    text_bytes(text, it->address, it->address_bytes);
    text_char(text, ',');
    campaign_write(world, it->campaign_s, text);
    text_span(text, SPAN(",<"));
    text_hex(text, it->message_id, 16);
    text_span(text, SPAN("@s.test>,"));
    if (it->reply)
        native_reply_write(it, text);
    else
        text_span(text, SPAN(",,"));
    text_char(text, '\n');
}

static void local_time_write(const struct world *world, int64_t time_s, struct text *text)
{
    date_write(world, time_s + LOCAL_OFFSET_S, text);
    text_char(text, ' ');
    clock_write(time_s + LOCAL_OFFSET_S, text);
    text_span(text, SPAN("+0200"));
}

/* PowerMTA knows no opens and clicks: what is none of its records becomes a delivery. */
static struct span record_type(const struct happening *it)
{
    switch (it->kind) {
    case BM_BOUNCE:
        return random_below(it->bits, 1000) < REMOTE_PER_MILLE ? SPAN("rb") : SPAN("b");
    case BM_DEFERRED:
        return SPAN("t");
    case BM_COMPLAINT:
        return SPAN("f");
    default:
        return SPAN("d");
    }
}

/* dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat */
static void dsn_write(const struct happening *it, struct text *text)
{
    if (!it->reply) {
        text_span(text, it->kind == BM_COMPLAINT ? SPAN(",,,,")
                                                 : SPAN("relayed,2.0.0 (success),smtp;250 2.0.0 accepted,"));
        if (it->kind != BM_COMPLAINT) {
            host_write(it, text);
            text_char(text, ',');
        }
        return;
    }
    char diagnostic[REPLY_BYTES_MAX + 32];
    struct text end = {diagnostic};
    text_span(&end, SPAN("smtp;"));
    put(&end, it->reply->smtp_code);
    text_char(&end, ' ');
    put(&end, it->reply->enhanced_code);
    text_char(&end, ' ');
    reply_write(it, &end);
    text_span(text, it->kind == BM_DEFERRED ? SPAN("delayed,") : SPAN("failed,"));
    put(text, it->reply->enhanced_code);
    text_char(text, ',');
    field_write((struct span){diagnostic, (size_t)(end.at - diagnostic)}, text);
    text_char(text, ',');
    host_write(it, text);
    text_char(text, ',');
    put(text, it->reply->category);
}

static void powermta_write(const struct world *world, const struct happening *it, struct text *text)
{
    text_span(text, record_type(it));
    text_char(text, ',');
    local_time_write(world, it->time_s, text);
    text_char(text, ',');
    local_time_write(world, it->campaign_s, text);
    text_span(text, SPAN(",bounce@news.sender.example,"));
    text_bytes(text, it->address, it->address_bytes);
    text_char(text, ',');
    dsn_write(it, text);
    text_span(text, SPAN(",out1.sender.example,"));
    ip_write(it->bits, text);
    text_span(text, SPAN(",vmta-1,"));
    campaign_write(world, it->campaign_s, text);
    text_char(text, ',');
    text_hex(text, it->message_id, 16);
    text_span(text, it->kind == BM_COMPLAINT ? SPAN(",abuse\n") : SPAN(",\n"));
}

void header_write(const struct world *world, struct text *text)
{
    text_span(text, world->dialect == ROW_NATIVE
                        ? SPAN("time,event,address,campaign,message_id,smtp_code,enhanced_code,diagnostic\n")
                        : SPAN("type,timeLogged,timeQueued,orig,rcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,"
                               "bounceCat,srcMta,dlvSourceIp,vmta,jobId,envId,feedbackType\n"));
}

void stream_row(struct stream *stream, struct text *text)
{
    struct happening it;
    happening_draw(stream, &it);
    if (stream->world->dialect == ROW_NATIVE)
        native_write(stream->world, &it, text);
    else
        powermta_write(stream->world, &it, text);
}
