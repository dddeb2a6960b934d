/* A record gives its address back whatever the length, and takes the bytes that it says. */
#include "base/base.h"

#include "event/event.h"
#include "tally/address_record.h"

#include "../test.h"

static void expect_kept(size_t length, uint32_t number)
{
    char text[BM_ADDRESS_BYTES_MAX];
    for (size_t k = 0; k < length; k++)
        text[k] = (char)('a' + k % 26);
    size_t bytes = record_bytes(length);
    struct address_record *record = malloc(bytes + 1);
    EXPECT(record, "there is memory");
    memset(record, 0x55, bytes + 1);
    record_make(record, number, (struct span){text, length});
    EXPECT(span_is(record_address(record), (struct span){text, length}), "%zu bytes come back", length);
    EXPECT(record_number(record) == number, "the number of %zu bytes comes back", length);
    EXPECT(((const char *)record)[bytes] == 0x55, "%zu bytes take no more than they say", length);
    free(record);
}

static void test_lengths(void **state)
{
    (void)state;
    for (size_t length = 1; length <= BM_ADDRESS_BYTES_MAX; length++)
        expect_kept(length, (uint32_t)length);
    expect_kept(7, RECORD_NUMBERS - 1);
}

static void test_bytes(void **state)
{
    (void)state;
    EXPECT(record_bytes(4) == 8 && record_bytes(5) == 12, "records are aligned");
    EXPECT(record_bytes(254) == 260 && record_bytes(255) == 264, "long ones take two bytes more");
}

static void test_domain(void **state)
{
    (void)state;
    EXPECT(span_is(address_domain(SPAN("a@b.org")), SPAN("b.org")), "the domain follows the sign");
    EXPECT(span_is(address_domain(SPAN("\"a@b\"@c.org")), SPAN("c.org")), "the last one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
