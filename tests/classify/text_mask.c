#include "classify/text_mask.h"
#include "base/base.h"

#include "tests/test.h"

static void expect_mask(const char *text, const char *wanted)
{
    char out[512];
    size_t length = text_mask((struct span){text, strlen(text)}, out, sizeof out);
    EXPECT(span_is((struct span){out, length}, (struct span){wanted, strlen(wanted)}),
           "\"%s\" becomes \"%s\", got \"%.*s\"", text, wanted, (int)length, out);
}

static void test_masks(void **state)
{
    (void)state;
    expect_mask("550 5.1.1 <jo+x@example.org>: unknown", "550 5.1.1 <<addr>>: unknown");
    expect_mask("550-5.1.1 from [192.0.2.1]  and 2001:db8::1", "550-5.1.1 from [<ip>] and <ip>");
    expect_mask("host mx1.example.net said 42", "host <host> said <n>");
    expect_mask("see https://example.org/a?b=1.", "see <url>.");
    expect_mask("id 4afe3ce4 and aB3-99xy1234 and TSS04", "id <id> and <id> and TSS04");
    expect_mask("\t two\n words \x01", "two words");
    expect_mask("Mailbox full.Please retry", "Mailbox full.Please retry");
    expect_mask("", "");
}

static void test_room(void **state)
{
    (void)state;
    static const char text[] = "caf\xc3\xa9 jo@example.org 12 f\xc3\xa4llt";
    for (size_t room = 0; room < 40; room++) {
        char out[41];
        memset(out, '#', sizeof out);
        size_t length = text_mask((struct span){text, sizeof text - 1}, out, room);
        EXPECT(length <= room && out[room] == '#', "room %zu is kept", room);
        EXPECT(length == 0 || (unsigned char)out[length - 1] != 0xc3, "no half character at room %zu", room);
        const char *open = memrchr(out, '<', length);
        EXPECT(!open || memchr(open, '>', length - (size_t)(open - out)), "no half mask at room %zu", room);
    }
}

/* Any bytes are masked within the room (the sanitizers watch). */
static void test_random_bytes(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 20000; round++) {
        char text[64], out[32];
        size_t length = test_random(&seed) % sizeof text;
        for (size_t i = 0; i < length; i++)
            text[i] = (char)test_random(&seed);
        EXPECT(text_mask((struct span){text, length}, out, sizeof out) <= sizeof out, "the room is kept");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_masks), cmocka_unit_test(test_room),
                                       cmocka_unit_test(test_random_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
