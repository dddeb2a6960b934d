/* What is packed comes out again, and packed events sort in the documented order. */
#include "base/base.h"

#include "tally/tally_event.h"

#include "../test.h"

#define TIME_LIMIT_MS ((int64_t)1 << 42)

struct fields {
    int64_t time_ms;
    unsigned kind, class_, reason, smtp_code;
    uint64_t campaign;
    uint32_t enhanced, detail;
};

/* Small ranges, so that fields are often equal; now and then the largest values. */
static struct fields fields_random(uint64_t *seed, bool wide)
{
    return (struct fields){
        .time_ms = (int64_t)(test_random(seed) % (wide ? (uint64_t)TIME_LIMIT_MS : 3)),
        .kind = (unsigned)(test_random(seed) % (wide ? 16 : 2)),
        .class_ = (unsigned)(test_random(seed) % (wide ? 8 : 2)),
        .reason = (unsigned)(test_random(seed) % (wide ? 64 : 2)),
        .smtp_code = (unsigned)(test_random(seed) % (wide ? 1000 : 3)) + (wide ? 0 : SMTP_CODE_FIRST),
        .campaign = wide ? test_random(seed) : test_random(seed) % 2,
        .enhanced = wide ? (uint32_t)test_random(seed) : (uint32_t)(test_random(seed) % 2),
        .detail = wide ? (uint32_t)test_random(seed) : (uint32_t)(test_random(seed) % 2),
    };
}

static struct tally_event pack(const struct fields *fields)
{
    return (struct tally_event){
        .when = tally_when(fields->time_ms, fields->kind, fields->class_, fields->reason, fields->smtp_code),
        .campaign = fields->campaign,
        .enhanced = fields->enhanced,
        .detail = fields->detail,
    };
}

static void test_pack_and_unpack(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (unsigned round = 0; round < 200000; round++) {
        struct fields fields = fields_random(&seed, true);
        if (round == 0)
            fields = (struct fields){TIME_LIMIT_MS - 1, 15, 7, 63, SMTP_CODE_LAST, 0, 0, 0};
        struct tally_event event = pack(&fields);
        bool kept = fields.smtp_code >= SMTP_CODE_FIRST && fields.smtp_code <= SMTP_CODE_LAST;
        EXPECT(tally_time_ms(&event) == fields.time_ms, "time %lld comes back", (long long)fields.time_ms);
        EXPECT(tally_kind(&event) == fields.kind, "kind %u comes back", fields.kind);
        EXPECT(tally_class(&event) == fields.class_, "class %u comes back", fields.class_);
        EXPECT(tally_reason(&event) == fields.reason, "reason %u comes back", fields.reason);
        EXPECT(tally_smtp_code(&event) == (kept ? fields.smtp_code : 0), "reply code %u: got %u",
               fields.smtp_code, tally_smtp_code(&event));
    }
}

#define COMPARE(a, b) ((a) != (b) ? ((a) < (b) ? -1 : 1) : 0)

/* Time, kind, class, reason, reply code; then the hashes. */
static int documented_order(const struct fields *a, const struct fields *b)
{
    const int orders[] = {
        COMPARE(a->time_ms, b->time_ms),     COMPARE(a->kind, b->kind),
        COMPARE(a->class_, b->class_),       COMPARE(a->reason, b->reason),
        COMPARE(a->smtp_code, b->smtp_code), COMPARE(a->campaign, b->campaign),
        COMPARE(a->enhanced, b->enhanced),   COMPARE(a->detail, b->detail),
    };
    for (unsigned k = 0; k < COUNT_OF(orders); k++)
        if (orders[k])
            return orders[k];
    return 0;
}

static void test_order(void **state)
{
    (void)state;
    uint64_t seed = 2;
    unsigned equal = 0;
    for (unsigned round = 0; round < 200000; round++) {
        struct fields a = fields_random(&seed, false), b = round % 50 ? fields_random(&seed, false) : a;
        struct tally_event x = pack(&a), y = pack(&b);
        int wanted = documented_order(&a, &b);
        EXPECT(tally_event_compare(&x, &y) == wanted && tally_event_compare(&y, &x) == -wanted,
               "round %u: order %d", round, wanted);
        equal += wanted == 0;
    }
    EXPECT(equal >= 4000, "duplicates are among them: %u", equal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pack_and_unpack), cmocka_unit_test(test_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
