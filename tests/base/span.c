/* Words of spans are ordered as the spans are; integers keep their value through bytes. */
#include "base/span.h"
#include "base/base.h"

#include "base/little_endian.h"

#include "tests/test.h"

static void test_word(void **state)
{
    (void)state;
    EXPECT(span_word(SPAN("abcdefghij"), 0) == UINT64_C(0x6162636465666768), "the first byte is the highest");
    EXPECT(span_word(SPAN("abcdefghij"), 8) == UINT64_C(0x696a000000000000), "behind the end there are 0s");
    EXPECT(span_word(SPAN("abc"), 3) == 0 && span_word(SPAN("abc"), 11) == 0, "and nothing else");
    EXPECT(span_word((struct span){NULL, 0}, 0) == 0, "nothing has no bytes");
}

static int order_of(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static void test_word_order(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int round = 0; round < 20000; round++) {
        char bytes[2][20];
        struct span spans[2];
        for (int k = 0; k < 2; k++) {
            spans[k] = (struct span){bytes[k], test_random(&seed) % sizeof bytes[k]};
            for (size_t i = 0; i < spans[k].length; i++) /* few values, high ones too */
                bytes[k][i] = (char)("a\xff\x80"[test_random(&seed) % 3]);
        }
        int order = 0;
        for (size_t at = 0; at < sizeof bytes[0] && !order; at += sizeof(uint64_t))
            order = order_of(span_word(spans[0], at), span_word(spans[1], at));
        int wanted = span_compare(spans[0], spans[1]);
        EXPECT((order < 0) == (wanted < 0) && (order > 0) == (wanted > 0),
               "word by word the order is that of the bytes");
    }
}

static void test_little_endian(void **state)
{
    (void)state;
    for (unsigned bytes = 1; bytes <= 8; bytes++) {
        char room[10] = "##########";
        uint64_t value = UINT64_C(0x8877665544332211) >> (64 - 8 * bytes);
        le_store(room + 1, value, bytes);
        EXPECT((unsigned char)room[1] == (value & 0xff), "the lowest byte comes first");
        EXPECT(room[0] == '#' && room[1 + bytes] == '#', "no more than %u bytes are written", bytes);
        EXPECT(le_load(room + 1, bytes) == value, "%u bytes are read back", bytes);
    }
    char room[8];
    u64_store(room, UINT64_C(0x0102030405060708));
    EXPECT(room[0] == 8 && room[7] == 1 && u64_load(room) == UINT64_C(0x0102030405060708), "a whole word");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_word), cmocka_unit_test(test_word_order),
                                       cmocka_unit_test(test_little_endian)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
